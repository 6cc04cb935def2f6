"""Whole calls: the real server and our own client, `upptp dial`, with ping and TCP through the tunnel, and every way
in which a call may end. Whatever a case does, no interface, address, route or file may be left."""

import hashlib
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
from pathlib import Path

from client import Client, dial_command
from harness import DIE_WITH_US, INTERFACE, enter, inside, ip, network_state, tail, wait_until
from network import CLIENTS, NAMESPACE, ServerCase, server_address

TUNNEL_ADDRESS = "192.168.77.1"  # the server's end of every tunnel
FIRST, SECOND = CLIENTS


class CallCase(ServerCase):
    """A server is up; afterwards everything is as it was before."""

    def setUp(self):
        super().setUp()
        self.clients = []
        self.network_before, self.files_before = self.network(), self.files()
        self.start_server()

    def start_server(self):
        self.server.start()
        self.network_while_serving = self.network()

    def tearDown(self):
        for client in self.clients:
            client.kill()
        if self.server.is_running():
            self.expect("exit status of upptpd", 0, self.server.end())
        self.expect_network(self.network_before)
        self.expect("files in the server's directory", self.files_before, self.files())

    def evidence(self):
        said = "".join(f"\n--- {client.user} in {client.namespace}\n{tail(client.log.read_text(), 12)}"
                       for client in self.clients)
        return super().evidence() + said

    def network(self):
        return {namespace: network_state(namespace) for namespace in (None, NAMESPACE, *CLIENTS)}

    def files(self):
        return {path.name for path in Path(self.server.directory).iterdir()} - {self.server.log.name}

    def expect_network(self, before):
        for namespace, now in self.network().items():
            self.expect(f"left in {namespace or 'the tests'}", set(), now - before[namespace])
            self.expect(f"missing in {namespace or 'the tests'}", set(), before[namespace] - now)

    def dial(self, namespace, *options, **arguments):
        """Begins a call from that namespace; see Client."""
        log = Path(self.server.directory).with_suffix(f".client{len(self.clients)}")
        client = Client(self.binaries, server_address(namespace), log, *options, namespace=namespace, **arguments)
        self.clients.append(client)
        self.addCleanup(client.process.wait)
        self.addCleanup(client.kill)
        return client

    def expect_end(self, client, status, reason, windows_error, seconds=10):
        """The client ends by itself, for that reason (a pattern)."""
        came, event = client.ended(seconds)
        self.assertRegex(event["reason"], reason, "expected another explanation")
        self.expect("exit status and error", (status, windows_error), (came, event.get("windows_error")))
        return event["reason"]

    def expect_nothing_left_of_calls(self, seconds=5):
        """No session is listed, and the network is as it was before the first call."""
        if not wait_until(lambda: self.server.sessions() == [], seconds):
            self.fail(f"expected no session within {seconds} s, came {self.server.sessions()}")
        self.expect_network(self.network_while_serving)

    def ping(self, namespace, address, count=5):
        result = subprocess.run([*enter(namespace), *f"ping -n -c {count} -i 0.05 -w 15 {address}".split()],
                                capture_output=True, text=True, timeout=30)
        received = re.search(r"(\d+) received", result.stdout)
        if not received or int(received[1]) < count:  # with -w, one more is sent while an answer is late
            self.fail(f"expected {address} to answer {count} pings from {namespace}, came"
                      f" {result.stdout + result.stderr}")

    def expect_transfer(self, sender, receiver, address, size):
        """A TCP stream of random octets to the receiver's address arrives as it was sent."""
        with inside(receiver):
            listener = socket.create_server((address, 0))
        with inside(sender):
            outgoing = socket.create_connection(listener.getsockname(), timeout=30)
        incoming, _ = listener.accept()
        incoming.settimeout(30)
        data = os.urandom(size)

        def send():
            with outgoing:
                outgoing.sendall(data)

        thread = threading.Thread(target=send)
        thread.start()
        received = hashlib.sha256()
        with listener, incoming:
            while chunk := incoming.recv(1 << 16):
                received.update(chunk)
        thread.join()
        self.expect(f"SHA-256 of {size} octets", hashlib.sha256(data).hexdigest(), received.hexdigest())


