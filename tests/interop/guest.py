"""A User-Mode Linux guest that holds the real PPTP client and server: Debian's pppd, pptp-linux and pptpd.

Many hosts have no kernel PPP, so these get a kernel of their own. Its root is a small read-only tree made
of unpacked (never installed) Debian packages; nothing of the host is visible in it but the tap it is attached
to, in the network namespace of whoever creates the Guest. Needs root, apt-get, dpkg-deb, ip, unshare, setpriv.

    with Guest(address="10.9.0.2/24", host_address="10.9.0.1/24") as guest:
        print(guest.run("uname -r").output)
"""

import base64
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("UPPTPD_INTEROP_CACHE", REPOSITORY / "build" / "interop-cache")).absolute()

PACKAGES = """
    user-mode-linux busybox-static libc6
    ppp pptp-linux libssl3 libcrypt1 libpam0g libaudit1 libcap-ng0 libpcap0.8 libdbus-1-3 libsystemd0 libcap2
    libgcrypt20 libgpg-error0 liblzma5 libzstd1 liblz4-1
    iperf3 libiperf0 libsctp1
    iproute2 libbpf1 libelf1 libmnl0 libxtables12 libdb5.3 libbsd0 libmd0 zlib1g
    pptpd libwrap0 libnsl2 libtirpc3 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1
""".split()

# The guest's first and only process of our own. It reads "SECONDS BASE64-OF-A-SCRIPT" from the serial line,
# runs that, and answers "STATUS LENGTH" and the output.
INIT = """#!/bin/busybox sh
export PATH=/sbin:/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts -o ptmxmode=666 devpts /dev/pts
for directory in /tmp /run /var /etc/ppp; do mount -t tmpfs tmpfs $directory; done
mkdir -p /run/pptp /run/lock /var/log /var/tmp
ln -s /run /var/run
: >/etc/ppp/options
for module in ipv6 ppp_async ppp_mppe ppp_deflate bsd_comp; do modprobe $module; done
ip link set lo up
ip addr add $GUEST_ADDRESS dev eth0
ip link set eth0 up
exec </dev/ttyS0 >/dev/ttyS0
stty raw -echo
echo ready
while read -r seconds script; do
  echo $script | base64 -d >/tmp/script
  timeout -k 2 $seconds sh /tmp/script </dev/null >/tmp/output 2>&1
  echo $? $(stat -c %s /tmp/output)
  head -c $(stat -c %s /tmp/output) /tmp/output
done
"""


class GuestError(Exception):
    """The guest could not be prepared or booted, or it died."""


class Completed(NamedTuple):
    status: int
    output: str


def prepare(cache=CACHE):
    """Downloads and unpacks the packages unless that has been done before; returns the guest's root.

    Whoever creates a Guest in a network namespace without a way out calls this before entering it."""
    root, stamp = cache / "root", cache / "stamp"
    wanted = hashlib.sha256("".join([INIT, *PACKAGES]).encode()).hexdigest()
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == wanted):
            stamp.unlink(missing_ok=True)
            shutil.rmtree(root, ignore_errors=True)
            _unpack(root)
            stamp.write_text(wanted)
    return root


def _unpack(root):
    for directory in "usr/bin usr/sbin usr/lib usr/lib64 proc sys dev run tmp var etc/ppp".split():
        (root / directory).mkdir(parents=True)
    for directory in "bin", "sbin", "lib", "lib64":
        (root / directory).symlink_to("usr/" + directory)
    with tempfile.TemporaryDirectory() as downloads:
        _download(downloads)
        for package in sorted(Path(downloads).glob("*.deb")):
            archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
            subprocess.run(["tar", "-x", "-C", root, "--keep-directory-symlink", "--exclude=./usr/share"],
                           stdin=archive.stdout, check=True)
            if archive.wait():
                raise GuestError(f"cannot unpack {package.name}")
    (root / "usr/lib/modules").symlink_to("uml/modules")  # where modprobe looks
    (root / "etc/passwd").write_text("root:x:0:0::/tmp:/bin/sh\n")
    links = subprocess.run([root / "bin/busybox", "--list"], capture_output=True, text=True, check=True)
    for name in links.stdout.split():
        link = root / "usr/bin" / name
        if not link.exists() and not (root / "usr/sbin" / name).exists():
            link.symlink_to("busybox")
    (root / "init").write_text(INIT)
    (root / "init").chmod(0o755)


