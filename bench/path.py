#!/usr/bin/env python3
"""What the data path costs: packets through calls between clients and a host behind the server, on the simple path (one
packet per system call, OpenSSL) and on the one that is shipped, one after the other and several times.

    bench/path.py --bin build/release/bin [--rounds 7] [--seconds 3] [--only TEXT] [--json FILE]

Needs root and iperf3. Client, server and host share this machine's processors, in network namespaces; so only the
ratios mean something elsewhere. CPU is that of the server's process alone. docs/performance.md says what is measured
and why.
"""

import argparse
import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Limits, Row, finish

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "netns"))
import iperf3  # noqa: E402
from client import Client  # noqa: E402
from harness import DIE_WITH_US, Server, enter, enter_own_namespaces, inside, ip  # noqa: E402
from network import CLIENTS, NAMESPACE, make_network, server_address  # noqa: E402

CLIENT, HOST = CLIENTS[0], "host"
HOST_ADDRESS = "192.168.88.2"
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2  # in.h
TICKS = os.sysconf("SC_CLK_TCK")
PATHS = "simple", "batched"
SIDES = "gre_in", "gre_out", "tun_in", "tun_out"

# Datagrams a second through many calls: what either path can take, so that only few are lost.
RATE = 50_000

FASTER = Limits(must=3, aim=4, at_least=True)
FEW_CALLS = Limits(must=0.15, aim=0.06)
# iperf3's options, what CPU time is divided by, and the limits of its ratio.
TRAFFIC = {
    "TCP client to LAN": ((), "byte", Limits(must=0.36, aim=0.27)),
    "TCP LAN to client": (("--reverse",), "byte", Limits(must=0.57, aim=0.43)),
    "TCP both ways": (("--bidir",), "byte", None),
    "UDP 64 B client to LAN": (("--udp", "--bandwidth", "0", "--length", "36"), "packet", Limits(must=0.43, aim=0.32)),
    "UDP 64 B LAN to client": (("--udp", "--bandwidth", "0", "--length", "36", "--reverse"), "packet", None),
    "UDP 1372 B client to LAN": (("--udp", "--bandwidth", "0", "--length", "1344"), "packet", None),
    "UDP 1372 B LAN to client": (("--udp", "--bandwidth", "0", "--length", "1344", "--reverse"), "packet", None),
}


