"""Each system call that the shell makes fails for a while, as it may in the field, with a call up, packets each way, a
login, a hang-up, users that change and an administrator who asks. The server is to serve on, lose nothing for good, and
say so in few words. The rows are strace's names; what is not here cannot fail, or only by a bug of ours."""

import contextlib
import subprocess
import time
from typing import NamedTuple

from calls import FIRST, SECOND
from harness import wait_until
from load import FaultCase
from strace import Injected

SECONDS = 2.0


class Fault(NamedTuple):
    call: str
    error: str
    every: int = 1  # so many calls go through to the kernel until one fails
    drops: str = ""  # what counts the packets that are lost by it
    logged: str = ""  # the event that says what could not be done
    of_monitor: bool = False  # it is the monitor's, not the server's
    calls_end: bool = False  # what can only be a lost connection: the call ends, with a reason


FAULTS = [
    # GRE
    Fault("recvmmsg", "EINTR", 3),
    Fault("recvmmsg", "ENOMEM", 3),
    Fault("recvmmsg", "ENOBUFS", 2),
    Fault("sendmmsg", "EINTR", 2),
    Fault("sendmmsg", "ENOBUFS", 2, drops="send_failed"),
    Fault("sendmmsg", "ENOBUFS", drops="send_failed"),
    Fault("sendmmsg", "ENOMEM", 3, drops="send_failed"),
    Fault("sendmmsg", "EPERM", drops="send_failed"),  # a firewall
    Fault("sendmmsg", "ENETUNREACH", drops="send_failed"),
    # the TUN device; the secrets file is read by it, too
    Fault("read", "EINTR", 3),
    Fault("read", "ENOMEM", 3, drops="read_failed"),
    Fault("read", "EINVAL", 3, drops="read_failed"),
    Fault("read", "EIO", 3, drops="read_failed"),
    Fault("writev", "EINTR", 3, drops="send_failed"),
    Fault("writev", "ENOMEM", 2, drops="send_failed"),
    Fault("writev", "EIO", drops="send_failed"),  # the interface is down
    # TCP, ARP, notifications of the kernel, the administrator
    Fault("recvfrom", "EINTR", 3),
    Fault("recvfrom", "ENOBUFS", 2, calls_end=True),
    Fault("recvfrom", "ENOBUFS", calls_end=True),
    Fault("recvfrom", "ETIMEDOUT", 2, calls_end=True),
    Fault("sendto", "EINTR", 2),
    Fault("sendto", "ENOBUFS", calls_end=True),
    Fault("sendto", "EPIPE", 2, calls_end=True),
    Fault("accept", "EMFILE", logged="accept_failed"),
    Fault("accept", "ENFILE", logged="accept_failed"),
    Fault("accept", "ENOMEM", 2, logged="accept_failed"),
    Fault("accept", "ECONNABORTED", 2),
    Fault("getpeername", "ENOTCONN"),
    Fault("getsockname", "ENOTCONN"),
    Fault("setsockopt", "ENOBUFS"),
    Fault("getsockopt", "ENOBUFS"),
    Fault("epoll_wait", "EINTR", 2),
    # netlink, and the monitor
    Fault("socket", "EMFILE", logged="address_unavailable"),
    Fault("sendmsg", "ENOBUFS", logged="address_unavailable"),
    Fault("sendmsg", "EPERM", logged="address_unavailable"),
    Fault("sendmsg", "EINTR", 2),
    Fault("recvmsg", "ENOMEM", logged="address_unavailable"),
    Fault("recvmsg", "ENOBUFS", 2),
    Fault("recvmsg", "EINTR", 2),
    Fault("recvmsg", "ENOMEM", of_monitor=True),
    Fault("sendmsg", "ENOBUFS", 2, of_monitor=True),
    # the secrets file, the log
    Fault("newfstatat", "EIO", logged="secrets_file"),
    Fault("newfstatat", "EACCES", 2),
    Fault("openat", "EMFILE", logged="secrets_file", of_monitor=True),
    Fault("openat", "EIO", 2, of_monitor=True),
    Fault("write", "ENOSPC"),
    Fault("write", "EIO", 2),
    Fault("write", "EINTR", 2),
    # hooks
    Fault("pipe2", "EMFILE", logged="hook_refused", of_monitor=True),
    Fault("clone3", "EAGAIN", logged="hook_refused", of_monitor=True),
    Fault("clone3", "ENOMEM", logged="hook_refused", of_monitor=True),
    Fault("pidfd_open", "EMFILE", logged="hook_refused", of_monitor=True),
    Fault("wait4", "EINTR", 2, of_monitor=True),
]


