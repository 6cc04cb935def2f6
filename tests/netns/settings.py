"""What the server says of its settings when it starts: nothing with its defaults, and a line for each choice that is
weaker, whether the configuration makes it or a user's line in the secrets file."""

import subprocess

from calls import CallCase
from harness import USERS
from network import CLIENTS

FIRST = CLIENTS[0]
WEAK = {"auth.methods": ["mschapv2", "mschap", "chap-md5", "pap", "none"], "auth.retries": 2,
        "auth.password_change": True, "encryption.policy": "prefer", "encryption.strengths": [128, 56, 40],
        "encryption.stateful": True}
WEAK_USERS = ("old * secret1 * -- auth=mschap,pap encryption=off strengths=40 stateful",
              "good * secret1 * -- auth=mschapv2 strengths=128 expires=2099-12-31")
LINE_OF_OLD = str(len(USERS) + 1)
WEAKER = [(None, "auth.methods", "mschap"), (None, "auth.methods", "chap-md5"), (None, "auth.methods", "pap"),
          (None, "auth.methods", "none"), (None, "auth.retries", "2"), (None, "auth.password_change", "true"),
          (None, "encryption.policy", "prefer"), (None, "encryption.strengths", "56"),
          (None, "encryption.strengths", "40"), (None, "encryption.stateful", "true"),
          (LINE_OF_OLD, "auth", "mschap"), (LINE_OF_OLD, "auth", "pap"), (LINE_OF_OLD, "encryption", "off"),
          (LINE_OF_OLD, "strengths", "40"), (LINE_OF_OLD, "stateful", "true")]


class Settings(CallCase):
    def start_server(self):
        """Not yet: the cases do, each with its own settings."""

    def serve(self, settings=None, users=()):
        self.server.configure(settings, users)
        self.server.start()

    def check(self):
        """What `upptpd check` prints of a configuration that is good."""
        result = subprocess.run(self.server.command("check", "--config", self.server.config), capture_output=True,
                                text=True, timeout=15)
        self.expect(f"exit status of upptpd check ({result.stderr.strip()})", 0, result.returncode)
        return result.stderr

    def test_defaults_are_the_strongest(self):
        self.serve()
        self.expect("weaker settings", [], self.logged("weaker_setting"))
        [serving] = self.logged("serving")
        self.expect("login and encryption that it serves with", ("MS-CHAPv2", "MPPE-128 stateless, required"),
                    (serving["authentication"], serving["encryption"]))
        self.expect("what upptpd check prints", "", self.check())
        client = self.dial(FIRST)
        client.connected()
        self.expect("login and encryption of a call", [("MS-CHAPv2", "MPPE-128 stateless")],
                    [(each["authentication"], each["encryption"]) for each in self.server.sessions()])
        self.detail = f"{serving['authentication']}, {serving['encryption']}"

    def test_every_weaker_setting_is_said(self):
        self.serve(WEAK, WEAK_USERS)
        said = self.logged("weaker_setting")
        self.expect("weaker settings", WEAKER,
                    [(each.get("secrets_line"), each["setting"], each["value"]) for each in said])
        self.expect("their level", {"warning"}, {each["level"] for each in said})
        self.assertTrue(all(each["message"] for each in said), "expected each to say what it means")
        self.assertNotRegex(self.server.log.read_text(), r"\b(old|secret1)\b", "expected no user and no password")
        self.assertLess(said[-1]["line"], self.logged("serving")[0]["line"], "expected them before it serves")
        self.detail = f"{len(said)} lines"

    def test_check_notes_what_serving_warns_of(self):
        self.serve(WEAK, WEAK_USERS)
        place = {None: self.server.config, LINE_OF_OLD: f"{self.server.secrets}:{LINE_OF_OLD}"}
        expected = [f"{place[each.get('secrets_line')]}: note: {each['setting']} = {each['value']}: {each['message']}"
                    for each in self.logged("weaker_setting")]
        noted = self.check()
        self.expect("notes", expected, [line for line in noted.splitlines() if ": note: " in line])
        self.assertNotRegex(noted, r"\b(old|secret1)\b", "expected no user and no password")
        self.detail = expected[-1]

    def test_nobody_is_asked(self):
        """Said at the start and in each session. Our own client wants no such server, and ends the call."""
        self.serve({"auth.methods": ["none"], "encryption.policy": "off"})
        self.expect("login that it serves with", "no login", self.logged("serving")[0]["authentication"])
        for number in 1, 2:
            self.detail = self.expect_end(self.dial(FIRST), 1, "login|log in", 919)
            skipped = self.logged("authentication_skipped")
            self.expect("sessions that said it", number, len(skipped))
            self.expect("how loudly", "warning", skipped[-1]["level"])
        self.assertRegex(skipped[-1]["message"], "NOBODY", "expected what it means")
