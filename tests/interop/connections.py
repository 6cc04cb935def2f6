"""Connecting as most do, with the server's defaults: calls come up, carry packets, and end in every way."""

import json
import re
import subprocess
import time

from case import GUEST_ADDRESS, TUNNEL_ADDRESS, WRONG_PASSWORD, Interop, pppd
from guest import packaged
from harness import INTERFACE, ip, network_state, tail, wait_until

OTHER_GUEST_ADDRESS = "10.9.0.3"
PLAIN = "novj novjccomp nobsdcomp nodeflate"


class Connections(Interop):
    def setUp(self):
        super().setUp()
        self.serve()

    def client_routes(self):
        links = ip("-o link")
        return ip(f"-4 route show dev {INTERFACE}") if INTERFACE in links else ""

    def check_session(self, session):
        log = self.guest.run("cat /tmp/pppd.log").output
        self.expect("stateless MPPE-128 in pppd's log", True, "MPPE 128-bit stateless compression enabled" in log)
        local = re.search(r"local\s+IP address (\S+)", log)
        self.expect("user", "alice", session["user"])
        self.expect("client_ip", local[1], session["client_ip"])
        self.expect("peer_ip", GUEST_ADDRESS, session["peer_ip"])
        self.assertIn("128", session["encryption"], "expected the session's encryption to be 128-bit MPPE")

    def test_connect_defaults(self):
        session = self.connect()
        self.check_session(session)
        self.assertLess(self.dial_seconds, 6, "expected the tunnel to be up within 6 s")
        self.detail = f"{session['client_ip']}, {session['encryption']}, up in {self.dial_seconds:.2f} s"

    def test_connect_plain(self):
        session = self.connect(options=PLAIN)
        self.check_session(session)
        self.detail = session["client_ip"]

    def test_ping(self):
        session = self.connect()
        result = self.guest.run(f"ping -c 100 -i 0.02 -s 1300 -w 20 {TUNNEL_ADDRESS}")
        self.expect_pings(result.output, 100)
        ping_client = [*packaged("busybox"), *"ping -c 10 -i 0.05 -w 10".split(), session["client_ip"]]
        back = subprocess.run(ping_client, capture_output=True, text=True, timeout=20)
        self.expect_pings(back.stdout, 10)
        self.detail = "100 of 100 up, 10 of 10 down; " + result.output.strip().splitlines()[-1]

    def test_iperf3_up(self):
        self.detail = self.iperf3(direction="")

    def test_iperf3_down(self):
        self.detail = self.iperf3(direction="--reverse")

    def iperf3(self, direction):
        self.connect()
        listener = subprocess.Popen(["timeout", "30", *packaged("iperf3"), "--server", "--one-off"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            result = self.guest.run(f"sleep 0.5; timeout 20 iperf3 --client {TUNNEL_ADDRESS} --time 4 --json"
                                   f" --connect-timeout 3000 {direction}")
        finally:
            listener.terminate()
            listener.wait()
        self.assertEqual(result.status, 0, f"expected iperf3 to exit 0, came {tail(result.output, 5)}")
        report = json.loads(result.output)
        self.assertIn("sum_received", report["end"], f"expected a complete run, came {report.get('error')}")
        mbits = report["end"]["sum_received"]["bits_per_second"] / 1e6
        self.assertGreater(mbits, 1, "expected more than 1 Mbit/s")
        return f"{mbits:.1f} Mbit/s"

    def test_wrong_password(self):
        self.expect("exit status of pppd", WRONG_PASSWORD, self.dial(password="wrong"))
        self.expect_no_session()
        self.connect()
        self.detail = f"pppd exits {WRONG_PASSWORD}; the right password still works"

    def test_hang_up_from_client(self):
        session = self.connect()
        self.assertIn(session["client_ip"], self.client_routes(), "expected a host route to the client")
        started = time.monotonic()
        self.hang_up()
        self.expect_no_session()
        self.assertNotIn(session["client_ip"], self.client_routes(), "expected the host route to be gone")
        self.detail = f"session and route gone after {time.monotonic() - started:.1f} s"

    def test_hang_up_from_server(self):
        self.server.end()
        before = network_state()
        self.server.start()
        self.connect()
        started = time.monotonic()
        self.expect("exit status of upptpd", 0, self.server.end())
        ended = self.guest.run("for i in $(seq 150); do pidof pppd || exit 0; sleep 0.1; done; exit 1")
        took = time.monotonic() - started
        self.expect("pppd has ended within 15 s", True, ended.status == 0)
        self.expect("interfaces, addresses and routes left", set(), network_state() - before)
        self.detail = f"pppd ended after {took:.1f} s, nothing is left"

    def test_same_user_replaces(self):
        lost = self.connect()
        # The line is gone without a word: from now on the guest has another address.
        self.addCleanup(self.guest.run, f"ip addr flush dev eth0; ip addr add {GUEST_ADDRESS}/24 dev eth0")
        self.guest.run(f"ip addr flush dev eth0; ip addr add {OTHER_GUEST_ADDRESS}/24 dev eth0")
        command = pppd("/tmp/pppd2.log")
        started = time.monotonic()
        dial = self.guest.run(f"unshare -m sh -c 'mount -t tmpfs none /run/pptp; exec timeout 25 {command}'")
        took = time.monotonic() - started
        self.expect("exit status of pppd", 0, dial.status)
        wait_until(lambda: [session["peer_ip"] for session in self.server.sessions()] == [OTHER_GUEST_ADDRESS], 2)
        sessions = self.server.sessions()
        self.expect("addresses of the sessions", [(lost["client_ip"], OTHER_GUEST_ADDRESS)],
                    [(session["client_ip"], session["peer_ip"]) for session in sessions])
        self.expect_pings(self.guest.run(f"ping -c 3 -i 0.1 -w 10 -I ppp1 {TUNNEL_ADDRESS}").output, 3)
        self.detail = f"{lost['client_ip']} again, up in {took:.2f} s"

    def test_kick(self):
        session = self.connect()
        table = self.server.ask("sessions").stdout
        self.assertRegex(table, rf"alice +{session['client_ip']} +{GUEST_ADDRESS} ", "expected a row")
        result = self.server.ask("kick", "alice", "--reason", "a test of it")
        self.expect("exit status", 0, result.returncode)
        self.assertIn(session["client_ip"], result.stdout, "expected what was ended")
        self.expect_no_session()
        ended = self.guest.run("for i in $(seq 100); do pidof pppd || break; sleep 0.1; done; cat /tmp/pppd.log").output
        self.assertIn("a test of it", ended, "expected the reason in pppd's log")
        self.assertIn("disconnected by the administrator: a test of it", self.server.log.read_text(), "expected in ours")
        stats = json.loads(self.server.ask("stats", "--json").stdout)
        self.expect("sessions now", 0, stats["sessions"]["now"])
        self.assertGreater(stats["logins"]["accepted"], 0, "expected logins")

    def test_eight_clients(self):
        # pptp-linux shares one control connection per server through this folder, so each gets its own.
        commands = [pppd(f"/tmp/pppd{number}.log", user=f"user{number}") for number in range(1, 9)]
        dial = "".join(f"unshare -m sh -c 'mount -t tmpfs none /run/pptp; exec timeout 40 {command}' & "
                       for command in commands)
        self.guest.run(dial + "wait", seconds=60)
        addresses = set(re.findall(r"inet (\S+) peer", self.guest.run("ip -4 addr").output))
        self.expect("distinct client addresses", 8, len(addresses))
        sessions = self.server.sessions()
        self.expect("addresses in the session list", addresses, {session["client_ip"] for session in sessions})
        self.expect("users in the session list", {f"user{number}" for number in range(1, 9)},
                    {session["user"] for session in sessions})
        for number in range(8):
            self.expect_pings(self.guest.run(f"ping -c 3 -i 0.1 -w 10 -I ppp{number} {TUNNEL_ADDRESS}").output, 3)
        self.hang_up()
        self.expect_no_session(seconds=10)
        self.detail = "8 up from one address, each pings, none left"
