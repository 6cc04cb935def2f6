"""What every benchmark here prints and writes: a row for each figure, ours beside the base of the same run, and whether
that is what we want."""

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What a figure must reach, and what we aim at."""

    must: float
    aim: float
    at_least: bool = False

    def word(self, value):
        def reached(limit):
            return value >= limit if self.at_least else value <= limit

        return "aim" if reached(self.aim) else "must" if reached(self.must) else "MISSED"


@dataclass(frozen=True)
class Row:
    """Measurements of one figure in interleaved pairs. Without a base there is nothing but ours."""

    figure: str
    unit: str
    ours: list
    base: list = field(default_factory=list)
    # Whether more is better.
    rate: bool = False
    # The ratio is base/ours, how many times faster, instead of ours/base.
    inverse: bool = False
    # Of the ratio; without a base, of the figure.
    limits: Limits | None = None

    def ratio(self, of):
        """That of a kind of value: `of` takes the median, or the best."""
        if not self.base:
            return of(self.ours)
        return of(self.base) / of(self.ours) if self.inverse else of(self.ours) / of(self.base)

    def best(self):
        """Of each side its best measurement: what other work on the machine has disturbed least."""
        return self.ratio(max if self.rate else min)

    def word(self):
        return self.limits.word(self.best()) if self.limits else ""


def show(title, rows, base="base"):
    print(f"\n{title}\n{'median':38} {base:>10} {'ours':>10} {'':14} {'ratio':>7} {'of best':>7}")
    for row in rows:
        base_median = f"{statistics.median(row.base):10.3f}" if row.base else f"{'':10}"
        ratio = f"{row.ratio(statistics.median):7.2f} {row.best():7.2f}" if row.base else f"{'':15}"
        line = f"{row.figure:38} {base_median} {statistics.median(row.ours):10.3f} {row.unit:14} {ratio}  {row.word()}"
        print(line.rstrip(), flush=True)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def finish(title, rows, base="base", path=None):
    """Shows the rows, and writes the JSON that bench/plots.py reads, if asked to. The exit status: whether every "must"
    holds."""
    show(title, rows, base)
    if path:
        machine = {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release()}
        table = [asdict(row) | {"word": row.word()} for row in rows]
        content = {"title": title, "base": base, "machine": machine, "rows": table}
        path.write_text(json.dumps(content, indent=1) + "\n")
    return 1 if any(row.word() == "MISSED" for row in rows) else 0
