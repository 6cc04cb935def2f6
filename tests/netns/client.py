"""Our own client, `upptp dial`, in a network namespace: what it says, and how it ends."""

import json
import signal
import subprocess
import time

from harness import DIE_WITH_US, enter, wait_until


def dial_command(binaries, host, *options, user="alice"):
    """The command line; the password comes on standard input."""
    return [binaries / "upptp", "dial", host, "--user", user, "--password-file", "-", *options]


class Client:
    """An `upptp dial --json` that runs until the call ends; `log` is the file that takes what it says."""

    INTERFACE = "upptp0"

    def __init__(self, binaries, host, log, *options, namespace=None, user="alice", password="secret1"):
        self.log, self.namespace, self.user = log, namespace, user
        self._started = time.monotonic()
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, *enter(namespace), *dial_command(binaries, host, "--json", *options, user=user)],
                stdin=subprocess.PIPE, stdout=output, stderr=output)
        self.process.stdin.write(password.encode() + b"\n")
        self.process.stdin.close()

    def events(self):
        """What it has said so far. A line that is not finished does not count yet."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("}\n")]

    def event(self, name):
        """The first event of that name, or None."""
        return next((event for event in self.events() if event["event"] == name), None)

    def wait_for(self, name, seconds=20):
        """Waits for the event of that name; returns it."""
        wait_until(lambda: self.event(name) or self.process.poll() is not None, seconds)
        event = self.event(name)
        if event is None:
            raise AssertionError(f"expected {self.user}'s client to be {name} within {seconds} s, it said "
                                 + self.log.read_text().strip())
        return event

    def connected(self, seconds=20):
        """Waits until it is connected; returns that event."""
        event = self.wait_for("connected", seconds)
        self.setup_seconds = time.monotonic() - self._started
        return event

    def comes_up(self, seconds=5):
        """Whether it is connected within that time, and has not ended before."""
        wait_until(lambda: self.event("connected") or self.process.poll() is not None, seconds)
        return self.event("connected") is not None

    def ended(self, seconds=10):
        """Waits until it has ended by itself; returns its exit status and the event that says why."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"expected upptp to end within {seconds} s, it said {self.log.read_text().strip()}"
                                 ) from None
        event = self.event("ended")
        if event is None:
            raise AssertionError(f"expected upptp to say why it ends, it said {self.log.read_text().strip()!r}")
        return status, event

    def hang_up(self, how=signal.SIGINT, seconds=10):
        self.process.send_signal(how)
        return self.ended(seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
