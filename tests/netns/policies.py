"""Who gets which address, what a second login of a user does, and what an administrator can do about a session: with
real calls."""

import json
import signal
import time

from calls import CLIENTS, TUNNEL_ADDRESS, CallCase

FIRST, SECOND = CLIENTS
# What `deny` takes to find out whether the earlier session still answers.
SIGN_OF_LIFE_SECONDS = 2


class PolicyCase(CallCase):
    def configure(self, settings):
        """Restarts the server with these settings."""
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.configure(settings)
        self.start_server()

    def same_user(self, policy):
        self.configure({"auth.same_user": policy})

    def up(self, namespace, *options, **arguments):
        """A client that is connected, and its address."""
        client = self.dial(namespace, *options, **arguments)
        return client, client.connected()["client_ip"]

    def ask(self, *arguments, status=0):
        result = self.server.ask(*arguments)
        self.expect(f"exit status of upptpctl {' '.join(arguments)} ({result.stderr.strip()})", status,
                    result.returncode)
        return result.stdout if status == 0 else result.stderr


class Leases(PolicyCase):
    def test_same_address_again(self):
        alice, address = self.up(FIRST)
        alice.hang_up()
        for number in range(1, 4):
            other, others = self.up(FIRST, user=f"user{number}")
            self.assertNotEqual(address, others, "expected alice's address to be kept for alice")
            other.hang_up()
        _, again = self.up(SECOND)
        self.expect("alice's address", address, again)
        self.detail = f"{address} again, after three others"

    def test_full_pool(self):
        self.configure({"network.client_ips": ["192.168.77.10-11"]})
        first, address = self.up(FIRST, user="user1")
        self.up(SECOND, user="user2")
        self.detail = self.expect_end(self.dial(None, user="user3"), 1, "no address is available", 734)
        self.assertIn("all addresses of network.client_ips", self.server.log.read_text(), "expected the reason in the log")
        first.hang_up()
        _, others = self.up(None, user="user3")
        self.expect("address of the next one", address, others)

    def test_full_server(self):
        self.configure({"server.max_sessions": 1})
        first, _ = self.up(FIRST, user="user1")
        self.detail = self.expect_end(self.dial(SECOND, user="user2"), 1, "the server is busy", 800)
        first.hang_up()
        self.up(SECOND, user="user2")


class SameUser(PolicyCase):
    def test_replaces(self):
        first, address = self.up(FIRST)
        second, again = self.up(SECOND)
        self.expect("address", address, again)
        self.detail = self.expect_end(first, 1, "the same user logged in again", 629)
        self.ping(SECOND, TUNNEL_ADDRESS)
        self.expect("sessions", [address], [session["client_ip"] for session in self.server.sessions()])
        second.hang_up()
        self.expect_nothing_left_of_calls()

    def test_replaces_one_that_is_dead(self):
        first, address = self.up(FIRST)
        first.process.send_signal(signal.SIGSTOP)
        second, again = self.up(SECOND)
        self.expect("address", address, again)
        self.assertLess(second.setup_seconds, SIGN_OF_LIFE_SECONDS, "expected not to wait for it")
        self.ping(SECOND, TUNNEL_ADDRESS)

    def test_denies_while_the_first_one_lives(self):
        self.same_user("deny")
        first, _ = self.up(FIRST)
        self.detail = self.expect_end(self.dial(SECOND), 1, "connected already", 649)
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.assertIn("auth.same_user", self.server.log.read_text(), "expected the reason in the log")
        first.hang_up()

    def test_denies_no_longer_when_the_first_one_is_dead(self):
        self.same_user("deny")
        first, address = self.up(FIRST)
        first.process.send_signal(signal.SIGSTOP)
        second, again = self.up(SECOND)
        self.expect("address", address, again)
        self.ping(SECOND, TUNNEL_ADDRESS)
        self.detail = f"up after {second.setup_seconds:.1f} s"

    def test_allows(self):
        self.same_user("allow")
        addresses = {self.up(namespace)[1] for namespace in (FIRST, SECOND, None)}
        self.expect("number of addresses", 3, len(addresses))
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.ping(SECOND, TUNNEL_ADDRESS)

    def test_two_at_the_same_moment(self):
        """Whoever wins: one is up, the other was told why not."""
        calls = [self.dial(FIRST), self.dial(SECOND)]
        winner = next(each for each in reversed(calls) if self.wait_for_either(each, calls))
        loser = next(each for each in calls if each is not winner)
        # Who was not connected yet hears it on the control connection alone.
        self.detail = self.expect_end(loser, 1, "the same user logged in again|its administrator wants it so",
                                      loser.ended()[1]["windows_error"])
        self.ping(winner.namespace, TUNNEL_ADDRESS)
        self.expect("number of sessions", 1, len(self.server.sessions()))

    def wait_for_either(self, candidate, calls):
        """Whether this is the one that is still there when the other has ended."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            running = [each for each in calls if each.process.poll() is None]
            if len(running) == 1:
                return running[0] is candidate and candidate.connected() is not None
            time.sleep(0.05)
        self.fail("expected one of the two to end within 20 s")


class Administration(PolicyCase):
    def test_kick(self):
        first, address = self.up(FIRST)
        self.assertIn(address, self.ask("kick", "alice", "--reason", "maintenance"), "expected who was ended")
        self.detail = self.expect_end(first, 1, "disconnected by the administrator: maintenance", 629)
        second, address = self.up(SECOND, user="user1")
        self.up(FIRST, user="user2")
        self.ask("kick", address)
        self.expect_end(second, 1, "disconnected by the administrator", 629)
        self.expect("users left", ["user2"], [session["user"] for session in self.server.sessions()])

    def test_session_table(self):
        self.up(FIRST, user="user2")
        self.up(SECOND, user="user1")
        header, *rows = self.ask("sessions").splitlines()
        self.expect("columns", "USER ADDRESS FROM CLIENT UP IN OUT".split(), header.split())
        self.expect("users in order", ["user1", "user2"], [row.split()[0] for row in rows])
        self.assertLessEqual(max(map(len, (header, *rows))), 80, "expected lines of at most 80 columns")

    def test_stats_of_calls(self):
        client, _ = self.up(FIRST)
        self.ping(FIRST, TUNNEL_ADDRESS)
        _, end = client.hang_up()
        self.expect_end(self.dial(FIRST, password="wrong"), 1, "wrong password", 691)
        stats = json.loads(self.ask("stats", "--json"))
        self.detail = json.dumps(stats)[:100]
        text = json.dumps(stats)
        for number in (end["bytes_in"], end["packets_out"]):
            self.assertIn(str(number), text, "expected the client's numbers on the server's side")
        self.assertRegex(text, '"wrong_password": 1', "expected the refused login")
