"""What a server may do that was started as root: as if somebody had got into the running process."""

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
from pathlib import Path

from calls import FIRST, TUNNEL_ADDRESS, CallCase
from harness import Case, Server, process_status, wait_until
from service import NET_ADMIN
from system_call import Intruder

NOBODY = 65534
AT_CWD = -100  # fcntl.h
INTERNET, RAW = 2, 3  # sys/socket.h
SET_OWNER = 8  # F_SETOWN, fcntl.h
DETACH_FILTER = 27  # SO_DETACH_FILTER, asm/socket.h


class SystemCalls(Case):
    """Comes last: what the servers of all cases were refused."""

    def test_no_system_call_was_refused(self):
        try:
            kernel_log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            self.skipTest(f"the kernel's log cannot be read: {error.strerror}")
        refused = set()
        with contextlib.suppress(BlockingIOError):  # the end
            while True:
                with contextlib.suppress(BrokenPipeError):  # a line that has been overwritten meanwhile
                    line = os.read(kernel_log, 8192).decode(errors="replace")
                    found = re.search(r"type=1326 .* pid=(\d+) .* syscall=(\d+)", line)
                    if found and int(found[1]) in Server.processes:
                        refused.add(int(found[2]))
        os.close(kernel_log)
        self.expect("numbers of the system calls", set(), refused)
        self.detail = f"{len(Server.processes)} servers"


class Privileges(CallCase):
    def status(self, key):
        return process_status(self.server.process.pid, key)

    def packet_socket(self):
        """The descriptor of the one that hears ARP."""
        process = self.server.process.pid
        inodes = [line.split()[-1] for line in Path(f"/proc/{process}/net/packet").read_text().splitlines()[1:]]
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            if any(os.readlink(descriptor) == f"socket:[{inode}]" for inode in inodes):
                return int(descriptor.name)
        raise AssertionError("expected the server to have a packet socket")

    def is_debug(self):
        return b"__asan_init" in (self.binaries / "upptpd").read_bytes()

    def test_runs_as_nobody_with_one_capability(self):
        self.expect("users", [str(NOBODY)] * 4, self.status("Uid"))
        self.expect("groups", ([str(NOBODY)] * 4, []), (self.status("Gid"), self.status("Groups")))
        for kind, expected in ("CapEff", 1 << NET_ADMIN), ("CapPrm", 1 << NET_ADMIN), ("CapBnd", 0), ("CapAmb", 0):
            self.expect(kind, expected, int(self.status(kind)[0], 16))
        self.expect("no new privileges, and a filter", (["1"], ["2"]),
                    (self.status("NoNewPrivs"), self.status("Seccomp")))
        self.expect("user of the monitor", "0", process_status(self.server.monitor(), "Uid")[0])
        self.expect("name of the monitor", ["upptpd-monitor"], process_status(self.server.monitor(), "Name"))
        if not self.is_debug():  # LeakSanitizer has to look into it
            self.expect("owner of its files in /proc, which are root's when it is not dumpable", 0,
                        os.stat(f"/proc/{self.server.process.pid}/environ").st_uid)

    def test_an_intruder_gets_nowhere(self):
        if not Intruder.possible():
            self.skipTest("only on x86-64")
        client = self.dial(FIRST)
        client.connected()
        outside = self.server.directory.with_suffix(".outside")
        tries = {("execve", "/bin/sh", 0, 0): "EPERM",
                 ("setuid", 0): "EPERM",
                 ("unlink", str(self.server.config)): "EPERM",
                 ("chmod", str(self.server.config), 0o666): "EPERM",
                 ("socket", INTERNET, RAW, 47): "EPERM",
                 ("openat", AT_CWD, str(self.server.secrets), os.O_RDONLY): "EACCES",
                 ("openat", AT_CWD, "/etc/shadow", os.O_RDONLY): "EACCES"}
        # Somebody else's, of the same user: only the filter is between them.
        neighbour = subprocess.Popen(["sleep", "60"], user=NOBODY, group=NOBODY, extra_groups=[])
        self.addCleanup(neighbour.wait)
        self.addCleanup(neighbour.kill)
        tries |= {("setsockopt", self.packet_socket(), socket.SOL_SOCKET, DETACH_FILTER, "any", 4): "EPERM"}
        if not self.is_debug():  # sanitizers open files, trace, send signals and fork
            tries |= {("tgkill", neighbour.pid, neighbour.pid, 0): "EPERM",
                      ("prlimit64", neighbour.pid, resource.RLIMIT_NOFILE, 0, 0): "EPERM",
                      ("fcntl", 0, SET_OWNER, neighbour.pid): "EPERM",
                      ("openat", AT_CWD, f"/tmp/{outside.name}", os.O_WRONLY | os.O_CREAT, 0o600): "EPERM",
                      ("open", "/dev/net/tun", os.O_RDWR): "EPERM",
                      ("ptrace", 16, self.server.monitor()): "EPERM",
                      ("fork",): "EPERM"}
        Server.processes.remove(self.server.process.pid)  # what it is refused now is no defect
        with Intruder(self.server.process.pid) as intruder:
            came = {attempt: intruder.call(*attempt) for attempt in tries}
        self.expect("errors", tries, came)
        self.ping(FIRST, TUNNEL_ADDRESS)  # and it has all gone unnoticed
        self.detail = ", ".join(sorted({name for name, *_ in tries}))

    def test_users_and_configuration_that_only_root_can_read(self):
        self.server.directory.chmod(0o700)
        self.server.config.chmod(0o600)
        self.dial(FIRST).connected()
        with self.server.secrets.open("a") as secrets:
            secrets.write("newcomer * secret1 *\n")
        self.dial(FIRST, "--interface", "upptp1", user="newcomer").connected()
        self.expect("exit status of a reload", 0, self.server.ask("reload").returncode)

    def test_ends_without_its_monitor(self):
        client = self.dial(FIRST)
        client.connected()
        os.kill(self.server.monitor(), signal.SIGKILL)
        self.expect("exit status", 1, self.server.process.wait(10))
        self.assertRegex(self.server.log.read_text(), "event=monitor_gone")
        self.expect_end(client, 1, "the server is shutting down", 629)
        self.server.socket.unlink()  # the one thing that needs the monitor

    def test_the_monitor_ends_with_the_server(self):
        monitor = self.server.monitor()
        self.server.kill()
        self.assertTrue(wait_until(lambda: not Path(f"/proc/{monitor}").exists(), 5), "expected the monitor to end")
        self.server.start()  # over what is left of the socket

    def test_stays_root_where_the_configuration_says_so(self):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.configure({"server.user": ""})
        self.server.start()
        self.expect("users", ["0"] * 4, self.status("Uid"))
        self.expect("capabilities", 1 << NET_ADMIN, int(self.status("CapEff")[0], 16))
        self.assertRegex(self.server.log.read_text(), 'weaker_setting setting=server.user value=""')
        self.dial(FIRST).connected()

    def test_a_user_that_there_is_not(self):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.assertRegex(self.server.log.read_text(), "warning event=no_user user=upptpd .*useradd")
        self.server.configure({"server.user": "no-such-user"})
        result = subprocess.run(self.server.command("serve", "--config", self.server.config), capture_output=True,
                                text=True, timeout=15, stdin=subprocess.DEVNULL)
        self.expect("exit status", 1, result.returncode)
        self.assertTrue(re.search("server.user: there is no user no-such-user on this host\n", result.stderr))
