"""The console on a pseudo-terminal: start, bytes, rest, keys, long lists, a terminal that stalls.

Every budget of the screens in one table, ours beside a hello-world on Textual and harlequin in the
same run, in turn. What is wanted is a promise of ours: the exit status is 1 when one of them does
not hold. harlequin is installed by pip into an environment of its own below the cache folder; where
it cannot be had it is left out with the reason.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import bench_keys
from benchmarks.versus import consoles
from benchmarks.versus.consoles import Figures, Program, median
from benchmarks.versus.environment import MissingError, bare, output
from benchmarks.versus.scans import FaultError
from benchmarks.versus.table import (
    Bar,
    Report,
    at_least,
    at_most,
    left_out,
    lines,
    machine,
    markdown,
    noise,
    shown,
    ticks,
)
from soniq_tui.importers.music import demo

PARTS = ("paint", "idle", "live", "keys", "list", "stall", "speed", "sizes")
FILES = 60_000
FEW_FILES = 200
ROUNDS = 3
PAINTS = 7
IDLE_S = 10.0
STALL_S, STALL_SHORT_S = 60.0, 15.0
CALM_S = 10.0
KEYS_LEAST = 60
"""Fewer keys while the scan was at work say nothing about one in a hundred."""

PAINT_MS = 150
LIVE_KIB = 5
IDLE_PERCENT = 0.3
P95_MS, P99_MS = 20, 50
LIST_MS, LIST_MIB = 150, 60
GAP_MS = 50
SPEED_LEAST = 0.97

Rounds = dict[str, list[Figures]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Tell which options this benchmark has."""
    add = parser.add_argument
    add("--only", metavar="PARTS", type=_parts, help=f"with commas between, of {', '.join(PARTS)}")
    add("--n", metavar="FILES", type=int, default=FILES, help="files to scan (%(default)s)")
    add("--rounds", metavar="N", type=int, default=ROUNDS, help="turns of each (%(default)s)")
    add("--short", action="store_true", help=f"stall for {STALL_SHORT_S:.0f} s instead of a minute")
    add("--markdown", action="store_true", help="print the table for the documentation, too")


class Place(NamedTuple):
    """Where a run keeps its files, and how much it measures."""

    folder: Path
    files: int
    rounds: int
    stall_s: float
    programs: list[Program]

    def fresh(self) -> Path:
        """Return an empty folder; it goes with the others."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def library(self, files: int) -> Path:
        """Return a made library; made on first use."""
        folder = self.folder / f"library-{files}"
        if not folder.exists():
            demo.make_library(folder, files)
        return folder


def run(options: argparse.Namespace) -> Report:
    """Measure, print one table and return everything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing that was started must stay
    before, described = ticks(), machine()
    programs, missing = consoles.programs()
    rounds: Rounds = {}
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        place = Place(
            folder=Path(name),
            files=options.n,
            rounds=options.rounds,
            stall_s=STALL_SHORT_S if options.short else STALL_S,
            programs=programs,
        )
        for part in options.only or PARTS:
            print(f"   measuring: {part}", flush=True)
            try:
                MEASURES[part](place, rounds)
            except FaultError as exc:
                faults[part] = str(exc)
    report = Report(
        machine=described,
        peer=_peers(programs),
        bars=bars(rounds, missing, faults, stall_s=place.stall_s),
        noise=noise(_steady(rounds), ticks().since(before)),
        figures=rounds,
    )
    print("\n".join(lines(report)))
    if options.markdown:
        print("\n".join(["", *markdown(report)]))
    return report


def _peers(programs: list[Program]) -> str:
    """Return who was measured beside us, with versions."""
    names = {"hello": "textual", "harlequin": "harlequin"}
    told = []
    for program in programs[1:]:
        package = names[program.name]
        beside = Path(program.command[0]).with_name("python")
        code = f"from importlib.metadata import version; print(version({package!r}))"
        try:
            told.append(f"{program.name} ({package} {output([beside, '-c', code], env=bare())})")
        except MissingError:
            told.append(program.name)
    return ", ".join(told)


# ------------------------------------------------------------------ measurements


def _paint(place: Place, rounds: Rounds) -> None:
    folder = place.fresh()
    for number in range(PAINTS + 1):
        for program in place.programs:
            figures = consoles.first_paint(program, folder)
            if number:  # the first time all of them read their files from the disk
                rounds.setdefault(f"paint {program.name}", []).append(figures)
    rounds["verbs"] = [consoles.plain_verbs(place.fresh())]


