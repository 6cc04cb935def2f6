#!/usr/bin/env python3
"""How fast the whole thing is: one TCP stream through a call between upptpd and `upptp dial`, each way.

    bench/tunnel.py --bin build/release/bin [--seconds 5] [--at-least 200]

Needs root and iperf3. Both ends, the client and the server share this machine's processors, in network namespaces.
Exit status 1 if a direction is slower than --at-least Mbit/s.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "netns"))
import iperf3  # noqa: E402
from client import Client  # noqa: E402
from harness import Server, enter_own_namespaces  # noqa: E402
from network import CLIENTS, NAMESPACE, make_network, server_address  # noqa: E402

CLIENT = CLIENTS[0]
TUNNEL_ADDRESS = "192.168.77.1"
DIRECTIONS = {"client to server": (), "server to client": ("--reverse",)}


def parse_arguments():
    parser = argparse.ArgumentParser(description="One TCP stream through the tunnel, each way.")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where upptpd and upptp are")
    parser.add_argument("--seconds", type=int, default=5, help="for each direction")
    parser.add_argument("--at-least", type=float, default=200, metavar="MBITS", help="what each direction must reach")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    return arguments


def main():
    arguments = parse_arguments()
    enter_own_namespaces()
    make_network()
    status = 0
    with tempfile.TemporaryDirectory(prefix="upptpd-bench-") as directory:
        server = Server(arguments.bin, directory, NAMESPACE)
        server.start()
        client = Client(arguments.bin, server_address(CLIENT), Path(directory) / "client.log", namespace=CLIENT)
        try:
            client.connected()
            for direction, options in DIRECTIONS.items():
                with iperf3.listening(TUNNEL_ADDRESS, NAMESPACE):
                    end = iperf3.run(TUNNEL_ADDRESS, arguments.seconds, *options, namespace=CLIENT)
                rate, retransmits = iperf3.arrived(end), end["sum_sent"].get("retransmits", 0)
                slow = rate < arguments.at_least
                status = 1 if slow else status
                print(f"{direction}  {rate:4.0f} Mbit/s, {retransmits} segments sent again"
                      + (f"; expected at least {arguments.at_least:.0f} Mbit/s" if slow else ""), flush=True)
            client.hang_up()
        finally:
            client.kill()
            server.kill()
    return status


if __name__ == "__main__":
    sys.exit(main())
