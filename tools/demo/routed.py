"""./dev demo routed: clients have a subnet of their own, and the LAN's router knows the way there."""

from lan_side import FORWARD, HOSTS, SERVER_ON_LAN, LanSide

ROUTER = "192.168.0.254"
ROUTE = f"ip route add 192.168.127.0/24 via {SERVER_ON_LAN}"


class Routed(LanSide):
    summary = ('Set-up "routed": clients have a subnet of their own. The LAN\'s router, which is the default gateway '
               "of its hosts, has a route there; the hosts need nothing.")
    configuration = """\
[network]
local_ip = "192.168.127.1"
client_ips = ["192.168.127.10-250"]    # of a network that is nowhere else
routes = ["192.168.0.0/24"]            # the LAN, for clients that ask where the tunnel leads
"""
    block = (("/etc/upptpd/upptpd.toml:", configuration), ("On the server:", FORWARD), ("On the LAN's router:", ROUTE))
    namespaces = (*LanSide.namespaces, "router")

    def make_network(self):
        super().make_network()
        self.say("The LAN's router, to which its hosts send whatever is for elsewhere:")
        self.add_host("router", ROUTER)
        self.run(f"ip netns exec router {FORWARD}")
        for host in HOSTS:
            self.run(f"ip -n {host} route add default via {ROUTER}")
        self.wait_for_cables("router")

    def configure(self):
        super().configure()
        self.run(f"ip netns exec router {ROUTE}")

    def prove(self, address):
        self.ping_from_client()
        self.say("An answer with ttl=62 came through the router. Where that then tells the host of the shorter way "
                 "(ICMP Redirect), the next ones come straight from the server, with 63.")
        self.step("The LAN reaches the client")
        for host in HOSTS:
            self.ping(host, address)
        self.transfer_both_ways(address)
