#!/usr/bin/env python3
"""Interoperability: the real pppd and pptp-linux, in a User-Mode Linux guest, against upptpd on this host; and
`upptp dial` on this host against the real pptpd in the guest (our_client.py).

    python3 tests/interop/run.py --bin build/debug/bin [--only CASE] [--keep]

Needs root. Where that, or User-Mode Linux, is not to be had, the run fails; with UPPTPD_INTEROP_OPTIONAL=1 in the
environment it exits with status 77 (skipped) instead.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "netns"))
from guest import Guest, GuestError, packaged, prepare  # noqa: E402
from harness import (INTERFACE, Case, Server, enter_own_namespaces, ip, network_state, parse_arguments,  # noqa: E402
                     run_cases, tail, wait_until)
from our_client import OurClient  # noqa: E402

SERVER_ADDRESS = "10.9.0.1"
GUEST_ADDRESS = "10.9.0.2"
OTHER_GUEST_ADDRESS = "10.9.0.3"
TUNNEL_ADDRESS = "192.168.77.1"  # the server's end of every tunnel
PLAIN = "novj novjccomp nobsdcomp nodeflate"
WRONG_PASSWORD_STATUS = 19  # pppd(8): "We failed to authenticate ourselves to the peer"


def pppd(log, user="alice", password="secret1", options=""):
    """The client's command line: pppd with its own defaults, told only who it is and that it wants encryption."""
    return (f'pppd pty "pptp {SERVER_ADDRESS} --nolaunchpppd --loglevel 1" user {user} password {password} noauth'
            f" require-mppe-128 nodefaultroute {options} debug logfile {log} updetach")


class Interop(Case):
    guest: Guest
    server: Server

    def setUp(self):
        if not self.server.is_running():
            self.server.start()
        self.guest.run("rm -f /tmp/*.log")

    def tearDown(self):
        self.guest.run("killall -TERM pppd; for i in $(seq 30); do pidof pppd || exit 0; sleep 0.1; done;"
                       " killall -KILL pppd pptp")

    def evidence(self):
        client = self.guest.run("set -- /tmp/*.log; tail -n $((48 / $#)) $@").output
        return f"--- upptpd\n{tail(self.server.log.read_text())}\n--- pppd\n{client}"

    def dial(self, **arguments):
        """Connects; pppd goes to the background when the tunnel is up. Returns pppd's exit status."""
        started = time.monotonic()
        status = self.guest.run("timeout 25 " + pppd("/tmp/pppd.log", **arguments)).status
        self.dial_seconds = time.monotonic() - started
        return status

    def connect(self, **arguments):
        self.expect("exit status of pppd", 0, self.dial(**arguments))
        wait_until(self.server.sessions, 2)  # the client is up a little before the server has heard so
        sessions = self.server.sessions()
        self.expect("number of sessions listed", 1, len(sessions))
        return sessions[0]

    def hang_up(self):
        self.guest.run("killall -TERM pppd")

    def client_routes(self):
        links = ip("-o link")
        return ip(f"-4 route show dev {INTERFACE}") if INTERFACE in links else ""

    def expect_no_session(self, seconds=5):
        if not wait_until(lambda: self.server.sessions() == [], seconds):
            self.fail(f"expected an empty session list within {seconds} s, came {self.server.sessions()}")

    def expect_pings(self, output, count):
        received = re.search(r"(\d+) packets received", output)
        self.expect("pings answered", count, int(received[1]) if received else output)

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
        self.expect("exit status of pppd", WRONG_PASSWORD_STATUS, self.dial(password="wrong"))
        self.expect_no_session()
        self.connect()
        self.detail = f"pppd exits {WRONG_PASSWORD_STATUS}; the right password still works"

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
        # pppd itself waits up to five seconds for its pptp, against any server.
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


def unavailable(reason):
    optional = os.environ.get("UPPTPD_INTEROP_OPTIONAL") == "1"
    print(f"{'skip' if optional else 'FAIL'} interop  the real client cannot run here: {reason}")
    return 77 if optional else 1


def main():
    arguments = parse_arguments("The real pppd and pptp-linux against upptpd.")
    if os.geteuid() != 0:
        return unavailable("root is needed for network namespaces")
    try:
        prepare()  # before the way to the package mirror is gone
        enter_own_namespaces()
        guest = Guest(f"{GUEST_ADDRESS}/24", f"{SERVER_ADDRESS}/24")
    except (GuestError, OSError, subprocess.CalledProcessError) as error:
        return unavailable(error)
    directory = tempfile.mkdtemp(prefix="upptpd-interop-")
    server = Server(arguments.bin, directory)
    try:
        with guest:
            Interop.guest, Interop.server = guest, server
            OurClient.guest, OurClient.binaries, OurClient.directory = guest, arguments.bin, Path(directory)
            return run_cases([Interop, OurClient], arguments.only)
    finally:
        server.kill()
        if arguments.keep:
            print("kept", directory)
        else:
            shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
