"""What our client says of servers that are none, and of networks that let no GRE pass; and floods of connections,
during which a real client must still get through."""

import contextlib
import resource
import select
import socket
import threading
import time

import pptp
from calls import FIRST, SECOND, TUNNEL_ADDRESS, CallCase
from harness import inside, ip
from network import NAMESPACE, server_address

FAKE_PORT = 1800
GARBAGE = bytes(range(1, 201))


class FakeServer:
    """Listens in the server's namespace, and does to its one client what `serve` says."""

    def __init__(self, serve, port=FAKE_PORT):
        self.options = ("--port", str(port))
        self._serve = serve
        with inside(NAMESPACE):
            self._listener = socket.create_server(("0.0.0.0", port))
        self._listener.settimeout(30)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._thread.join()
        self._listener.close()

    def _run(self):
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with pptp.ControlConnection.accepted(connection, seconds=60) as connection:
                self._serve(connection)


def says_nothing(connection):
    connection.receive()
    connection.receive()


def accepts_the_call(connection, result=1):
    connection.expect(pptp.START_REQUEST)
    connection.send(pptp.start_reply())
    call_id = int.from_bytes(connection.expect(pptp.OUTGOING_CALL_REQUEST)[:2], "big")
    connection.send(pptp.outgoing_call_reply(7, call_id, result))


def accepts_the_call_without_GRE(connection):
    accepts_the_call(connection)
    while connection.receive():
        pass


class HostileServers(CallCase):
    def fake_server(self, serve, port=FAKE_PORT):
        server = FakeServer(serve, port)
        self.addCleanup(server.close)
        return server

    def expect_failure(self, serve, reason, windows_error):
        server = self.fake_server(serve)
        said = self.expect_end(self.dial(FIRST, *server.options), 1, reason, windows_error)
        server.close()
        self.expect_nothing_left_of_calls()
        return said

    def test_server_closes_at_once(self):
        self.detail = self.expect_failure(lambda connection: None, "closed the TCP connection", 800)

    def test_server_sends_garbage(self):
        self.detail = self.expect_failure(lambda connection: connection.send(GARBAGE), "not a PPTP message", 800)

    def test_server_refuses(self):
        def refuse(connection):
            connection.send(pptp.start_reply(result=4))
        self.detail = self.expect_failure(refuse, "refused the control connection", 800)

    def test_server_is_busy(self):
        busy = 4  # RFC 2637 section 2.8
        self.detail = self.expect_failure(lambda connection: accepts_the_call(connection, busy), "busy", 800)

    def test_server_closes_after_the_call(self):
        self.detail = self.expect_failure(accepts_the_call, "closed the TCP connection", 807)

    def test_server_floods_and_does_not_read(self):
        """An answer to each Echo-Request would fill the client's memory."""
        def flood(connection):
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            accepts_the_call(connection)
            while True:
                connection.send(pptp.echo_request(1) * 4096)
        server = self.fake_server(flood)
        client = self.dial(FIRST, *server.options)
        self.detail = self.expect_end(client, 1, "closed the TCP connection", 807, seconds=30)
        self.expect_nothing_left_of_calls()

    def deaf_port(self, port=1804):
        """A port where connections come to nothing, as behind a firewall: its queue is full."""
        with inside(NAMESPACE):
            listener = socket.create_server(("0.0.0.0", port), backlog=0)
        self.addCleanup(listener.close)
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex((server_address(None), port))
            self.addCleanup(waiting.close)
        return "--port", str(port)

    def test_interrupted_while_dialing(self):
        for options in self.deaf_port(), self.fake_server(says_nothing).options:
            client = self.dial(FIRST, *options)
            client.wait_for("calling")
            status, end = client.hang_up()
            self.expect("exit status and reason", (0, "hung up"), (status, end["reason"]))
            self.expect_nothing_left_of_calls()

    def test_nothing_passes(self):
        """Calls that wait for half a minute, at the same time."""
        silent = self.fake_server(says_nothing, port=1801)
        without_gre = self.fake_server(accepts_the_call_without_GRE, port=1802)
        # The network drops what the server sends to the first client, and what the second one sends.
        for namespace, address in (NAMESPACE, "10.9.1.2"), (SECOND, server_address(SECOND)):
            ip(f"rule add to {address} ipproto 47 pref 1 blackhole", namespace)
            self.addCleanup(ip, "rule del pref 1", namespace)
        calls = [(self.dial(FIRST), "no GRE packet .* came from the server", 806),
                 (self.dial(SECOND), "GRE packets arrive, but it does not answer", 806),
                 (self.dial(None, *silent.options), "does not answer as a PPTP server", 800),
                 (self.dial(None, *without_gre.options, "--interface", "upptp1"), "no GRE packet", 806),
                 (self.dial(None, *self.deaf_port(), "--interface", "upptp2"), "no answer from TCP port", 800)]
        for client, reason, windows_error in calls:
            self.expect_end(client, 1, reason, windows_error, seconds=50)
        self.expect_nothing_left_of_calls()


class Crowd(CallCase):
    def test_more_connections_than_places(self):
        """Three times as many silent connections as the server holds: a real client still gets in."""
        alice = self.dial(FIRST)
        alice.connected()
        for _ in range(300):
            self.addCleanup(socket.create_connection((server_address(None), 1723), timeout=10).close)
        bob = self.dial(SECOND, user="user1")
        bob.connected()
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.expect("lines about the crowd", 1, self.server.log.read_text().count("event=many_connections"))
        self.detail = f"up in {bob.setup_seconds:.2f} s, and who was there before stays"


class HostileClients(CallCase):
    START_TIMEOUT = 10  # src/control/control_connection.hpp

    def start_server(self):
        self.server.configure({"server.max_sessions": 600, "limits.prelogin": 2000,
                               "limits.prelogin_per_network": 2000, "limits.prelogin_per_address": 2000})
        super().start_server()

    def test_half_open_connections(self):
        """A thousand connections that say nothing, twenty that say an octet a second: none may stay."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        began = time.monotonic()
        open_connections = {}
        poll = select.poll()
        for _ in range(1020):
            connection = socket.create_connection((server_address(None), 1723), timeout=10)
            self.addCleanup(connection.close)
            open_connections[connection.fileno()] = connection
            poll.register(connection, select.POLLIN)
        slow = list(open_connections.values())[-20:]
        self.expect("connections closed before the real client dials", [], poll.poll(0))
        client = self.dial(FIRST)
        client.connected()
        self.assertLess(client.setup_seconds, 5, "expected a real client to get through meanwhile")
        octets = iter(pptp.start_request())
        while open_connections and time.monotonic() < began + self.START_TIMEOUT + 10:
            octet = bytes([next(octets)])
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.send(octet)
            time.sleep(1)
            for descriptor, _ in poll.poll(0):
                poll.unregister(descriptor)
                del open_connections[descriptor]
        self.expect("half-open connections after the start timeout", 0, len(open_connections))
        self.detail = (f"a client was up in {client.setup_seconds:.2f} s meanwhile, "
                       f"all gone after {time.monotonic() - began:.0f} s")
        self.expect("exit status", 0, client.hang_up()[0])
