"""The administrator's programs that are run as sessions come and go."""

import time

from calls import CallCase
from harness import INTERFACE, wait_until
from network import CLIENTS

FIRST, SECOND = CLIENTS
CLIENT_IP, TUNNEL_ADDRESS, PEER = "192.168.77.10", "192.168.77.1", "10.9.1.2"
NAMES = "ip_pre_up", "ip_up", "ip_down", "auth_up", "auth_down"
RECORD = 'echo "{name} $*" >>{out}; env | sort >{out}.{name}'


class Hooks(CallCase):
    def start_server(self):
        """Not yet: the cases do, each with its own hooks."""

    def setUp(self):
        super().setUp()
        self.out = self.server.directory.with_suffix(".out")

    def script(self, name, text, mode=0o755):
        path = self.server.directory.with_suffix("." + name)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(mode)
        return str(path)

    def serve(self, settings, **scripts):
        hooks = {f"hooks.{name}": self.script(name, text) for name, text in scripts.items()}
        self.server.configure(hooks | settings)
        super().start_server()

    def ended(self, hook, count=1, seconds=5):
        """The events of that hook's ends, of which there have to be so many."""
        def found():
            return [each for each in self.logged("hook_ended") if each["hook"] == hook]
        if not wait_until(lambda: len(found()) >= count, seconds):
            self.fail(f"expected {count} ends of {hook}, came {found()}")
        return found()

    def environment(self, name):
        return dict(line.split("=", 1) for line in self.out.with_suffix(".out." + name).read_text().splitlines())

    def test_hooks_with_pppds_arguments_and_environment(self):
        self.serve({}, **{name: RECORD.format(name=name, out=self.out) for name in NAMES})
        client = self.dial(FIRST)
        client.connected()
        self.ended("ip_up")
        self.ping(FIRST, TUNNEL_ADDRESS, count=3)
        self.expect("exit status", 0, client.hang_up()[0])
        self.ended("auth_down")
        of_link = f"{INTERFACE} none 115200 {TUNNEL_ADDRESS} {CLIENT_IP} {PEER}"
        of_login = f"{INTERFACE} alice root none 115200 {PEER}"
        self.expect("hooks and their arguments, in order",
                    [f"auth_up {of_login}", f"ip_pre_up {of_link}", f"ip_up {of_link}", f"ip_down {of_link}",
                     f"auth_down {of_login}"], self.out.read_text().splitlines())
        expected = {"PEERNAME": "alice", "IPLOCAL": TUNNEL_ADDRESS, "IPREMOTE": CLIENT_IP, "IFNAME": INTERFACE,
                    "DEVICE": "none", "SPEED": "115200", "ORIG_UID": "0", "PPPLOGNAME": "root", "REMOTENUMBER": PEER}
        up, down = self.environment("ip_up"), self.environment("ip_down")
        self.expect("environment of ip_up", expected, {name: up.get(name) for name in expected})
        self.expect("environment of ip_down", expected, {name: down.get(name) for name in expected})
        self.expect("octets that ip_down is told of", ("252", "252"), (down["BYTES_SENT"], down["BYTES_RCVD"]))
        self.assertIn(down["CONNECT_TIME"], ("0", "1", "2"), "expected seconds")
        self.assertNotIn("HOME", up, "expected nothing of ours in the environment")
        self.expect_nothing_left_of_hooks()

    def expect_nothing_left_of_hooks(self):
        self.expect("hooks that failed", [], [each for each in self.logged("hook_ended") if each.get("status") != "0"])

    def test_ip_pre_up_refuses(self):
        self.serve({}, ip_pre_up='test "$PEERNAME" = alice && exit 0; echo "no place for $PEERNAME" >&2; exit 3')
        refused = self.dial(SECOND, user="user1")
        self.expect_end(refused, 1, "no address is available", 734)
        self.assertRegex(self.server.log.read_text(), "ip_pre_up refuses: .*no place for user1", "expected the reason")
        self.dial(FIRST).connected()
        self.expect("addresses in use", 1, len(self.server.sessions()))

    def test_a_hook_that_hangs_holds_up_nobody_else(self):
        self.serve({"hooks.timeout": 3, "auth.same_user": "allow"},
                   ip_pre_up='test "$PEERNAME" = user1 && sleep 60; exit 0')
        slow = self.dial(SECOND, user="user1")
        time.sleep(0.3)
        other = self.dial(FIRST)
        other.connected(2)
        self.assertLess(other.setup_seconds, 2, "expected it to be connected meanwhile")
        self.ping(FIRST, TUNNEL_ADDRESS)
        self.expect_end(slow, 1, "no address is available", 734)
        killed = self.ended("ip_pre_up", count=2)[-1]
        self.expect("time limit in the log", "3", killed.get("timeout_s"))

    def test_hooks_that_cannot_be_run(self):
        self.server.configure({"hooks.ip_up": self.script("ip_up", "exit 0", mode=0o777),
                               "hooks.ip_down": "/nonexistent/ip-down", "hooks.auth_up": self.script("auth_up", "exit 7")})
        super().start_server()
        self.expect("warnings at start", 2, len(self.logged("hook_unusable")))
        client = self.dial(FIRST)
        client.connected()
        self.ping(FIRST, TUNNEL_ADDRESS, count=2)
        self.expect("exit status", 0, client.hang_up()[0])
        wait_until(lambda: len(self.logged("hook_refused")) == 2, 3)
        reasons = {each["hook"]: each["reason"] for each in self.logged("hook_refused")}
        self.assertRegex(reasons.get("ip_up", ""), "writable|written", "expected the reason")
        self.assertIn("does not exist", reasons.get("ip_down", ""), "expected the reason")
        self.expect("exit status of auth_up", "7", self.ended("auth_up")[0]["status"])
        self.detail = reasons["ip_up"]

    def test_ip_down_runs_when_the_server_ends(self):
        self.serve({}, ip_down=f"sleep 0.5; echo down >>{self.out}")
        client = self.dial(FIRST)
        client.connected()
        self.expect("exit status of upptpd", 0, self.server.end())
        self.expect("what ip_down has done", "down\n", self.out.read_text())
        self.expect_end(client, 1, "shutting down", 629)

    def test_ip_up_is_over_before_ip_down(self):
        self.serve({}, ip_up=f"sleep 0.5; echo up >>{self.out}", ip_down=f"echo down >>{self.out}")
        client = self.dial(FIRST)
        client.connected()
        self.expect("exit status", 0, client.hang_up()[0])
        self.ended("ip_down")
        self.expect("what they have done", ["up", "down"], self.out.read_text().split())

    def test_names_of_users_reach_no_shell(self):
        name = "$(touch /tmp/pwned);`id`"
        self.server.configure({"hooks.auth_up": self.script("auth_up", RECORD.format(name="auth_up", out=self.out))},
                              [f'"{name}" * secret1 *'])
        super().start_server()
        self.dial(FIRST, user=name).connected()
        self.ended("auth_up")
        self.expect("arguments", f"auth_up {INTERFACE} {name} root none 115200 {PEER}", self.out.read_text().strip())
        self.expect("PEERNAME", name, self.environment("auth_up")["PEERNAME"])