class Calls(CallCase):
    def test_call(self):
        client = self.dial(FIRST)
        event = client.connected()
        address = event["client_ip"]
        self.assertIn(f"{event['interface']} inet {address}/32", network_state(FIRST), "expected the client's address")
        self.assertIn(f"{address} dev {INTERFACE}", ip("-4 route", NAMESPACE), "expected the server's route")
        [session] = self.server.sessions()
        listed = [session[key] for key in ("user", "client_ip", "peer_ip", "encryption")]
        self.expect("session", ["alice", address, "10.9.1.2", "MPPE-128 stateless"], listed)
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.ping(NAMESPACE, address)
        self.expect_transfer(FIRST, NAMESPACE, TUNNEL_ADDRESS, 4 << 20)
        self.expect_transfer(NAMESPACE, FIRST, address, 4 << 20)
        status, end = client.hang_up(signal.SIGINT)
        self.expect("exit status and reason", (0, "hung up"), (status, end["reason"]))
        self.assertGreater(end["bytes_in"], 4 << 20, "expected what came to be counted")
        self.expect_nothing_left_of_calls()
        self.detail = f"{address}, up in {client.setup_seconds:.2f} s, 4 MiB each way"

    def test_two_clients_reach_each_other(self):
        subprocess.run([*enter(NAMESPACE), "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
        calls = [self.dial(FIRST, "--route", "192.168.77.0/24", user="user1"),
                 self.dial(SECOND, "--route", "192.168.77.0/24", user="user2")]
        addresses = [client.connected()["client_ip"] for client in calls]
        self.expect("users in the session list", {"user1", "user2"}, {each["user"] for each in self.server.sessions()})
        for namespace, other in zip(CLIENTS, reversed(addresses)):
            self.ping(namespace, TUNNEL_ADDRESS)
            self.ping(namespace, other)
        self.expect_transfer(FIRST, SECOND, addresses[1], 1 << 20)
        self.expect("exit status", 0, calls[0].hang_up()[0])
        self.ping(SECOND, TUNNEL_ADDRESS)
        self.expect("exit status", 0, calls[1].hang_up(signal.SIGTERM)[0])
        self.expect_nothing_left_of_calls()
        self.detail = " and ".join(addresses)

    def test_server_shuts_down(self):
        client = self.dial(FIRST)
        client.connected()
        self.expect("exit status of upptpd", 0, self.server.end())
        self.detail = self.expect_end(client, 1, "shutting down", 629)

    def test_client_killed(self):
        client = self.dial(FIRST)
        client.connected()
        client.kill()
        self.expect_nothing_left_of_calls()
        self.dial(FIRST).connected()

    def test_server_killed(self):
        client = self.dial(FIRST)
        client.connected()
        self.server.kill()
        self.detail = self.expect_end(client, 1, "closed the TCP connection", 807)
        self.expect("left in the client", set(), network_state(FIRST) - self.network_before[FIRST])
        self.start_server()
        client = self.dial(FIRST)
        client.connected()
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.expect("exit status", 0, client.hang_up()[0])

    def test_wrong_password_at_the_client(self):
        self.expect_end(self.dial(FIRST, password="wrong"), 1, "login as alice: unknown user or wrong password", 691)
        command = [*DIE_WITH_US, *enter(FIRST), *dial_command(self.binaries, server_address(FIRST), user="nobody")]
        result = subprocess.run(command, input="secret1\n", capture_output=True, text=True, timeout=20)
        self.expect("exit status", 1, result.returncode)
        self.detail = result.stdout.splitlines()[-1]
        self.assertRegex(self.detail, "^Not connected: .*login as nobody.*error 691", "expected an explanation")
        self.expect_nothing_left_of_calls()

    def test_nobody_listens(self):
        self.detail = self.expect_end(self.dial(FIRST, "--port", "1724"), 1, "nobody listens on TCP port 1724", 800)

    def test_interface_taken_away_from_the_client(self):
        client = self.dial(FIRST)
        ip(f"link del {client.connected()['interface']}", FIRST)
        self.detail = self.expect_end(client, 1, "interface", None)
        self.expect_nothing_left_of_calls()

    def test_users_change_while_calls_are_up(self):
        """Their file is replaced, as `upptpd user` and editors do, while logins are going on."""
        alice = self.dial(FIRST)
        address = alice.connected()["client_ip"]
        ping = subprocess.Popen([*DIE_WITH_US, *enter(FIRST), *shlex.split(f"ping -n -i 0.05 -w 60 {TUNNEL_ADDRESS}")],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(ping.kill)
        for number in range(5):
            login = self.dial(SECOND, user="user1")
            self.replace_users(f"user1 * secret1 *\nnew{number} * fresh *\n")
            new = self.dial(None, user=f"new{number}", password="fresh")
            for client in new, login:
                client.connected()
                self.expect("exit status", 0, client.hang_up()[0])
        self.expect_end(self.dial(SECOND, user="new0", password="fresh"), 1, "wrong password", 691)
        ping.send_signal(signal.SIGINT)
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", ping.communicate()[0]).groups()
        # One may be on its way when ping ends.
        self.assertLessEqual(int(sent) - int(received), 1, "expected alice's pings to be answered all the time")
        self.expect("addresses listed", [address], [session["client_ip"] for session in self.server.sessions()])
        self.detail = f"10 logins and {received} pings meanwhile; alice, removed, stays connected"

    def replace_users(self, text):
        new = self.server.secrets.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(text)
        new.replace(self.server.secrets)
