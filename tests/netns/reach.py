"""What a client may send and reach, how large its packets are, what it is told by DHCP, and what lies behind it."""

import socket
import struct
import subprocess
import time

from harness import INTERFACE, enter, inside, ip, wait_until
from lan import FIRST, HOST1, HOST2, IN_LAN, LAN_ADDRESS, NAMESPACE, SECOND, LanCase

TUNNEL_ADDRESS = "192.168.77.1"
ETHERTYPE_ALL, ETHERTYPE_IPV4 = 0x0003, 0x0800
TCP, UDP, ICMP = 6, 17, 1
MTU = 1396  # of what passes the tunnel: network.mtu, less what encryption takes
MSS = MTU - 40
SYN = 2


def ipv4(protocol, source, destination, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(source_port, destination_port, payload):
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Watch:
    """Sees the IPv4 packets of an interface of a namespace."""

    def __init__(self, namespace, interface):
        with inside(namespace):
            # What goes out is seen by those only that ask for all.
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_ALL))
        self.socket.bind((interface, ETHERTYPE_ALL))

    def find(self, wanted, seconds=3):
        """The first packet for which `wanted(protocol, source, destination, payload)` holds, as those four."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet, (_, ethertype, *_) = self.socket.recvfrom(2048)
            except TimeoutError:
                break
            if ethertype != ETHERTYPE_IPV4:
                continue
            found = (packet[9], *map(socket.inet_ntoa, (packet[12:16], packet[16:20])),
                     packet[(packet[0] & 15) * 4:int.from_bytes(packet[2:4], "big")])
            if wanted(*found):
                return found
        return None

    def close(self):
        self.socket.close()


class ReachCase(LanCase):
    def watch(self, namespace, interface):
        watch = Watch(namespace, interface)
        self.addCleanup(watch.close)
        return watch

    def send_raw(self, packet, interface="upptp0", namespace=FIRST):
        """An IP packet as it is into the tunnel, whatever its addresses."""
        with inside(namespace), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as raw:
            raw.sendto(packet, (interface, ETHERTYPE_IPV4))

    def is_answered(self, namespace, address):
        command = f"ping -n -c 2 -i 0.1 -W 1 {address}"
        return subprocess.run([*enter(namespace), *command.split()], capture_output=True).returncode == 0

    def expect_refused(self, reason, count):
        """So many packets were dropped for that reason, and the log has one line about it."""
        self.assertTrue(wait_until(lambda: self.drops(reason) >= count, 3),
                        f"expected {count} drops for {reason}, came {self.drops(reason)}")


class Sources(ReachCase):
    def test_packets_from_addresses_that_are_not_the_clients(self):
        client, address = self.up()
        _, others = self.up(SECOND, user="user1")
        lan = self.watch("host1", "eth0")
        sources = [HOST2, others, TUNNEL_ADDRESS, LAN_ADDRESS, "224.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255"]
        for source in sources:
            self.send_raw(ipv4(UDP, source, HOST1, udp(4000, 4000, b"forged")))
        self.expect_refused("ip_source", len(sources))
        self.expect("forged packets that reached the LAN", None,
                    lan.find(lambda protocol, _, __, payload: payload.endswith(b"forged"), 0.3))
        refused = self.logged("packet_refused")
        self.expect("lines about it", [("not from the address the client was given", HOST2, HOST1)],
                    [(each["reason"], each["source"], each["destination"]) for each in refused])
        self.ping(FIRST, HOST1, count=2)
        self.ping(SECOND, HOST1, count=2)

    def test_clients_that_may_not_talk_to_each_other(self):
        self.restart(IN_LAN | {"network.client_to_client": "deny"})
        _, address = self.up()
        _, others = self.up(SECOND, user="user1")
        self.expect("whether the other client answers", False, self.is_answered(FIRST, others))
        self.expect_refused("client_to_client", 2)
        self.wait_for_event("packet_refused", source=address, destination=others)
        for namespace in FIRST, SECOND:
            self.ping(namespace, HOST1, count=2)
        self.ping("host1", others, count=2)

    def test_clients_that_may_talk_to_each_other(self):
        self.up()
        self.ping(FIRST, self.up(SECOND, user="user1")[1], count=2)

    def test_a_user_who_may_reach_some_networks_only(self):
        self.restart(IN_LAN, [f"narrow * secret1 * -- allow={HOST2},10.0.0.0/8"])
        _, address = self.up(FIRST, user="narrow")
        self.ping(FIRST, HOST2, count=2)
        self.expect("whether host1 answers", False, self.is_answered(FIRST, HOST1))
        self.expect_refused("ip_destination", 2)
        self.wait_for_event("packet_refused", source=address, destination=HOST1)
        self.up(SECOND, user="user1")
        self.ping(SECOND, HOST1, count=2)


class Pools(ReachCase):
    def test_pool_of_a_user(self):
        self.restart(IN_LAN | {"network.pools": {"office": ["192.168.60.5-6"]}},
                     ["clerk * secret1 * -- pool=office", "lost * secret1 * -- pool=nowhere"])
        self.expect("address of the clerk", "192.168.60.5", self.up(user="clerk")[1])
        self.expect("address of alice", "192.168.50.100", self.up(SECOND)[1])
        lost = self.dial(None, user="lost")
        self.expect_end(lost, 1, "no address is available", 734)
        self.assertIn('network.pools does not have the pool', self.server.log.read_text(), "expected the reason in the log")
        self.wait_for_event("secrets_file", line="11")


class NetworksBehind(ReachCase):
    """A client is a branch's router: 10.50.0.0/16 is behind it."""

    BEHIND = "10.50.0.1"

    def setUp(self):
        ip(f"addr add {self.BEHIND}/16 dev lo", FIRST)
        self.addCleanup(ip, f"addr del {self.BEHIND}/16 dev lo", FIRST)
        super().setUp()
        ip(f"route add 10.50.0.0/16 via {LAN_ADDRESS}", "router")

    def test_network_behind_a_client(self):
        for settings, users in ((IN_LAN | {"network.client_routes": {"alice": ["10.50.0.0/16"]}}, ()),
                                (IN_LAN, ["branch * secret1 * -- routes=10.50.0.0/16,10.51.0.0/24"])):
            self.restart(settings, users)
            client, _ = self.up(user="branch" if users else "alice")
            self.assertIn(f"10.50.0.0/16 dev {INTERFACE}", ip("-4 route", NAMESPACE), "expected a route")
            self.ping("host1", self.BEHIND, count=3)
            subprocess.run([*enter(FIRST), "ping", "-n", "-c", "2", "-i", "0.1", "-I", self.BEHIND, HOST1], check=True,
                           capture_output=True)
            self.expect("exit status", 0, client.hang_up()[0])
            self.expect_nothing_left_of_calls()

    def test_route_that_exists_already(self):
        ip(f"route add 10.50.0.0/16 via {HOST1}", NAMESPACE)
        self.restart(IN_LAN, ["branch * secret1 * -- routes=10.50.0.0/16,10.51.0.0/24"])
        client, _ = self.up(user="branch")
        said = self.wait_for_event("client_route_refused", network="10.50.0.0/16")
        self.assertIn("10.51.0.0/24 dev pptp0", ip("-4 route", NAMESPACE), "expected the other route")
        self.ping(FIRST, HOST1, count=2)
        self.expect("exit status", 0, client.hang_up()[0])
        self.assertIn(f"10.50.0.0/16 via {HOST1}", ip("-4 route", NAMESPACE), "expected the route that was there")
        ip("route del 10.50.0.0/16", NAMESPACE)
        self.detail = said["reason"]

    def test_networks_that_are_somewhere_else(self):
        """The LAN, the clients' own addresses, and where another client calls from."""
        ip(f"route add 192.168.50.0/24 dev lan0 metric 100 src {LAN_ADDRESS}", NAMESPACE)
        self.restart(IN_LAN, ["greedy * secret1 * -- routes=192.168.50.0/24,192.168.77.0/24,10.9.2.0/24,10.9.0.0/16"])
        self.wait_for_event("secrets_file", line="10")
        self.up(SECOND, user="user1")
        self.up(user="greedy")
        refused = self.logged("client_route_refused")
        self.expect("networks that are refused", ["192.168.50.0/24", "192.168.77.0/24", "10.9.2.0/24", "10.9.0.0/16"],
                    [each["network"] for each in refused])
        self.ping(SECOND, HOST1, count=2)
        ip("route del 192.168.50.0/24 dev lan0 metric 100", NAMESPACE)
        self.detail = "; ".join(each["reason"] for each in refused)

    def test_the_same_network_behind_two_clients(self):
        self.restart(IN_LAN, ["one * secret1 * -- routes=10.50.0.0/16", "two * secret1 * -- routes=10.50.0.0/16"])
        self.up(user="one")
        self.up(SECOND, user="two")
        self.wait_for_event("client_route_refused", user="two")
        self.ping("host1", self.BEHIND, count=2)


