"""What the tests of the running server share: namespaces of their own, the server under test, the report.

The tests run in a network namespace where nothing else is, so that they may compare its whole state before and
after, and in a mount namespace; the kernel removes both, and all in them, when the tests end in whatever way.
"""

import argparse
import contextlib
import ctypes
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import traceback
import unittest
from pathlib import Path

PORT = 1723
INTERFACE = "pptp0"
CLONE_NEWNET = 0x40000000  # sched.h
DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL")

# What every configuration says; the rest is the server's own defaults.
SETTINGS = {
    "server.port": PORT,
    "server.max_sessions": 50,
    "network.interface": INTERFACE,
    "network.local_ip": "192.168.77.1",
    "network.client_ips": ["192.168.77.10-60"],
    "network.dns": ["192.168.77.1"],
    "network.mtu": 1400,
    "auth.secrets": "chap-secrets",
    "admin.socket": "admin.sock",
}
USERS = ["alice", *(f"user{number}" for number in range(1, 9))]


def parse_arguments(description, **numbers):
    """The command line of a test program; each of the `numbers` is an option with that default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where upptpd and upptpctl are")
    parser.add_argument("--only", metavar="CASE", help="run the cases whose name contains CASE")
    parser.add_argument("--keep", action="store_true", help="keep the configuration and the logs")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"by default {default}")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    return arguments


def enter_own_namespaces():
    """Starts this program again, under the same process id, in namespaces of its own."""
    if os.environ.pop("UPPTPD_TEST_INSIDE", None) is None:
        os.execvpe("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv],
                   {**os.environ, "UPPTPD_TEST_INSIDE": "1"})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up like Ctrl-C
    # Who starts us in the background or with nohup has these ignored, and so would have all programs under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    Path("/run/netns").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/netns"], check=True)  # `ip netns add` stays private
    ip("link set lo up")


def ip(command, namespace=None):
    """Runs an `ip` command, in the network namespace of that name where one is given; returns its output."""
    where = ["-n", namespace] if namespace else []
    return subprocess.run(["ip", *where, *command.split()], check=True, capture_output=True, text=True).stdout


def enter(namespace):
    """The command prefix that runs what follows in that network namespace; none for the tests' own."""
    return ["ip", "netns", "exec", namespace] if namespace else []


@contextlib.contextmanager
def inside(namespace):
    """The sockets that this thread opens in the block belong to that network namespace, and stay there."""
    own = "/proc/thread-self/ns/net"
    with open(own) as ours, open(f"/run/netns/{namespace}" if namespace else own) as theirs:
        _set_network_namespace(theirs)
        try:
            yield
        finally:
            _set_network_namespace(ours)


def _set_network_namespace(file):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"cannot enter {file.name}")


def network_state(namespace=None):
    """All interfaces, IPv4 addresses and IPv4 routes: what a server must leave as it found it."""
    links = {line.split()[1].split("@")[0] for line in ip("-o link", namespace).splitlines()}
    addresses = {" ".join(line.split()[1:4]) for line in ip("-o -4 addr", namespace).splitlines()}
    routes = {line.strip() for line in ip("-4 route show table all", namespace).splitlines()}
    return links | addresses | routes


def process_status(process, key):
    """The words of that line of /proc/PID/status, such as "Uid"; None if there is no such process."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None  # it has ended
    return next(line.split(":", 1)[1].split() for line in text.splitlines() if line.startswith(key + ":"))


def wait_until(condition, seconds):
    """Whether the condition came true within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def toml(settings):
    """A TOML file with these settings, whose names have their table before the dot."""
    text = ""
    for table, names in itertools.groupby(sorted(settings), lambda name: name.split(".")[0]):
        lines = (f"{name.split('.')[1]} = {toml_value(settings[name])}\n" for name in names)
        text += f"[{table}]\n{''.join(lines)}\n"
    return text


def toml_value(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


def log_events(text, name):
    """The events of that name in a log, each a dictionary with its keys, its level and the number of its line."""
    events = []
    for number, line in enumerate(text.splitlines()):
        if match := re.search(rf"(?<= )(\w+) event={name}\b(.*)", line):
            pairs = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))', match[2])
            events.append({"level": match[1], "line": number} | {key: quoted or bare for key, quoted, bare in pairs})
    return events


