"""Clients as hosts of a LAN: who answers ARP for them, when, and when no more. The LAN is a bridge with two hosts, a
router, and the server:

    host1 192.168.50.11, host2 192.168.50.12, router 192.168.50.254  ---- switch ---- lan0 192.168.50.1 server
"""

import re
import socket
import statistics
import struct
import subprocess
import time

from calls import CallCase
from harness import INTERFACE, enter, inside, ip, wait_until
from network import CLIENTS, NAMESPACE

FIRST, SECOND = CLIENTS
LAN_INTERFACE, LAN_ADDRESS = "lan0", "192.168.50.1"
SWITCH = "switch"
HOSTS = {"host1": "192.168.50.11", "host2": "192.168.50.12", "router": "192.168.50.254"}
HOST1, HOST2 = HOSTS["host1"], HOSTS["host2"]
IN_LAN = {"network.client_ips": ["192.168.50.100-110"]}
BESIDE_LAN = {"network.client_ips": ["192.168.60.100-110"]}

ETHERTYPE_ARP = 0x0806
ARP_REQUEST, ARP_REPLY = 1, 2
BROADCAST = b"\xff" * 6


def arp_packet(operation, sender_mac, sender, target, target_mac=bytes(6)):
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender_mac, socket.inet_aton(sender), target_mac,
                       socket.inet_aton(target))


