"""The server is killed at random moments while clients dial, ping, transfer and hang up: nothing of it is left, and all
of them are back seconds after it is."""

import random
import subprocess
import time
from pathlib import Path

from callers import Caller, Sink
from calls import FIRST, SECOND
from harness import enter, network_state, wait_until
from lan import HOST1, HOST2, ArpSocket, LanCase
from network import NAMESPACE

BACK = 10  # seconds after the start of the server within which all clients are connected again
GONE = 2  # seconds after which nothing is left of a server that was killed


class Kills(LanCase):
    count: int
    seed: int

    def start_server(self):
        self.hook = self.server.directory.with_suffix(".hook")
        self.hook.write_text("#!/bin/sh\nsleep 0.1\n")
        self.hook.chmod(0o755)
        hooks = {f"hooks.{name}": str(self.hook) for name in ("ip_pre_up", "ip_up", "ip_down")}
        self.settings = self.settings | hooks
        super().start_server()

    def test_killed_at_random_moments(self):
        self.expect("exit status of upptpd", 0, self.server.end())
        before = self.left()
        random_source = random.Random(self.seed)
        # Each to a host of its own: two clients on one machine cannot both route the same one.
        sinks = [Sink("host1", HOST1), Sink("host2", HOST2)]
        for sink in sinks:
            self.addCleanup(sink.close)
        log = self.server.directory.with_suffix
        places = [(namespace, sink) for namespace in (FIRST, SECOND) for sink in sinks]
        callers = [Caller(self.binaries, namespace, f"user{number}", f"upptp{number}", sink, log(f".caller{number}"),
                          f"{self.seed} {number}") for number, (namespace, sink) in enumerate(places, 1)]
        for caller in callers:
            caller.start()
            self.addCleanup(caller.stop)
        longest = longest_start = 0.0
        for kill in range(self.count):
            began = time.monotonic()
            self.server.start()
            longest_start = max(longest_start, time.monotonic() - began)
            if random_source.random() < 0.7:  # the others are killed while all come back
                back = self.wait_until_back(callers, began, kill)
                longest = max(longest, back)
            time.sleep(random_source.uniform(0, 1))
            self.server.kill()
            if not wait_until(lambda: self.left() == before, GONE):
                self.fail(f"after kill {kill}: expected {before}, came {self.left()}")
            arp = ArpSocket("host1")  # which has not heard what was answered before
            for address in {caller.address for caller in callers if caller.address}:
                self.expect(f"after kill {kill}: who answers for {address}", None, arp.ask(HOST1, address, 0.05))
            arp.close()
        began = time.monotonic()
        self.server.start()
        self.wait_until_back(callers, began, self.count)
        for caller in callers:
            caller.stop()
            self.expect(f"trouble of {caller.user}", None, caller.trouble)
        self.expect_nothing_left_of_calls(seconds=70)
        calls = sum(caller.calls for caller in callers)
        self.detail = (f"seed {self.seed}, {self.count} kills, {calls} calls; all back within {longest:.1f} s,"
                       f" the server within {longest_start:.1f} s")

    def wait_until_back(self, callers, began, kill):
        """Waits until each has been connected to this server; returns how long that took."""
        if not wait_until(lambda: all(caller.connected_at > began for caller in callers), BACK):
            away = [caller.user for caller in callers if caller.connected_at <= began]
            self.fail(f"before kill {kill}: expected all clients within {BACK} s, missed {away}"
                      f" ({[caller.trouble for caller in callers]})")
        return time.monotonic() - began

    def left(self):
        """Whatever a server may leave behind: interfaces, addresses, routes, sockets, processes, files. (The admin
        socket's name stays; that it is in nobody's way, the next start shows.)"""
        sockets = subprocess.run([*enter(NAMESPACE), "sh", "-c",
                                  "cat /proc/net/raw /proc/net/packet | grep -v '^ *sl\\|^sk'; ss -Hltn"],
                                 capture_output=True, text=True).stdout
        hooks = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(self.hook) in _text(path)]
        return (network_state(NAMESPACE), sockets.split(), hooks, self.files() - {self.server.socket.name})


def _text(path):
    try:
        return path.read_text()
    except OSError:
        return ""
