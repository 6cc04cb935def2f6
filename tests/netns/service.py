"""As a service: under the user and with the capabilities of etc/upptpd.service, as systemd would start it, and nothing
more."""

import configparser
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from calls import FIRST, TUNNEL_ADDRESS, CallCase
from harness import process_status, wait_until

UNIT_FILE = Path(__file__).resolve().parents[2] / "etc" / "upptpd.service"
USER = 997  # any that is not root
NET_ADMIN, NET_RAW = 12, 13  # capabilities(7)
WATCHDOG_SECONDS = 1
# As udev has it; not every machine has udev.
MAKE_DEVICE = 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "$@"'


def unit():
    """The unit's section [Service]. A key that is there more than once has its last value."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT_FILE)
    return parser["Service"]


def system_calls():
    """The names that the unit's lines SystemCallFilter= allow (systemd.exec(5))."""
    allowed = set()
    for words in re.findall(r"^SystemCallFilter=(.*)", UNIT_FILE.read_text(), re.M):
        names = set().union(*(expanded(word) for word in words.removeprefix("~").split()))
        allowed = allowed - names if words.startswith("~") else allowed | names
    return allowed


def expanded(word):
    if not word.startswith("@"):
        return {word}
    command = ["systemd-analyze", "syscall-filter", word]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(expanded(line) for line in lines))


def capabilities(text):
    return ",".join(["-all", *(f"+{name.removeprefix('CAP_').lower()}" for name in text.split())])


class Service(CallCase):
    WRAPPER = ()

    def start_server(self):
        self.make_room_for_the_user()
        manager = self.server.directory / "notify"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(str(manager))
        self.manager.settimeout(10)
        manager.chmod(0o777)
        self.serve()

    def serve(self):
        service = unit()
        self.expect("type of the service", "notify", service["Type"])
        self.server.start(wrapper=[
            "unshare", "--mount", "sh", "-c", MAKE_DEVICE, "sh",
            "env", f"NOTIFY_SOCKET={self.server.directory / 'notify'}", f"WATCHDOG_USEC={WATCHDOG_SECONDS * 1_000_000}",
            *self.WRAPPER,
            "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
            *(["--no-new-privs"] if service["NoNewPrivileges"] == "yes" else []),
            f"--bounding-set={capabilities(service['CapabilityBoundingSet'])}",
            f"--inh-caps={capabilities(service['AmbientCapabilities'])}",
            f"--ambient-caps={capabilities(service['AmbientCapabilities'])}"])
        self.network_while_serving = self.network()

    def make_room_for_the_user(self):
        """Programs that the user can read, secrets that its group can, and a folder for the admin socket."""
        directory = self.server.directory
        for folder in directory.parent, directory:
            folder.chmod(0o755)
        self.server.socket = directory / "run" / "admin.sock"
        self.server.socket.parent.mkdir()
        os.chown(self.server.socket.parent, USER, USER)
        self.server.configure({"admin.socket": str(self.server.socket)})
        os.chown(self.server.secrets, 0, USER)
        self.server.secrets.chmod(0o640)
        self.server.config.chmod(0o644)
        self.server.binaries = directory / "bin"
        self.server.binaries.mkdir()
        for program in "upptpd", "upptpctl":
            shutil.copy(self.binaries / program, self.server.binaries)
        self.files_before = self.files() | {"notify"}

    def heard(self):
        return self.manager.recv(4096).decode()

    def status(self, key):
        return process_status(self.server.process.pid, key)

    def test_serves_as_its_user_with_two_capabilities(self):
        self.expect("users", [str(USER)] * 4, self.status("Uid"))
        for kind, expected in (("CapEff", 1 << NET_ADMIN), ("CapPrm", 1 << NET_ADMIN), ("CapAmb", 0),
                               ("CapBnd", 1 << NET_ADMIN | 1 << NET_RAW)):
            self.expect(kind, expected, int(self.status(kind)[0], 16))
        self.expect("no new privileges", ["1"], self.status("NoNewPrivs"))
        self.dial(FIRST).connected()
        self.ping(FIRST, TUNNEL_ADDRESS)

    def test_tells_the_service_manager(self):
        self.expect("first word", "READY=1", self.heard())
        for _ in range(3):
            self.expect("then", "WATCHDOG=1", self.heard())
        client = self.dial(FIRST)
        client.connected()
        self.server.process.send_signal(signal.SIGTERM)
        words = []
        self.assertTrue(wait_until(lambda: words.append(self.heard()) or words[-1] == "STOPPING=1", 5),
                        f"expected STOPPING=1, came {words}")
        self.expect_end(client, 1, "the server is shutting down", 629)
        self.expect("exit status", 0, self.server.process.wait(10))

    def test_the_units_filter_allows_what_the_service_calls(self):
        if not shutil.which("systemd-analyze") or not shutil.which("strace"):
            self.skipTest("needs systemd-analyze and strace")
        self.expect("exit status of upptpd", 0, self.server.end())
        trace = self.server.directory.with_suffix(".trace")
        # Under a tracer LeakSanitizer cannot look for leaks.
        self.WRAPPER = ("env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-f", "-qq", "-o", str(trace))
        self.serve()
        client = self.dial(FIRST)
        client.connected()
        client.hang_up()
        self.expect("exit status of a reload", 0, self.server.ask("reload").returncode)
        self.expect("exit status of upptpd", 0, self.server.end(seconds=15))
        # What setpriv does is systemd's part.
        lines = trace.read_text().split('bin/upptpd", ["', 1)[1].splitlines()[1:]
        called = {found[1] for line in lines if (found := re.match(r"\d+ +(\w+)\(", line))}
        self.assertGreater(len(called), 30)
        self.expect("system calls that the unit forbids", set(), called - system_calls())
        self.detail = f"{len(called)} system calls"

    def test_the_unit_is_one_that_systemd_takes(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze here")
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", UNIT_FILE],
                                capture_output=True, text=True, timeout=60)
        self.expect("exit status for an exposure of at most 2.5", 0, result.returncode)
        self.detail = next(line for line in result.stdout.splitlines() if "Overall exposure" in line).strip("→ ")
