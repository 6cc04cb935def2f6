#!/usr/bin/env python3
"""The same client of ours against Poptop (Debian's pptpd and pppd, with the kernel's PPP and MPPE) and against upptpd,
both in the same User-Mode Linux guest, in turn; and against upptpd on this host, where pptpd cannot be.

    bench/peers.py --bin build/release/bin [--rounds 5] [--seconds 4] [--json FILE]

Needs root and iperf3. The guest is slow and has one processor: its numbers mean something beside each other only. What
the network between it and this host carries without a tunnel is shown, too.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Limits, Row, finish

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "interop"), str(TESTS / "netns")]
import iperf3  # noqa: E402
from client import Client  # noqa: E402
from guest import Guest, prepare  # noqa: E402
from harness import Server, enter, enter_own_namespaces  # noqa: E402
from network import CLIENTS, NAMESPACE, make_network, server_address  # noqa: E402

GUEST_ADDRESS, OUR_ADDRESS = "10.9.100.2", "10.9.100.1"
IN_TUNNEL = "192.168.77.1"
ENCRYPTION = "MPPE-128 stateless"

# pptpd's GRE socket has the system's default buffer, which a TCP stream overflows; after each gap it waits for 0.3 s,
# and little else would be measured. So both servers have enough.
PREPARE = """
for limit in default max; do echo 4194304 >/proc/sys/net/core/rmem_$limit; done
iperf3 --server --daemon
"""
LISTENS = """
for i in $(seq 100); do netstat -ltn | grep -q :1723 && exit 0; sleep 0.1; done
cat /tmp/server.log; exit 1
"""
START_PPTPD = """
printf '%s\\n' 'name pptpd' refuse-pap refuse-chap refuse-mschap require-mschap-v2 require-mppe-128 nodefaultroute \\
  novj nobsdcomp 'mtu 1400' 'mru 1400' >/etc/ppp/pptpd-options
echo 'alice * secret1 *' >/etc/ppp/chap-secrets
printf 'option /etc/ppp/pptpd-options\\nlocalip %s\\nremoteip 192.168.77.10-50\\n' {local} >/tmp/pptpd.conf
pptpd -f -c /tmp/pptpd.conf >/tmp/server.log 2>&1 &
""" + LISTENS
# The guest sees this host's files, to read, and takes the server, its libraries and its configuration from there.
START_UPPTPD = """
modprobe tun
mkdir -p /tmp/host
[ -d /tmp/host/usr ] || mount -r -t hostfs none /tmp/host -o /
cp /tmp/host{directory}/upptpd.toml /tmp/host{directory}/chap-secrets /tmp
OPENSSL_MODULES=/tmp/host/usr/lib/x86_64-linux-gnu/ossl-modules /tmp/host/lib64/ld-linux-x86-64.so.2 \\
  --library-path /tmp/host/usr/lib/x86_64-linux-gnu:/tmp/host/lib/x86_64-linux-gnu \\
  /tmp/host{binary} serve --config /tmp/upptpd.toml >/tmp/server.log 2>&1 &
""" + LISTENS
STOP = """
killall -TERM pptpd pppd ld-linux-x86-64.so.2
for i in $(seq 50); do pidof pptpd pppd ld-linux-x86-64.so.2 || exit 0; sleep 0.1; done
killall -KILL pptpd pppd ld-linux-x86-64.so.2
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description="upptpd beside pptpd.")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where upptpd and upptp are")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="for each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    return arguments


def ping(address, namespace=None):
    result = subprocess.run([*enter(namespace), *f"ping -n -c 100 -i 0.02 -w 20 {address}".split()],
                            capture_output=True, text=True, check=True)
    return statistics.median(float(line.split("time=")[1].split()[0]) for line in result.stdout.splitlines()
                             if "time=" in line)


def throughput(address, seconds, options, namespace):
    time.sleep(1)  # the guest's iperf3 listens anew after each run
    with iperf3.listening(address, NAMESPACE) if namespace else contextlib.nullcontext():
        return iperf3.arrived(iperf3.run(address, seconds, *options, namespace=namespace))


def measure(address, seconds, namespace=None):
    up, down = (throughput(address, seconds, options, namespace) for options in ((), ("--reverse",)))
    return {"up": up, "down": down, "ping": ping(address, namespace)}


@contextlib.contextmanager
def call(binaries, directory, server, namespace=None):
    """A call that really is encrypted as both servers are to do it."""
    client = Client(binaries, server, Path(directory) / "client.log", namespace=namespace)
    try:
        client.connected(30)
        encryption = client.event("encrypted")["encryption"]
        if encryption != ENCRYPTION:
            raise AssertionError(f"expected {ENCRYPTION}, came {encryption}")
        yield
        client.hang_up()
    finally:
        client.kill()


class Peers:
    def __init__(self, binaries, directory, guest, seconds):
        self.binaries, self.directory, self.guest, self.seconds = binaries, directory, guest, seconds
        # The same configuration for the guest and for this host.
        self.server = Server(binaries, directory, NAMESPACE)

    def start(self, script):
        started = self.guest.run(script)
        if started.status:
            raise AssertionError("the server in the guest: " + started.output)

    def pptpd(self):
        self.start(START_PPTPD.format(local=IN_TUNNEL))
        return self.measure_guest()

    def upptpd(self):
        self.start(START_UPPTPD.format(binary=self.binaries / "upptpd", directory=self.directory))
        return self.measure_guest()

    def measure_guest(self):
        try:
            with call(self.binaries, self.directory, GUEST_ADDRESS):
                return measure(IN_TUNNEL, self.seconds)
        finally:
            self.guest.run(STOP)

    def upptpd_on_the_host(self):
        self.server.start()
        try:
            with call(self.binaries, self.directory, server_address(CLIENTS[0]), CLIENTS[0]):
                return measure(IN_TUNNEL, self.seconds, CLIENTS[0])
        finally:
            self.server.kill()

    def without_tunnel(self):
        return measure(GUEST_ADDRESS, self.seconds)


def rows_of(title, ours, base, limits):
    for key, figure, unit in (("up", "TCP client to server", "Mbit/s"), ("down", "TCP server to client", "Mbit/s"),
                              ("ping", "ping", "ms")):
        rate = key != "ping"
        yield Row(f"{title}: {figure}", unit, [each[key] for each in ours], [each[key] for each in base], rate=rate,
                  limits=limits if rate else None)


def main():
    arguments = parse_arguments()
    prepare()  # before the way to the package mirror is gone
    enter_own_namespaces()
    make_network()
    kinds = "pptpd", "upptpd", "upptpd_on_the_host", "without_tunnel"
    measured = {kind: [] for kind in kinds}
    with (tempfile.TemporaryDirectory(prefix="upptpd-bench-") as directory,
          Guest(f"{GUEST_ADDRESS}/24", f"{OUR_ADDRESS}/24") as guest):
        peers = Peers(arguments.bin, directory, guest, arguments.seconds)
        guest.run(PREPARE)
        for number in range(arguments.rounds):
            for kind in kinds if number % 2 == 0 else reversed(kinds):
                measured[kind].append(getattr(peers, kind)())
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    rows = [*rows_of("in the guest", measured["upptpd"], measured["pptpd"], Limits(must=2, aim=10, at_least=True)),
            *rows_of("guest, no tunnel", measured["without_tunnel"], [], None),
            *rows_of("on the host", measured["upptpd_on_the_host"], [], None)]
    return finish("upptpd beside pptpd in a guest", rows, "pptpd", arguments.json)


if __name__ == "__main__":
    sys.exit(main())
