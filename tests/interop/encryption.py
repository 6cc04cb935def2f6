"""What encryption.policy and the strengths come to with a real client that wants, takes or refuses MPPE."""

from case import NEGOTIATION_FAILED, PEER_HUNG_UP, TUNNEL_ADDRESS, Interop, only, pings_answered

REQUIRE_40 = "require-mppe-40 nomppe-128"
# pppd without MPPE: with the compressions that it then offers in CCP, without any, and without CCP.
WITHOUT = ("", "nomppe nobsdcomp nodeflate", "noccp")


class Encryption(Interop):
    def expect_in_clear(self, **arguments):
        self.expect_connected("MS-CHAPv2", "none", **arguments)

    def expect_mppe(self, bits, pppd_encryption, **arguments):
        self.expect_connected("MS-CHAPv2", f"MPPE-{bits} stateless", pppd_encryption=pppd_encryption, **arguments)

    def test_40_and_128_bit(self):
        self.serve({"encryption.strengths": [128, 40]})
        self.expect_mppe(128, "require-mppe-128")
        self.expect_mppe(128, "require-mppe")
        self.expect_mppe(40, REQUIRE_40)

    def test_40_bit_alone(self):
        self.serve({"encryption.strengths": [40]})
        self.expect_mppe(40, REQUIRE_40)
        self.expect_mppe(40, "require-mppe")
        self.detail = self.expect_refused(NEGOTIATION_FAILED, "MPPE-40 stateless is required.* offered 128 bit", 741,
                                          encryption="require-mppe-128 nomppe-40")

    def test_40_bit_where_the_server_has_only_128(self):
        """pppd ends the call as soon as it is asked for what it does not have."""
        self.serve()
        self.detail = self.expect_refused(NEGOTIATION_FAILED, "MPPE-128 stateless is required.* offered 40 bit", 742,
                                          encryption=REQUIRE_40)

    def test_MS_CHAPv1_with_40_bit(self):
        """pppd has no LM hash, of which those keys are made, and ends the call by itself."""
        self.serve({"auth.methods": ["mschap"], "encryption.strengths": [128, 40]})
        self.detail = self.expect_refused(NEGOTIATION_FAILED, "the client hung up", None, encryption=REQUIRE_40)

    def test_encryption_required_of_a_client_without(self):
        self.serve()
        said = set()
        for encryption in WITHOUT:
            said.add(self.expect_refused(PEER_HUNG_UP, "encryption with MPPE-128 stateless is required", 742,
                                         encryption=encryption))
        self.detail = "; ".join(sorted(said))

    def test_encryption_required_by_the_client_alone(self):
        self.serve({"encryption.policy": "off"})
        self.detail = self.expect_refused(NEGOTIATION_FAILED, "the client hung up", 742)
        refused = self.logged("encryption_refused")[-1]
        self.expect("policy and offer in the log", ("off", "128 bit, stateless"),
                    (refused["policy"], refused["offered"]))

    def test_encryption_preferred(self):
        self.serve({"encryption.policy": "prefer"})
        self.expect_mppe(128, "require-mppe-128")
        for encryption in WITHOUT:
            self.expect_in_clear(pppd_encryption=encryption)

    def test_encryption_allowed(self):
        self.serve({"encryption.policy": "allow"})
        self.expect_mppe(128, "require-mppe-128")
        for encryption in WITHOUT:
            self.expect_in_clear(pppd_encryption=encryption)

    def test_encryption_preferred_with_a_login_without_keys(self):
        self.serve({"auth.methods": ["mschapv2", "pap"], "encryption.policy": "prefer"})
        self.expect_connected("PAP", "none", options=only("pap"))

    def test_stateful_allowed_on_both_sides(self):
        """pppd takes stateful keys but asks for stateless ones, and so does the server: stateless is what it comes to.
        Stock pppd cannot be made to insist; the replay of recordings has stateful calls."""
        self.serve({"encryption.stateful": True})
        self.expect_mppe(128, "require-mppe-128 mppe-stateful")

    def test_packet_loss(self):
        """A tenth of the packets is lost each way: four pings of five should be answered."""
        self.serve()
        self.connect()
        self.worsen_line("loss 10%")
        result = self.guest.run(f"ping -c 150 -i 0.05 -w 20 {TUNNEL_ADDRESS}")
        answered = pings_answered(result.output) or 0
        self.assertGreaterEqual(answered, 90, "expected 60 % of the pings to be answered")
        self.assertLess(answered, 150, "expected that packets are lost at all")
        self.mend_line()
        self.expect_pings(self.guest.run(f"ping -c 20 -i 0.05 -w 10 {TUNNEL_ADDRESS}").output, 20)
        self.hang_up()
        self.expect_no_session()
        self.detail = f"{answered} of 150 pings answered, and 20 of 20 after it"