class ArpSocket:
    """Speaks and hears ARP on an interface of a host; `heard` has (operation, sender's MAC, sender, target)."""

    def __init__(self, host, interface="eth0"):
        with inside(host):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_ARP))
        self.socket.bind((interface, ETHERTYPE_ARP))
        self.mac = self.socket.getsockname()[4]

    def send(self, operation, sender, target, to=BROADCAST, sender_mac=None):
        packet = arp_packet(operation, sender_mac or self.mac, sender, target)
        self.socket.sendto(packet, (self.socket.getsockname()[0], ETHERTYPE_ARP, 0, 0, to))

    def receive(self, wanted, seconds):
        """The first packet for which `wanted` holds, or None."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet, (*_, kind, _, _) = self.socket.recvfrom(64)
            except TimeoutError:
                return None
            _, _, _, _, operation, mac, sender, _, target = struct.unpack("!HHBBH6s4s6s4s", packet[:28])
            heard = (operation, mac, socket.inet_ntoa(sender), socket.inet_ntoa(target))
            if kind != socket.PACKET_OUTGOING and wanted(*heard):
                return heard
        return None

    def ask(self, own, address, seconds=1.0):
        """The MAC address of who answers for the address, and after how many seconds; or None."""
        started = time.monotonic()
        self.send(ARP_REQUEST, own, address)
        answer = self.receive(lambda operation, _, sender, __: operation == ARP_REPLY and sender == address, seconds)
        return answer and (answer[1], time.monotonic() - started)

    def close(self):
        self.socket.close()


class LanCase(CallCase):
    """A server with a LAN behind it; afterwards all of it is gone."""

    settings = IN_LAN
    users = ()

    def setUp(self):
        for namespace in SWITCH, *HOSTS:
            ip(f"netns add {namespace}")
            self.addCleanup(ip, f"netns del {namespace}")
            ip("link set lo up", namespace)
        ip("link add name lan type bridge forward_delay 0", SWITCH)
        ip("link set lan up", SWITCH)
        self.plug_in_server()
        self.addCleanup(self.unplug_server)
        for host, address in HOSTS.items():
            self.plug_in(host, "eth0", f"{address}/24")
            ip(f"route add default via {HOSTS['router'] if host != 'router' else LAN_ADDRESS}", host)
        forwards = ["sysctl", "-qw", "net.ipv4.ip_forward=1"]
        for namespace in NAMESPACE, "router":
            subprocess.run([*enter(namespace), *forwards], check=True)
        super().setUp()

    def plug_in(self, namespace, interface, address):
        ip(f"link add {namespace} netns {SWITCH} type veth peer name {interface} netns {namespace}")
        ip(f"link set {namespace} master lan up", SWITCH)
        ip(f"addr add {address} dev {interface}", namespace)
        ip(f"link set {interface} up", namespace)

    def plug_in_server(self):
        self.plug_in(NAMESPACE, LAN_INTERFACE, f"{LAN_ADDRESS}/24")
        self.server_mac = self.mac(NAMESPACE, LAN_INTERFACE)

    def unplug_server(self):
        if LAN_INTERFACE in ip("-o link", NAMESPACE):
            ip(f"link del {LAN_INTERFACE}", NAMESPACE)

    def mac(self, namespace, interface):
        return re.search(r"link/ether (\S+)", ip(f"link show {interface}", namespace))[1]

    def start_server(self):
        self.server.configure(self.settings, self.users)
        super().start_server()

    def restart(self, settings, users=()):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.settings, self.users = settings, users
        self.start_server()

    def wait_for_event(self, event, seconds=5, **fields):
        """The first event of that name with these fields."""
        def found():
            return [each for each in self.logged(event) if fields.items() <= each.items()]
        if not wait_until(found, seconds):
            self.fail(f"expected an event {event} with {fields}, came {self.logged(event)}")
        return found()[0]

    def drops(self, reason):
        """How many packets the server has dropped for that reason."""
        stats = self.server.ask("stats", "--json").stdout
        match = re.search(rf'"{reason}": ?(\d+)', stats)
        return int(match[1]) if match else 0

    def up(self, namespace=FIRST, *options, **arguments):
        """A client that is connected with its default route in the tunnel, and its address."""
        client = self.dial(namespace, "--route", "192.168.50.0/24", *options, **arguments)
        address = client.connected()["client_ip"]
        wait_until(lambda: self.logged("connected"), 2)
        return client, address

    def arp(self, host):
        connection = ArpSocket(host)
        self.addCleanup(connection.close)
        return connection

    def neighbour(self, host, address):
        """The MAC address that a host has for an address; None if it has none."""
        match = re.search(r"lladdr (\S+)", ip(f"neigh show {address}", host))
        return match and match[1]

    def expect_nobody_answers(self, address, seconds=0.5):
        for host, own in ("host1", HOST1), ("host2", HOST2):
            self.expect(f"who answers {host} for {address}", None, self.arp(host).ask(own, address, seconds))


class ClientsInTheLan(LanCase):
    """Their addresses are in the LAN's subnet, and nothing is configured for it."""

    def test_lan_reaches_a_client_at_the_first_packet(self):
        self.assertIn(LAN_INTERFACE, self.wait_for_event("proxy_arp")["interfaces"], "expected the LAN's interface")
        client, address = self.up()
        for host in HOSTS:
            self.ping(host, address, count=2)
            self.expect(f"MAC that {host} has for the client", self.server_mac, self.neighbour(host, address))
        self.expect_transfer("host1", FIRST, address, 1 << 20)
        self.expect("exit status", 0, client.hang_up()[0])
        self.expect_nothing_left_of_calls()
        self.detail = f"{address} at {self.server_mac}"

    def test_a_client_reaches_the_lan(self):
        client, address = self.up()
        for host_address in HOSTS.values():
            self.ping(FIRST, host_address, count=2)
        self.expect_transfer(FIRST, "host2", HOST2, 1 << 20)
        self.expect("exit status", 0, client.hang_up()[0])

    def test_an_old_neighbour_entry_is_corrected_at_once(self):
        address = "192.168.50.100"
        ip(f"neigh replace {address} lladdr 02:00:00:00:00:99 dev eth0 nud reachable", "host1")
        arp = self.arp("host2")
        self.expect("address of the client", address, self.up()[1])
        heard = arp.receive(lambda operation, _, sender, target: (sender, target) == (address, address), 2)
        self.expect("the gratuitous ARP's operation and MAC", (ARP_REQUEST, self.server_mac),
                    heard and (heard[0], heard[1].hex(":")))
        self.expect("MAC that host1 has for the client", self.server_mac, self.neighbour("host1", address))
        self.ping("host1", address, count=2)

    def test_an_ARP_request_is_answered_in_5_ms(self):
        _, address = self.up()
        arp = self.arp("host1")
        answers = [arp.ask(HOST1, address) for _ in range(50)]
        self.assertNotIn(None, answers, "expected an answer to each of 50 requests")
        self.expect("who answers", {self.server_mac}, {mac.hex(":") for mac, _ in answers})
        median = statistics.median(seconds for _, seconds in answers)
        self.assertLess(median, 0.005, "expected an answer within 5 ms")
        self.detail = f"median {median * 1e3:.2f} ms"

    def test_nobody_answers_after_hang_up(self):
        client, address = self.up()
        self.assertIsNotNone(self.arp("host1").ask(HOST1, address), "expected an answer while connected")
        self.expect("exit status", 0, client.hang_up()[0])
        self.expect_nothing_left_of_calls()
        self.expect_nobody_answers(address)

    def test_nobody_answers_after_kill_9(self):
        client, address = self.up()
        self.assertIsNotNone(self.arp("host1").ask(HOST1, address), "expected an answer while connected")
        self.server.kill()
        self.expect_nobody_answers(address)
        self.expect_end(client, 1, "closed the TCP connection", 807)
        self.start_server()  # whose end removes the admin socket

    def test_nobody_answers_for_free_addresses(self):
        self.up()
        self.expect_nobody_answers("192.168.50.105", 0.3)
        self.expect_nobody_answers("192.168.50.200", 0.3)

    def test_an_address_of_a_lan_host_is_not_handed_out(self):
        ip("addr add 192.168.50.100/24 dev eth0", "host2")
        self.restart(self.settings, ["fixed * secret1 192.168.50.100"])
        mac = self.mac("host2", "eth0")
        self.wait_for_event("address_conflict", address="192.168.50.100", mac=mac, interface=LAN_INTERFACE)
        client, address = self.up()
        self.expect("address of the client", "192.168.50.101", address)
        self.assertLess(client.setup_seconds, 3, "expected no login to wait for it")
        refused = self.dial(SECOND, user="fixed")
        self.expect_end(refused, 1, "no address is available", 734)
        self.assertIn("a host on the LAN has the user's address", self.server.log.read_text(), "expected the reason")
        self.detail = f"{address}, with 192.168.50.100 at {mac}"

    def test_an_address_that_a_lan_host_takes_later_is_not_handed_out(self):
        ip("addr add 192.168.50.100/24 dev eth0", "host2")
        arp = self.arp("host2")
        arp.send(ARP_REQUEST, "192.168.50.100", "192.168.50.100")
        self.wait_for_event("address_conflict", address="192.168.50.100")
        self.expect("address of the client", "192.168.50.101", self.up()[1])

    def test_forged_ARP_for_a_connected_client(self):
        client, address = self.up()
        other, others = self.up(SECOND, user="user1")
        arp = self.arp("host2")
        for _ in range(50):
            arp.send(ARP_REPLY, address, HOST1)
            arp.send(ARP_REQUEST, address, address)
        self.wait_for_event("address_conflict", address=address)
        self.assertGreater(self.drops("arp_conflict"), 50, "expected each to be counted")
        self.expect("number of lines about it", 1, len(self.logged("address_conflict")))
        self.ping(FIRST, HOST1, count=3)
        self.ping("router", others, count=3)
        for each in client, other:
            self.expect("exit status", 0, each.hang_up()[0])

    def test_strange_ARP(self):
        _, address = self.up()
        arp = self.arp("host1")
        packets = [arp_packet(ARP_REQUEST, arp.mac, HOST1, address)[:length] for length in range(28)]
        packets += [arp_packet(operation, arp.mac, HOST1, address) for operation in (0, 3, 0xFFFF)]
        packets += [b"\0\6" + packets[-1][2:], packets[-1][:4] + b"\xff\xff" + packets[-1][6:], bytes(1400)]
        for packet in packets:
            arp.socket.sendto(packet, ("eth0", ETHERTYPE_ARP, 0, 0, BROADCAST))
        self.assertIsNotNone(arp.ask(HOST1, address), "expected an answer after all that")
        self.detail = f"{len(packets)} packets"

    def test_lan_interface_removed_and_added(self):
        client, address = self.up()
        arp = self.arp("host1")
        self.unplug_server()
        self.wait_for_event("proxy_arp", interfaces="none")
        self.expect("who answers", None, arp.ask(HOST1, address, 0.3))
        self.plug_in_server()
        heard = arp.receive(lambda operation, _, sender, target: (sender, target) == (address, address), 5)
        self.expect("MAC in the announcement", self.server_mac, heard and heard[1].hex(":"))
        self.ping("host1", address, count=3)
        self.expect("exit status", 0, client.hang_up()[0])

    def test_lan_interface_gets_its_address_later(self):
        ip(f"addr flush dev {LAN_INTERFACE}", NAMESPACE)
        self.wait_for_event("proxy_arp", interfaces="none")
        _, address = self.up()
        arp = self.arp("host1")
        self.expect("who answers", None, arp.ask(HOST1, address, 0.3))
        ip(f"addr add {LAN_ADDRESS}/24 dev {LAN_INTERFACE}", NAMESPACE)
        self.wait_for_event("proxy_arp", interfaces=LAN_INTERFACE)
        wait_until(lambda: arp.ask(HOST1, address, 0.1), 2)
        self.ping("host1", address, count=3)

    def test_proxy_arp_off(self):
        self.restart(IN_LAN | {"network.proxy_arp": "off"})
        _, address = self.up()
        self.expect_nobody_answers(address)

    def test_pool_with_an_address_of_the_server(self):
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.configure({"network.client_ips": ["192.168.50.1-9"]})
        result = subprocess.run(self.server.command("serve", "--config", self.server.config), capture_output=True,
                                text=True, timeout=15)
        self.expect("exit status", 1, result.returncode)
        self.detail = result.stderr.strip().splitlines()[-1]
        self.assertIn("contains 192.168.50.1, which this host has on lan0", self.detail, "expected the reason")