def _idle(place: Place, rounds: Rounds) -> None:
    for _ in range(place.rounds):
        for program in place.programs:
            figures = consoles.idle(program, place.fresh(), IDLE_S)
            rounds.setdefault(f"idle {program.name}", []).append(figures)


def _live(place: Place, rounds: Rounds) -> None:
    for _ in range(place.rounds):
        figures = consoles.live(place.library(place.files), place.fresh())
        rounds.setdefault("live", []).append(figures)
        rounds.setdefault("calm", []).append(consoles.calm(place.fresh(), CALM_S))


def _keys(place: Place, rounds: Rounds) -> None:
    took_ms: list[float] = []
    for _ in range(place.rounds):
        took_ms += bench_keys.measure(place.library(place.files), place.fresh() / "data")
    took_ms.sort()
    p95, p99 = (bench_keys.percentile(took_ms, s) if took_ms else 0.0 for s in (0.95, 0.99))
    rounds["keys"] = [{"keys": len(took_ms), "p95_ms": p95, "p99_ms": p99}]


def _list(place: Place, rounds: Rounds) -> None:
    for _ in range(place.rounds):
        if "idle ours" not in rounds:
            _idle(place._replace(rounds=1, programs=place.programs[:1]), rounds)
        rounds.setdefault("list", []).append(consoles.listed(place.fresh()))


def _stall(place: Place, rounds: Rounds) -> None:
    rounds["stall"] = [consoles.stalled(place.fresh(), place.stall_s)]


def _speed(place: Place, rounds: Rounds) -> None:
    for number in range(place.rounds):
        order = ("headless", "console") if number % 2 else ("console", "headless")
        figures = consoles.throughput(place.library(place.files), place.fresh(), order)
        rounds.setdefault("speed", []).append(figures)


def _sizes(place: Place, rounds: Rounds) -> None:
    found = consoles.sizes(place.fresh(), place.library(FEW_FILES))
    for name, figures in found.items():
        rounds[f"screen {name}"] = [figures]


MEASURES: dict[str, Callable[[Place, Rounds], None]] = {
    "paint": _paint,
    "idle": _idle,
    "live": _live,
    "keys": _keys,
    "list": _list,
    "stall": _stall,
    "speed": _speed,
    "sizes": _sizes,
}


# ------------------------------------------------------------------ judgements


def bars(
    rounds: Rounds, missing: dict[str, str], faults: dict[str, str], *, stall_s: float = STALL_S
) -> list[Bar]:
    """Return what is wanted and what came of it.

    Args:
        rounds: the figures by what was measured.
        missing: why a program was left out.
        faults: which parts met a fault of ours; they fall short.
        stall_s: for how long the terminal did not read.
    """
    found = [*_paint_bars(rounds), *_idle_bars(rounds)]
    for name, what in (("live", "a scan at full speed"), ("calm", "another job in every frame")):
        if name in rounds:
            kib = median(rounds[name], "bytes_per_s") / 1024
            found.append(at_most(f"8 slots at 80x24, {what}", kib, LIVE_KIB, "KiB/s"))
    found += _key_bars(rounds)
    if "list" in rounds:
        more = median(rounds["list"], "pss_mib") - median(rounds["idle ours"], "pss_mib")
        found.append(at_most("100,000 jobs listed", median(rounds["list"], "ms"), LIST_MS, "ms"))
        found.append(at_most("the same, above the idle console", more, LIST_MIB, "MiB"))
    for figures in rounds.get("stall", []):
        what = f"terminal that does not read for {stall_s:.0f} s, gap of the engine"
        found.append(at_most(what, figures["stalled_ms"], GAP_MS, "ms"))
        found.append(_plain("the same while it reads", f"{shown(figures['reading_ms'])} ms"))
        found.append(_none("lines that are wrong when it reads again", figures["lines_wrong"]))
    if "speed" in rounds:
        ratios = [{"r": r["console_per_s"] / r["headless_per_s"]} for r in rounds["speed"]]
        both = [median(rounds["speed"], f"{name}_per_s") for name in ("console", "headless")]
        measured = "{:,.0f} to {:,.0f} files/s".format(*both)
        what = "scan with the console open, to headless"
        found.append(at_least(what, median(ratios, "r"), SPEED_LEAST, measured))
    found += _size_bars(rounds)
    found += [left_out(f"beside {name}", "", why) for name, why in missing.items()]
    for part, why in faults.items():
        found.append(Bar(what=part, want="no fault of ours", measured=why, holds=False))
    return found


