"""./dev demo: the tunnel itself, from the first packet to the last, and what somebody on the way sees of it."""

import re

from call import PORT, SERVER, Call
from stage import DemoError

SERVER_IN_TUNNEL = "192.168.127.1"
CONFIGURATION = """\
[network]
local_ip = "192.168.127.1"
client_ips = ["192.168.127.10-250"]
[auth]
secrets = "chap-secrets"
[admin]
socket = "admin.sock"
"""


class Tunnel(Call):
    def play(self):
        self.step("Two machines, a server and a client, joined by a cable: network namespaces")
        self.join_client_and_server()
        self.wait_for_cables("server", "client")
        before = self.network("server", "client")
        self.configure()
        server = self.start_server()
        client = self.dial()
        self.look_around()
        self.transfer()
        self.watch_the_wire()
        self.try_wrong_password(server)
        self.step("The client hangs up (Ctrl-C), then the server ends (Ctrl-C): nothing is left")
        self.hang_up(client)
        self.end(server, "server")
        if self.network("server", "client") != before:
            raise DemoError("the network should be as it was before the server started; compare with step 1")
        self.say("That is what step 1 showed: nothing is left of the server, of the client and of the call.")

    def configure(self):
        self.step("A configuration, and a user with a random password")
        (self.directory / "upptpd.toml").write_text(CONFIGURATION)
        self.run("echo $demo; cat $demo/upptpd.toml")
        self.make_user()

    def look_around(self):
        self.step("The tunnel is there: an address, a route, an answer from the other end")
        self.run("ip -n client -br addr show dev upptp0")
        self.run("ip -n client route show dev upptp0")
        self.run(f"ip netns exec client ping -n -c 3 -i 0.2 -w 10 {SERVER_IN_TUNNEL}")
        self.say("Who is connected, asked on the server:")
        self.run(f"{self.binaries}/upptpctl sessions --socket $demo/admin.sock")

    def transfer(self):
        self.step("50 MB through the tunnel")
        self.send_and_receive(megabytes=50)
        self.say("The same SHA-256 at both ends: what arrived is what was sent.")

    def send_and_receive(self, megabytes):
        receiver = self.start_receiver("server", SERVER_IN_TUNNEL)
        sent = self.run(f"ip netns exec client tools/traffic send {SERVER_IN_TUNNEL} {PORT} {megabytes}")
        self.finish_transfer(receiver, sent)

    def watch_the_wire(self):
        self.step("What somebody sees who listens on the cable, and what passes inside the tunnel")
        watcher = self.start("ip netns exec client tools/traffic watch eth0 upptp0", until="watching")
        self.send_and_receive(megabytes=2)
        self.end(watcher, "watcher")
        seen = {name: int(count) for name, count in re.findall(r"(\w+): .* is in (\d+) of", watcher.said())}
        if seen.get("eth0") != 0 or seen.get("upptp0", 0) == 0:
            raise DemoError("the sentence should be seen in the tunnel and never on the cable")
        self.say("On the cable it is all GRE, with encrypted PPP in it: the sentence that was sent thousands of times "
                 "is in none of its packets.")

    def try_wrong_password(self, server):
        self.step("A wrong password: what its user is told, and what the server's log says")
        self.run(f"echo guess | ip netns exec client {self.binaries}/upptp dial {SERVER} --user demo --password-file -"
                 " --interface upptp1", status=1)
        self.say("The server's log, since it was started:")
        self.wait(lambda: "windows_error=691" in server.said(), 5)
        self.show(server.news())
        if "windows_error=691" not in server.said():
            raise DemoError("the server's log should say that the login was refused, with error 691")
