"""Runs benchmarks by name, or all of them.

``python -m benchmarks [NAME ...] [--json FILE]``: the figures of those that have a table go to FILE
too. One that has options of its own takes them after its name. The exit status is 1 when one of
them falls short of what is wanted.
"""

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType

import msgspec

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Run what is named on the command line; a name is ``bench_x`` or ``x``."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", allow_abbrev=False, add_help=False
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too")
    parser.add_argument("-h", "--help", action="store_true", help="for one NAME: of its options")
    given, others = parser.parse_known_args()
    wanted = [n if n.startswith("bench_") else f"bench_{n}" for n in given.names] or NAMES
    unknown = [n for n in wanted if n not in NAMES]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    if given.help and len(given.names) == 1:
        others.append("--help")
    elif given.help:
        parser.print_help()
        return 0
    if others and len(wanted) != 1:
        parser.error(f"{' '.join(others)}: name the one benchmark that it is meant for")
    reports = {}
    for name in wanted:
        module = importlib.import_module(f"benchmarks.{name}")
        short = name.removeprefix("bench_")
        options = _options(short, module, others)
        print(f"== {short}: {str(module.__doc__).splitlines()[0]}")
        if (report := module.run(*options)) is not None:
            reports[short] = report
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(reports)) + b"\n")
    return int(any(report.fell_short for report in reports.values()))


def _options(name: str, module: ModuleType, words: list[str]) -> list[argparse.Namespace]:
    """Return what a benchmark's ``run`` is given: its options, where it has some."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", allow_abbrev=False)
    if not hasattr(module, "add_options"):
        parser.parse_args(words)
        return []
    module.add_options(parser)
    return [parser.parse_args(words)]


if __name__ == "__main__":
    sys.exit(main())
