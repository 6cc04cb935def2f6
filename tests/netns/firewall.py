"""Calls through firewalls and NAT: the blocks of docs/firewall.md are applied as they stand there, in namespaces with
the document's interfaces and addresses, where everything is dropped that the blocks do not accept.

    internet 203.0.113.0/24                         lan 192.168.1.0/24
    firewall .1 (eth0) ---------------------------- firewall .1 (eth1)
    caller1 .7, caller2 .8, website .9              inner-server .2, lan-host .10

    router1 .51 (eth0), router2 .52, ... ---------- its own 192.168.5.0/24 with two callers, .11 and .12
"""

import os
import re
import subprocess
from pathlib import Path

from calls import CallCase
from client import Client
from harness import enter, ip, wait_until

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "firewall.md"
FIREWALL, INNER_SERVER, LAN_HOST, WEBSITE = "firewall", "inner-server", "lan-host", "website"
SERVER_ADDRESS, LAN_HOST_ADDRESS, WEBSITE_ADDRESS = "203.0.113.1", "192.168.1.10", "203.0.113.9"
WIRES = "wires"  # has a bridge for each network
# Client and server give up after 30 s on a link that does not come about.
PATIENCE = 45
INTERPRETERS = {"nft": "nft -f -", "sh": "sh -e"}
DROP_ALL = {
    "nftables": ("nft", """table inet filter {
                             chain input { type filter hook input priority filter; policy drop; }
                             chain forward { type filter hook forward priority filter; policy drop; }
                           }"""),
    "iptables": ("sh", "iptables -P INPUT DROP; iptables -P FORWARD DROP"),
}


