"""The answers of docs/faq.md. Each block there is used as it stands: configurations and users are checked and served
with, commands are run and have to print what the document shows. And what an answer promises is tried with a client.

A case uses the blocks that are marked with its name (`<!-- test: NAME -->`, or `... on HOST`), as they follow."""

import os
import re
import shlex
import socket
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from harness import enter, ip
from lan import FIRST, HOST1, HOST2, LAN_ADDRESS, NAMESPACE, SECOND
from reach import UDP, Dhcp, ipv4, udp

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "faq.md"
ALL_SETTINGS = ROOT / "etc" / "upptpd.toml"
SET_UP = "set-up"  # what all answers begin with
# The document's names for what has another one here; files are moved to the server's directory.
NAMES_HERE = {"192.168.0.": "192.168.50.", "eth1": "lan0", "203.0.113.7": "10.9.1.2"}
COMMANDS = "sh", "console"
NEW_PASSWORD = "a-new-secret"  # what is typed where a command asks for one
BRANCH_HOST = "10.5.0.1"
NETBIOS_NAMES = 137
DHCP_DNS, DHCP_DOMAIN, DHCP_WINS, DHCP_ROUTES = 6, 15, 44, 249


@dataclass(frozen=True)
class Block:
    case: str
    host: str  # where its commands are run
    language: str
    text: str


def read_blocks(document):
    """The blocks that are to be used; there must be none that is marked neither for a case nor as not run."""
    blocks, number = [], 0
    for marker, text in re.findall(r"^<!-- (.*) -->\n((?:```[\w-]+\n(?:(?!```).*\n)*```\n)+)", document, re.M):
        for language, content in re.findall(r"^```([\w-]+)\n((?:(?!```).*\n)*)```\n", text, re.M):
            number += 1
            if found := re.fullmatch(r"test: ([\w-]+)(?: on (\w+))?", marker):
                blocks.append(Block(found[1], found[2] or NAMESPACE, language, content))
            elif not marker.startswith("not run: "):
                raise AssertionError(f"expected a case's name, came <!-- {marker} -->")
    unmarked = document.count("\n```") // 2 - number + len(re.findall(r"^ {4}", document, re.M))
    if unmarked:
        raise AssertionError(f"expected each block of {DOCUMENT.name} to be marked, {unmarked} are not")
    return blocks


def settings_of(text):
    """A TOML file as the harness has it: {"network.mtu": 1400}."""
    return {f"{table}.{key}": value for table, keys in tomllib.loads(text).items() for key, value in keys.items()}


def printed(text):
    """The pattern of an output: "…" is anything, columns may have other widths, and seconds pass."""
    pattern = r"\s+".join(re.escape(word).replace("…", ".*") for word in text.split())
    return re.sub(r"\d+(?=s\b|\\s\+s\b)|(?<=duration_s=)\d+", r"\\d+", pattern)


def leads_somewhere(path, anchor):
    """Whether there is a file of that path, beside the document, with a heading for the anchor."""
    file = DOCUMENT.parent / path
    if not anchor or not file.exists():
        return file.exists()
    headings = re.findall(r"^#+ (.*)", file.read_text(), re.M)
    return anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