class Sizes(ReachCase):
    def mss_of(self, segment):
        """The maximum segment size that a TCP header names."""
        options = segment[20:(segment[12] >> 4) * 4]
        while options:
            if options[0] == 1:
                options = options[1:]
                continue
            if options[0] == 2:
                return int.from_bytes(options[2:4], "big")
            options = options[options[1]:]
        return None

    def connect(self, sender, receiver, address):
        """Opens a TCP connection; returns its ends' sockets."""
        with inside(receiver):
            listener = socket.create_server((address, 0))
        with inside(sender):
            outgoing = socket.create_connection(listener.getsockname(), timeout=10)
        self.addCleanup(outgoing.close)
        incoming, _ = listener.accept()
        self.addCleanup(incoming.close)
        listener.close()
        return outgoing, incoming

    def believe_in_1500_octets(self):
        ip("link set upptp0 mtu 1500", FIRST)
        ip("route replace 192.168.50.0/24 dev upptp0", FIRST)

    def syns(self, watch, address):
        """The segment sizes in the SYN and the SYN-ACK of a connection with that address."""
        sizes = []
        for _ in range(2):
            found = watch.find(lambda protocol, source, destination, payload: protocol == TCP and payload[13] & SYN
                               and address in (source, destination))
            sizes.append(found and self.mss_of(found[3]))
        return sizes

    def test_TCP_segments_fit_into_the_tunnel(self):
        """Both ways, and whatever the ends believe: they have interfaces of 1500 octets."""
        _, address = self.up()
        self.believe_in_1500_octets()
        ip(f"route replace {address}/32 dev {INTERFACE} src {TUNNEL_ADDRESS}", NAMESPACE)
        for sender, receiver, to in (FIRST, "host1", HOST1), ("host1", FIRST, address):
            lan, tunnel = self.watch("host1", "eth0"), self.watch(FIRST, "upptp0")
            self.connect(sender, receiver, to)
            seen_in_lan, seen_in_tunnel = self.syns(lan, address), self.syns(tunnel, address)
            inward = 0 if sender == FIRST else 1
            self.expect(f"MSS that reaches the LAN, {sender} to {receiver}", MSS, seen_in_lan[inward])
            self.expect(f"MSS that reaches the client, {sender} to {receiver}", MSS, seen_in_tunnel[1 - inward])
        self.detail = f"MSS {MSS} each way"

    def test_TCP_as_it_is_without_the_clamp(self):
        self.restart(IN_LAN | {"network.mss_clamp": False})
        _, address = self.up()
        self.believe_in_1500_octets()
        lan = self.watch("host1", "eth0")
        self.connect(FIRST, "host1", HOST1)
        self.expect("MSS that reaches the LAN", 1460, self.syns(lan, address)[0])

    def test_a_packet_larger_than_the_client_takes(self):
        """With DF set: the sender is told the size that fits (RFC 1191)."""
        for network_mtu in 1400, 1000:
            mtu = network_mtu - 4
            self.restart(IN_LAN | {"network.mtu": network_mtu})
            client, address = self.up()
            lan = self.watch("host1", "eth0")
            with inside("host1"):
                sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.setsockopt(socket.IPPROTO_IP, 10, 3)  # IP_MTU_DISCOVER, IP_PMTUDISC_PROBE
            sender.sendto(bytes(mtu - 28 + 1), (address, 9))
            told = lan.find(lambda protocol, _, destination, payload: protocol == ICMP and destination == HOST1
                            and payload[:2] == b"\3\4")
            self.expect("MTU in the ICMP message", mtu, told and int.from_bytes(told[3][6:8], "big"))
            tunnel = self.watch(FIRST, "upptp0")
            sender.sendto(bytes(mtu - 28), (address, 9))
            sender.close()
            arrived = tunnel.find(lambda protocol, *_: protocol == UDP)
            self.expect("octets of the largest that arrives", mtu, arrived and len(arrived[3]) + 20)
            self.expect("exit status", 0, client.hang_up()[0])
            self.expect_nothing_left_of_calls()

    def test_an_outer_path_that_fragments(self):
        """Noticed, and said once."""
        ip("link set client1 mtu 1000", FIRST)
        self.addCleanup(ip, "link set client1 mtu 1500", FIRST)
        _, address = self.up()
        for _ in range(3):
            subprocess.run([*enter(FIRST), *f"ping -n -c 2 -i 0.1 -W 0.1 -s 1300 -M dont {HOST1}".split()],
                           capture_output=True)
        said = self.wait_for_event("outer_path_fragments")
        self.expect("number of lines about it", 1, len(self.logged("outer_path_fragments")))
        self.detail = said["message"]


