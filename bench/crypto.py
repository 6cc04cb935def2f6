#!/usr/bin/env python3
"""What stateless MPPE costs: nanoseconds for a packet, in batches as sessions have it done, beside OpenSSL's EVP packet
by packet.

    bench/crypto.py --bin build/release/bin [--json FILE]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from report import Limits, Row, finish

LIMITS = {
    "1400 B, one call": Limits(must=2.5, aim=3.2, at_least=True),
    "64 B, many calls": Limits(must=3, aim=4, at_least=True),
}


def main():
    parser = argparse.ArgumentParser(description="What stateless MPPE costs.")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where crypto_bench is")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    output = subprocess.run([arguments.bin / "crypto_bench"], stdout=subprocess.PIPE, check=True).stdout
    rows = []
    results = json.loads(output)
    for load in results["loads"]:
        name = load["figure"]
        rows.append(Row(name, "ns/packet", load["ours"], load["base"], inverse=True, limits=LIMITS.get(name)))
        rows.append(Row("    its loads and stores alone", "ns/packet", load["limit"], load["base"], inverse=True))
    rows.append(Row("data-path state per call", "octets", [results["state"]], limits=Limits(must=1024, aim=512)))
    return finish("MPPE-128 stateless, seven interleaved pairs", rows, "EVP", arguments.json)


if __name__ == "__main__":
    sys.exit(main())
