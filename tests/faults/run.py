#!/usr/bin/env python3
"""The real server while the system fails it. (No build with sanitizers: LeakSanitizer does not run under strace.)

    python3 tests/faults/run.py --bin build/release/bin [--only CASE] [--keep] [--kills N] [--seed N]

Needs root, strace and a C compiler. The network is that of tests/netns. system_calls.py has the system calls that fail,
surroundings.py disks, clocks and interfaces, kills.py the kills; interop/bad_line.py is about a line that loses much.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "netns"))
from harness import enter_own_namespaces, parse_arguments, run_cases  # noqa: E402
from kills import Kills  # noqa: E402
from network import ServerCase, make_network  # noqa: E402
from surroundings import Clocks, Disks, Interfaces, Resets, ShortFiles  # noqa: E402
from system_calls import SystemCalls  # noqa: E402


def main():
    arguments = parse_arguments("The real server while the system fails it.", kills=100, seed=time.time_ns() % 10**6)
    if os.geteuid() != 0:
        print("FAIL faults  root is needed for network namespaces")
        return 1
    enter_own_namespaces()
    make_network()
    Kills.count, Kills.seed = arguments.kills, arguments.seed
    ServerCase.binaries = arguments.bin
    ServerCase.directory = tempfile.mkdtemp(prefix="upptpd-faults-")
    try:
        return run_cases([SystemCalls, ShortFiles, Clocks, Disks, Resets, Interfaces, Kills], arguments.only)
    finally:
        if arguments.keep:
            print("kept", ServerCase.directory)
        else:
            shutil.rmtree(ServerCase.directory)


if __name__ == "__main__":
    sys.exit(main())
