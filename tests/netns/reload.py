"""The configuration and the users, read again while calls are up: by `upptpctl reload` and by SIGHUP."""

import json
import re
import signal
import subprocess

from calls import FIRST, SECOND, TUNNEL_ADDRESS, CallCase
from harness import enter, wait_until

RELOADS = 20


class Reloads(CallCase):
    def reload(self, *options):
        result = self.server.ask("reload", *options)
        return result.returncode, result.stdout

    def hang_up_signal(self, event):
        """Sends SIGHUP and returns what the next such event says."""
        before = len(self.logged(event))
        self.server.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: len(self.logged(event)) > before, 5), f"expected a line {event}")
        return self.logged(event)[-1]

    def test_reload_under_traffic_loses_nothing(self):
        calls = [self.dial(FIRST), self.dial(SECOND, user="user1")]
        addresses = [client.connected()["client_ip"] for client in calls]
        before = [(row["user"], row["call_id"]) for row in self.server.sessions()]
        pings = [subprocess.Popen([*enter(namespace), *f"ping -n -q -c 400 -i 0.01 -s 1200 {TUNNEL_ADDRESS}".split()],
                                  stdout=subprocess.PIPE, text=True) for namespace in (FIRST, SECOND)]
        pools = ["192.168.77.10-60"], ["10.77.0.10-90"]
        for number in range(RELOADS):
            self.server.configure({"network.client_ips": pools[number % 2], "network.mss_clamp": number % 2 == 0},
                                  users=[f"guest{number} * secret1 *"])
            self.expect("exit status of upptpctl reload", 0, self.reload()[0])
        for ping in pings:
            said = ping.communicate(timeout=60)[0]
            self.assertRegex(said, "400 packets transmitted, 400 received", "expected no packet lost")
        self.expect("sessions", before, [(row["user"], row["call_id"]) for row in self.server.sessions()])
        self.expect("number of lines in the log", RELOADS, len(self.logged("reloaded")))
        newcomer = self.dial(FIRST, "--interface", "upptp1", user=f"guest{RELOADS - 1}").connected()
        self.assertRegex(newcomer["client_ip"], r"^10\.77\.0\.", "expected an address of the new pool")
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.detail = f"{RELOADS} reloads, 800 pings; {', '.join(addresses)}, then {newcomer['client_ip']}"

    def test_says_what_changes(self):
        self.server.configure({"network.dns": ["192.168.7.53"], "server.port": 1724, "limits.deny": ["10.9.2.0/24"]})
        said = "{}: limits.deny, network.dns\nneeds a restart, and stays as it was: server.port\n"
        self.expect("dry run", (0, said.format("would change")), self.sorted(self.reload("--dry-run")))
        self.dial(SECOND, user="user1").connected()  # nothing has changed yet
        self.expect("reload", (0, said.format("changed")), self.sorted(self.reload()))
        self.expect("as JSON", {"changed": [], "errors": [], "needs_restart": ["server.port"], "warnings": []},
                    json.loads(self.reload("--json")[1]))
        self.expect_end(self.dial(SECOND, "--interface", "upptp1", user="user2"), 1, "closed the TCP connection", 800)
        self.expect("DNS server", ["192.168.7.53"], self.dial(FIRST).connected()["dns"])
        self.expect("users with a session", {"alice", "user1"}, {row["user"] for row in self.server.sessions()})

    def sorted(self, answer):
        """With the keys of a line in order."""
        status, text = answer
        return status, re.sub(r"(?<=: ).*", lambda keys: ", ".join(sorted(keys[0].split(", "))), text)

    def test_a_broken_file_changes_nothing(self):
        alice = self.dial(FIRST)
        alice.connected()
        good = self.server.config.read_text()
        for bad, pattern in ((good.replace("[network]", "[network]\ncolour = 1"), r"upptpd\.toml:\d+:\d+: .*colour"),
                             (good.replace("192.168.77.10-60", "192.168.77.1-60"), "network.client_ips"),
                             (good.replace("[network]", "[network"), r"upptpd\.toml:\d+:\d+"),
                             (good.replace('secrets = "chap-secrets"', 'secrets = "none"'), "none: cannot be opened")):
            self.server.config.write_text(bad)
            status, said = self.reload()
            self.expect("exit status", 1, status)
            self.assertRegex(said, pattern)
            self.assertIn("nothing has changed", said)
            self.assertRegex(self.hang_up_signal("reload_failed")["problem"], pattern)
        self.server.config.write_text(good)
        self.server.secrets.chmod(0o666)
        self.assertIn("can be written by others", self.reload()[1])
        self.server.secrets.chmod(0o600)
        self.expect("events of a reload", 0, len(self.logged("reloaded")))
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.dial(SECOND, user="user1").connected()

    def test_a_weaker_choice_is_said_at_reload(self):
        self.server.configure({"auth.methods": ["mschapv2", "pap"], "encryption.policy": "prefer"})
        self.expect("changed", "auth.methods, encryption.policy", self.hang_up_signal("reloaded")["changed"])
        self.expect("weaker settings", {"auth.methods", "encryption.policy"},
                    {event["setting"] for event in self.logged("weaker_setting")})
        self.dial(FIRST).connected()
