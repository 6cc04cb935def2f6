"""./dev demo lan: clients have addresses of the LAN, for which the server answers ARP requests."""

from lan_side import FORWARD, HOSTS, LanSide
from stage import DemoError


class Lan(LanSide):
    summary = ('Set-up "lan": clients have addresses of the LAN behind the server, as if they were plugged in there. '
               "Nothing has to be set on the LAN: the server answers ARP requests for the clients' addresses while "
               "they are connected.")
    configuration = """\
[network]
local_ip = "192.168.0.1"              # the server's own address on the LAN
client_ips = ["192.168.0.200-249"]    # of the LAN, and given to nobody else
"""
    block = (("/etc/upptpd/upptpd.toml:", configuration), ("On the server:", FORWARD))

    def prove(self, address):
        self.ping_from_client()
        self.step("The LAN reaches the client, without a route to it")
        for host in HOSTS:
            self.ping(host, address)
        self.say("To whom host1 sends what is for the client, and who that is:")
        neighbour = self.run(f"ip -n host1 neigh show {address}")
        server = self.run("ip -n server -br link show eth1")
        if server.split()[2] not in neighbour:
            raise DemoError("host1 should have the MAC address of the server's eth1 for the client")
        self.transfer_both_ways(address)

    def look_for_leftovers(self, address):
        self.say("Nobody on the LAN answers for the address any more:")
        self.run(f"ip -n host1 neigh flush to {address}")
        self.run(f"ip netns exec host1 ping -n -c 1 -w 5 {address}", status=1)
        if "lladdr" in self.run(f"ip -n host1 neigh show {address}"):
            raise DemoError("there should be no answer to an ARP request for the address")
        self.say("Nor has the server's kernel an entry to answer by:")
        if self.run("ip -n server neigh show proxy"):
            raise DemoError("the server's kernel should have no proxy ARP entry")
