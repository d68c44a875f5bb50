"""The console on a pseudo-terminal, and the programs beside it: one measurement per function."""

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import bench_keys
from benchmarks.ptyterm import PtyTerm
from benchmarks.versus import environment, libraries, scans, trees
from benchmarks.versus.nothing import NAP_S, offer
from benchmarks.versus.scans import FaultError

Figures = dict[str, float]

SONIQ = [sys.executable, "-m", "soniq_tui"]
HELLO = [sys.executable, str(Path(__file__).with_name("hello.py"))]
WITHIN_S = 30.0
SETTLE_S = 4.0
"""So long after its first paint a program is left alone before it counts as idle."""
SLOTS = 8
PAGES = 40
ROW = bench_keys.ROW
SCREENS = {
    "1": "dash",
    "2": "jobs",
    "3": "errors",
    "4": "results",
    "5": "log",
    "Q": "queues",
    "n": "launch",
    "?": "help",
    ":": "palette",
}
"""Keys, and what each of them opens."""
ESCAPE = b"\x1b"


class Program(NamedTuple):
    """One that is compared."""

    name: str
    command: list[str]
    word: str
    """Stands in its first frame."""


def programs() -> tuple[list[Program], dict[str, str]]:
    """Return the programs that can be had here, and why the others cannot."""
    found = [Program("ours", SONIQ, "soniq"), Program("hello", HELLO, "hello")]
    try:
        python = environment.environment("harlequin", "harlequin")
    except environment.MissingError as exc:
        return found, {"harlequin": str(exc)}
    found.append(Program("harlequin", [str(python.with_name("harlequin"))], "Catalog"))
    return found, {}


