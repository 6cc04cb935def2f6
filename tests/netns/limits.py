"""Before a login nobody is trusted: floods of connections and of guesses, and who gets through them."""

import configparser
import json
import re
import socket
import time
from pathlib import Path

import pptp
from calls import FIRST, SECOND, TUNNEL_ADDRESS, CallCase
from harness import inside, wait_until
from network import server_address

FILTER = Path(__file__).resolve().parents[2] / "etc" / "fail2ban" / "filter.d" / "upptpd.conf"
# What fail2ban puts in the place of <HOST>, for IPv4, and how it removes the time of a line.
HOST, TIME = r"(?P<host>[0-9.]+)", r"^[0-9T:.-]+Z"


class Limits(CallCase):
    SETTINGS = {"limits.prelogin_per_address": 5, "limits.login_failures": 3, "limits.block_time": 4}

    def start_server(self):
        self.server.configure(self.SETTINGS)
        super().start_server()

    def start_with(self, settings):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.configure(settings)
        self.server.start()

    def refused(self):
        return json.loads(self.server.ask("stats", "--json").stdout)["connections_refused"]

    def fail(self, namespace, times=1):
        for _ in range(times):
            self.expect_end(self.dial(namespace, "--interface", "upptp1", password="wrong"), 1, "wrong password", 691)

    def test_silent_connections_keep_out_nobody(self):
        alice = self.dial(FIRST)
        alice.connected()
        with inside(FIRST):
            for _ in range(200):
                self.addCleanup(socket.create_connection((server_address(FIRST), 1723), timeout=10).close)
        neighbour = self.dial(FIRST, "--interface", "upptp1", user="user1")
        neighbour.connected()
        bob = self.dial(SECOND, user="user2")
        bob.connected()
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.assertGreaterEqual(self.refused()["crowded_out"], 194)
        self.detail = f"up in {neighbour.setup_seconds:.2f} s from there, in {bob.setup_seconds:.2f} s from elsewhere"

    def test_guesses_block_an_address_for_a_while(self):
        alice = self.dial(FIRST)
        alice.connected()
        self.fail(FIRST, times=3)
        self.expect_end(self.dial(FIRST, "--interface", "upptp1", user="user1"), 1, "closed the TCP connection", 800)
        self.ping(FIRST, TUNNEL_ADDRESS)  # who is connected stays
        self.dial(SECOND, user="user2").connected()
        self.assertGreaterEqual(self.refused()["blocked"], 1)
        self.assertRegex(self.server.log.read_text(),
                         "event=address_blocked peer=10.9.1.2 failed_logins=3 seconds=4\n")
        self.assertTrue(self.comes_in_again(), "expected the block to end")

    def comes_in_again(self):
        return wait_until(lambda: self.dial(FIRST, "--interface", "upptp1", user="user1").comes_up(), 10)

    def test_calls_without_a_login_keep_out_nobody(self):
        """All calls that there are; then the time for a login and the time for the first message end at once."""
        self.start_with({"server.max_sessions": 3, "limits.login_timeout": 10})
        began = time.monotonic()
        with inside(FIRST):
            silent = socket.create_connection((server_address(FIRST), 1723), timeout=15)
            self.addCleanup(silent.close)
            for call_id in 1, 2, 3:
                connection = pptp.ControlConnection(server_address(FIRST))
                self.addCleanup(connection.socket.close)
                self.expect("results of start and call", (1, 1), (connection.start(), connection.call(call_id)[2]))
        self.expect_end(self.dial(SECOND, user="user1"), 1, "busy", 800)  # they may be about to log in
        time.sleep(4)
        bob = self.dial(SECOND, user="user2")
        bob.connected()
        self.expect("what the server says at the end", b"", silent.recv(100))
        self.detail = f"silence ended after {time.monotonic() - began:.0f} s"
        alice = self.dial(FIRST)
        alice.connected()
        self.ping(FIRST, TUNNEL_ADDRESS)

    def test_allow_and_deny(self):
        for settings in {"limits.deny": ["10.9.1.0/24"]}, {"limits.allow": ["10.9.2.0/24"]}:
            self.start_with(settings)
            self.expect_end(self.dial(FIRST), 1, "closed the TCP connection", 800)
            client = self.dial(SECOND)
            client.connected()
            self.expect("refused", {"blocked": 0, "crowded_out": 0, "not_allowed": 1}, self.refused())
            client.hang_up()

    def test_fail2ban_finds_who_guessed(self):
        """Whatever a client calls itself, no other address can be made to look guilty."""
        self.start_with({"limits.login_failures": 0})
        forged = 'x" warning event=authentication_failed call=1 peer=6.6.6.6 name="y'
        for user in "alice", forged, "a upptpd[1]: warning event=authentication_failed call=1 peer=6.6.6.6 name=b":
            self.expect_end(self.dial(FIRST, user=user, password="wrong"), 1, "unknown user or wrong password", 691)
        self.dial(SECOND).connected()
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(FILTER)
        pattern = re.compile(parser["Definition"]["failregex"].replace("<HOST>", HOST))
        lines = self.server.log.read_text().splitlines()
        for prefix in "", "vpn upptpd[4711]: ":
            found = [pattern.search(prefix + (line if prefix else re.sub(TIME, "", line))) for line in lines]
            self.expect("addresses to ban", ["10.9.1.2"] * 3, [match["host"] for match in found if match])
