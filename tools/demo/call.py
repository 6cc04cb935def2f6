"""What every demo has: a user, a server, a client that dials, TCP through the tunnel, and the end of it all."""

import re
from pathlib import Path

from stage import DemoError, Stage

SERVER, CLIENT = "192.0.2.1", "192.0.2.2"  # outside
PORT = 5000  # of what is sent through the tunnel


def tcp_states(process):
    """The states of that process's network namespace's TCP sockets at PORT, as in linux/tcp_states.h."""
    lines = Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()
    return {line.split()[3] for line in lines if line.split()[1].endswith(f":{PORT:04X}")}


class Call(Stage):
    def join_client_and_server(self):
        self.run("ip netns add server")
        self.run("ip netns add client")
        self.run("ip link add eth0 netns server type veth peer name eth0 netns client")
        for where, address in ("server", SERVER), ("client", CLIENT):
            self.bring_up(where, "eth0", f"{address}/24")
            self.run(f"ip -n {where} link set lo up")

    def bring_up(self, where, interface, address):
        self.run(f"ip -n {where} addr add {address} dev {interface}")
        self.run(f"ip -n {where} link set {interface} up")

    def wait_for_cables(self, *namespaces):
        """A cable is up a moment after its ends are."""
        self.wait(lambda: not any(re.search(r"^eth\d\S* +DOWN", self.output_of(f"ip -n {where} -br link"), re.M)
                                  for where in namespaces), 5)

    def make_user(self):
        self.run("head -c 512 /dev/urandom | tr -dc a-z2-9 | head -c 12 >$demo/password; echo >>$demo/password")
        self.run(f"{self.binaries}/upptpd user add demo --config $demo/upptpd.toml <$demo/password")

    def start_server(self):
        self.step("The server starts")
        return self.start(f"ip netns exec server {self.binaries}/upptpd serve --config $demo/upptpd.toml",
                          until="event=serving.*\n")

    def dial(self, options=""):
        self.step("The client dials: TCP, GRE, PPP, the login, the encryption, an address")
        return self.start(f"ip netns exec client {self.binaries}/upptp dial {SERVER} --user demo"
                          f" --password-file $demo/password{options}", until="(?s)Connected.*\n.*\n")

    def start_receiver(self, where, address):
        receiver = self.start(f"ip netns exec {where} tools/traffic receive {address} {PORT}")
        listening = "0A"
        self.wait(lambda: receiver.process.poll() is not None or listening in tcp_states(receiver.process), 10)
        return receiver

    def finish_transfer(self, receiver, sent):
        self.finish(receiver)
        if sent.split()[-1] != receiver.said().split()[-1]:
            raise DemoError("the octets that arrived should be those that were sent")

    def hang_up(self, client):
        self.end(client, "client")
        sessions = self.run(f"{self.binaries}/upptpctl sessions --socket $demo/admin.sock")
        if "demo" in sessions:
            raise DemoError("no session should be left after the client has hung up")
