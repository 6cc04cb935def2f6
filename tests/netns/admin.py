"""`upptpctl` and the admin socket of a running server."""

import json

import pptp
from harness import wait_until
from network import SERVER_ADDRESS, ServerCase


class Admin(ServerCase):
    """Asking the running server."""

    def setUp(self):
        super().setUp()
        self.server.start()

    def test_sessions_without_any(self):
        result = self.server.ask("sessions")
        self.expect("exit status and output", (0, "No sessions.\n"), (result.returncode, result.stdout))
        self.expect("as JSON", [], self.server.sessions())

    def test_stats(self):
        with pptp.ControlConnection(SERVER_ADDRESS) as connection, pptp.gre_socket() as tunnel:
            connection.start()
            server_call = connection.call(call_id=1)[0]
            tunnel.sendto(pptp.gre(server_call ^ 1), (SERVER_ADDRESS, 0))  # nobody's
            tunnel.sendto(pptp.gre(server_call, b"\xc0"), (SERVER_ADDRESS, 0))
            connection.echo()
            stats = self.stats()
            self.expect("sessions", {"now": 0, "at_most": 0, "in_all": 0}, stats["sessions"])
            self.expect("drops of no call", 1, stats["drops"]["gre_unknown_call"])
            self.expect("drops of a call that is up", 1, stats["drops"]["frame_malformed"])
        wait_until(lambda: "event=finished" in self.server.log.read_text(), 5)
        self.expect("drops of a call that is over", 1, self.stats()["drops"]["frame_malformed"])
        result = self.server.ask("stats")
        self.expect("exit status", 0, result.returncode)
        self.assertRegex(result.stdout, r"gre_unknown_call +1  no such call", "expected the drop with its explanation")
        self.assertNotIn("gre_late", result.stdout, "expected no line for what never occurred")

    def stats(self):
        result = self.server.ask("stats", "--json")
        self.expect("exit status", 0, result.returncode)
        return json.loads(result.stdout)

    def test_calls_refused(self):
        self.server.kill()
        self.server.configure({"server.max_sessions": 1})
        self.server.start()
        with pptp.ControlConnection(SERVER_ADDRESS) as first, pptp.ControlConnection(SERVER_ADDRESS) as second:
            first.start(), second.start()
            self.expect("result of the first call", 1, first.call(call_id=1)[2])
            self.expect("result of the second call: busy", 4, second.call(call_id=2)[2])
            self.assertRegex(self.server.log.read_text(), 'call_refused .*reason="server.max_sessions', "expected")
            first.send(pptp.call_clear_request(1))
            first.skip_to_echo(3)
            self.expect("result of a call when the first is over", 1, second.call(call_id=3)[2])
        self.expect("calls refused", 1, self.stats()["calls_refused"])

    def test_kick_nobody(self):
        for target, message in ("nobody", "no session of a user nobody"), \
                ("10.1.2.3", "no session has the address 10.1.2.3"):
            result = self.server.ask("kick", target, "--reason", "a test")
            self.expect("exit status and message", (1, f"upptpctl: {message}\n"), (result.returncode, result.stderr))
        result = self.server.ask("kick", "nobody", "--reason", "\x1b[2J")
        self.expect("exit status of a reason that is not printable", 1, result.returncode)
        self.assertIn("reason: must have", result.stderr, "expected an explanation")

    def test_errors(self):
        for line, pattern in (b"sessions", "not JSON"), (b"[1]", "JSON object"), (b"{}", "command: must be there"), \
                (b'{"command": "halt"}', "kick, reload, sessions, stats"), (b'{"command": "stats", "x": 1}', '"x": no such key'), \
                (b'{"command": "kick", "user": {}}', "user: must be a text"), (b"\xff\x00", "not JSON"), \
                (b"x" * 5000, "at most 4096 octets"):
            self.assertRegex(self.server.say(line + b"\n")["error"], pattern, f"to {line[:40]}")
        self.expect("and it serves on", [], self.server.sessions())

    def test_no_server(self):
        self.server.end()
        for command in ["sessions"], ["stats"], ["kick", "alice"]:
            result = self.server.ask(*command)
            self.expect("exit status", 1, result.returncode)
            self.assertIn("is upptpd running", result.stderr, "expected an explanation")
