"""Runs benchmarks by name, or all of them."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    """Run what is named on the command line; a name is ``bench_x`` or ``x``."""
    wanted = [n if n.startswith("bench_") else f"bench_{n}" for n in sys.argv[1:]] or NAMES
    unknown = [n for n in wanted if n not in NAMES]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    for name in wanted:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name.removeprefix('bench_')}: {module.__doc__.strip().splitlines()[0]}")
        module.run()


if __name__ == "__main__":
    main()
