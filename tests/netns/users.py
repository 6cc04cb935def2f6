"""`upptpd user` with real files and a real terminal."""

import json
import os
import select
import signal
import subprocess
import termios
from pathlib import Path

from harness import DIE_WITH_US
from network import ServerCase


class Users(ServerCase):
    """`upptpd user`, which edits the secrets file."""

    TEXT = b"# office\r\n\nalice\t* 'old one' * # keep\r\nbob * two\\\nlines \\\n *\n#end"

    def setUp(self):
        super().setUp()
        self.server.secrets.write_bytes(self.TEXT)

    def command(self, *arguments):
        return [*DIE_WITH_US, self.binaries / "upptpd", "user", *arguments, "--config", self.server.config]

    def user(self, *arguments, password=None, status=0):
        """Runs `upptpd user`, with a password on standard input; returns what it said."""
        result = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=15, input=password)
        self.expect(f"exit status of {arguments} ({result.stderr.strip()})", status, result.returncode)
        return result.stdout if status == 0 else result.stderr

    def expect_file(self, octets):
        self.expect("secrets file", octets, self.server.secrets.read_bytes())
        self.expect("its mode", 0o600, self.server.secrets.stat().st_mode & 0o7777)

    def test_edits_users(self):
        self.user("add", "DOM\\joe", "--address", "10.0.0.5", "--address", "10.1.0.0/16", password="pa#ss\r\n")
        joe = b'\r\n"DOM\\\\joe" * "pa#ss" 10.0.0.5 10.1.0.0/16\r\n'
        self.expect_file(self.TEXT + joe)
        listed = [(user["name"], user["addresses"]) for user in json.loads(self.user("list", "--json"))]
        self.expect("users", [("alice", ["*"]), ("bob", ["*"]), ("DOM\\joe", ["10.0.0.5", "10.1.0.0/16"])], listed)
        self.assertNotRegex(self.user("list"), "pa#ss|old one|twolines", "expected no password in the list")
        self.user("passwd", "alice", password="the first line\nnot the second\n")
        alice = self.TEXT.replace(b"'old one'", b'"the first line"')
        self.expect_file(alice + joe)
        self.user("remove", "DOM\\joe")
        self.user("remove", "bob")
        self.expect_file(alice.replace(b"bob * two\\\nlines \\\n *\n", b"") + b"\r\n")
        self.detail = self.user("add", "alice", password="x\n", status=1).strip()

    def test_stores_hashes(self):
        hashed = b"$NT$8846f7eaee8fb117ad06bdd830b7586c"  # of "password"
        self.server.secrets.write_bytes(b"alice * old * -- hours=Wk0800-1800 stateful\n")
        self.user("passwd", "alice", "--nt-hash", password="password\n")
        alice = b"alice * " + hashed + b" * -- hours=Wk0800-1800 stateful\n"
        self.expect_file(alice)
        self.user("add", "bob", "--nt-hash", password="password\n")
        self.expect_file(alice + b"bob * " + hashed + b" *\n")
        self.user("passwd", "bob", password="other\n")
        self.expect("lines with the hash of the old password", 1, self.server.secrets.read_bytes().count(hashed))
        self.assertNotIn(b"other", self.server.secrets.read_bytes(), "expected no password on disk")
        self.user("passwd", "bob", "--clear", password="third\n")
        self.expect_file(alice + b"bob * third *\n")
        listed = [(user["secret"], user["words"]) for user in json.loads(self.user("list", "--json"))]
        self.expect("users", [("hash", ["stateful", "hours=Wk0800-1800"]), ("password", [])], listed)
        self.assertNotRegex(self.user("list"), "8846|third", "expected no secret in the list")

    def test_refuses_edits(self):
        for arguments, password, why in ((("add", "kim"), "", "no password"),
                                         (("add", "*"), "x\n", "everybody"),
                                         (("passwd", "kim"), "x\n", "no user kim"),
                                         (("remove", "kim"), None, "no user kim")):
            self.assertIn(why, self.user(*arguments, password=password, status=1), "expected another explanation")
        self.server.secrets.chmod(0o666)
        self.assertIn("chmod go-w", self.user("add", "kim", password="x\n", status=1), "expected another explanation")
        self.server.secrets.chmod(0o600)
        self.expect_file(self.TEXT)
        self.expect("files left", [], list(Path(self.server.directory).glob("chap-secrets.*")))

    def test_makes_the_file(self):
        self.server.secrets.unlink()
        self.assertIn("made", self.user("add", "kim", password="x\n"), "expected it to say so")
        self.expect_file(b"kim * x *\n")

    def at_terminal(self, *answers):
        """Adds kim at a terminal of its own, gives these answers, and returns the exit status and what showed."""
        keyboard, terminal = os.openpty()
        process = subprocess.Popen(["setsid", "--ctty", *self.command("add", "kim")], stdin=terminal, stdout=terminal,
                                   stderr=terminal)
        shown = ""
        for question, answer in zip(("Password for kim: ", "The same again: "), answers):
            while not shown.endswith(question):
                self.expect("question within 5 s: " + repr(shown), [keyboard], select.select([keyboard], [], [], 5)[0])
                shown += os.read(keyboard, 1000).decode()
            self.expect("echo while it asks", False, self.has_echo(terminal))
            if isinstance(answer, signal.Signals):
                process.send_signal(answer)
            else:
                os.write(keyboard, answer)
        status = process.wait(5)
        self.expect("echo afterwards", True, self.has_echo(terminal))
        shown += os.read(keyboard, 1000).decode()
        os.close(keyboard)
        os.close(terminal)
        return status, shown

    def has_echo(self, terminal):
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    def test_asks_at_the_terminal(self):
        status, shown = self.at_terminal(b"swordfish\n", b"swordfish\n")
        self.expect("exit status", 0, status)
        self.assertNotIn("fish", shown, "expected no echo")
        self.expect_file(self.TEXT + b"\r\nkim * swordfish *\r\n")

    def test_asks_twice(self):
        status, shown = self.at_terminal(b"swordfish\n", b"swordfisch\n")
        self.expect("exit status", 1, status)
        self.assertIn("the two passwords differ", shown, "expected an explanation")
        self.expect_file(self.TEXT)

    def test_interrupted_at_the_terminal(self):
        ctrl_c = b"\x03"
        for answers, how in (((ctrl_c,), signal.SIGINT), ((b"x\n", ctrl_c), signal.SIGINT),
                             ((signal.SIGTERM,), signal.SIGTERM), ((signal.SIGHUP,), signal.SIGHUP)):
            self.expect("exit status", -how, self.at_terminal(*answers)[0])
        self.expect_file(self.TEXT)
