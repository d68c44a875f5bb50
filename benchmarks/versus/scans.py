"""Scans of ours as whole processes, and the bare walk that an unchanged rescan is compared with."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.ptyterm import PtyTerm
from benchmarks.versus.environment import bare
from benchmarks.versus.trees import Peak, Watch, running

ROOT = Path(__file__).parents[2]
WITHIN_S = 900.0
WALK = """
import os, sys
def walk(folder):
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False): walk(entry.path)
            else: entry.stat(follow_symlinks=False)
walk(os.fsencode(sys.argv[1]))
"""


class FaultError(Exception):
    """A scan of ours failed; the message says how."""


class Scan(NamedTuple):
    """One scan, from the start of the process to its end."""

    seconds: float
    report: dict[str, Any]
    peak: Peak

    @property
    def indexed(self) -> int:
        """Files of which the catalogue has tags now."""
        items = self.report["items"]
        return int(items["done"] + items["skipped"])


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of our processes: nobody's settings, this source tree."""
    return {
        **bare(),
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(folder / "nobody"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def scan(library: Path, data_dir: Path, *, watch: bool = False) -> Scan:
    """Scan without a screen; ``watch`` looks at its memory meanwhile.

    Raises:
        FaultError: the scan failed, or met a fault of its own.
    """
    command = [sys.executable, "-m", "soniq_tui", "scan", str(library), "--headless", "--json"]
    began_s = time.perf_counter()
    with running(
        [*command, "--data-dir", str(data_dir)],
        env=environment(data_dir.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        watched = Watch(process.pid) if watch else None
        try:
            out, err = process.communicate(timeout=WITHIN_S)
        finally:
            if watched:
                watched.close()
    seconds = time.perf_counter() - began_s
    if process.returncode not in {0, 1}:
        raise FaultError(f"the scan ended with {process.returncode}: {err.decode()[-500:]}")
    report = msgspec.json.decode(out)
    own = [error for error in report["errors"] if error["kind"] == "internal"]
    if own or report["state"] != "done":
        raise FaultError(f"the scan met a fault of its own: {report['state']} {own[:1]}")
    return Scan(seconds, report, watched.peak if watched else Peak())


def walk(library: Path) -> float:
    """Return the seconds of a process that lists all folders and asks for every file's state."""
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", WALK, str(library)], env=bare(), check=True)
    return time.perf_counter() - began_s


def with_console(library: Path, data_dir: Path) -> None:
    """Scan in an open console, and close it when the scan has ended.

    Raises:
        FaultError: it does not end.
    """
    command = [sys.executable, "-m", "soniq_tui", "scan", str(library)]
    env = environment(data_dir.parent) | {"SONIQ_DATA_DIR": str(data_dir)}
    term = PtyTerm(command, env)
    try:
        until_s = time.monotonic() + WITHIN_S
        while (found := newest(data_dir)) is None or not found.ended_at_s:
            if time.monotonic() > until_s:
                raise FaultError("the scan in the console does not end")
            term.read(0.2)
    finally:
        term.end()


class Batch(NamedTuple):
    """What the journal says of a batch."""

    state: str
    total: int
    worked_s: float
    """While at least one of its jobs ran."""
    ended_at_s: float
    """Seconds since 1970; 0: not yet."""


def newest(data_dir: Path) -> Batch | None:
    """Return the newest batch of a data directory, or None."""
    path = data_dir / "journal.db"
    columns = "state, total, worked_s, coalesce(ended_at_s, 0)"
    # It may not be there yet, or be in the making.
    with contextlib.suppress(sqlite3.OperationalError):
        uri = f"file:{os.fspath(path)}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            row = db.execute(f"SELECT {columns} FROM batch ORDER BY id DESC LIMIT 1").fetchone()  # noqa: S608
            return row and Batch(*row)
    return None
