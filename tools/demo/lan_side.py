"""What the three usual set-ups have in common: a LAN behind the server, and the proof that a client is on it.

    client 192.0.2.2 -- 192.0.2.1 server 192.168.0.1 --+-- 192.168.0.11 host1
                                                       +-- 192.168.0.12 host2
"""

import re

from call import PORT, Call, tcp_states
from stage import DemoError

SERVER_ON_LAN = "192.168.0.1"
LAN = "192.168.0.0/24"
HOSTS = {"host1": "192.168.0.11", "host2": "192.168.0.12"}

MEGABYTES = 100  # enough for a look at the connection while it lasts

FORWARD = "sysctl -w net.ipv4.ip_forward=1"

# What the demo has elsewhere than a server that is installed.
OWN_PATHS = """\
[auth]
secrets = "chap-secrets"
[admin]
socket = "admin.sock"
"""


class LanSide(Call):
    """A set-up is one of these with a block of its own, which has to `prove` what that is good for."""

    summary = ""
    block = ()  # what an administrator has to write where: headings, and the text below each, as in the README
    configuration = ""  # the part of it that is upptpd.toml
    namespaces = ("server", "client", "host1")  # whose networks have to be afterwards what they were before

    def play(self):
        self.introduce()
        self.make_network()
        self.configure()
        before = self.network(*self.namespaces)
        server = self.start_server()
        client = self.dial(f" --route {LAN}")
        address = re.search(r"has the address ([\d.]+)", client.said())[1]
        self.prove(address)
        self.step("The client hangs up (Ctrl-C)")
        self.hang_up(client)
        self.look_for_leftovers(address)
        self.step("The server ends (Ctrl-C): nothing is left")
        self.end(server, "server")
        if self.network(*self.namespaces) != before:
            raise DemoError("the networks should be as they were before the server started; compare with step 2")
        self.say("That is what step 2 showed: nothing is left of the server, of the client and of the call.")

    def introduce(self):
        self.paragraph(self.summary, indent="")
        for heading, text in self.block:
            self.say(heading)
            self.show(text)

    def make_network(self):
        self.step("A client outside, a server, and behind it a LAN with two hosts: network namespaces")
        self.join_client_and_server()
        self.run("ip netns add lan")
        self.run("ip -n lan link add switch type bridge")
        self.run("ip -n lan link set switch up")
        self.plug_in("server", "eth1", SERVER_ON_LAN)
        for host, address in HOSTS.items():
            self.add_host(host, address)
        self.wait_for_cables("server", "client", *HOSTS)

    def add_host(self, host, address):
        self.run(f"ip netns add {host}")
        self.run(f"ip -n {host} link set lo up")
        self.plug_in(host, "eth0", address)

    def plug_in(self, where, interface, address):
        self.run(f"ip link add {interface} netns {where} type veth peer name {where} netns lan")
        self.run(f"ip -n lan link set {where} master switch up")
        self.bring_up(where, interface, f"{address}/24")

    def configure(self):
        self.step("The block from above is applied, and there is a user with a random password")
        (self.directory / "upptpd.toml").write_text(self.configuration + OWN_PATHS)
        self.run("cat $demo/upptpd.toml  # with the demo's own paths")
        self.make_user()
        self.run(f"ip netns exec server {FORWARD}")

    def ping(self, where, address):
        if " 0% packet loss" not in self.run(f"ip netns exec {where} ping -n -c 3 -i 0.2 -w 10 {address}"):
            raise DemoError("each of the three should have been answered, the first one too")

    def ping_from_client(self):
        self.step("The client reaches the LAN")
        self.run("ip -n client route show dev upptp0")
        for address in HOSTS.values():
            self.ping("client", address)

    def transfer(self, source, target, address, seen_as):
        """A TCP connection to that address of `target`, which has to see it come from `seen_as`."""
        receiver = self.start_receiver(target, address)
        sender = self.start(f"ip netns exec {source} tools/traffic send {address} {PORT} {MEGABYTES}")
        established = "01"
        self.wait(lambda: sender.process.poll() is not None or established in tcp_states(receiver.process), 10)
        connection = self.run(f"ip netns exec {target} ss -Htn 'sport = :{PORT}'")
        self.finish(sender)
        self.finish_transfer(receiver, sender.said())
        if f" {seen_as}:" not in connection:
            raise DemoError(f"{target} should have seen a connection from {seen_as}")

    def transfer_both_ways(self, address):
        self.step("TCP, opened by the client and opened by a LAN host: both see the other's own address")
        self.transfer("client", "host1", HOSTS["host1"], seen_as=address)
        self.transfer("host1", "client", address, seen_as=HOSTS["host1"])

    def look_for_leftovers(self, address):
        """What the end of the call has to leave the LAN without."""
