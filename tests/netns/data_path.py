"""How the data path carries packets: with few system calls, in large batches, and on the simple path too. Counts, not
times."""

import json
import signal
import socket
import subprocess

import pptp
from harness import enter, inside, wait_until
from lan import FIRST, HOST1, LanCase
from network import server_address

MEGABYTES = 16


class DataPath(LanCase):
    def counts(self):
        return json.loads(self.server.ask("stats", "--json").stdout)["system_calls"]

    def carried(self, transfer):
        """How the counts have grown meanwhile."""
        before = self.counts()
        transfer()
        after = self.counts()
        return {side: {key: after[side][key] - before[side][key] for key in ("calls", "packets")}
                for side in ("gre_in", "gre_out", "tun_in", "tun_out")}

    def up_and_down(self, address):
        up = self.carried(lambda: self.expect_transfer(FIRST, "host1", HOST1, MEGABYTES << 20))
        down = self.carried(lambda: self.expect_transfer("host1", FIRST, address, MEGABYTES << 20))
        return up, down

    def test_few_system_calls_carry_many_packets(self):
        _, address = self.up()
        up, down = self.up_and_down(address)
        merged = up["tun_out"]["packets"] / up["tun_out"]["calls"]
        self.assertGreater(merged, 4, "expected packets from the client to be joined")
        cut = down["tun_in"]["packets"] / down["tun_in"]["calls"]
        self.assertGreater(cut, 4, "expected packets to the client to be cut from large ones")
        for direction, counts in ("up", up), ("down", down):
            calls, packets = (sum(side[key] for side in counts.values()) for key in ("calls", "packets"))
            self.assertLess(calls / packets, 0.5, f"expected few system calls {direction}")
        self.detail = f"{merged:.0f} packets a write, {cut:.0f} a read"

    def test_the_simple_path_carries_the_same(self):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.start(options=["--simple-path"])
        _, address = self.up(FIRST, "--simple-path")
        up, down = self.up_and_down(address)
        for side in up["tun_out"], down["tun_in"], up["gre_in"], down["gre_out"]:
            self.assertGreaterEqual(side["calls"], side["packets"], "expected one packet per system call")
        self.ping("host1", address, count=3)

    def test_both_paths_understand_each_other(self):
        _, address = self.up(FIRST, "--simple-path")
        self.up_and_down(address)

    def test_packets_of_all_sizes(self):
        """Ping with every size, both ways through segmentation, lanes of unequal length and coalescing."""
        _, address = self.up()
        largest = 1396 - 28  # what network.mtu leaves to it
        for start in range(0, largest + 1, 171):
            result = subprocess.run([*enter("host1"), "sh", "-c",
                                     f"for size in $(seq {start} {min(start + 170, largest)}); do"
                                     f" ping -n -q -c 1 -W 2 -s $size {address} >/dev/null || exit 1; done"],
                                    capture_output=True, timeout=60)
            self.expect(f"status of pings of {start} octets and more", 0, result.returncode)

    def test_packets_that_come_too_fast_are_counted(self):
        """While the server stands still, both queues overflow: nothing is lost without a count."""
        _, address = self.up()
        self.ping("host1", address)  # nobody answers ARP afterwards
        drops = self.drops()
        sent = 20_000
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            with inside(FIRST), socket.socket(socket.AF_INET, socket.SOCK_RAW, pptp.GRE) as raw:
                for _ in range(sent):
                    raw.sendto(pptp.gre(call_id=0, payload=bytes(64)), (server_address(FIRST), 0))
            with inside("host1"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                for _ in range(sent):
                    datagrams.sendto(b"x", (address, 9))
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        wait_until(lambda: self.grown(drops, "gre_unknown_call") + self.grown(drops, "gre_queue_full") >= sent, 5)
        for reason in "gre_queue_full", "tun_queue_full":
            self.assertGreater(self.grown(drops, reason), 1000, f"expected a count of {reason}")
        self.expect("packets of no call, taken or not", sent,
                    self.grown(drops, "gre_unknown_call") + self.grown(drops, "gre_queue_full"))
        self.ping(FIRST, HOST1)

    def drops(self):
        return json.loads(self.server.ask("stats", "--json").stdout)["drops"]

    def grown(self, before, reason):
        return self.drops().get(reason, 0) - before.get(reason, 0)
