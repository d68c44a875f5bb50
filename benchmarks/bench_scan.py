"""A whole scan, process start to last commit, against a loop of mutagen.File over the same files.

Both read the same made library, in turn, several times; the ratio of the medians counts. The loop
is one process; the scan uses every core that it may.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from soniq_tui.importers.music import demo
from soniq_tui.importers.music.words import SUFFIXES

FILES = 8_000
ROUNDS = 3
LOOP = """
import sys, time, mutagen
paths = sys.stdin.read().split("\\0")
began = time.perf_counter()
for path in paths:
    try: mutagen.File(path)
    except Exception: pass
print(time.perf_counter() - began)
"""


def scan(library: Path, data_dir: Path) -> float:
    """Return the seconds of a first scan."""
    command = [sys.executable, "-m", "soniq_tui", "scan", str(library), "--headless", "--json"]
    began_s = time.perf_counter()
    done = subprocess.run(
        [*command, "--data-dir", str(data_dir)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr.decode()
    return time.perf_counter() - began_s


def loop(library: Path) -> float:
    """Return the seconds of the plain loop, its start not counted."""
    paths = [
        os.fsencode(path)
        for path in library.rglob("*")
        if os.fsencode(path.suffix).lower() in SUFFIXES and path.is_file()
    ]
    done = subprocess.run(
        [sys.executable, "-c", LOOP], input=b"\0".join(paths), capture_output=True, check=True
    )
    return float(done.stdout)


def run() -> None:
    """Print files per second of both and the ratio of the medians."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        library = Path(folder) / "library"
        demo.make_library(library, FILES)
        scans, loops = [], []
        for number in range(ROUNDS):
            scans.append(scan(library, Path(folder) / f"data{number}"))
            loops.append(loop(library))
            ours, theirs = FILES / scans[-1], FILES / loops[-1]
            print(f"   scan {ours:,.0f} files/s, mutagen.File loop {theirs:,.0f} files/s")
        ratio = statistics.median(loops) / statistics.median(scans)
        print(f"   the whole scan is {ratio:.2f} times as fast as the loop")