def _download(directory):
    apt = ["apt-get", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "-qq"]
    for refresh in False, True:
        if refresh:  # the host's package lists are missing or too old
            subprocess.run([*apt, "update"], capture_output=True)
        result = subprocess.run([*apt, "download", *PACKAGES], cwd=directory, capture_output=True, text=True)
        if result.returncode == 0:
            return
    raise GuestError("apt-get cannot download the guest's packages: " + result.stderr.strip())


def packaged(program):
    """The command prefix that runs `program` of the guest's packages on the host, whatever is installed there."""
    libraries = prepare() / "usr/lib/x86_64-linux-gnu"
    return [libraries / "ld-linux-x86-64.so.2", "--library-path", libraries, prepare() / "usr/bin" / program]


class Guest:
    """A running guest; gone, with all its processes, when closed or when this process ends in any way."""

    def __init__(self, address, host_address, tap="guest0", memory="192M"):
        root = prepare()
        for command in (f"tuntap add {tap} mode tap", f"addr add {host_address} dev {tap}", f"link set {tap} up"):
            subprocess.run(["ip", *command.split()], check=True)
        self._directory = tempfile.TemporaryDirectory(prefix="upptpd-guest-")
        self._serial, guest_serial = socket.socketpair()
        self._console, guest_console = socket.socketpair()  # User-Mode Linux refuses a regular file here
        line, console = guest_serial.fileno(), guest_console.fileno()
        self._process = subprocess.Popen(
            # Dies with us; a pid namespace, so that the processes that it traces die with it.
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=SIGKILL",
             root / "usr/bin/linux.uml", f"mem={memory}", "root=/dev/root", "rootfstype=hostfs", f"rootflags={root}",
             "ro", "init=/init", f"GUEST_ADDRESS={address}", f"eth0=tuntap,{tap}", "con=null",
             f"con0=null,fd:{console}", "ssl=null", f"ssl0=fd:{line},fd:{line}", f"uml_dir={self._directory.name}",
             "umid=guest", "panic=-1", "quiet"],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console, pass_fds=(line, console), start_new_session=True)
        guest_serial.close()
        guest_console.close()
        self._answers = self._serial.makefile("rb")
        try:
            self._read_line(seconds=60)  # "ready"
        except GuestError:
            self.close()
            raise

    def run(self, script, seconds=30):
        """Runs a shell script in the guest; status 143 (or 137) says that it took longer than `seconds`.

        Its output is what it and its background processes have written when the script ends."""
        self._send(script, seconds)
        status, length = self._read_line(seconds + 10).split()
        return Completed(int(status), self._answers.read(int(length)).decode(errors="replace"))

    def close(self):
        try:
            self._send("poweroff -f", seconds=5)
            self._process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._serial.close()
        self._console.close()
        self._directory.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, script, seconds):
        self._serial.sendall(b"%d %s\n" % (seconds, base64.b64encode(script.encode())))

    def _read_line(self, seconds):
        self._serial.settimeout(seconds)
        try:
            line = self._answers.readline()
        except TimeoutError:
            raise GuestError(f"no answer from the guest within {seconds} s; {self._console_text()}") from None
        if not line:
            raise GuestError("the guest died; " + self._console_text())
        return line

    def _console_text(self):
        self._console.setblocking(False)
        try:
            return "its console: " + self._console.recv(65536).decode(errors="replace").strip()
        except OSError:
            return "its console is empty"
