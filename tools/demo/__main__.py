"""A server and a client on this one machine, step by step, with every command that is run: ./dev demo.

    python3 tools/demo --bin build/release/bin [lan|routed|nat]

Needs root. Everything happens in network and mount namespaces of this program's own, which the kernel removes when it
ends in whatever way.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the files would be root's, in a folder that is not

from lan import Lan
from nat import Nat
from routed import Routed
from stage import DemoError
from tunnel import Tunnel

HERE = Path(__file__).resolve().parent
SETUPS = {"lan": Lan, "routed": Routed, "nat": Nat}


def enter_own_namespaces():
    """Starts this program again, under the same process id, in namespaces of its own."""
    if os.environ.pop("UPPTPD_DEMO_INSIDE", None) is None:
        os.environ["UPPTPD_DEMO_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, str(HERE), *sys.argv[1:]])
    Path("/run/netns").mkdir(exist_ok=True)
    mount_tmpfs("/run/netns")  # `ip netns add` stays private


def mount_tmpfs(directory):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", directory], check=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description="A server and a client on this one machine, step by step.")
    parser.add_argument("--bin", default="build/release/bin", metavar="DIR", help="where upptpd and upptp are")
    parser.add_argument("setup", nargs="?", choices=SETUPS,
                        help="how the clients are on the network behind the server: with addresses of that network, in "
                        "a subnet of their own that is routed, or behind the server's address; without it: no network "
                        "behind the server, but a look at the wire")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    os.chdir(HERE.parents[1])
    if os.geteuid() != 0:
        sys.exit("The demo needs root, for network namespaces: ./dev demo asks for it.")
    enter_own_namespaces()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="upptpd-demo-"))
    mount_tmpfs(directory)  # even the files are gone if this program is killed
    demo = SETUPS.get(arguments.setup, Tunnel)(arguments.bin, directory)
    started = time.monotonic()
    try:
        demo.play()
        print(f"The demo is over, after {time.monotonic() - started:.0f} s. Your own server: ./dev run")
    except (DemoError, subprocess.TimeoutExpired, OSError) as error:
        print(f"\nThe demo failed in step {demo.step_number}: {error}.", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is left.")
        return 130
    finally:
        demo.close()
        subprocess.run(["umount", "--lazy", directory])
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
