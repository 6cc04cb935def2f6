"""What is around the server fails: disks are full, clocks jump, interfaces vanish, connections break."""

import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pptp
from calls import FIRST, SECOND, TUNNEL_ADDRESS
from harness import INTERFACE, enter, ip, log_events, wait_until
from lan import HOST1, LAN_ADDRESS, LAN_INTERFACE, LanCase
from load import FaultCase
from network import NAMESPACE, SERVER_ADDRESS
from strace import Injected, cpu_seconds

YEAR = 365 * 24 * 3600


class Preloaded(FaultCase):
    """A server with preload.c."""

    environment: tuple

    def start_server(self):
        source = Path(__file__).with_name("preload.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library(), source], check=True)
        self.server.configure(*self.configuration())
        self.server.start(wrapper=self.wrapper())
        self.network_while_serving = self.network()

    def library(self):
        return Path(self.directory) / "preload.so"

    def wrapper(self):
        return ["env", f"LD_PRELOAD={self.library()}", *self.environment]

    def configuration(self):
        return {}, []


class ShortFiles(Preloaded):
    environment = ("FAULTS_SHORT=1",)

    def configuration(self):
        return {}, [f"further{number} * secret1 *" for number in range(50)]

    def test_files_give_and_take_a_few_octets_at_a_time(self):
        before = self.server.secrets.read_text()
        added = subprocess.run(self.server.command("user", "add", "new", "--config", self.server.config,
                                                   wrapper=self.wrapper()), input="fresh\n", text=True, timeout=15)
        self.expect("exit status of upptpd user", 0, added.returncode)
        self.assertTrue(self.server.secrets.read_text().startswith(before), "expected the others to be left alone")
        for user, password in ("further49", "secret1"), ("new", "fresh"):
            client = self.dial(FIRST, user=user, password=password)
            client.connected()
            self.expect("exit status", 0, client.hang_up()[0])


class Clocks(Preloaded):
    @property
    def environment(self):
        self.clock = self.server.directory.with_suffix(".clock")
        self.set_clock(0)
        return (f"FAULTS_CLOCK={self.clock}",)

    def set_clock(self, seconds):
        """So many seconds wrong."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def configuration(self):
        in_a_month = time.strftime("%Y-%m-%d", time.gmtime(time.time() + YEAR / 12))
        return {}, [f"trainee * secret1 * -- expires={in_a_month}"]

    def test_the_clock_jumps(self):
        """Sessions do not notice. What has a date goes by the new one."""
        began = time.monotonic()
        client = self.dial(FIRST)
        client.connected()
        self.dial(SECOND, user="trainee").connected()
        for jump in YEAR, -40 * YEAR, 0:
            self.set_clock(jump)
            self.ping(FIRST, TUNNEL_ADDRESS)
            passed = time.monotonic() - began
            for session in self.server.sessions():
                self.assertLessEqual(session["up_s"], passed, f"expected seconds since the start, {jump} s later")
            uptime = json.loads(self.server.ask("stats", "--json").stdout)["up_s"]
            self.assertLessEqual(uptime, passed + 5)
            user = f"new{abs(jump)}"
            self.server.secrets.write_text(self.server.secrets.read_text() + f"{user} * secret1 *\n")
            new = self.dial(None, user=user)
            new.connected(5)
            self.expect("exit status", 0, new.hang_up()[0])
            trainee = self.dial(None, user="trainee")
            if jump > 0:
                self.expect_end(trainee, 1, "expired", 648)
            else:
                trainee.connected(5)
                trainee.hang_up()
        self.expect("exit status", 0, client.hang_up()[0])


class Disks(FaultCase):
    """A file system with little room."""

    def start_server(self):
        """Not yet: the cases do, after what they need."""

    def setUp(self):
        super().setUp()
        self.disk = self.server.directory.with_suffix(".disk")
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)

    def fill(self):
        filler = self.disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(512))
            except OSError:
                return filler

    def test_the_logs_disk_is_full(self):
        self.server.log = self.disk / "log"
        self.server.start()
        self.network_while_serving = self.network()
        filler = self.fill()
        while self.server.log.stat().st_size % 4096:  # the rest of its last page
            with open(self.server.log, "a") as log:
                log.write("#")
        client = self.dial(FIRST)
        client.connected()
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.expect("lines about it", [], self.logged("connected"))
        filler.unlink()
        self.expect("exit status", 0, client.hang_up()[0])
        self.expect_serving()
        [lost] = self.logged("log_lines_lost")
        self.assertGreaterEqual(int(lost["lines"]), 5, "expected the lost lines to be counted")
        self.assertNotEqual([], self.logged("connected"), "expected the log to go on")
        self.detail = f"{lost['lines']} lines lost, which the next one says"

    def test_the_users_disk_is_full(self):
        self.server.secrets = self.disk / "chap-secrets"
        self.server.configure({"auth.secrets": str(self.server.secrets)},
                              [f"further{number} * secret1 *" for number in range(100)])
        self.server.start()
        self.network_while_serving = self.network()
        before, filler = self.server.secrets.read_text(), self.fill()
        for arguments in ["add", "new"], ["passwd", "alice"], ["remove", "alice"]:
            result = self.user(*arguments)
            self.expect("exit status", 1, result.returncode)
            self.assertRegex(result.stderr, "chap-secrets.*No space left", "expected the reason")
            self.expect("the users", before, self.server.secrets.read_text())
            self.expect("files", {"chap-secrets", "filler"}, {path.name for path in self.disk.iterdir()})
        self.detail = result.stderr.strip()
        self.expect_serving()
        filler.unlink()
        self.expect("exit status", 0, self.user("add", "new").returncode)
        self.dial(FIRST, user="new", password="fresh").connected()

    def user(self, *arguments):
        return subprocess.run(self.server.command("user", *arguments, "--config", self.server.config), input="fresh\n",
                              capture_output=True, text=True, timeout=15)


STDERR_TO_SOCKET = """
import os, socket, sys
log = socket.socket(socket.AF_UNIX)
log.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
log.connect(sys.argv[1])
os.dup2(log.fileno(), 2)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Readers(FaultCase):
    """Who should read standard error does not, as when what collects a container's log hangs, or journald."""

    def start_server(self):
        """Not yet: the cases do, with a reader of their own."""

    def setUp(self):
        super().setUp()
        self.path = self.server.directory.with_suffix(".stderr")

    def test_nobody_reads_the_log_from_a_pipe(self):
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
        self.server.start(wrapper=["sh", "-c", f'exec "$@" 2>{self.path}', "sh"])
        self.expect_serving_unread(reader)

    def test_nobody_reads_the_log_from_a_socket(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))
            listener.listen()
            self.server.start(wrapper=[sys.executable, "-c", STDERR_TO_SOCKET, self.path])
            reader = listener.accept()[0].detach()
        os.set_blocking(reader, False)
        self.expect_serving_unread(reader)

    def expect_serving_unread(self, reader):
        self.addCleanup(os.close, reader)
        self.network_while_serving = self.network()
        client = self.dial(FIRST)
        client.connected()
        for _ in range(5):
            self.call_once()
        self.ping(FIRST, TUNNEL_ADDRESS)
        before = self.read(reader)
        self.call_once()
        self.expect("exit status", 0, client.hang_up()[0])
        after = self.read(reader)
        [lost] = log_events(after, "log_lines_lost")
        self.assertLess(len(log_events(before, "connected")), 6, "expected lines to be lost")
        self.assertNotEqual([], log_events(after, "connected"), "expected the log to go on")
        self.expect_serving()
        self.detail = f"{lost['lines']} lines lost, which the next one says"

    def call_once(self):
        client = self.dial(None, "--interface", "upptp9", user="user1")
        client.connected(5)
        self.expect("exit status", 0, client.hang_up()[0])

    @staticmethod
    def read(reader):
        """All that there is."""
        text = b""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(reader, 65536):
                text += data
        return text.decode()


