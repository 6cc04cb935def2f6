"""./dev demo nat: clients have a subnet of their own, which nobody on the LAN knows of."""

from lan_side import FORWARD, HOSTS, SERVER_ON_LAN, LanSide


class Nat(LanSide):
    summary = ('Set-up "nat": clients have a subnet of their own, and to the LAN they look like the server (NAT). '
               "Nothing has to be set on the LAN, but it cannot reach the clients: only they can open connections.")
    configuration = """\
[network]
local_ip = "192.168.127.1"
client_ips = ["192.168.127.10-250"]    # of a network that is nowhere else
routes = ["192.168.0.0/24"]            # the LAN, for clients that ask where the tunnel leads
"""
    ruleset = """\
table ip upptpd {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr 192.168.127.0/24 oifname "eth1" masquerade
  }
}
"""
    block = (("/etc/upptpd/upptpd.toml:", configuration), ("/etc/nftables.conf:", ruleset),
             ("On the server:", f"{FORWARD}\nnft -f /etc/nftables.conf"))

    def configure(self):
        super().configure()
        (self.directory / "nftables.conf").write_text(self.ruleset)
        self.run("ip netns exec server nft -f $demo/nftables.conf")

    def prove(self, address):
        self.ping_from_client()
        self.step("TCP, opened by the client: the LAN host sees the server's address")
        self.transfer("client", "host1", HOSTS["host1"], seen_as=SERVER_ON_LAN)
        self.step("The other way round there is no way")
        unreachable = 2
        self.run(f"ip netns exec host1 ping -n -c 1 -w 5 {address}", status=unreachable)
        self.say("The price of this set-up: the LAN knows no way to a client, and cannot open a connection to it. "
                 "Where that is needed: ./dev demo lan, ./dev demo routed.")