class Dhcp(ReachCase):
    """DHCPINFORM as Windows sends it, right after it has its address."""

    SETTINGS = IN_LAN | {"network.dns": [HOST1], "network.wins": [HOST2], "network.domain": "example.org",
                         "network.routes": ["192.168.50.0/24", "10.0.0.0/8"]}
    settings = SETTINGS
    WINDOWS = {  # parameter list, client identifier: see windows-clients.md
        "Windows 2000": (bytes((6, 44, 43, 15)), bytes.fromhex("08005345000000")),
        "Windows 7": (bytes((6, 44, 43, 1, 249, 15)), b"\0" + bytes(range(16))),
        "Windows 10": (bytes((6, 44, 43, 1, 249, 15)), b"\0" + bytes(range(16, 32))),
    }

    def inform(self, address, parameters, identifier, kind=8, operation=1, transaction=b"\x12\x34\x56\x78"):
        options = [(53, bytes([kind])), (61, identifier), (12, b"WIN-TEST"), (60, b"MSFT 5.0"), (55, parameters)]
        body = b"".join(bytes([code, len(value)]) + value for code, value in options) + b"\xff"
        head = struct.pack("!BBBB4sHH4s4s4s4s16s64s128s4s", operation, 8, 6, 0, transaction, 0, 0,
                           socket.inet_aton(address), *[bytes(4)] * 3, b"\x53\x45", b"", b"", b"\x63\x82\x53\x63")
        return (head + body).ljust(300, b"\0")

    def options_of(self, message):
        options, rest = {}, message[240:]
        while rest and rest[0] != 255:
            if rest[0] == 0:
                rest = rest[1:]
                continue
            options[rest[0]] = options.get(rest[0], b"") + rest[2:2 + rest[1]]
            rest = rest[2 + rest[1]:]
        return options

    def ask(self, message, seconds=1.0):
        """Sends it as a broadcast through the tunnel; returns the answer's DHCP message and sender, or None."""
        with inside(FIRST):
            asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with asking:
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"upptp0")
            asking.bind(("", 68))
            asking.settimeout(seconds)
            asking.sendto(message, ("255.255.255.255", 67))
            try:
                return asking.recvfrom(2048)
            except TimeoutError:
                return None

    def test_DHCPINFORM_of_Windows(self):
        _, address = self.up()
        routes = bytes((24, 192, 168, 50)) + socket.inet_aton(TUNNEL_ADDRESS) + bytes((8, 10)) + socket.inet_aton(TUNNEL_ADDRESS)
        for client, (parameters, identifier) in self.WINDOWS.items():
            answer = self.ask(self.inform(address, parameters, identifier))
            self.assertIsNotNone(answer, f"expected an answer to {client}")
            message, sender = answer
            self.expect("who answers", (TUNNEL_ADDRESS, 67), sender)
            self.expect("operation and transaction", (2, b"\x12\x34\x56\x78"), (message[0], message[4:8]))
            self.expect("address given", bytes(4), message[16:20])
            expected = {53: b"\5", 54: socket.inet_aton(TUNNEL_ADDRESS), 6: socket.inet_aton(HOST1),
                        44: socket.inet_aton(HOST2), 15: b"example.org"}
            if 249 in parameters:
                expected[249] = routes
            self.expect(f"options told to {client}", expected, self.options_of(message))
        self.expect("lines about it", 1, len(self.logged("settings_told")))

    def test_DHCP_that_does_not_belong_into_the_tunnel(self):
        _, address = self.up()
        parameters, identifier = self.WINDOWS["Windows 10"]
        for kind in 1, 3, 4, 7:  # DISCOVER, REQUEST, DECLINE, RELEASE
            self.expect("an answer", None, self.ask(self.inform(address, parameters, identifier, kind), 0.2))
        self.expect("an answer for another address", None, self.ask(self.inform(HOST1, parameters, identifier), 0.2))
        offer = self.inform(address, parameters, identifier, kind=2, operation=2)
        lan = self.watch("host1", "eth0")
        self.send_raw(ipv4(UDP, address, HOST1, udp(67, 68, offer)))
        self.send_raw(ipv4(UDP, address, "255.255.255.255", udp(67, 68, offer)))
        self.expect_refused("dhcp_refused", 7)
        self.expect("DHCP in the LAN", None, lan.find(
            lambda protocol, _, __, payload: protocol == UDP and payload[2:4] in (b"\0\x43", b"\0\x44"), 0.3))
        self.expect("lines about it", 1, len(self.logged("packet_refused")))
        self.assertIsNotNone(self.ask(self.inform(address, parameters, identifier)), "expected an answer after it")
