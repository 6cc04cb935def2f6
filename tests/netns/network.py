"""The network of these tests: a server in a namespace of its own, the tests next to it, and two further clients.

    tests 10.9.0.2 ---- 10.9.0.1 +
    client1 10.9.1.2 -- 10.9.1.1 + server
    client2 10.9.2.2 -- 10.9.2.1 +
"""

import os
import shutil
import tempfile
from pathlib import Path

from harness import Case, Server, enter_own_namespaces, ip, log_events, run_cases, tail

NAMESPACE = "server"
SERVER_ADDRESS = "10.9.0.1"
CLIENTS = ("client1", "client2")


class ServerCase(Case):
    binaries: Path
    directory: str

    def setUp(self):
        self.server = Server(self.binaries, tempfile.mkdtemp(prefix=self.name() + "-", dir=self.directory), NAMESPACE)
        for folder in self.server.directory, self.server.directory.parent:
            folder.chmod(0o711)  # as /etc/upptpd lets others go through
        self.addCleanup(self.server.kill)

    def logged(self, event):
        """What the log says of that event; see log_events."""
        return log_events(self.server.log.read_text(), event)

    def evidence(self):
        log = self.server.log
        return f"--- upptpd\n{tail(log.read_text())}" if log.exists() else ""


def run_in_network(arguments, name, case_classes):
    """Runs the cases in the network of this file; returns the exit status."""
    if os.geteuid() != 0:
        print(f"FAIL {name}  root is needed for network namespaces")
        return 1
    enter_own_namespaces()
    make_network()
    ServerCase.binaries = arguments.bin
    ServerCase.directory = tempfile.mkdtemp(prefix=f"upptpd-{name}-")
    try:
        return run_cases(case_classes, arguments.only)
    finally:
        if arguments.keep:
            print("kept", ServerCase.directory)
        else:
            shutil.rmtree(ServerCase.directory)


def server_address(client):
    """The server's address as it is dialed from that namespace."""
    return f"10.9.{client.removeprefix('client')}.1" if client else SERVER_ADDRESS


def make_network():
    ip(f"netns add {NAMESPACE}")
    ip("link set lo up", NAMESPACE)
    _join(None, 0)
    for number, client in enumerate(CLIENTS, 1):
        ip(f"netns add {client}")
        ip("link set lo up", client)
        _join(client, number)


def _join(client, number):
    ip(f"link add server{number} netns {NAMESPACE} type veth peer name client{number}")
    if client:
        ip(f"link set client{number} netns {client}")
    for interface, address, namespace in ((f"client{number}", f"10.9.{number}.2/24", client),
                                          (f"server{number}", f"10.9.{number}.1/24", NAMESPACE)):
        ip(f"addr add {address} dev {interface}", namespace)
        ip(f"link set {interface} up", namespace)