def block(name):
    """The language and the text of the document's block of that name."""
    pattern = rf"^<!-- test: {name} -->\n```(\w+)\n(.*?)^```$"
    [found] = re.findall(pattern, DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    return found


class Firewalls(CallCase):
    def setUp(self):
        super().setUp()
        # A Linux router loses a call whose first two packets, one from each end, meet on two of its processors: two
        # connections come of them. Where there is no distance at all between the ends, that is 1 call in 100.
        processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(processors)})
        self.addCleanup(os.sched_setaffinity, 0, processors)
        before = ip("netns list")
        self.addCleanup(lambda: self.expect("namespaces", before, ip("netns list")))
        self.plugs = 0
        self.host(WIRES)

    def start_server(self):
        """Not yet: the cases do, each at its own place."""

    def host(self, namespace, *interfaces, gateway=None):
        """A host, with its interfaces as (name, network, address)."""
        ip(f"netns add {namespace}")
        self.addCleanup(ip, f"netns del {namespace}")
        ip("link set lo up", namespace)
        for interface, network, address in interfaces:
            self.plug(namespace, interface, network)
            ip(f"addr add {address}/24 dev {interface}", namespace)
            ip(f"link set {interface} up", namespace)
        if gateway:
            ip(f"route add default via {gateway}", namespace)

    def plug(self, namespace, interface, network):
        """Makes that interface, and the network too if nothing is in it yet."""
        if f" {network}: " not in ip("-o link", WIRES):
            ip(f"link add {network} type bridge", WIRES)
            ip(f"link set {network} up", WIRES)
        self.plugs += 1
        ip(f"link add plug{self.plugs} type veth peer name {interface} netns {namespace}", WIRES)
        ip(f"link set plug{self.plugs} master {network} up", WIRES)

    def firewall(self):
        self.host(FIREWALL, ("eth0", "internet", SERVER_ADDRESS), ("eth1", "lan", "192.168.1.1"))
        self.host(LAN_HOST, ("eth0", "lan", LAN_HOST_ADDRESS), gateway="192.168.1.1")

    def callers(self):
        """Two hosts in the Internet."""
        names = "caller1", "caller2"
        for last, name in enumerate(names, 7):
            self.host(name, ("eth0", "internet", f"203.0.113.{last}"))
        return names

    def home(self, number):
        """A router, and two hosts behind it; returns their names."""
        router, network, gateway = f"router{number}", f"home{number}", "192.168.5.1"
        self.host(router, ("eth0", "internet", f"203.0.113.{50 + number}"), ("eth1", network, gateway))
        callers = f"{network}-caller1", f"{network}-caller2"
        for last, caller in enumerate(callers, 11):
            self.host(caller, ("eth0", network, f"192.168.5.{last}"), gateway=gateway)
        return router, *callers

    def protect(self, tool, namespace, *blocks):
        """Drops everything but what these blocks accept."""
        texts = [DROP_ALL[tool], block("forwarding"), *(block(f"{tool}-{name}") for name in blocks)]
        for language, text in texts:
            # Each runs in a mount namespace of its own: no file of this machine is written.
            command = f"mount -t tmpfs tmpfs /etc/sysctl.d && exec {INTERPRETERS[language]}"
            subprocess.run([*enter(namespace), "sh", "-c", command], input=text, text=True, check=True,
                           stdout=subprocess.DEVNULL)

    def serve(self, namespace):
        self.server.namespace = namespace
        self.server.start()

    def serve_on_the_firewall(self, tool):
        self.firewall()
        self.protect(tool, FIREWALL, "server")
        self.serve(FIREWALL)

    def dial(self, namespace):
        """Begins a call from that host; each is another user's."""
        log = Path(self.server.directory).with_suffix(f".client{len(self.clients)}")
        routes = "--route", "192.168.1.0/24", "--route", f"{WEBSITE_ADDRESS}/32"
        client = Client(self.binaries, SERVER_ADDRESS, log, *routes, namespace=namespace,
                        user=f"user{len(self.clients) + 1}")
        self.clients.append(client)
        self.addCleanup(client.process.wait)
        self.addCleanup(client.kill)
        return client

    def expect_reaches(self, client, host, address):
        self.ping(client.namespace, address)
        self.expect_transfer(client.namespace, host, address, 256 << 10)

    def expect_all_connected(self):
        for client in self.clients:
            client.connected()
        for client in self.clients:
            self.expect_reaches(client, LAN_HOST, LAN_HOST_ADDRESS)

    def on_the_firewall(self, tool):
        self.serve_on_the_firewall(tool)
        self.host(WEBSITE, ("eth0", "internet", WEBSITE_ADDRESS))
        client = self.dial(self.callers()[0])
        self.expect_all_connected()
        self.expect_reaches(client, WEBSITE, WEBSITE_ADDRESS)
        self.expect_transfer(LAN_HOST, client.namespace, client.connected()["client_ip"], 256 << 10)

    def test_nftables_server_on_the_firewall(self):
        self.on_the_firewall("nftables")

    def test_iptables_server_on_the_firewall(self):
        self.on_the_firewall("iptables")

    def behind_the_firewall(self, tool):
        self.firewall()
        self.host(INNER_SERVER, ("eth0", "lan", "192.168.1.2"), gateway="192.168.1.1")
        self.protect(tool, FIREWALL, "in-front-of-the-server")
        self.protect(tool, INNER_SERVER, "server")
        self.serve(INNER_SERVER)
        for caller in self.callers():
            self.dial(caller)
        self.expect_all_connected()

    def test_nftables_server_behind_the_firewall(self):
        self.behind_the_firewall("nftables")

    def test_iptables_server_behind_the_firewall(self):
        self.behind_the_firewall("iptables")

    def behind_one_router(self, tool):
        self.serve_on_the_firewall(tool)
        router, *callers = self.home(1)
        self.protect(tool, router, "clients", "helper")
        for caller in callers:
            self.dial(caller)
        self.expect_all_connected()
        self.expect("addresses that the calls come from", ["203.0.113.51"] * 2,
                    [session["peer_ip"] for session in self.server.sessions()])

    def test_nftables_clients_behind_one_router(self):
        self.behind_one_router("nftables")

    def test_iptables_clients_behind_one_router(self):
        self.behind_one_router("iptables")

    def test_clients_behind_routers_without_the_helper(self):
        """At the first home nobody can connect, at the others the one whom protocol 47 is forwarded to."""
        self.serve_on_the_firewall("nftables")
        lucky, unlucky = [], []
        forwarded = ["clients", "one-client"]
        for number, (tool, blocks) in enumerate(
                [("nftables", ["clients"]), ("nftables", forwarded), ("iptables", forwarded)], 1):
            router, *callers = self.home(number)
            self.protect(tool, router, *blocks)
            first, second = (self.dial(caller) for caller in callers)
            (lucky if blocks is forwarded else unlucky).append(first)
            unlucky.append(second)
        for client in unlucky:
            self.detail = self.expect_end(client, 1, "no GRE packet .* came from the server", 806, PATIENCE)
        self.expect_unanswered(["203.0.113.51", "203.0.113.51", "203.0.113.52", "203.0.113.53"])
        for client in lucky:
            client.connected()
            self.expect_reaches(client, LAN_HOST, LAN_HOST_ADDRESS)

    def expect_unanswered(self, peers):
        """The server says of the calls from these addresses, and of no others, which way GRE does not pass."""
        wait_until(lambda: len(self.finished()) == len(peers), 5)
        self.expect("calls that ended", peers, sorted(event["peer"] for event in self.finished()))
        for event in self.finished():
            self.assertRegex(event["reason"], "from the server to the client is blocked", "expected an explanation")
            self.expect("error", "806", event.get("windows_error"))

    def finished(self):
        return self.logged("finished")
