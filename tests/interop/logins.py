"""Every method of logging in that the real pppd has, and what it does when the password is wrong."""

import re
import time

from case import PEER_HUNG_UP, REFUSE_ALL, TUNNEL_ADDRESS, WRONG_PASSWORD, Interop, only

ALL_METHODS = {"auth.methods": ["mschapv2", "mschap", "chap-md5", "pap"], "encryption.policy": "prefer"}
RECHALLENGE_SECONDS = 30  # the shortest that the configuration takes


def clear(*methods, policy="prefer"):
    """Settings for these methods, where packets may pass in clear."""
    return {"auth.methods": [*methods], "encryption.policy": policy}


class Logins(Interop):
    def expect_wrong_password(self, encryption=""):
        """The server says what was wrong; pppd says that it was the login."""
        self.expect_refused(WRONG_PASSWORD, "login as alice refused: wrong password", 691, encryption=encryption,
                            password="wrong")
        [failed] = self.logged("authentication_failed")
        self.expect("name, reason and error", ("alice", "wrong password", "691"),
                    (failed["name"], failed["reason"], failed["windows_error"]))

    def test_PAP(self):
        self.serve(clear("pap"))
        self.expect_connected("PAP", "none")
        self.expect_wrong_password()
        self.assertNotRegex(self.log(), "secret1|wrong(?! password)", "expected no password in the log")

    def test_CHAP_MD5(self):
        self.serve(clear("chap-md5"))
        self.expect_connected("CHAP-MD5", "none")
        self.expect_wrong_password()

    def test_MS_CHAPv1_with_128_bit(self):
        self.serve({"auth.methods": ["mschap"]})
        self.expect_connected("MS-CHAPv1", "MPPE-128 stateless", pppd_encryption="require-mppe-128")
        self.expect_wrong_password(encryption="require-mppe-128")

    def test_MS_CHAPv1_without_encryption(self):
        self.serve(clear("mschap", policy="off"))
        self.expect_connected("MS-CHAPv1", "none")
        self.expect_wrong_password()

    def test_MS_CHAPv2_without_encryption(self):
        self.serve(clear("mschapv2", policy="off"))
        self.expect_connected("MS-CHAPv2", "none")
        self.expect_wrong_password()

    def test_nobody_is_asked(self):
        for policy in "off", "prefer":
            self.serve(clear("none", policy=policy))
            self.expect_connected("no login", "none", listed="")
            skipped = self.logged("authentication_skipped")
            self.expect("warnings in the log", ["warning"], [event["level"] for event in skipped][-1:])
            self.assertIn("NOBODY", skipped[-1]["message"], "expected it to be said loudly")

    def test_nobody_is_asked_who_refuses_every_login(self):
        self.serve(clear("mschapv2", "none"))
        self.expect_connected("no login", "none", listed="", options=REFUSE_ALL)
        self.expect_connected("MS-CHAPv2", "none")

    def test_LCP_follows_a_Nak(self):
        """Where the client names another method, that one is tried next, unless it is none of ours (as EAP).
        pppd names CHAP-MD5 before MS-CHAPv1."""
        self.serve(ALL_METHODS)
        for options, authentication in (("", "MS-CHAPv2"),
                                        ("refuse-mschap-v2 refuse-chap", "MS-CHAPv1"),
                                        ("refuse-mschap-v2", "CHAP-MD5"),
                                        (only("pap"), "PAP"),
                                        ("refuse-mschap-v2 refuse-mschap refuse-chap", "PAP")):
            self.expect_connected(authentication, "none", options=options)
        naks = re.findall(r"sent \[LCP ConfNak id=\w+ <auth (\w+)", self.client_log())
        self.detail = f"the last one asked for {', '.join(naks)}"

    def test_no_method_in_common(self):
        self.serve()
        self.detail = self.expect_refused(PEER_HUNG_UP, "MS-CHAPv2 is required, the client wants PAP", 919,
                                          options=only("pap"))
        self.expect_refused(PEER_HUNG_UP, "MS-CHAPv2 is required, the client refuses it", 919, options=REFUSE_ALL)

    def test_challenged_again(self):
        self.serve({"auth.rechallenge": RECHALLENGE_SECONDS})
        self.connect()
        connected = time.monotonic()
        took = RECHALLENGE_SECONDS + 4
        result = self.guest.run(f"ping -c {took * 5} -i 0.2 -w {took + 5} {TUNNEL_ADDRESS}", seconds=took + 10)
        self.expect("logins renewed", 1, len(self.logged("authentication_renewed")))
        self.expect_pings(result.output, took * 5)
        self.expect("sessions listed", ["alice"], [session["user"] for session in self.server.sessions()])
        self.assertEqual(len(re.findall(r"rcvd \[CHAP Challenge", self.client_log())), 2, "expected two challenges")
        self.detail = f"once in {time.monotonic() - connected:.0f} s, every ping answered meanwhile"