class SystemCalls(FaultCase):
    def start_server(self):
        hook = self.server.directory.with_suffix(".hook")
        hook.write_text("#!/bin/sh\necho said by the hook >&2\n")
        hook.chmod(0o755)
        self.server.configure({"hooks.ip_up": str(hook), "hooks.ip_down": str(hook)})
        super().start_server()

    def meanwhile(self):
        """What uses every system call; some of it may fail now. Goes on for SECONDS."""
        end = time.monotonic() + SECONDS
        self.logins = 0
        while time.monotonic() < end:
            self.logins += 1
            self.server.secrets.write_text(self.server.secrets.read_text() + f"new{self.logins} * secret1 *\n")
            comer = self.dial(SECOND, user="user1")
            wait_until(lambda: comer.event("connected") or comer.process.poll() is not None, 1)
            for what in "sessions", "stats":
                self.try_to_ask(what)
            comer.process.terminate()
            wait_until(lambda: comer.process.poll() is not None, 0.5)
            comer.kill()
            time.sleep(0.1)

    def fault(self, fault):
        client = self.dial(FIRST)
        address = client.connected()["client_ip"]
        wait_until(lambda: self.logged("hook_ended"), 5)
        self.ping(FIRST, "192.168.77.1")
        network = self.network()
        descriptors, lines, drops = self.descriptors(), self.lines(), self.drops(fault.drops)
        pings = self.ping_both_ways(address)
        trace = self.server.directory.with_suffix(".strace")
        process = self.server.monitor() if fault.of_monitor else self.server.process.pid
        with Injected(process, fault.call, fault.error, fault.every, trace) as injected:
            self.meanwhile()
        sent, answered = zip(*(ping.stop() for ping in pings))
        self.expect("the server runs", True, self.server.is_running())
        self.assertGreater(injected.failures, 0, "expected the call to fail")
        self.assertLess(injected.cpu_seconds, 0.5 * injected.seconds, "expected it not to use the processor in vain")
        said = self.lines() - lines
        self.assertLess(said, 20 * (self.logins + 1), f"expected no flood of lines by {self.logins} logins")
        ended = self.connection_lost(client)
        if fault.drops and not ended:
            self.assertGreater(self.drops(fault.drops), drops, "expected the lost packets to be counted")
        if fault.logged:
            self.assertNotEqual([], self.logged(fault.logged), f"expected an event {fault.logged}")
        self.assertLessEqual(ended, fault.calls_end, "expected the call to stay up")
        if not ended:
            self.ping(FIRST, "192.168.77.1")
            self.ping("server", address)
        self.expect_serving()
        self.expect_network(self.network_while_serving if ended else network)
        self.expect_descriptors(descriptors)
        self.detail = (f"{injected.failures} of {injected.calls} calls failed, {sum(answered)} of {sum(sent)} pings"
                       f" answered, {said} lines, {injected.cpu_seconds / injected.seconds:.0%} of a processor"
                       + (", the call ended" if ended else ""))

    def try_to_ask(self, what):
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run([self.binaries / "upptpctl", what, "--socket", self.server.socket], capture_output=True,
                           timeout=0.5)

    def connection_lost(self, client):
        """Whether the call of the client is over, for which the server then has to have a reason."""
        if not wait_until(lambda: client.process.poll() is not None, 0.3):
            return False
        peer = f"10.9.{FIRST[-1]}.2"
        reasons = [each["reason"] for each in self.logged("finished") if each["peer"] == peer]
        self.expect("number of reasons for the end of the call", 1, len(reasons))
        return True


def _add_cases():
    for fault in FAULTS:
        every = "" if fault.every == 1 else f"_{fault.every}"
        whose = "_of_the_monitor" if fault.of_monitor else ""
        name = f"test_{fault.call}-{fault.error}{every}{whose}"
        setattr(SystemCalls, name, lambda case, fault=fault: case.fault(fault))


_add_cases()
