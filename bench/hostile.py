#!/usr/bin/env python3
"""What strangers cost: sixteen good calls beside a flood of bad GRE packets and of logins that fail.

    bench/hostile.py --bin build/release/bin [--seconds 10] [--json FILE]

Needs root. Everything shares this machine's processors, in network namespaces; CPU is that of the server's process
alone, with the kernel's work on its behalf. The good calls' packets are counted: each either arrives or has its count.
Beside what a login costs stands what it costs bench/bare_server.cpp, which makes the system calls and nothing else.
"""

import argparse
import json
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from path import HOST_ADDRESS, ManyCalls, make_host, own_and_kernel_seconds
from report import Limits, Row, finish

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "netns"))
import pptp  # noqa: E402
from client import Client  # noqa: E402
from harness import DIE_WITH_US, enter, enter_own_namespaces  # noqa: E402
from network import CLIENTS, NAMESPACE, make_network, server_address  # noqa: E402

BAD = CLIENTS[1]
GOOD_CALLS, GOOD_RATE = 16, 3200
BAD_PACKETS, GUESSES = 100_000, 500  # a second
QUEUE = "gre_queue_full"


def parse_arguments():
    parser = argparse.ArgumentParser(description="What strangers cost.")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where upptpd, upptp and load are")
    parser.add_argument("--seconds", type=int, default=10, help="for each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    return arguments


class Besieged(ManyCalls):
    """The good calls. The limits are so wide that each guess is heard and answered; as usual they end a siege."""

    SETTINGS = ManyCalls.SETTINGS | {"server.max_sessions": 4000, "limits.login_failures": 0, "limits.prelogin": 4000,
                                     "limits.prelogin_per_address": 4000, "limits.prelogin_per_network": 4000}

    def sent(self, seconds):
        self._tell(f"send 64 {seconds} {GOOD_RATE}")
        return json.loads(self.load.stdout.readline())["packets"]


class Guesses:
    """Logins with a wrong password, from elsewhere."""

    def __init__(self, binaries):
        self.load = subprocess.Popen([*DIE_WITH_US, *enter(BAD), binaries / "load", server_address(BAD), "0",
                                      HOST_ADDRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.load.stdout.readline()

    def begin(self, seconds):
        self.load.stdin.write(f"guess {seconds} {GUESSES}\n")
        self.load.stdin.flush()

    def end(self):
        return json.loads(self.load.stdout.readline())["logins"]

    def close(self):
        self.load.communicate()


def bad_packets(call_ids):
    """Of many kinds: no such call, a known one from the wrong address, not GRE, not PPP, cut short, noise."""
    dice = random.Random(1)
    packets = [pptp.gre(dice.choice(call_ids), dice.randbytes(64), dice.getrandbits(32)) for _ in range(50)]
    packets += [pptp.gre(dice.getrandbits(16), dice.randbytes(64), dice.getrandbits(32)) for _ in range(50)]
    packets += [pptp.gre(dice.getrandbits(16), bytes(20), version=dice.randrange(8)) for _ in range(20)]
    packets += [pptp.gre(dice.choice(call_ids), bytes(20), length=dice.randrange(65536)) for _ in range(20)]
    packets += [struct.pack("!HHHH", 0x2081, 0x880B, 0, dice.choice(call_ids)) for _ in range(10)]
    packets += [dice.randbytes(dice.randrange(1, 80)) for _ in range(50)]
    dice.shuffle(packets)
    return packets


FLOOD = """
import socket, sys, time
packets = [bytes.fromhex(line) for line in sys.stdin.read().split()]
seconds, rate, server = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
raw.connect((server, 0))
sent, begin = 0, time.monotonic()
while time.monotonic() - begin < seconds:
    for packet in packets:
        raw.send(packet)
    sent += len(packets)
    while sent > (time.monotonic() - begin) * rate:
        time.sleep(0.0005)
print(sent)
"""


class Flood:
    def __init__(self, call_ids):
        self.packets = "\n".join(packet.hex() for packet in bad_packets(call_ids))

    def begin(self, seconds):
        self.process = subprocess.Popen([*DIE_WITH_US, *enter(BAD), sys.executable, "-c", FLOOD, str(seconds),
                                         str(BAD_PACKETS), server_address(BAD)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(self.packets)
        self.process.stdin.close()

    def end(self):
        return int(self.process.stdout.read())


def bare_login(binaries, seconds):
    """What a failing login takes a server that decides nothing: CPU seconds of its own, and the kernel's."""
    command = [*DIE_WITH_US, *enter(NAMESPACE), binaries / "bare_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        guesses = Guesses(binaries)
        guesses.begin(seconds)
        logins = guesses.end()
        cost = [spent / logins for spent in own_and_kernel_seconds(server)]
        guesses.close()
        server.kill()
    return cost


def measure(calls, seconds, *attackers):
    """The server's CPU seconds meanwhile (its own and the kernel's for it), what each attacker has done, and the good
    packets: sent, arrived, and dropped with a count."""
    before, cpu_before = calls.stats(), own_and_kernel_seconds(calls.server.process)
    for attacker in attackers:
        attacker.begin(seconds)
    sent = calls.sent(seconds)
    done = [attacker.end() for attacker in attackers]
    time.sleep(0.3)  # what is on its way
    after, cpu_after = calls.stats(), own_and_kernel_seconds(calls.server.process)
    cpu = [now - then for now, then in zip(cpu_after, cpu_before)]
    arrived = after["traffic"]["packets_in"] - before["traffic"]["packets_in"]
    counted = after["drops"][QUEUE] - before["drops"][QUEUE]
    return cpu, done, sent, arrived, counted


def main():
    arguments = parse_arguments()
    enter_own_namespaces()
    make_network()
    make_host()
    bare = bare_login(arguments.bin, arguments.seconds)
    with tempfile.TemporaryDirectory(prefix="upptpd-bench-") as directory:
        calls = Besieged(arguments.bin, directory, "batched", GOOD_CALLS)
        guesses = Guesses(arguments.bin)
        try:
            ids = [session["call_id"] for session in json.loads(calls.server.ask("sessions", "--json").stdout)]
            rows = siege(arguments, directory, calls, Flood(ids), guesses, bare)
        finally:
            guesses.close()
            calls.close()
    return finish("Strangers", rows, base="bare", path=arguments.json)


def siege(arguments, directory, calls, flood, guesses, bare):
    seconds = arguments.seconds
    quiet = measure(calls, seconds)[0]
    cpu, [packets], *_ = measure(calls, seconds, flood)
    cost = (sum(cpu) - sum(quiet)) / packets * 1e6
    refused = sum(calls.stats()["logins"]["refused"].values())
    cpu, [logins], *_ = measure(calls, seconds, guesses)
    judged = sum(calls.stats()["logins"]["refused"].values()) - refused
    own, kernel = ((now - then) / logins * 1e6 for now, then in zip(cpu, quiet))

    times = []

    def dial():
        while len(times) < seconds / 2:
            time.sleep(0.5)
            client = Client(arguments.bin, server_address(None), Path(directory) / "client.log", user="user1")
            client.connected()
            client.hang_up()
            times.append(client.setup_seconds)

    dialing = threading.Thread(target=dial)
    dialing.start()
    _, _, sent, arrived, counted = measure(calls, seconds, flood, guesses)
    dialing.join()
    lost = sent - arrived
    return [
        Row("bad GRE packets", "a second", [packets / seconds]),
        Row("    server's CPU for each", "us", [cost], limits=Limits(must=3, aim=1)),
        Row("logins that fail", "a second", [logins / seconds]),
        Row("    of which were judged", "", [judged]),
        Row("    server's CPU for each", "us", [own + kernel], limits=Limits(must=300, aim=100)),
        Row("        beside a bare server's", "us", [own + kernel], [sum(bare) * 1e6]),
        Row("        the kernel's part of it", "us", [kernel], [bare[1] * 1e6]),
        Row("both: good packets", "", [sent]),
        Row("    lost", "", [lost]),
        Row("    lost beyond the queue's count", "", [max(lost - counted, 0)], limits=Limits(must=0, aim=0)),
        Row("    a good login's time, the longest", "s", [max(times)], limits=Limits(must=1, aim=0.5)),
    ]


if __name__ == "__main__":
    sys.exit(main())
