"""System calls of a running process made to fail, by strace."""

import re
import subprocess
import time
from pathlib import Path

from harness import DIE_WITH_US, wait_until


class Injected:
    """While in the block, every `every`th call of that name of the process fails with that error (a name such as
    "ENOBUFS"), and the kernel does not see it. The processes that it starts are left alone."""

    def __init__(self, process_id, call, error, every, log):
        self._process_id, self._log = process_id, log
        self._command = ["strace", "-p", str(process_id), "-o", log, "-e", f"trace={call}", "-e", "signal=none",
                         "-e", f"inject={call}:error={error}:when=1+{every}"]

    def __enter__(self):
        self._strace = subprocess.Popen([*DIE_WITH_US, *self._command], stderr=subprocess.PIPE, text=True)
        if not wait_until(lambda: self._strace.poll() is not None or self._is_traced(), 10) or self._strace.poll():
            self._strace.kill()
            raise AssertionError(f"expected strace to attach, it said {self._strace.communicate()[1]}")
        self._since, self._cpu_since = time.monotonic(), cpu_seconds(self._process_id)
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._since
        self.cpu_seconds = cpu_seconds(self._process_id) - self._cpu_since
        self._strace.terminate()
        self._strace.communicate()
        text = Path(self._log).read_text()
        self.calls, self.failures = len(re.findall(r"\) += ", text)), text.count("(INJECTED)")

    def _is_traced(self):
        return "TracerPid:\t0\n" not in Path(f"/proc/{self._process_id}/status").read_text()


def cpu_seconds(process_id):
    """What the process has used of the processors; as much as it had when it is gone."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100  # utime and stime in ticks, see proc(5)