class Server:
    """An upptpd with a configuration of its own in `directory`; by default in the network namespace of the tests."""

    processes = set()  # of all of them

    def __init__(self, binaries, directory, namespace=None):
        self.binaries, self.directory, self.namespace = binaries, Path(directory), namespace
        self.config = self.directory / "upptpd.toml"
        self.secrets = self.directory / "chap-secrets"
        self.socket = self.directory / "admin.sock"
        self.log = self.directory / "upptpd.log"
        self.process = None
        self.configure()

    def configure(self, settings=None, users=()):
        """Writes both files anew: with these settings, such as {"auth.methods": ["pap"]}, and with these lines behind
        those of the users that are always there. Needs a start to count."""
        self.config.write_text(toml(SETTINGS | (settings or {})))
        self.secrets.touch(mode=0o600)
        self.secrets.write_text("".join(f"{line}\n" for line in [*(f"{user} * secret1 *" for user in USERS), *users]))

    def command(self, *arguments, wrapper=()):
        """The command line of upptpd; `wrapper` is a command prefix that changes what the process may do or see."""
        return [*DIE_WITH_US, *enter(self.namespace), *wrapper, self.binaries / "upptpd", *arguments]

    def start(self, wrapper=(), options=()):
        """Starts serving, with further options, and returns when clients can connect."""
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command("serve", "--config", self.config, *options, wrapper=wrapper),
                                            stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.processes.add(self.process.pid)
        if not wait_until(lambda: self.process.poll() is not None or self._is_ready(), 15):
            raise AssertionError("expected upptpd to listen within 15 s, it did not")
        if self.process.poll() is not None:
            raise AssertionError(f"expected upptpd to serve, it ended with status {self.process.returncode}")

    def monitor(self):
        """The process id of its monitor, its only child."""
        parent = [str(self.process.pid)]
        processes = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
        return next(process for process in processes if process_status(process, "PPid") == parent)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def end(self, how=signal.SIGTERM, seconds=5):
        """Sends that signal and returns the exit status; a server that does not end in time is an error."""
        self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"expected upptpd to end within {seconds} s of {how.name}, it did not") from None

    def kill(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def sessions(self):
        """What `upptpctl sessions --json` lists."""
        result = self.ask("sessions", "--json")
        if result.returncode:
            raise AssertionError(f"expected upptpctl to exit 0, came {result.returncode}: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def ask(self, *arguments):
        """Runs upptpctl; returns what it completed with."""
        return subprocess.run([self.binaries / "upptpctl", *arguments, "--socket", self.socket],
                              capture_output=True, text=True, timeout=10)

    def say(self, line):
        """What the admin socket answers to these octets, until it closes or the line ends."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket))
            connection.sendall(line)
            return json.loads(connection.makefile().readline())

    def _is_ready(self):
        """Whether both sockets listen, asked without the server's noticing."""
        state = Path(f"/proc/{self.process.pid}/net")
        try:
            return (re.search(rf":{PORT:04X} \S+ 0A ", (state / "tcp").read_text())
                    and str(self.socket) in (state / "unix").read_text())
        except OSError:  # it has ended
            return False


class Case(unittest.TestCase):
    """A test whose method name is its name in the report; it may set `detail`, which is printed with it."""

    detail = ""

    def name(self):
        return self._testMethodName.removeprefix("test_").replace("_", "-")

    def evidence(self):
        """What to print below a failure, such as the end of a log."""
        return ""

    def expect(self, what, expected, actual):
        if expected != actual:
            self.fail(f"{what}: expected {expected!r}, came {actual!r}")


class Report(unittest.TestResult):
    """Prints a line per case as it ends."""

    def __init__(self):
        super().__init__()
        self.passed = self.failed = 0

    def startTest(self, test):
        super().startTest(test)
        self._started, self._has_failed = time.monotonic(), False

    def addSuccess(self, test):
        self.passed += 1
        print(f"ok   {test.name()}  {test.detail} ({time.monotonic() - self._started:.1f} s)", flush=True)

    def addFailure(self, test, error):
        self._failure(test, str(error[1]))

    def addError(self, test, error):
        self._failure(test, "".join(traceback.format_exception(*error)))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skip {test.name()}  {reason}", flush=True)

    def _failure(self, test, message):
        first, *rest = message.strip().splitlines()
        if self._has_failed:  # its tearDown, after the case itself
            print(f"     then: {first}", flush=True)
            return
        self._has_failed = True
        self.failed += 1
        print(f"FAIL {test.name()}  {first}", flush=True)
        for line in [*rest, *test.evidence().splitlines()]:
            print("     " + line, flush=True)


def run_cases(case_classes, only=None):
    """Runs the cases in the order in which they are written; returns the exit status."""
    cases = [case_class(method) for case_class in case_classes for method in vars(case_class)
             if method.startswith("test_")]
    chosen = [case for case in cases if only is None or only in case.name()]
    if not chosen:
        print(f"no case is named {only!r}; there are: {', '.join(case.name() for case in cases)}")
        return 2
    report = Report()
    unittest.TestSuite(chosen).run(report)
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    print(f"{report.passed} passed, {report.failed} failed{skipped}")
    return 1 if report.failed else 0


def tail(text, lines=25):
    return "\n".join(text.splitlines()[-lines:])
