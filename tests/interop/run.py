#!/usr/bin/env python3
"""Interoperability: the real pppd and pptp-linux, in a User-Mode Linux guest, against upptpd on this host; and
`upptp dial` on this host against the real pptpd in the guest (our_client.py).

    python3 tests/interop/run.py --bin build/debug/bin [--only CASE] [--keep] [--seconds N]

case.py has what the cases share; connections.py, lan_host.py, logins.py, encryption.py, user_words.py and bad_line.py
have them.
Needs root. Where that, or User-Mode Linux, is not to be had, the run fails; with UPPTPD_INTEROP_OPTIONAL=1 in the
environment it exits with status 77 (skipped) instead.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "netns"))
from bad_line import BadLine  # noqa: E402
from case import GUEST_ADDRESS, SERVER_ADDRESS, Interop  # noqa: E402
from connections import Connections  # noqa: E402
from encryption import Encryption  # noqa: E402
from guest import Guest, GuestError, prepare  # noqa: E402
from harness import Server, enter_own_namespaces, parse_arguments, run_cases  # noqa: E402
from lan_host import LanHost  # noqa: E402
from logins import Logins  # noqa: E402
from our_client import OurClient  # noqa: E402
from user_words import UserWords  # noqa: E402


def unavailable(reason):
    optional = os.environ.get("UPPTPD_INTEROP_OPTIONAL") == "1"
    print(f"{'skip' if optional else 'FAIL'} interop  the real client cannot run here: {reason}")
    return 77 if optional else 1


def main():
    arguments = parse_arguments("The real pppd and pptp-linux against upptpd.", seconds=BadLine.seconds)
    if os.geteuid() != 0:
        return unavailable("root is needed for network namespaces")
    try:
        prepare()  # before the way to the package mirror is gone
        enter_own_namespaces()
        guest = Guest(f"{GUEST_ADDRESS}/24", f"{SERVER_ADDRESS}/24")
    except (GuestError, OSError, subprocess.CalledProcessError) as error:
        return unavailable(error)
    directory = tempfile.mkdtemp(prefix="upptpd-interop-")
    server = Server(arguments.bin, directory)
    try:
        with guest:
            BadLine.seconds = arguments.seconds
            Interop.guest, Interop.server = guest, server
            OurClient.guest, OurClient.binaries, OurClient.directory = guest, arguments.bin, Path(directory)
            return run_cases([Connections, LanHost, Logins, Encryption, UserWords, OurClient, BadLine], arguments.only)
    finally:
        server.kill()
        if arguments.keep:
            print("kept", directory)
        else:
            shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
