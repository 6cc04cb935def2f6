"""Clients that never give up: they dial, ping, transfer and hang up, again and again."""

import contextlib
import random
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from client import Client
from harness import DIE_WITH_US, enter, inside
from network import server_address

LONGEST_CALL = 3.0


class Sink:
    """Takes what is sent to a host of the LAN, and throws it away."""

    def __init__(self, host, address):
        with inside(host):
            self._listener = socket.create_server((address, 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._take, args=self._listener.accept()[:1], daemon=True).start()

    @staticmethod
    def _take(connection):
        connection.settimeout(5)
        with connection, contextlib.suppress(OSError):
            while connection.recv(1 << 16):
                pass


class Caller(threading.Thread):
    """One user, from one namespace, in a thread of its own."""

    def __init__(self, binaries, namespace, user, interface, sink, log, seed):
        super().__init__()
        self.user, self.calls, self.address, self.trouble = user, 0, None, None
        self._binaries, self._namespace, self._interface, self._sink = binaries, namespace, interface, sink
        self._log, self._random = Path(log), random.Random(seed)
        self._has_to_stop = threading.Event()
        self.connected_at = 0.0  # since when the present or last call was connected

    def stop(self):
        self._has_to_stop.set()
        self.join()

    def run(self):
        try:
            while not self._has_to_stop.is_set():
                self._call()
        except Exception as error:  # told by the case, in whose thread it counts
            self.trouble = error

    def _call(self):
        client = Client(self._binaries, server_address(self._namespace), self._log, "--interface", self._interface,
                        "--route", f"{self._sink.address[0]}/32", namespace=self._namespace, user=self.user)
        try:
            if not client.comes_up(10):
                time.sleep(0.1)  # nobody there
                return
            self.address = client.event("connected")["client_ip"]
            self.connected_at, self.calls = time.monotonic(), self.calls + 1
            with self._traffic():
                end = time.monotonic() + self._random.uniform(0.1, LONGEST_CALL)
                while time.monotonic() < end and client.process.poll() is None and not self._has_to_stop.is_set():
                    time.sleep(0.02)
            if self._random.random() < 0.2:
                return  # is killed: the server has to find that out
            client.process.send_signal(self._random.choice([signal.SIGINT, signal.SIGTERM]))
            client.process.wait(15)
        finally:
            client.kill()

    @contextlib.contextmanager
    def _traffic(self):
        """Pings and a TCP stream through the tunnel."""
        ping = subprocess.Popen(
            [*DIE_WITH_US, *enter(self._namespace), *f"ping -q -n -i 0.005 -s 1200 -I {self._interface}".split(),
             self._sink.address[0]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        done = threading.Event()
        stream = threading.Thread(target=self._stream, args=[done])
        stream.start()
        try:
            yield
        finally:
            done.set()
            ping.kill()
            ping.wait()
            stream.join()

    def _stream(self, done):
        with contextlib.suppress(OSError):
            with inside(self._namespace):
                connection = socket.socket()
            with connection:
                connection.settimeout(0.5)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self._interface.encode())
                connection.connect(self._sink.address)
                while not done.is_set():
                    connection.sendall(bytes(1 << 14))
