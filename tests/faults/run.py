#!/usr/bin/env python3
"""The real server while the system fails it. (No build with sanitizers: LeakSanitizer does not run under strace.)

    python3 tests/faults/run.py --bin build/release/bin [--only CASE] [--keep] [--kills N] [--seed N]

Needs root, strace and a C compiler. The network is that of tests/netns. system_calls.py has the system calls that fail,
surroundings.py disks, clocks and interfaces, kills.py the kills; interop/bad_line.py is about a line that loses much.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "netns"))
from harness import parse_arguments  # noqa: E402
from kills import Kills  # noqa: E402
from network import run_in_network  # noqa: E402
from surroundings import Clocks, Disks, Interfaces, Readers, Resets, ShortFiles  # noqa: E402
from system_calls import SystemCalls  # noqa: E402


def main():
    arguments = parse_arguments("The real server while the system fails it.", kills=100, seed=time.time_ns() % 10**6)
    Kills.count, Kills.seed = arguments.kills, arguments.seed
    cases = [SystemCalls, ShortFiles, Clocks, Disks, Readers, Resets, Interfaces, Kills]
    return run_in_network(arguments, "faults", cases)


if __name__ == "__main__":
    sys.exit(main())