class Faq(Dhcp):
    pending = None  # the commands that the case has to run

    def name(self):
        return "faq-" + super().name()

    def start_server(self):
        """With what the case's blocks configure, and `upptpd check` finds no fault with it."""
        if self.pending is None:
            self.take_blocks()
        super().start_server()
        self.run_command(NAMESPACE, "upptpd check")

    def take_blocks(self):
        blocks = [block for block in read_blocks(DOCUMENT.read_text())
                  if block.case in (SET_UP, self.name().removeprefix("faq-"))]
        self.settings, self.users = {"network.dns": []}, []  # the document's set-up, not that of other tests
        for block in blocks:
            if block.language == "toml":
                self.settings |= settings_of(self.here(block.text))
            elif block.language == "chap-secrets":
                self.users += self.here(block.text).splitlines()
        self.pending = [block for block in blocks if block.language in COMMANDS]
        self.make_tools()

    def tearDown(self):
        super().tearDown()
        self.expect("blocks of the document that were not run", [], self.pending)

    def here(self, text):
        """The document's text with the names and places of the test."""
        places = {"/etc/upptpd/": f"{self.server.directory}/", "/var/log/": f"{self.server.directory}/"}
        for name, name_here in (NAMES_HERE | places).items():
            text = text.replace(name, name_here)
        return text

    def make_tools(self):
        """Programs that find the server of the test where the document has the defaults."""
        self.tools = self.server.directory.with_suffix(".tools")
        self.tools.mkdir()
        options = {"upptpd": f"--config {self.server.config}", "upptpctl": f"--socket {self.server.socket}"}
        for program, option in options.items():
            tool = self.tools / program
            tool.write_text(f'#!/bin/sh\nexec {self.binaries / program} "$@" {option}\n')
            tool.chmod(0o755)

    def run_command(self, host, command):
        """Runs it, which has to end with status 0; returns its output."""
        paths = os.pathsep.join([str(self.tools), str(self.binaries), os.environ["PATH"]])
        result = subprocess.run([*enter(host), "sh", "-ec", command], capture_output=True, text=True, timeout=15,
                                input=f"{NEW_PASSWORD}\n", env={**os.environ, "PATH": paths})
        self.expect(f"exit status of {command!r} ({result.stdout}{result.stderr.strip()})", 0, result.returncode)
        return result.stdout

    def run_next_block(self):
        """Runs the case's next commands, which have to print what the document shows."""
        block = self.pending.pop(0)
        text = self.here(block.text)
        if block.language == "sh":
            self.run_command(block.host, text)
            return
        for command, shown in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", text, re.M):
            output = self.run_command(block.host, command).strip()
            if not re.fullmatch(printed(shown), output, re.S):
                self.fail(f"{command!r}: expected\n{shown}came\n{output}")

    def dial_as(self, user, namespace=FIRST, *options):
        """Begins a call with the password that the user's line has."""
        passwords = {words[0]: words[2] for words in map(shlex.split, self.users)}
        return self.dial(namespace, "--route", "192.168.50.0/24", *options, user=user,
                         password=passwords.get(user, "secret1"))

    def up_as(self, user, namespace=FIRST, *options):
        client = self.dial_as(user, namespace, *options)
        return client, client.connected()["client_ip"]

    def test_document(self):
        """There is a case for each block in it, and what it names exists."""
        text = DOCUMENT.read_text()
        blocks = read_blocks(text)
        cases = {name.removeprefix("test_").replace("_", "-") for name in vars(Faq) if name.startswith("test_")}
        self.expect("blocks without a case", set(), {block.case for block in blocks} - cases - {SET_UP})
        known = settings_of(ALL_SETTINGS.read_text())
        tables = {name.split(".")[0] for name in known}
        named = {f"{table}.{key}" for table, key in re.findall(r"`(\w+)\.(\w+)\b[^`]*`", text) if table in tables}
        self.expect("settings that do not exist", set(), named - set(known))
        sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.cpp"))
        events = set(re.findall(r"\bevent=(\w+)", text))
        self.expect("events that do not exist", set(), {event for event in events if f'"{event}"' not in sources})
        links = re.findall(r"\]\(([^)#]+)#?([^)]*)", text)
        self.expect("links that lead nowhere", [], [link for link in links if not leads_somewhere(*link)])
        self.detail = f"{len(blocks)} blocks, {len(named)} settings, {len(events)} events, {len(links)} links"

    def test_forwarding(self):
        subprocess.run([*enter(NAMESPACE), "sysctl", "-qw", "net.ipv4.ip_forward=0"], check=True)
        self.restart(self.settings)
        self.wait_for_event("ip_forward_off")
        self.up()
        self.expect("whether the LAN's host answers", False, self.is_answered(FIRST, HOST1))
        self.run_next_block()
        self.run_next_block()

    def test_proxy_arp(self):
        """The hosts take 192.168.60.0/24 for their own network."""
        self.wait_for_event("proxy_arp", interfaces="lan0")
        ip("route add 192.168.60.0/24 dev eth0", "host1")
        self.ping("host1", self.up()[1], count=2)

    def test_arp_entries(self):
        ip("neigh add proxy 192.168.50.200 dev lan0", NAMESPACE)
        self.run_next_block()
        client, address = self.up()
        self.ping("host1", address, count=2)
        self.run_next_block()
        client.hang_up()
        self.expect_nobody_answers(address, 0.3)

    def told_by_DHCP(self, address):
        parameters, identifier = self.WINDOWS["Windows 10"]
        answer = self.ask(self.inform(address, parameters, identifier))
        self.assertIsNotNone(answer, "expected an answer to Windows 10")
        return self.options_of(answer[0])

    def test_names(self):
        """And a question for a name passes, a broadcast does not."""
        client, address = self.up()
        self.expect("name servers", [HOST1], client.connected()["dns"])
        told = self.told_by_DHCP(address)
        self.expect("what Windows is told", [socket.inet_aton(HOST1), socket.inet_aton(HOST1), b"example.org"],
                    [told.get(option) for option in (DHCP_DNS, DHCP_WINS, DHCP_DOMAIN)])
        lan = self.watch("host1", "eth0")
        for destination in "255.255.255.255", "192.168.50.255", HOST1:
            self.send_raw(ipv4(UDP, address, destination, udp(NETBIOS_NAMES, NETBIOS_NAMES, b"name?")))
        found = lan.find(lambda protocol, _, __, payload: protocol == UDP and payload.endswith(b"name?"))
        self.expect("the first that reaches the LAN", HOST1, found and found[2])

    def test_split_tunnel(self):
        _, address = self.up()
        gateway = socket.inet_aton(LAN_ADDRESS)
        self.expect("routes that Windows is told", bytes((24, 192, 168, 50)) + gateway + bytes((16, 10, 1)) + gateway,
                    self.told_by_DHCP(address).get(DHCP_ROUTES))
        self.wait_for_event("settings_told", routes="2")

    def test_size(self):
        self.up()
        self.run_next_block()

    def test_branch(self):
        self.up_as("branch")
        self.run_next_block()
        self.run_next_block()
        ip(f"addr add {BRANCH_HOST}/16 dev lo", FIRST)
        try:
            self.ping("host1", BRANCH_HOST, count=2)
        finally:
            ip(f"addr del {BRANCH_HOST}/16 dev lo", FIRST)

    def test_each_other(self):
        self.up()
        _, address = self.up_as("fitter", SECOND)
        self.expect("whether the other client answers", False, self.is_answered(FIRST, address))
        self.expect("whether another host answers the fitter", False, self.is_answered(SECOND, HOST1))
        self.ping(SECOND, HOST2, count=2)
        self.run_next_block()

    def test_error_691(self):
        self.expect_end(self.dial(FIRST, user="OFFICE\\alice", password="wrong"), 1, "wrong password", 691)
        self.run_next_block()
        self.run_next_block()
        self.up(user="OFFICE\\alice", password=NEW_PASSWORD)
        self.expect("user", ["alice"], [session["user"] for session in self.server.sessions()])

    def test_encryption(self):
        self.expect_end(self.dial_as("alice", FIRST, "--strength", "40"), 1, "does not encrypt", 742)
        self.up_as("museum", FIRST, "--strength", "40")
        self.wait_for_event("encryption_started", encryption="MPPE-40 stateless")

    def test_how_many(self):
        client, address = self.up()
        self.expect("first of the addresses", "192.168.60.1", address)
        client.hang_up()
        self.restart(self.settings | {"server.max_sessions": 1})
        self.up()
        self.expect_end(self.dial_as("user1", SECOND), 1, "busy", 800)
        self.wait_for_event("call_refused", reason="server.max_sessions calls are up")

    def test_fixed_address(self):
        self.run_next_block()
        self.expect("address of bob", "192.168.50.235", self.up_as("bob")[1])
        self.expect("address of dave", "192.168.50.60", self.up(SECOND, user="dave", password=NEW_PASSWORD)[1])

    def test_two_machines(self):
        """Behind one address, as it were."""
        for number in range(2):
            self.dial(FIRST, "--interface", f"upptp{number}").connected()
        self.expect("sessions", {("alice", "10.9.1.2", "192.168.50.200"), ("alice", "10.9.1.2", "192.168.50.201")},
                    {(session["user"], session["peer_ip"], session["client_ip"]) for session in self.server.sessions()})

    def test_users(self):
        self.run_next_block()
        carol, _ = self.up(user="carol", password=NEW_PASSWORD)
        self.run_next_block()
        self.expect_end(carol, 1, "account closed", 629)
        self.expect_end(self.dial(FIRST, user="carol", password=NEW_PASSWORD), 1, "unknown user", 691)

    def test_words(self):
        self.expect_end(self.dial_as("intern"), 1, "disabled", 647)
        self.assertRegex(self.run_command(NAMESPACE, "upptpd user list"),
                         "clerk .*expires=2035-12-31 hours=Wk0700-1900", "expected the clerk's words")

    def test_sessions(self):
        client, _ = self.up()
        self.ping(FIRST, HOST1, count=2)
        self.run_next_block()
        self.expect_end(client, 1, "disconnected by the administrator", 629)
        self.wait_for_event("finished")
        self.run_next_block()

    def test_hooks(self):
        self.run_next_block()
        client, _ = self.up()
        self.ping(FIRST, HOST1, count=2)
        client.hang_up()
        self.wait_for_event("hook_ended", hook="ip_down", status="0")
        self.run_next_block()
        for file in "ip-down", "vpn":
            (self.server.directory / file).unlink()

    def test_container(self):
        """Two capabilities are enough; and the interface may have pppd's name."""
        self.expect("exit status of upptpd", 0, self.server.end())
        self.server.configure(self.settings | {"network.interface": "ppp0"})
        capabilities = "-all,+net_admin,+net_raw"
        self.server.start(wrapper=["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"])
        self.ping("host1", self.up()[1], count=2)
        self.assertIn("ppp0", ip("-o link", NAMESPACE), "expected the interface")

    def test_log(self):
        self.expect_end(self.dial(FIRST, user="nobody"), 1, "nobody", 691)
        self.wait_for_event("finished")
        self.up()
        self.run_next_block()

    def test_secure(self):
        self.run_next_block()
        self.expect("weaker settings", [], self.logged("weaker_setting"))