class Resets(FaultCase):
    def test_a_connection_is_reset(self):
        connection = pptp.ControlConnection(SERVER_ADDRESS)
        connection.start()
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        wait_until(lambda: self.logged("control_closed"), 2)
        [failed] = self.logged("control_connection_failed")
        self.expect("reason", "Connection reset by peer", failed["reason"])


class Interfaces(LanCase):
    def test_tun_interface_removed_under_calls(self):
        clients = [self.up()[0], self.up(SECOND, user="user1")[0]]
        ip(f"link del {INTERFACE}", NAMESPACE)
        self.expect("exit status of upptpd", 1, self.server.process.wait(10))
        for client in clients:
            self.detail = self.expect_end(client, 1, "shutting down", 629)
        self.assertRegex(self.server.log.read_text(), f"upptpd: the interface {INTERFACE} was removed by somebody else")
        self.start_server()
        client, address = self.up()
        self.ping("host1", address, count=2)

    def test_tun_interface_set_down_and_up(self):
        """The kernel forgets the routes of an interface that goes down."""
        client, address = self.up()
        ip(f"link set {INTERFACE} down", NAMESPACE)
        time.sleep(0.5)
        ip(f"link set {INTERFACE} up", NAMESPACE)
        wait_until(lambda: address in ip(f"-4 route show dev {INTERFACE}", NAMESPACE), 3)
        self.ping("host1", address, count=2)
        self.expect("exit status", 0, client.hang_up()[0])
        self.expect_nothing_left_of_calls()

    def test_lan_interface_comes_back_while_netlink_fails(self):
        client, address = self.up()
        arp = self.arp("host1")
        self.unplug_server()
        self.wait_for_event("proxy_arp", interfaces="none")
        used = cpu_seconds(self.server.process.pid)
        trace = self.server.directory.with_suffix(".strace")
        with Injected(self.server.process.pid, "sendmsg", "ENOBUFS", 1, trace):
            self.plug_in_server()
            self.wait_for_event("interfaces_unknown")
            self.expect("who answers meanwhile", None, arp.ask(HOST1, address, 1.5))
        self.assertLess(cpu_seconds(self.server.process.pid) - used, 1, "expected it to wait")
        self.wait_for_event("proxy_arp", interfaces=LAN_INTERFACE)
        self.expect("number of lines about it", 1, len(self.logged("interfaces_unknown")))
        wait_until(lambda: arp.ask(HOST1, address, 0.1), 5)
        subprocess.run([*enter("host1"), *f"ping -q -c 1 -w 5 {address}".split()], stdout=subprocess.DEVNULL)
        self.ping("host1", address, count=3)
        self.expect("exit status", 0, client.hang_up()[0])
