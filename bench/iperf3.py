"""iperf3, as the benchmarks run it."""

import contextlib
import json
import subprocess
from pathlib import Path

from harness import DIE_WITH_US, enter, wait_until

LISTENS = f"{5201:04X} 00000000:0000 0A "


@contextlib.contextmanager
def listening(address, namespace):
    """Its server, for one run."""
    server = subprocess.Popen([*DIE_WITH_US, *enter(namespace), "iperf3", "--server", "--one-off", "--bind", address],
                              stdout=subprocess.DEVNULL)
    try:
        if not wait_until(lambda: LISTENS in Path(f"/proc/{server.pid}/net/tcp").read_text(), 10):
            raise AssertionError("expected iperf3 to listen within 10 s, it did not")
        yield
    finally:
        server.kill()
        server.wait()


def run(address, seconds, *options, namespace=None):
    """What the client's report says at its end."""
    result = subprocess.run([*enter(namespace), "iperf3", "--client", address, "--json", "--time", str(seconds),
                             "--connect-timeout", "5000", *options],
                            capture_output=True, text=True, timeout=seconds + 60)
    report = json.loads(result.stdout)
    if "error" in report:
        raise AssertionError("iperf3: " + report["error"])
    return report["end"]


def arrived(end):
    """Megabits per second."""
    return end["sum_received"]["bits_per_second"] / 1e6