class ClientsBesideTheLan(LanCase):
    """Poptop's old story: the clients' subnet is not the LAN's, whose hosts take it for their own; and the server
    answers for them where it is told to."""

    settings = BESIDE_LAN | {"network.proxy_arp": [LAN_INTERFACE]}

    def setUp(self):
        super().setUp()
        for host in HOSTS:
            ip("route add 192.168.60.0/24 dev eth0", host)

    def test_clients_outside_the_lans_subnet(self):
        """Poptop: "Cannot determine ethernet address for proxy ARP"."""
        client, address = self.up()
        for host, host_address in HOSTS.items():
            self.ping(FIRST, host_address, count=2)
            self.ping(host, address, count=2)
            self.expect(f"MAC that {host} has for the client", self.server_mac, self.neighbour(host, address))
        self.expect_transfer("host1", FIRST, address, 1 << 20)
        self.expect_transfer(FIRST, "host2", HOST2, 1 << 20)
        self.expect("exit status", 0, client.hang_up()[0])
        self.expect_nothing_left_of_calls()
        self.expect_nobody_answers(address)
        self.detail = f"{address} is reached from {', '.join(HOSTS.values())}"

    def test_listed_interface_that_is_not_there(self):
        self.unplug_server()
        self.restart(BESIDE_LAN | {"network.proxy_arp": [LAN_INTERFACE]})
        self.wait_for_event("proxy_arp_interface_missing", interfaces=LAN_INTERFACE)
        _, address = self.up()
        self.plug_in_server()
        self.wait_for_event("proxy_arp", interfaces=LAN_INTERFACE)
        self.ping("host1", address, count=3)


class ClientsRouted(LanCase):
    """The clients have a subnet of their own, to which the LAN's router knows the way."""

    settings = BESIDE_LAN

    def test_clients_in_a_routed_subnet(self):
        ip(f"route add 192.168.60.0/24 via {LAN_ADDRESS}", "router")
        client, address = self.up()
        for host, host_address in HOSTS.items():
            self.ping(FIRST, host_address, count=2)
            self.ping(host, address, count=2)
        self.expect_nobody_answers(address, 0.3)
        self.expect("exit status", 0, client.hang_up()[0])
