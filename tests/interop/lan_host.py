"""The real client as a host of the LAN behind the server."""

import json
import re
import subprocess
import time

from case import Interop
from guest import packaged
from harness import DIE_WITH_US, enter, ip, tail

HOST, HOST_ADDRESS = "lanhost", "192.168.78.11"
SERVER_LAN_ADDRESS = "192.168.78.1"
SETTINGS = {"network.client_ips": ["192.168.78.100-110"], "network.local_ip": SERVER_LAN_ADDRESS}


class LanHost(Interop):
    def setUp(self):
        super().setUp()
        ip(f"netns add {HOST}")
        self.addCleanup(ip, f"netns del {HOST}")
        ip(f"link add lan0 type veth peer name eth0 netns {HOST}")
        for address, interface, namespace in ((SERVER_LAN_ADDRESS, "lan0", None), (HOST_ADDRESS, "eth0", HOST)):
            ip(f"addr add {address}/24 dev {interface}", namespace)
            ip(f"link set {interface} up", namespace)
        subprocess.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
        self.serve(SETTINGS)

    def test_lan_host_behind_the_server(self):
        """Ping and TCP both ways. The host has no route to the client: the server answers its ARP requests."""
        session = self.connect()
        client = session["client_ip"]
        self.guest.run("ip route add 192.168.78.0/24 dev ppp0")
        ping = self.guest.run(f"ping -c 20 -i 0.02 -s 1300 -w 10 {HOST_ADDRESS}")
        self.expect_pings(ping.output, 20)
        back = subprocess.run([*enter(HOST), *packaged("busybox"), *f"ping -c 5 -w 10 -i 0.05 {client}".split()],
                              capture_output=True, text=True, timeout=20)
        self.expect_pings(back.stdout, 5)
        mac = re.search(r"link/ether (\S+)", ip("link show lan0"))[1]
        self.assertIn(f"{client} dev eth0 lladdr {mac}", ip("neigh show", HOST), "expected the server's MAC")
        rates = [self.transfer(direction) for direction in ("", "--reverse")]
        self.hang_up()
        self.expect_no_session()
        self.detail = f"{client}; TCP up and down: " + ", ".join(f"{rate:.1f} Mbit/s" for rate in rates)

    def transfer(self, direction):
        listener = subprocess.Popen([*DIE_WITH_US, *enter(HOST), "timeout", "20", *packaged("iperf3"), "--server",
                                     "--one-off"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            result = self.guest.run(f"timeout 15 iperf3 --client {HOST_ADDRESS} --time 2 --json"
                                    f" --connect-timeout 3000 {direction}")
        finally:
            listener.terminate()
            listener.wait()
        self.assertEqual(result.status, 0, f"expected iperf3 to exit 0, came {tail(result.output, 5)}")
        return json.loads(result.output)["end"]["sum_received"]["bits_per_second"] / 1e6
