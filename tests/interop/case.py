"""What the cases of the real client share: pppd's command line, the server's configuration, what both say."""

import re
import time

from guest import Guest
from harness import Case, Server, log_events, tail, wait_until

SERVER_ADDRESS = "10.9.0.1"
GUEST_ADDRESS = "10.9.0.2"
TUNNEL_ADDRESS = "192.168.77.1"  # the server's end of every tunnel

# What pppd exits with, see pppd(8).
NEGOTIATION_FAILED = 10
PEER_HUNG_UP = 16
WRONG_PASSWORD = 19

# For pppd: which logins it does, each beside those that it is then asked for.
REFUSE_ALL = "refuse-pap refuse-chap refuse-mschap refuse-mschap-v2 refuse-eap"


def only(login):
    """Options by which pppd logs in by this alone: "pap", "chap" (which is CHAP-MD5), "mschap" or "mschap-v2"."""
    return " ".join(word for word in REFUSE_ALL.split() if word != "refuse-" + login)


def pppd(log, user="alice", password="secret1", encryption="require-mppe-128", options=""):
    """The client's command line: pppd with its own defaults, told only who it is and that it wants encryption. (At its
    end it waits in vain for its pptp, five seconds unless it is told otherwise.)"""
    return (f'pppd pty "pptp {SERVER_ADDRESS} --nolaunchpppd --loglevel 1" user {user} password {password} noauth'
            f" {encryption} nodefaultroute {options} child-timeout 1 debug logfile {log} updetach")


TC = "/sbin/tc"  # BusyBox' shell would take its own
# Both ways: a queue can only lose what leaves, so what comes in is made to leave ifb0 first.
WORSEN = f"""
set -e
modprobe -a sch_netem ifb sch_ingress act_mirred cls_matchall
ip link show ifb0 >/dev/null 2>&1 || ip link add ifb0 type ifb
ip link set ifb0 up
{TC} qdisc add dev eth0 ingress
{TC} filter add dev eth0 ingress matchall action mirred egress redirect dev ifb0
{TC} qdisc add dev ifb0 root netem %(netem)s
{TC} qdisc add dev eth0 root netem %(netem)s
"""
MEND = f"for where in root ingress; do {TC} qdisc del dev eth0 $where; done; ip link del ifb0"


class Interop(Case):
    guest: Guest
    server: Server
    serves = None  # what the server that runs was configured with

    def setUp(self):
        self.guest.run("rm -f /tmp/*.log")
        self.log_start = self.log_size()

    def tearDown(self):
        self.guest.run("killall -TERM pppd; for i in $(seq 30); do pidof pptp || break; sleep 0.1; done;"
                       " killall -KILL pppd pptp")

    def evidence(self):
        client = self.guest.run("set -- /tmp/*.log; tail -n $((48 / $#)) $@").output
        return f"--- upptpd\n{tail(self.log())}\n--- pppd\n{client}"

    def serve(self, settings=None, users=()):
        """Has a server with these settings and further lines in its secrets file, see Server.configure."""
        wanted = (settings, users)
        if self.server.is_running() and Interop.serves == wanted:
            return
        if self.server.is_running():
            self.server.end()
        self.server.configure(settings, users)
        self.server.start()
        Interop.serves = wanted

    def worsen_line(self, netem):
        """Makes the guest's line to the server bad, both ways, until the end of the case; see tc-netem(8)."""
        self.addCleanup(self.mend_line)
        result = self.guest.run(WORSEN % {"netem": netem})
        self.expect(f"exit status of tc ({result.output.strip()})", 0, result.status)

    def mend_line(self):
        self.guest.run(MEND)

    def log(self):
        """What the server has said since the case began."""
        return self.server.log.read_text()[self.log_start:]

    def log_size(self):
        return len(self.server.log.read_text()) if self.server.log.exists() else 0

    def logged(self, event):
        return log_events(self.log(), event)

    def client_log(self):
        return self.guest.run("cat /tmp/pppd.log").output

    def dial(self, **arguments):
        """Connects; pppd goes to the background when the tunnel is up. Returns pppd's exit status."""
        started = time.monotonic()
        status = self.guest.run("rm -f /tmp/pppd.log; timeout 25 " + pppd("/tmp/pppd.log", **arguments)).status
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

    def expect_no_session(self, seconds=5):
        if not wait_until(lambda: self.server.sessions() == [], seconds):
            self.fail(f"expected an empty session list within {seconds} s, came {self.server.sessions()}")

    def expect_pings(self, output, count):
        self.expect(f"pings answered ({output.strip()[-200:]})", count, pings_answered(output))

    def expect_connected(self, authentication, encryption, user="alice", pppd_encryption="", listed=None,
                         **arguments):
        """A call that comes up with these, is listed so (`listed` is the user's name there where it is another one),
        and carries packets; it is over afterwards."""
        session = self.connect(user=user, encryption=pppd_encryption, **arguments)
        self.expect("session", (user if listed is None else listed, "pptp-linux", authentication, encryption),
                    tuple(session[key] for key in ("user", "client", "authentication", "encryption")))
        wait_until(lambda: self.logged("connected"), 2)
        self.expect("encryption in the log", encryption, self.logged("connected")[-1]["encryption"])
        mode = {"MPPE-128 stateless": "128-bit stateless", "MPPE-40 stateless": "40-bit stateless"}.get(encryption)
        self.expect("modes in pppd's log", {mode} if mode else set(),
                    set(re.findall(r"MPPE (.*) compression enabled", self.client_log())))
        self.expect_pings(self.guest.run(f"ping -c 3 -i 0.05 -w 10 {TUNNEL_ADDRESS}").output, 3)
        self.hang_up()
        self.expect_no_session()
        self.expect_client_gone()

    def expect_client_gone(self):
        """pptp-linux keeps a control connection for whoever dials next, unless it has ended; pppd has then only its
        waiting for it left to do."""
        ended = self.guest.run("for i in $(seq 80); do pidof pptp || break; sleep 0.1; done; killall -KILL pppd;"
                               " ! pidof pptp")
        self.expect("pptp has ended within 8 s", 0, ended.status)

    def expect_refused(self, status, reason, windows_error, **arguments):
        """A call that does not come up: pppd exits so, and the server's log says why, with the error that Windows
        would show."""
        before = len(self.logged("finished"))
        self.expect("exit status of pppd", status, self.dial(**arguments))
        if not wait_until(lambda: len(self.logged("finished")) > before, 5):
            self.fail("expected the call to be over within 5 s of pppd's end")
        finished = self.logged("finished")[-1]
        self.assertRegex(finished["reason"], reason, "expected another reason")
        self.expect("windows_error", windows_error and str(windows_error), finished.get("windows_error"))
        self.expect_no_session()
        self.expect_client_gone()
        return finished["reason"]


def pings_answered(output):
    """What ping says of that in its last lines, or nothing."""
    received = re.search(r"(\d+) packets received", output)
    return int(received[1]) if received else None
