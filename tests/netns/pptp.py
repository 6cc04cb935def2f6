"""PPTP as raw bytes (RFC 2637), just enough to ask a server and to annoy it, and to pretend to be one."""

import socket
import struct

MAGIC = 0x1A2B3C4D
VERSION = 0x0100
GRE = 47

# Control message types, RFC 2637 section 2
START_REQUEST, START_REPLY = 1, 2
ECHO_REQUEST, ECHO_REPLY = 5, 6
OUTGOING_CALL_REQUEST, OUTGOING_CALL_REPLY = 7, 8
CALL_CLEAR_REQUEST = 12


def message(control_type, body, magic=MAGIC):
    return struct.pack("!HHIHH", 12 + len(body), 1, magic, control_type, 0) + body


def start_request(version=VERSION, magic=MAGIC):
    body = struct.pack("!HHIIHH64s64s", version, 0, 3, 3, 0, 0, b"tests", b"tests")
    return message(START_REQUEST, body, magic)


def outgoing_call_request(call_id):
    body = struct.pack("!HHIIIIHHHH64s64s", call_id, 1, 300, 100_000_000, 3, 3, 64, 0, 0, 0, b"", b"")
    return message(OUTGOING_CALL_REQUEST, body)


def start_reply(result=1):
    return message(START_REPLY, struct.pack("!HBBIIHH64s64s", VERSION, result, 0, 3, 3, 0, 0, b"tests", b"tests"))


def outgoing_call_reply(call_id, peer_call_id, result=1):
    return message(OUTGOING_CALL_REPLY, struct.pack("!HHBBHIHHI", call_id, peer_call_id, result, 0, 0, 0, 64, 0, 0))


def call_clear_request(call_id):
    return message(CALL_CLEAR_REQUEST, struct.pack("!HH", call_id, 0))


def echo_request(identifier):
    return message(ECHO_REQUEST, struct.pack("!I", identifier))


def gre(call_id, payload=b"", sequence=0, version=1, protocol=0x880B, length=None):
    """An enhanced GRE packet with a sequence number, RFC 2637 section 4.1."""
    length = len(payload) if length is None else length
    return struct.pack("!HHHHI", 0x3000 | version, protocol, length, call_id, sequence) + payload


class ControlConnection:
    """A control connection; every read has a time limit."""

    def __init__(self, address, seconds=5):
        self._take(socket.create_connection((address, 1723), timeout=seconds))

    @classmethod
    def accepted(cls, accepted, seconds):
        """The server's end of one."""
        connection = cls.__new__(cls)
        accepted.settimeout(seconds)
        connection._take(accepted)
        return connection

    def _take(self, connected):
        self.socket = connected
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next message as (type, what follows the common header), or None when the server has closed."""
        header = self._read(12)
        if header is None:
            return None
        length, _, magic, control_type, _ = struct.unpack("!HHIHH", header)
        assert magic == MAGIC, f"expected the magic cookie, came {magic:#x}"
        return control_type, self._read(length - 12)

    def start(self):
        """Sends a Start-Control-Connection-Request; returns the result code of the reply."""
        self.send(start_request())
        return start_result(self.receive())

    def echo(self, identifier=7):
        """Sends an Echo-Request; returns the identifier in the reply."""
        self.send(echo_request(identifier))
        return struct.unpack("!I", self.expect(ECHO_REPLY)[:4])[0]

    def skip_to_echo(self, identifier):
        """The same, whatever else comes before the reply."""
        self.send(echo_request(identifier))
        while (received := self.receive())[0] != ECHO_REPLY:
            pass
        return struct.unpack("!I", received[1][:4])[0]

    def call(self, call_id):
        """Sends an Outgoing-Call-Request; returns (server's call id, our call id as it comes back, result code)."""
        self.send(outgoing_call_request(call_id))
        return call_result(self.receive())

    def expect(self, control_type):
        received = self.receive()
        assert received and received[0] == control_type, f"expected a message of type {control_type}, came {received}"
        return received[1]

    def is_closed_by_server(self):
        """Whether the server closes without a further message."""
        return self.receive() is None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self, length):
        data = b""
        while len(data) < length:
            try:
                more = self.socket.recv(length - len(data))
            except ConnectionResetError:
                more = b""
            except TimeoutError:
                raise AssertionError("expected a message or the end of the connection, came nothing") from None
            if not more:
                return None
            data += more
        return data


def start_result(received):
    assert received and received[0] == START_REPLY, f"expected a Start-Control-Connection-Reply, came {received}"
    return received[1][2]


def call_result(received):
    assert received and received[0] == OUTGOING_CALL_REPLY, f"expected an Outgoing-Call-Reply, came {received}"
    return struct.unpack("!HHB", received[1][:5])


def gre_socket():
    tunnel = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    tunnel.settimeout(5)
    return tunnel
