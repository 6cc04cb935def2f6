"""Where a demo is played: it shows each command and what that printed, and minds what goes on in the background."""

import ctypes
import os
import re
import signal
import subprocess
import tempfile
import textwrap
import time
from pathlib import Path

COLUMNS = 100


class DemoError(Exception):
    """A step did not do what it should: a sentence for the reader."""


def die_with_the_demo():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Background:
    """A command that goes on while others are run; `said` is what it has printed so far."""

    def __init__(self, command, directory):
        self.command = command
        output, self._output = tempfile.mkstemp(dir=directory)
        # exec, so that this is the process of the command itself.
        self.process = subprocess.Popen(["sh", "-c", "exec " + command], stdin=subprocess.DEVNULL, stdout=output,
                                        stderr=subprocess.STDOUT, preexec_fn=die_with_the_demo)
        os.close(output)
        self._shown = 0

    def said(self):
        return Path(self._output).read_text()

    def news(self):
        """What it has printed since the last call."""
        said = self.said()
        news, self._shown = said[self._shown:], len(said)
        return news


class Stage:
    def __init__(self, binaries, directory):
        self.binaries, self.directory = binaries, directory
        self.step_number, self.after_space = 0, False
        self.background = []
        os.environ["demo"] = str(directory)

    def step(self, title):
        self.step_number += 1
        self.paragraph(f"{self.step_number}. {title}", indent="")

    def say(self, text):
        self.paragraph(text, indent="   ")

    def paragraph(self, text, indent):
        space = "" if self.after_space else "\n"
        print(space + textwrap.fill(text, COLUMNS, initial_indent=indent, subsequent_indent=indent) + "\n", flush=True)
        self.after_space = True

    def show(self, output):
        """What a command has printed; long lines go on below, further in."""
        for line in output.expandtabs().splitlines():
            print(textwrap.fill(line, COLUMNS, initial_indent=" " * 7, subsequent_indent=" " * 11,
                                break_on_hyphens=False), flush=True)
        self.after_space = False

    def prompt(self, command):
        print(textwrap.fill(command, COLUMNS - 2, initial_indent="   $ ", subsequent_indent="       ",
                            break_long_words=False, break_on_hyphens=False).replace("\n", " \\\n"), flush=True)
        self.after_space = False

    def output_of(self, command):
        return subprocess.run(command.split(), capture_output=True, text=True).stdout

    def run(self, command, status=0, seconds=60):
        """Shows the command, runs it, shows its output, and returns that; any other exit status ends the demo."""
        self.prompt(command)
        result = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=seconds, preexec_fn=die_with_the_demo)
        self.show(result.stdout)
        if status:
            self.show(f"(exit status {result.returncode})")
        if result.returncode != status:
            raise DemoError(f"`{command}` should have exited with status {status}, and did with {result.returncode}")
        return result.stdout

    def start(self, command, until="", seconds=20):
        """Runs the command in the background, and shows what it prints until that holds the pattern `until`."""
        self.prompt(command + " &")
        started = Background(command, self.directory)
        self.background.append(started)
        self.wait(lambda: re.search(until, started.said()) or started.process.poll() is not None, seconds)
        self.show(started.news())
        if not re.search(until, started.said()):
            raise DemoError(f"`{command}` should have said \"{until}\" within {seconds} s")
        return started

    def end(self, started, name, status=0, seconds=10):
        """Ctrl-C, for something in the background; shows what it still says."""
        self.run(f"kill -INT {started.process.pid}  # what Ctrl-C does to the {name}")
        self.finish(started, status, seconds)

    def finish(self, started, status=0, seconds=60):
        try:
            started.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise DemoError(f"`{started.command}` should have ended within {seconds} s") from None
        self.show(started.news())
        if started.process.returncode != status:
            raise DemoError(f"`{started.command}` should have ended with status {status}, "
                            f"and did with {started.process.returncode}")

    def wait(self, condition, seconds):
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.02)

    def network(self, *namespaces):
        """Shows all interfaces, addresses and routes in there; returns them without the IPv6 addresses, which the
        kernel gives when it likes."""
        shown = [self.run(f"ip -n {where} {what}") for where in namespaces for what in ("-br addr", "route")]
        return re.sub(r" [\da-f:]+:[\da-f]+/\d+", "", "".join(shown))

    def close(self):
        for each in self.background:
            if each.process.poll() is None:
                each.process.kill()
                each.process.wait()
