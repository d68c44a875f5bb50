"""Runs benchmarks by name, or all of them.

``python -m benchmarks [NAME ...] [--json FILE]``: the figures of those that have a table go to FILE
too. The exit status is 1 when one of them falls short of what is wanted.
"""

import argparse
import importlib
import sys
from pathlib import Path

import msgspec

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Run what is named on the command line; a name is ``bench_x`` or ``x``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", allow_abbrev=False)
    parser.add_argument("names", metavar="NAME", nargs="*")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    wanted = [n if n.startswith("bench_") else f"bench_{n}" for n in given.names] or NAMES
    unknown = [n for n in wanted if n not in NAMES]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    reports = {}
    for name in wanted:
        module = importlib.import_module(f"benchmarks.{name}")
        short = name.removeprefix("bench_")
        print(f"== {short}: {str(module.__doc__).splitlines()[0]}")
        if (report := module.run()) is not None:
            reports[short] = report
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(reports)) + b"\n")
    return int(any(report.fell_short for report in reports.values()))


if __name__ == "__main__":
    sys.exit(main())
