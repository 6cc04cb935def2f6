"""`upptp dial` on this host against Debian's pptpd and pppd in the guest."""

import hashlib
import os
import socket
import subprocess
from pathlib import Path

from client import Client
from guest import Guest
from harness import Case, network_state, tail

PPTPD_ADDRESS = "10.9.0.2"  # the guest's
PPTPD_IN_TUNNEL = "172.31.0.1"
PORT = 5000
SIZE = 1 << 20
# What Debian's /etc/ppp/pptpd-options says, without the encryption.
MSCHAPV2 = "refuse-pap refuse-chap refuse-mschap require-mschap-v2"
OPTIONS = "name pptpd nodefaultroute nobsdcomp novj novjccomp nologfd debug logfile /tmp/pppd-of-pptpd.log"

START = """
printf '%s\\n' {options} >/etc/ppp/pptpd-options
printf '* * secret1 *\\n' | tee /etc/ppp/chap-secrets >/etc/ppp/pap-secrets
chmod 600 /etc/ppp/*-secrets
printf 'option /etc/ppp/pptpd-options\\nlocalip {local}\\nremoteip 172.31.0.10-50\\n' >/tmp/pptpd.conf
pptpd -f -c /tmp/pptpd.conf >/tmp/pptpd.log 2>&1 &
for i in $(seq 50); do netstat -ltn | grep -q :1723 && exit 0; sleep 0.1; done
exit 1
"""


class OurClient(Case):
    guest: Guest
    binaries: Path
    directory: Path

    def setUp(self):
        self.clients = []
        self.guest.run("killall -TERM pptpd; rm -f /tmp/*.log")
        self.network_before = network_state()

    def tearDown(self):
        for client in self.clients:
            client.kill()
        self.expect("interfaces, addresses and routes left", set(), network_state() - self.network_before)
        self.guest.run("killall -KILL pptpd pptpctrl pppd")

    def evidence(self):
        said = "".join(f"--- upptp\n{tail(client.log.read_text())}\n" for client in self.clients)
        return said + "--- pppd of pptpd\n" + self.guest.run("tail -n 40 /tmp/pptpd.log /tmp/pppd-of-pptpd.log").output

    def serve(self, options):
        """Starts pptpd with these options for pppd, next to those of every case."""
        started = self.guest.run(START.format(options=f"{OPTIONS} {options}", local=PPTPD_IN_TUNNEL))
        self.expect("pptpd listens within 5 s", 0, started.status)

    def dial(self, *options, **arguments):
        log = self.directory / f"{self.name()}-{len(self.clients)}.log"
        client = Client(self.binaries, PPTPD_ADDRESS, log, *options, **arguments)
        self.clients.append(client)
        return client

    def expect_end(self, client, reason, windows_error, seconds=20):
        status, event = client.ended(seconds)
        self.assertRegex(event["reason"], reason, "expected another explanation")
        self.expect("exit status and error", (1, windows_error), (status, event.get("windows_error")))
        self.detail = f"{event['reason']} ({windows_error})"

    def expect_tunnel(self, client, encryption):
        """A login of both sides' liking, ping both ways."""
        event = client.connected()
        self.expect("encryption", encryption, client.event("encrypted")["encryption"])
        result = subprocess.run(f"ping -n -c 5 -i 0.05 -w 15 {PPTPD_IN_TUNNEL}".split(), capture_output=True, text=True)
        self.assertIn(" 5 received", result.stdout, "expected pptpd's host to answer")
        back = self.guest.run(f"ping -c 5 -i 0.1 -w 15 {event['client_ip']}").output
        self.assertRegex(back, "5 packets received", "expected our host to answer")
        self.detail = f"{event['client_ip']}, {encryption}, up in {client.setup_seconds:.2f} s"

    def expect_hang_up_leaves_nothing(self, client):
        status, end = client.hang_up()
        self.expect("exit status and reason", (0, "hung up"), (status, end["reason"]))
        left = self.guest.run("for i in $(seq 100); do pidof pppd pptpctrl || exit 0; sleep 0.1; done; exit 1")
        self.expect("pppd and pptpctrl have ended within 10 s", 0, left.status)

    def expect_transfer(self):
        """A stream each way arrives as it was sent."""
        data = os.urandom(SIZE)
        expected = hashlib.sha256(data).hexdigest()
        self.guest.run(f"nc -l -p {PORT} >/tmp/data 2>/dev/null & nc -l -p {PORT + 1} -e cat /tmp/data >/dev/null 2>&1 &"
                       f" for i in $(seq 50); do netstat -ltn | grep -q :{PORT + 1} && exit 0; sleep 0.1; done")
        with socket.create_connection((PPTPD_IN_TUNNEL, PORT), timeout=30) as connection:
            connection.sendall(data)
        there = self.guest.run(f"while [ $(stat -c %s /tmp/data) -lt {SIZE} ]; do sleep 0.1; done;"
                               " sha256sum /tmp/data").output
        self.expect("SHA-256 in the guest", expected, there.split()[0])
        with socket.create_connection((PPTPD_IN_TUNNEL, PORT + 1), timeout=30) as connection:
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        self.expect("SHA-256 here", expected, hashlib.sha256(received).hexdigest())

    def test_pptpd_with_128_bit(self):
        self.serve(f"{MSCHAPV2} require-mppe-128")
        client = self.dial()
        self.expect_tunnel(client, "MPPE-128 stateless")
        self.expect_transfer()
        self.expect_hang_up_leaves_nothing(client)

    def test_pptpd_with_40_bit(self):
        self.serve(f"{MSCHAPV2} require-mppe-40 nomppe-128")
        client = self.dial("--strength", "40")
        self.expect_tunnel(client, "MPPE-40 stateless")
        self.expect_hang_up_leaves_nothing(client)
        connected = self.detail
        self.expect_end(self.dial(), "instead of agreeing on MPPE-128|does not encrypt with MPPE-128", 742)
        self.detail = f"{connected}; with 128 bit required: {self.detail}"

    def test_pptpd_refuses_the_password(self):
        self.serve(f"{MSCHAPV2} require-mppe-128")
        self.expect_end(self.dial(password="wrong"), "refused the login as alice", 691)
        self.dial().connected()

    def test_pptpd_wants_PAP(self):
        self.serve("require-pap")
        self.expect_end(self.dial(), "the server wants PAP", 919)

    def test_pptpd_hangs_up(self):
        self.serve(f"{MSCHAPV2} require-mppe-128")
        said = []
        for kill in "killall -TERM pppd", "killall -TERM pptpctrl", "killall -KILL pptpctrl":
            client = self.dial()
            client.connected()
            self.guest.run(kill)
            status, event = client.ended(20)
            self.expect("exit status after " + kill, 1, status)
            self.assertIn(event.get("windows_error"), (629, 807), "expected an error number")
            said.append(f"{kill}: {event['reason']} ({event['windows_error']})")
        self.detail = "; ".join(said)
