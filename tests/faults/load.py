"""What goes on while something fails: calls that are up, packets through them, and logins."""

import json
import re
import shlex
import subprocess
from pathlib import Path

from calls import FIRST, SECOND, TUNNEL_ADDRESS, CallCase
from harness import DIE_WITH_US, enter, wait_until
from network import NAMESPACE


class Ping:
    """Pings from a namespace until it is stopped."""

    def __init__(self, namespace, address, interval=0.02):
        self._process = subprocess.Popen(
            [*DIE_WITH_US, *enter(namespace), *shlex.split(f"ping -q -n -i {interval} {address}")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def stop(self):
        """How many have been sent, and how many of them answered."""
        self._process.send_signal(2)
        said = self._process.communicate(timeout=10)[0]
        match = re.search(r"(\d+) packets transmitted, (\d+) received", said)
        return (int(match[1]), int(match[2])) if match else (0, 0)


class FaultCase(CallCase):
    """A server with calls; whatever fails, it serves on."""

    def evidence(self):
        self.clients = self.clients[-2:]
        return super().evidence()

    def drops(self, reason):
        """How many packets have been dropped for that reason."""
        return json.loads(self.server.ask("stats", "--json").stdout)["drops"].get(reason, 0)

    def lines(self):
        return len(self.server.log.read_text().splitlines())

    def descriptors(self):
        """Of the server and its monitor."""
        processes = self.server.process.pid, self.server.monitor()
        return sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes)

    def expect_descriptors(self, before, seconds=5):
        """No more are open than before, once all has come to its end."""
        if not wait_until(lambda: self.descriptors() <= before, seconds):
            self.fail(f"expected at most {before} descriptors, came {self.descriptors()}")

    def expect_serving(self):
        """It runs, and whoever comes now is connected and reaches it."""
        self.expect("the server runs", True, self.server.is_running())
        client = self.dial(SECOND, "--interface", "upptp9", user="user8")
        client.connected(10)
        self.ping(SECOND, TUNNEL_ADDRESS, count=3)
        self.ping(NAMESPACE, client.event("connected")["client_ip"], count=3)
        self.expect("exit status of the new client", 0, client.hang_up()[0])

    def ping_both_ways(self, address):
        """The pings from the client to the server, and back."""
        pings = Ping(FIRST, TUNNEL_ADDRESS), Ping(NAMESPACE, address)
        for ping in pings:
            self.addCleanup(ping.stop)
        return pings