def parse_arguments():
    parser = argparse.ArgumentParser(description="What the data path costs.")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where upptpd and upptp are")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of the simple and the batched path")
    parser.add_argument("--seconds", type=float, default=3, help="for each measurement")
    parser.add_argument("--only", default="", metavar="TEXT", help="the kinds of traffic whose name contains it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    return arguments


def make_host():
    """A LAN with one host behind the server."""
    ip(f"netns add {HOST}")
    ip("link set lo up", HOST)
    ip(f"link add lan0 netns {NAMESPACE} type veth peer name eth0 netns {HOST}")
    for address, interface, namespace in (("192.168.88.1", "lan0", NAMESPACE), (HOST_ADDRESS, "eth0", HOST)):
        ip(f"addr add {address}/24 dev {interface}", namespace)
        ip(f"link set {interface} up", namespace)
    ip("route add default via 192.168.88.1", HOST)
    subprocess.run([*enter(NAMESPACE), "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)


def own_and_kernel_seconds(process):
    """What its own code has taken, and the kernel on its behalf."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return [int(field) / TICKS for field in fields[11:13]]


class Served:
    """A server on that path, and what it has done."""

    def __init__(self, binaries, directory, path, settings=None):
        self.options = ("--simple-path",) if path == "simple" else ()
        self.server = Server(binaries, directory, NAMESPACE)
        self.server.configure(settings)
        self.server.start(options=self.options)

    def close(self):
        self.server.end()

    def processor_seconds(self):
        return sum(own_and_kernel_seconds(self.server.process))

    @staticmethod
    def machine_seconds():
        """What all processors have done, for whomever, and how long they had nothing to do."""
        times = [int(field) / TICKS for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        idle = times[3] + times[4]
        return sum(times) - idle, idle

    def stats(self):
        return json.loads(self.server.ask("stats", "--json").stdout)

    def measure(self, run):
        """What `run` has cost the server, which returns the round trips in the meantime, if there were any."""
        before, cpu_before, started = self.stats(), self.processor_seconds(), time.monotonic()
        busy_before, idle_before = self.machine_seconds()
        round_trips = run()
        elapsed, cpu = time.monotonic() - started, self.processor_seconds() - cpu_before
        busy, idle = self.machine_seconds()
        after = self.stats()

        def grown(*keys):
            new, old = after, before
            for key in keys:
                new, old = new[key], old[key]
            return new - old

        octets = grown("traffic", "bytes_in") + grown("traffic", "bytes_out")
        packets = grown("traffic", "packets_in") + grown("traffic", "packets_out")
        calls = sum(grown("system_calls", side, "calls") for side in SIDES) + grown("system_calls", "wake_ups")
        figures = {"mbits": octets * 8 / elapsed / 1e6, "cpu_s_per_gb": cpu / octets * 1e9,
                   "cpu_us_per_packet": cpu / packets * 1e6, "calls_per_packet": calls / packets,
                   "machine_s_per_gb": (busy - busy_before) / octets * 1e9,
                   "idle_percent": (idle - idle_before) / (busy - busy_before + idle - idle_before) * 100}
        if round_trips:
            figures["ping_ms"] = statistics.median(round_trips)
        for side in SIDES:
            figures[side] = grown("system_calls", side, "packets") / max(grown("system_calls", side, "calls"), 1)
        return figures


class Tunnel(Served):
    """One call, of a client on the same path, which the kernel uses as any network."""

    def __init__(self, binaries, directory, path):
        super().__init__(binaries, directory, path)
        self.client = Client(binaries, server_address(CLIENT), Path(directory) / "client.log", "--route",
                             "192.168.88.0/24", *self.options, namespace=CLIENT)
        self.client.connected()

    def close(self):
        self.client.hang_up()
        super().close()

    def iperf3(self, seconds, options):
        with pinging() as round_trips:
            iperf3.run(HOST_ADDRESS, seconds, *options, namespace=CLIENT)
        return round_trips


class ManyCalls(Served):
    """Calls of one process, bench/load.cpp, which makes the packets itself."""

    SETTINGS = {"server.max_sessions": 1000, "auth.same_user": "allow", "network.local_ip": "10.77.0.1",
                "network.client_ips": ["10.77.4.0/22"]}

    def __init__(self, binaries, directory, path, calls):
        super().__init__(binaries, directory, path, self.SETTINGS)
        self.load = subprocess.Popen([*DIE_WITH_US, *enter(CLIENT), binaries / "load", server_address(CLIENT),
                                      str(calls), HOST_ADDRESS],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addresses = json.loads(self.load.stdout.readline())["addresses"]

    def close(self):
        self.load.communicate()
        super().close()

    def from_clients(self, seconds):
        self._tell(f"send 64 {seconds} {RATE}")
        self._answer()

    def to_clients(self, seconds):
        self._tell(f"receive {seconds + 0.2}")
        with inside(HOST), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
            destinations = itertools.cycle([(address, 9) for address in self.addresses])
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for destination in itertools.islice(destinations, 100):
                    sender.sendto(bytes(36), destination)
        self._answer()

    def _tell(self, line):
        self.load.stdin.write(line + "\n")
        self.load.stdin.flush()

    def _answer(self):
        if json.loads(self.load.stdout.readline())["packets"] == 0:
            raise AssertionError("expected packets to pass, none did")


MANY_CALLS = {
    "UDP 64 B, 10 calls to LAN": (10, ManyCalls.from_clients),
    "UDP 64 B, LAN to 10 calls": (10, ManyCalls.to_clients),
    "UDP 64 B, 1,000 calls to LAN": (1000, ManyCalls.from_clients),
    "UDP 64 B, LAN to 1,000 calls": (1000, ManyCalls.to_clients),
}


@contextlib.contextmanager
def pinging():
    """Yields a list that has the milliseconds of each round trip, once the block is over."""
    times = []
    command = [*DIE_WITH_US, *enter(CLIENT), "ping", "-n", "-i", "0.02", HOST_ADDRESS]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield times
    finally:
        process.terminate()
        lines = process.communicate()[0].splitlines()
        times += [float(line.split("time=")[1].split()[0]) for line in lines if "time=" in line]


def ping_idle(seconds):
    with pinging() as round_trips:
        time.sleep(seconds)
    return statistics.median(round_trips)


def rows_of(name, measured):
    """What of a kind of traffic goes into the table."""
    def row(key, figure, unit, **more):
        simple, batched = ([each[key] for each in measured[path]] for path in PATHS)
        return Row(figure, unit, batched, simple, **more)

    per, limits = TRAFFIC[name][1:] if name in TRAFFIC else ("packet", None)
    tcp_one_way = name.startswith("TCP") and "both" not in name
    yield row("mbits", name, "Mbit/s", rate=True, limits=FASTER if tcp_one_way else None)
    yield (row("cpu_s_per_gb", "    server's CPU", "s/GB", limits=limits) if per == "byte" else
           row("cpu_us_per_packet", "    server's CPU", "us/packet", limits=limits))
    if name.startswith("TCP"):
        # Of both ends, the host and iperf3 together: throughput cannot grow more than this shrinks.
        yield row("machine_s_per_gb", "    all processors", "s/GB")
        yield row("idle_percent", "    idle", "%")
    # Without a base: the limits are of the figure itself.
    yield Row("    system calls", "per packet", [each["calls_per_packet"] for each in measured["batched"]],
              limits=FEW_CALLS if name.startswith("TCP") else None)
    if name in TRAFFIC:
        yield row("ping_ms", "    ping meanwhile", "ms")
    for side in SIDES:
        if all(each[side] > 0 for path in PATHS for each in measured[path]):
            yield row(side, f"    packets per call, {side.replace('_', ' ')}", "", rate=True)


def measure(arguments, path, measured):
    """Each kind of traffic once, on that path."""
    with tempfile.TemporaryDirectory(prefix="upptpd-bench-") as directory:
        tunnel = Tunnel(arguments.bin, directory, path)
        try:
            measured["ping"][path].append(ping_idle(arguments.seconds))
            for name in chosen(TRAFFIC, arguments):
                options = TRAFFIC[name][0]
                with iperf3.listening(HOST_ADDRESS, HOST):
                    measured[name][path].append(tunnel.measure(lambda: tunnel.iperf3(arguments.seconds, options)))
        finally:
            tunnel.close()
    for name in chosen(MANY_CALLS, arguments):
        count, direction = MANY_CALLS[name]
        with tempfile.TemporaryDirectory(prefix="upptpd-bench-") as directory:
            calls = ManyCalls(arguments.bin, directory, path, count)
            try:
                measured[name][path].append(calls.measure(lambda: direction(calls, arguments.seconds)))
            finally:
                calls.close()


def chosen(kinds, arguments):
    return [name for name in kinds if arguments.only in name]


def main():
    arguments = parse_arguments()
    enter_own_namespaces()
    make_network()
    make_host()
    traffic = chosen(TRAFFIC | MANY_CALLS, arguments)
    measured = {name: {path: [] for path in PATHS} for name in [*traffic, "ping"]}
    for number in range(arguments.rounds):
        for path in PATHS if number % 2 == 0 else reversed(PATHS):
            measure(arguments, path, measured)
        print(f"pair {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    rows = [row for name in traffic for row in rows_of(name, measured[name])]
    rows.append(Row("ping of an idle tunnel", "ms", measured["ping"]["batched"], measured["ping"]["simple"],
                    limits=Limits(must=1.2, aim=1.0)))
    return finish("Data path, simple and batched", rows, "simple", arguments.json)


if __name__ == "__main__":
    sys.exit(main())