def _none(what: str, count: float) -> Bar:
    return Bar(what=what, want="none", measured=f"{count:.0f}", holds=not count)


def _plain(what: str, measured: str) -> Bar:
    return Bar(what=what, want="", measured=measured)


def _paint_bars(rounds: Rounds) -> list[Bar]:
    found = []
    if "paint ours" in rounds:
        ours, hello = (median(rounds[f"paint {name}"], "ms") for name in ("ours", "hello"))
        more = [
            {"ms": one["ms"] - other["ms"]}
            for one, other in zip(rounds["paint ours"], rounds["paint hello"], strict=True)
        ]
        bar = at_most("first paint, after that of hello", median(more, "ms"), PAINT_MS, "ms")
        found.append(bar)
        told = f"{shown(ours)} to {shown(hello)} ms"
        busy = [median(rounds[f"paint {name}"], "cpu_ms") for name in ("ours", "hello")]
        if "paint harlequin" in rounds:
            told += f"; harlequin {shown(median(rounds['paint harlequin'], 'ms'))} ms"
        found.append(_plain("first paint, ours to hello", told))
        told = "{:.0f} to {:.0f} ms".format(*busy)
        found.append(_plain("the same, processor", told))
    if "verbs" in rounds:
        found.append(_none("modules of Textual in plain verbs", rounds["verbs"][0]["modules"]))
    return found


def _idle_bars(rounds: Rounds) -> list[Bar]:
    if "idle ours" not in rounds:
        return []
    ours = rounds["idle ours"]
    found = [
        at_most("idle, to the terminal", median(ours, "bytes_per_s"), 0, "B/s"),
        at_most("idle, processor", median(ours, "cpu_percent"), IDLE_PERCENT, "%"),
    ]
    for name in ("ours", "hello", "harlequin"):
        if some := rounds.get(f"idle {name}"):
            told = (
                f"{shown(median(some, 'bytes_per_s'))} B/s, "
                f"{shown(median(some, 'cpu_percent'))} %, "
                f"{shown(median(some, 'wakes_per_s'))} wake-ups/s, "
                f"{shown(median(some, 'pss_mib'))} MiB PSS"
            )
            found.append(_plain(f"idle, {name}", told))
    return found


def _key_bars(rounds: Rounds) -> list[Bar]:
    found = []
    for figures in rounds.get("keys", []):
        for name, most in (("p95", P95_MS), ("p99", P99_MS)):
            what = f"key to paint, 100,000 rows and a scan, {name}"
            if figures["keys"] < KEYS_LEAST:
                why = f"the scan was over after {figures['keys']:.0f} keys"
                found.append(left_out(what, f"<= {most} ms", why))
            else:
                found.append(at_most(what, figures[f"{name}_ms"], most, "ms"))
    return found


def _size_bars(rounds: Rounds) -> list[Bar]:
    found = []
    for size in ("80x24", "60x16"):
        looks = {n: r[0] for n, r in rounds.items() if n.startswith("screen ") and size in n}
        if not looks:
            continue
        bad = [n.split()[1] for n, figures in looks.items() if not figures["ok"]]
        measured = f"{len(looks) - len(bad)} of {len(looks)}"
        measured += f": not {', '.join(bad)}" if bad else ""
        found.append(
            Bar(what=f"screens whole at {size}", want="all", measured=measured, holds=not bad)
        )
    for figures in rounds.get("screen small", []):
        lines_shown = int(figures["lines"])
        measured = f"{lines_shown} line" + ("s" if lines_shown != 1 else "")
        want = "one line that says so"
        ok = bool(figures["ok"])
        found.append(Bar(what="below 60x16", want=want, measured=measured, holds=ok))
    return found


def _steady(rounds: Rounds) -> dict[str, list[float]]:
    """Return what should be the same in all rounds, for whoever judges the noise."""
    return {
        f"{name}, {key}": [figures[key] for figures in rounds[name]]
        for name, key in (
            ("paint ours", "ms"),
            ("paint hello", "ms"),
            ("list", "ms"),
            ("speed", "headless_per_s"),
        )
        if name in rounds
    }


def _parts(text: str) -> list[str]:
    given = [word for word in text.split(",") if word]
    if unknown := [word for word in given if word not in PARTS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: of {', '.join(PARTS)}")
    return given
