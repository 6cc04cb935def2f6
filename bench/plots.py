#!/usr/bin/env python3
"""Draws what the benchmarks have written: of each figure two bars, the base's and ours.

    bench/plots.py FILE.json … --to docs/performance

makes FILE.svg of each FILE.json, in that folder.
"""

import argparse
import json
import statistics
from html import escape
from pathlib import Path

WIDTH, LABEL, BAR, ROW, TOP = 860, 270, 360, 34, 56
COLOURS = {"base": "#b8b8b8", "ours": "#2f6fb5"}


def bar(top, name, value, most, unit):
    length = max(BAR * value / most, 1)
    return (f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="12" fill="{COLOURS[name]}"/>'
            f'<text x="{LABEL + length + 6:.1f}" y="{top + 10}" font-size="11">{value:,.3g} {escape(unit)}</text>')


def row_text(row):
    values = {name: statistics.median(row[name]) for name in COLOURS}
    ratio = values["base"] / values["ours"] if row["inverse"] else values["ours"] / values["base"]
    return values, f"{ratio:.2f} {row['word']}"


def draw(result):
    rows = [row for row in result["rows"] if row["base"] and row["unit"]]
    machine = result["machine"]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{TOP + ROW * len(rows) + 10}" '
             'font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="10" y="20" font-size="15">{escape(result["title"])}</text>',
             f'<text x="10" y="40" font-size="11">grey: {escape(result["base"])}, blue: ours; medians; right: ratio; '
             f'{escape(machine["processor"])}, {machine["cores"]} cores, Linux {escape(machine["kernel"])}</text>']
    for number, row in enumerate(rows):
        top = TOP + ROW * number
        values, ratio = row_text(row)
        most = max(*values.values(), 1e-9)
        lines.append(f'<text x="10" y="{top + 18}">{escape(row["figure"].strip())}</text>')
        lines += [bar(top + offset, name, values[name], most, row["unit"])
                  for name, offset in (("base", 2), ("ours", 15))]
        lines.append(f'<text x="{WIDTH - 10}" y="{top + 18}" text-anchor="end">{escape(ratio)}</text>')
    return "\n".join([*lines, "</svg>\n"])


def main():
    parser = argparse.ArgumentParser(description="Draws what the benchmarks have written.")
    parser.add_argument("results", type=Path, nargs="+", metavar="FILE.json")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the drawings go")
    arguments = parser.parse_args()
    arguments.to.mkdir(exist_ok=True)
    for path in arguments.results:
        (arguments.to / path.with_suffix(".svg").name).write_text(draw(json.loads(path.read_text())))


if __name__ == "__main__":
    main()
