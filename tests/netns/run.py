#!/usr/bin/env python3
"""The real server between network namespaces: how it starts, refuses to start and ends, what it does with control
connections and GRE packets that no well-behaved client sends, and whole calls with `upptp dial`.

    python3 tests/netns/run.py --bin build/debug/bin [--only CASE] [--keep]

Needs root. network.py has the addresses; users.py, admin.py, calls.py, policies.py, hostile.py, limits.py, service.py,
privileges.py, reload.py, settings.py, lan.py, reach.py, hooks.py, faq.py, firewall.py and data_path.py have further
cases.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pptp
from admin import Admin
from calls import Calls
from data_path import DataPath
from faq import Faq
from firewall import Firewalls
from harness import DIE_WITH_US, INTERFACE, ip, network_state, parse_arguments
from hooks import Hooks
from hostile import Crowd, HostileClients, HostileServers
from lan import ClientsBesideTheLan, ClientsInTheLan, ClientsRouted
from limits import Limits
from network import NAMESPACE, SERVER_ADDRESS, ServerCase, run_in_network
from policies import Administration, Leases, SameUser
from privileges import Privileges, SystemCalls
from reach import Dhcp, NetworksBehind, Pools, Sizes, Sources
from reload import Reloads
from service import Service
from settings import Settings
from users import Users


class Start(ServerCase):
    """Starting, not starting, and ending."""

    def upptpd(self, *arguments):
        return self.run_command(self.server.command(*arguments))

    def run_command(self, command, **environment):
        return subprocess.run(command, capture_output=True, text=True, timeout=15, stdin=subprocess.DEVNULL,
                              env={**os.environ, **environment})

    def expect_refusal(self, pattern, wrapper=(), **environment):
        """upptpd does not start: status 1, one line on stderr that says why, nothing left behind."""
        before = network_state(NAMESPACE)
        command = self.server.command("serve", "--config", self.server.config, wrapper=wrapper)
        result = self.run_command(command, **environment)
        self.expect("exit status", 1, result.returncode)
        lines = [line for line in result.stderr.splitlines() if not re.search(r"\binfo\b", line)]
        self.expect("number of lines on stderr: " + repr(lines), 1, len(lines))
        self.assertRegex(lines[0], pattern, "expected another explanation")
        self.expect("interfaces, addresses and routes left", set(), network_state(NAMESPACE) - before)
        self.expect("admin socket left", False, self.server.socket.exists())
        self.detail = lines[0]

    def test_version(self):
        result = self.upptpd("--version")
        self.expect("exit status", 0, result.returncode)
        self.detail = result.stdout.strip()

    def test_serves_and_ends_on_SIGINT(self):
        before = network_state(NAMESPACE)
        self.server.start()
        with pptp.ControlConnection(SERVER_ADDRESS) as connection:
            self.expect("result of the start", 1, connection.start())
            self.expect("result of the call", 1, connection.call(call_id=17)[2])
            self.expect("exit status", 0, self.server.end(signal.SIGINT, seconds=5))
        self.expect("interfaces, addresses and routes left", set(), network_state(NAMESPACE) - before)
        self.expect("admin socket left", False, self.server.socket.exists())

    def test_port_in_use(self):
        program = "import socket; s = socket.create_server(('0.0.0.0', 1723)); print(flush=True); s.accept()"
        other = subprocess.Popen([*DIE_WITH_US, "ip", "netns", "exec", NAMESPACE, sys.executable, "-c", program],
                                 stdout=subprocess.PIPE)
        try:
            other.stdout.readline()
            self.expect_refusal("1723")
        finally:
            other.kill()
            other.communicate()

    def test_no_tun_device(self):
        self.expect_refusal("/dev/net/tun", wrapper=[
            "unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /dev/net && exec "$@"', "sh"])

    def test_no_CAP_NET_ADMIN(self):
        self.expect_refusal("(?i)cap_net_admin", wrapper=self.without_capability("net_admin"))

    def test_no_CAP_NET_RAW(self):
        self.expect_refusal("(?i)cap_net_raw", wrapper=self.without_capability("net_raw"))

    def without_capability(self, name):
        return ["setpriv", f"--inh-caps=-{name}", f"--bounding-set=-{name}"]

    def test_no_legacy_provider(self):
        self.expect_refusal("(?i)legacy provider", OPENSSL_MODULES="/nonexistent")

    def test_secrets_writable_by_others(self):
        self.server.secrets.chmod(0o666)
        self.expect_refusal(re.escape(str(self.server.secrets)))

    def test_unknown_key(self):
        self.add_unknown_key()
        self.expect_refusal(self.position_of_unknown_key())

    def test_check(self):
        result = self.upptpd("check", "--config", self.server.config)
        self.expect("exit status for a good file", 0, result.returncode)
        self.add_unknown_key()
        result = self.upptpd("check", "--config", self.server.config)
        self.expect("exit status for a bad file", 1, result.returncode)
        self.assertRegex(result.stdout + result.stderr, self.position_of_unknown_key(), "expected file:line:column")

    def add_unknown_key(self):
        text = self.server.config.read_text()
        self.server.config.write_text(text.replace("max_sessions", "colour = 1\nmax_sessions", 1))

    def position_of_unknown_key(self):
        line = self.server.config.read_text().splitlines().index("colour = 1") + 1
        return re.escape(f"{self.server.config}:{line}:") + r"\d+"

    def test_restart_after_SIGKILL(self):
        before = network_state(NAMESPACE)
        self.server.start()
        with pptp.ControlConnection(SERVER_ADDRESS) as connection:
            self.expect("result of the start", 1, connection.start())
            self.server.kill()
        self.expect("interfaces, addresses and routes left", set(), network_state(NAMESPACE) - before)
        self.server.start()
        with pptp.ControlConnection(SERVER_ADDRESS) as connection:
            self.expect("result of the start after the restart", 1, connection.start())

    def test_interface_removed(self):
        self.server.start()
        ip(f"link del {INTERFACE}", NAMESPACE)
        self.expect("exit status", 1, self.server.process.wait(5))
        self.assertRegex(self.server.log.read_text(), "interface_gone.*pptp0", "expected a line that says so")

    def test_out_of_descriptors(self):
        self.server.start(wrapper=["prlimit", "--nofile=40:40"])
        idle = [pptp.ControlConnection(SERVER_ADDRESS) for _ in range(60)]
        before = self.processor_time()
        time.sleep(2)
        spent = self.processor_time() - before
        self.assertLess(spent, 0.5, f"expected an idle server, it took {spent} s of 2 s")
        for connection in idle:
            connection.close()
        time.sleep(1.2)  # the pause before it accepts again
        with pptp.ControlConnection(SERVER_ADDRESS) as connection:
            self.expect("result of the start", 1, connection.start())

    def processor_time(self):
        fields = Path(f"/proc/{self.server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11:13]) / os.sysconf("SC_CLK_TCK")


class Wire(ServerCase):
    """Strange peers. Another control connection stays up throughout and must not notice any of it."""

    def setUp(self):
        super().setUp()
        self.server.start()
        self.witness = self.connection()
        self.expect("result of the start", 1, self.witness.start())
        self.expect("result of the call", 1, self.witness.call(call_id=1)[2])

    def tearDown(self):
        self.expect("identifier in the other connection's Echo-Reply", 99, self.witness.echo(99))
        self.expect("exit status of upptpd", 0, self.server.end())

    def connection(self):
        connection = pptp.ControlConnection(SERVER_ADDRESS)
        self.addCleanup(connection.close)
        return connection

    def expect_closed(self, data):
        connection = self.connection()
        connection.send(data)
        self.expect("closed without an answer", True, connection.is_closed_by_server())

    def test_start_and_echo(self):
        connection = self.connection()
        self.expect("result of the start", 1, connection.start())
        self.expect("identifier in the Echo-Reply", 0xDEADBEEF, connection.echo(0xDEADBEEF))

    def test_wrong_version(self):
        connection = self.connection()
        connection.send(pptp.start_request(version=0x0200))
        self.expect("result of the start", 5, pptp.start_result(connection.receive()))
        self.expect("closed after it", True, connection.is_closed_by_server())

    def test_wrong_magic(self):
        self.expect_closed(pptp.start_request(magic=0x12345678))

    def test_random_bytes(self):
        generator = random.Random(1723)
        for size in 12, 156, 4096:
            self.expect_closed(generator.randbytes(size))

    def test_wrong_length(self):
        for length in 0, 11, 155, 157, 0xFFFF:
            self.expect_closed(length.to_bytes(2, "big") + pptp.start_request()[2:] + b"\0")

    def test_byte_by_byte(self):
        connection = self.connection()
        for byte in pptp.start_request() + pptp.outgoing_call_request(call_id=23):
            connection.send(bytes([byte]))
        self.expect("result of the start", 1, pptp.start_result(connection.receive()))
        self.expect("our call id and the result of the call", (23, 1), pptp.call_result(connection.receive())[1:])

    def test_joined_requests(self):
        connection = self.connection()
        connection.send(pptp.start_request() + pptp.outgoing_call_request(call_id=23))
        self.expect("result of the start", 1, pptp.start_result(connection.receive()))
        self.expect("our call id and the result of the call", (23, 1), pptp.call_result(connection.receive())[1:])

    def test_requests_and_clears_in_one_segment(self):
        """Nothing is left of calls that were taken back before the answer; the limit is 50 sessions."""
        for _ in range(8):
            connection = self.connection()
            connection.start()
            connection.send((pptp.outgoing_call_request(23) + pptp.call_clear_request(23)) * 8)
            self.expect("identifier in the Echo-Reply", 3, connection.skip_to_echo(3))
        connection = self.connection()
        connection.start()
        self.expect("result of a further call", 1, connection.call(call_id=24)[2])

    def test_outgoing_call(self):
        with pptp.gre_socket() as tunnel:
            connection = self.connection()
            connection.start()
            server_call, our_call, result = connection.call(call_id=0x4242)
            self.expect("our call id and the result of the call", (0x4242, 1), (our_call, result))
            frame = self.first_frame(tunnel, call_id=0x4242)
            self.expect("first frame on the call, LCP's Configure-Request", "ff03c02101", frame[:5].hex())
            self.detail = f"the server's call id is {server_call}; LCP starts"

    def test_strange_GRE_packets(self):
        generator = random.Random(1723)
        with pptp.gre_socket() as tunnel:
            connection = self.connection()
            connection.start()
            server_call = connection.call(call_id=0x4242)[0]
            packet = pptp.gre(server_call, generator.randbytes(32))
            packets = [packet[:length] for length in range(len(packet))]
            packets += [pptp.gre(server_call, b"x" * 8, version=version) for version in (0, 2, 7)]
            packets += [pptp.gre(server_call, b"x" * 8, protocol=0x0800)]
            packets += [pptp.gre(server_call, b"x" * 8, length=length) for length in (0, 7, 9, 0xFFFF)]
            packets += [pptp.gre(server_call ^ bit, generator.randbytes(40)) for bit in (1, 0x100, 0x8000)]
            packets += [pptp.gre(server_call, generator.randbytes(size), sequence) for sequence, size in
                        enumerate(generator.randrange(1400) for _ in range(200))]
            packets += [generator.randbytes(generator.randrange(1400)) for _ in range(200)]
            for packet in packets:
                tunnel.sendto(packet, (SERVER_ADDRESS, 0))
            self.expect("identifier in the Echo-Reply", 5, connection.echo(5))
            self.detail = f"{len(packets)} packets"

    def first_frame(self, tunnel, call_id):
        """The first PPP frame from the server on that call (its own packets carry no acknowledgment yet)."""
        try:
            while True:
                packet = tunnel.recv(2048)[20:]  # behind the IP header
                if packet[6:8] == call_id.to_bytes(2, "big"):
                    return packet[12:]
        except TimeoutError:
            self.fail("expected a frame on the call within 5 s, none came")


def main():
    arguments = parse_arguments("The real server between network namespaces.")
    return run_in_network(arguments, "netns", [
        Start, Users, Admin, Wire, Calls, Leases, SameUser, Administration, HostileServers, HostileClients, Crowd,
        Settings, ClientsInTheLan, ClientsBesideTheLan, ClientsRouted, Sources, Pools, NetworksBehind, Sizes, Dhcp,
        Hooks, Limits, Service, Reloads, Privileges, Faq, Firewalls, DataPath, SystemCalls])


if __name__ == "__main__":
    sys.exit(main())
