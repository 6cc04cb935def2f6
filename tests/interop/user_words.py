"""The words after -- on a user's line, and users of whom only the hash of the password is known."""

import time

from case import PEER_HUNG_UP, WRONG_PASSWORD, Interop, only

NT_HASH_OF_SECRET1 = "b39a61f16a4e11fa80580241f1d4aae8"
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def another_day():
    """A day on which no run of these tests that began today ends."""
    return DAYS[(time.localtime().tm_wday + 3) % 7]


class UserWords(Interop):
    def test_method_of_one_user(self):
        """An old machine gets in by MS-CHAPv1, and nobody else."""
        self.serve({"auth.methods": ["mschapv2"]}, users=("old * secret1 * -- auth=mschap",))
        self.expect_connected("MS-CHAPv1", "MPPE-128 stateless", user="old", pppd_encryption="require-mppe-128",
                              options=only("mschap"))
        self.expect_mppe_of_alice()
        self.detail = self.expect_refused(WRONG_PASSWORD, r"the user may not log in by this method \(auth=\)", 649,
                                          options=only("mschap"))
        self.expect_refused(WRONG_PASSWORD, r"the user may not log in by this method \(auth=\)", 649, user="old",
                            options=only("mschap-v2"))

    def expect_mppe_of_alice(self):
        self.expect_connected("MS-CHAPv2", "MPPE-128 stateless", pppd_encryption="require-mppe-128")

    def test_encryption_of_one_user(self):
        self.serve(users=("open * secret1 * -- encryption=off", "weak * secret1 * -- strengths=40"))
        self.expect_connected("MS-CHAPv2", "none", user="open")
        self.expect_connected("MS-CHAPv2", "MPPE-40 stateless", user="weak",
                              pppd_encryption="require-mppe-40 nomppe-128")
        self.detail = self.expect_refused(PEER_HUNG_UP, "encryption with MPPE-128 stateless is required", 742,
                                          encryption="")

    def test_users_who_must_not_log_in(self):
        self.serve(users=("gone * secret1 * -- disabled", "late * secret1 * -- expires=2020-01-01",
                          f"away * secret1 * -- hours={another_day()}0900-1700", "here * secret1 * -- hours=Al"))
        said = []
        for user, reason, windows_error in (("gone", "the user is disabled", 647),
                                            ("away", r"not at this hour \(hours=\)", 646),
                                            ("late", r"has expired \(expires=\)", 648)):
            said.append(self.expect_refused(WRONG_PASSWORD, f"login as {user} refused: .*{reason}", windows_error,
                                            user=user))
            # Only who knows the password hears that.
            self.expect_refused(WRONG_PASSWORD, f"login as {user} refused: wrong password", 691, user=user,
                                password="wrong")
        self.expect_connected("MS-CHAPv2", "MPPE-128 stateless", user="here", pppd_encryption="require-mppe-128")
        self.detail = "; ".join(said)

    def test_user_with_a_hash(self):
        self.serve({"auth.methods": ["mschapv2", "mschap", "chap-md5", "pap"], "encryption.policy": "prefer"},
                   users=(f"hash * $NT${NT_HASH_OF_SECRET1} *",))
        self.expect_connected("MS-CHAPv2", "MPPE-128 stateless", user="hash", pppd_encryption="require-mppe-128")
        self.expect_connected("MS-CHAPv1", "MPPE-128 stateless", user="hash", pppd_encryption="require-mppe-128",
                              options=only("mschap"))
        self.expect_connected("PAP", "none", user="hash", options=only("pap"))
        for options in only("mschap-v2"), only("pap"):
            self.expect_refused(WRONG_PASSWORD, "wrong password", 691, user="hash", password="wrong", encryption="",
                                options=options)
        self.detail = self.expect_refused(WRONG_PASSWORD, "CHAP-MD5 needs the password itself", 930, user="hash",
                                          encryption="", options=only("chap"))