def world(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nobody has configured anything."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home)}
    return scans.environment(folder) | own | {"SONIQ_DATA_DIR": str(folder / "data")} | more


@contextlib.contextmanager
def opened(
    command: list[str], env: dict[str, str], rows: int = 24, columns: int = 80
) -> Iterator[PtyTerm]:
    """Open a program on a terminal; it is ended afterwards."""
    term = PtyTerm(command, env, rows, columns)
    try:
        yield term
    finally:
        term.end()


def first_paint(program: Program, folder: Path) -> Figures:
    """Return the milliseconds from the start of the process to its first frame.

    The processor's time says the same of a machine on which others work, too.
    """
    with opened(program.command, world(folder)) as term:
        if term.until(lambda text: program.word in text, WITHIN_S) is None:
            raise FaultError(f"{program.name} paints nothing")
        took_s = time.perf_counter() - term.began_s
        return {"ms": took_s * 1e3, "cpu_ms": trees.cpu_s(trees.family(term.pid)) * 1e3}


def idle(program: Program, folder: Path, seconds: float) -> Figures:
    """Return bytes, processor time, wake-ups and memory of a program with nothing to do."""
    with opened(program.command, world(folder)) as term:
        if not term.shows(lambda text: program.word in text, WITHIN_S):
            raise FaultError(f"{program.name} paints nothing")
        term.read(SETTLE_S)
        pids = trees.family(term.pid)
        sent, cpu_s, wakes, began_s = term.bytes, trees.cpu_s(pids), trees.wakes(pids), now_s()
        term.read(seconds)
        took_s = now_s() - began_s
        return {
            "bytes_per_s": (term.bytes - sent) / took_s,
            "cpu_percent": (trees.cpu_s(pids) - cpu_s) / took_s * 100,
            "wakes_per_s": (trees.wakes(pids) - wakes) / took_s,
            "pss_mib": trees.pss_mib(pids),
            "processes": len(pids),
        }


def now_s() -> float:
    """Return seconds that never go back."""
    return time.monotonic()


def live(library: Path, folder: Path) -> Figures:
    """Return the bytes a second while a scan keeps eight slots busy at full speed."""
    env = world(folder, SONIQ_QUEUES__EXTRACT__SLOTS=str(SLOTS)) | FIXED
    with opened([*SONIQ, "scan", str(library)], env) as term:
        if not term.shows(lambda text: re.search(r"\d/s", text), WITHIN_S):
            raise FaultError("no scan")
        term.read(0.5)
        sent, began_s = term.bytes, now_s()
        while (batch := scans.newest(folder / "data")) is None or not batch.ended_at_s:
            term.read(0.1)
        took_s = now_s() - began_s
        return {"seconds": took_s, "bytes_per_s": (term.bytes - sent) / took_s}


FIXED = {"SONIQ_QUEUES__EXTRACT__SCALING": "fixed"}


def calm(folder: Path, seconds: float) -> Figures:
    """Return the same of eight slots whose jobs take as long as those of a real batch."""
    env = napping(folder)
    with opened([*SONIQ, *naps(seconds + SETTLE_S + 2)], env) as term:
        if not term.shows(lambda text: re.search(r"\d/s", text), WITHIN_S):
            raise FaultError("no batch")
        term.read(2)
        pids = trees.family(term.pid)[:2]  # launcher and host
        sent, cpu_s, began_s = term.bytes, trees.cpu_s(pids), now_s()
        term.read(seconds)
        took_s = now_s() - began_s
        cpu = (trees.cpu_s(pids) - cpu_s) / took_s * 100
        return {"bytes_per_s": (term.bytes - sent) / took_s, "cpu_percent": cpu}


def napping(folder: Path) -> dict[str, str]:
    """Return an environment with an importer whose jobs sleep, eight at once."""
    found = offer(folder / "offer")
    own = world(folder, SONIQ_QUEUES__EXTRACT__SLOTS=str(SLOTS)) | FIXED
    return own | {name: found[name] for name in ("PYTHONPATH",)}


def naps(seconds: float) -> list[str]:
    """Return the words that keep eight slots busy for some seconds."""
    return ["nothing", "--stage", "nap", "--jobs", str(int(seconds / NAP_S * SLOTS))]


def listed(folder: Path) -> Figures:
    """Return milliseconds until 100,000 jobs are listed, and the memory when they were paged."""
    asyncio.run(bench_keys.prepare(folder / "data"))
    with opened(SONIQ, world(folder)) as term:
        if not term.shows(lambda text: "100,000" in text, WITHIN_S):
            raise FaultError("the batch does not show")
        term.rest(0.5)
        began_s = now_s()
        term.keys(b"2")
        if term.until(ROW.search, WITHIN_S) is None:
            raise FaultError("the list of jobs does not open")
        took_s = now_s() - began_s
        term.rest(0.3)
        for key in [b"\x1b[F", *[bench_keys.PAGE_UP] * PAGES, b"\x1b[H"]:
            term.keys(key)
            term.read(0.05)
        term.rest(1.0)
        return {"ms": took_s * 1e3, "pss_mib": trees.pss_mib(trees.family(term.pid))}


def stalled(folder: Path, seconds: float) -> Figures:
    """Stop reading for so long while eight slots work; look whether the screen is whole after."""
    env, gaps = napping(folder), folder / "gaps"
    # A batch that reaches to the end: what is paused in the end is still there.
    command = [sys.executable, "-m", "benchmarks.versus.beating", str(gaps)]
    env["PYTHONPATH"] += os.pathsep + str(scans.ROOT)
    with opened([*command, *naps(2 * seconds + 30)], env) as term:
        if not term.shows(lambda text: re.search(r"\d/s", text), WITHIN_S):
            raise FaultError("no batch")
        term.read(2)
        begun_s = now_s()
        term.read(min(seconds, 10))
        stopped_s = now_s()
        time.sleep(seconds)
        again_s = now_s()
        woke = term.shows(lambda text: "live" in text, WITHIN_S) and term.read(2)
        term.keys(b"P")
        if not woke or not term.shows(lambda text: "paused" in text, WITHIN_S):
            raise FaultError("the console does not come back")
        term.rest(PAUSED_REST_S, 20)
        late, whole = is_whole(term, 24, 80)
        beats = [tuple(map(float, line.split())) for line in gaps.read_text().splitlines()]
    return {
        "reading_ms": longest(beats, begun_s + 0.5, stopped_s),
        "stalled_ms": longest(beats, stopped_s + 0.5, again_s),
        "beats_noted": sum(stopped_s < at_s < again_s for at_s, _ in beats),
        "lines_wrong": late,
        "whole": whole,
    }


REPAINT_REST_S = 0.6
"""What is painted when the keys have rested has come by then."""
PAUSED_REST_S = 4.0
"""Long enough for messages at the foot to go away."""


def longest(beats: list[tuple[float, ...]], begin_s: float, end_s: float) -> float:
    """Return the longest gap that was noted in a stretch of time."""
    noted = [gap for at_s, gap in beats if begin_s < at_s <= end_s]
    if not noted:
        raise FaultError("the event loop stood still")
    return max(noted)


def is_whole(term: PtyTerm, rows: int, columns: int) -> tuple[int, bool]:
    """Say how many lines differ from those of a screen that is painted anew, and whether none."""
    before = term.painted.lines
    term.resize(rows, columns + 1)
    term.rest(REPAINT_REST_S)
    term.resize(rows, columns)
    term.rest(REPAINT_REST_S)
    after = term.painted.lines
    wrong = sum(a != b for a, b in zip(before, after, strict=True))
    return wrong, not wrong


def sizes(folder: Path, library: Path) -> dict[str, Figures]:
    """Open every screen at each size; say which are whole there."""
    env = world(folder)
    found: dict[str, Figures] = {}
    done = subprocess.run(
        [*SONIQ, "scan", str(library), "--headless"], env=env, capture_output=True, check=False
    )
    if done.returncode not in {0, 1}:
        raise FaultError(done.stderr.decode()[-300:])
    with opened(SONIQ, env) as term:
        if not term.shows(lambda text: "quit" in text, WITHIN_S):
            raise FaultError("no console")
        for rows, columns in ((24, 80), (16, 60)):
            if rows != term.painted.rows:  # one that has not changed is no reason to paint
                term.resize(rows, columns)
            term.rest(0.5)
            for key, name in SCREENS.items():
                term.keys(key.encode())
                term.rest(0.5)
                term.read(0.3)
                found[f"{name} {columns}x{rows}"] = look(term, rows, columns)
                if key in "n?:":
                    term.keys(ESCAPE)
                    term.rest(0.4)
        term.resize(14, 52)
        term.rest(0.5)
        lines = [line for line in term.painted.lines if line]
        right = lines == ["needs 60\u00d716, has 52\u00d714; jobs keep running"]
        found["small"] = {"ok": right, "lines": len(lines)}
    return found


def look(term: PtyTerm, rows: int, columns: int) -> Figures:
    """Judge the screen in view: title, footer with a way out, nothing left over, nothing beyond."""
    lines, painted = term.painted.lines, term.painted
    foot = " ".join(lines[-2:])
    wrong, whole = is_whole(term, rows, columns)
    ok = bool(
        whole
        and lines[0]
        and re.search(r"quit|close|back|esc", foot)
        and not painted.spilled
        and not painted.strange
    )
    return {"ok": ok, "wrong": wrong, "spilled": len(painted.spilled)}


def throughput(library: Path, folder: Path, order: tuple[str, ...]) -> Figures:
    """Return the engine's own rate of a scan without and with a screen, in the given order."""
    rates: Figures = {}
    for name in order:
        libraries.read_all(library)
        place = folder / name
        place.mkdir()
        if name == "console":
            scans.with_console(library, place / "data")
        else:
            scans.scan(library, place / "data")
        batch = scans.newest(place / "data")
        if batch is None or batch.state != "done":
            raise FaultError(f"the scan ({name}) came to nothing: {batch}")
        rates[f"{name}_per_s"] = batch.total / batch.worked_s
    return rates


def plain_verbs(folder: Path) -> Figures:
    """Return how many modules of Textual the verbs load that paint nothing."""
    env, loaded = world(folder), 0
    for words in (["status"], ["search", "x"], ["export", "tracks"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "soniq_tui", *words],
            env=env,
            capture_output=True,
            check=False,
        )
        loaded += len(re.findall(rb"\| +(?:textual|rich)\b", done.stderr))
        if b"soniq_tui.cli" not in done.stderr:
            raise FaultError(f"{words[0]} did not run")
    return {"modules": loaded}


def median(rounds: list[Figures], key: str) -> float:
    """Return the median of one figure."""
    return statistics.median(figures[key] for figures in rounds)
