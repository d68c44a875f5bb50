"""Our scan against beets, MPD, MiniDLNA and loops over tags; rescan, bytes read, memory, console.

Every figure is a ratio within one run, or has a bound of its own; whole processes from their start.
Ours and a peer take turns on the same files, which are read once before each turn; the ratio is the
median of those of the rounds. What cannot be had on a machine is left out, with the reason. beets
and tinytag are installed by pip into an environment of their own below the cache folder.
"""

import argparse
import contextlib
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import bench_keys
from benchmarks.versus import libraries, music_peers, scans
from benchmarks.versus.environment import MissingError
from benchmarks.versus.music_peers import Peer
from benchmarks.versus.table import (
    Bar,
    Report,
    at_least,
    at_most,
    at_most_ratio,
    left_out,
    lines,
    machine,
    markdown,
    noise,
    ticks,
)
from soniq_tui.importers.music import demo
from soniq_tui.model.settings import cores

WANTED = {
    "beets": 60.0,
    "mpd": 12.0,
    "minidlna": 8.0,
    "tinytag loop": 3.0,
    "mutagen pool": 3.0,
    "mutagen loop": 5.0,
}
"""So many times as fast as a peer."""
PARTS = ("peers", "rescan", "bytes", "memory", "console", "full")
FILES = 5_000
FULL_FILES = 400
LARGE_FILES = 100_000
FEW = 5
"""Memory is compared with that of a scan of one file in so many."""
ROUNDS = 3
WARM_FILES = 20
BYTES_FILES = 40
KEYS_LEAST = 60
"""Fewer keys while the scan was at work say nothing about one in a hundred."""
RESCAN_MOST = 1.5
BYTES_MOST = 0.25
PEAK_MIB = 250
GROWTH_MOST = 1.25
SPEED_LEAST = 0.95
P99_MS = 50

FULL_SIZE = ", full size"
SETTLE_S = 3.0
"""Files that are younger than this when they are scanned may be read once more."""

Figures = dict[str, float]
Rounds = dict[str, list[Figures]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Tell which options this benchmark has."""
    add = parser.add_argument
    add("--only", metavar="PARTS", type=_parts, help=f"with commas between, of {', '.join(PARTS)}")
    add("--peers", metavar="NAMES", type=_peers, help=f"only these of {', '.join(WANTED)}")
    add("--full-size", action="store_true", help="against the peers on files of 4 minutes, too")
    add("--library", metavar="DIR", type=_folder, help="music to use instead of made files")
    add("--n", metavar="FILES", type=int, default=FILES, help="to make for the peers (%(default)s)")
    add(
        "--full-n",
        metavar="FILES",
        type=int,
        default=FULL_FILES,
        help="to make of 4 minutes (%(default)s)",
    )
    add(
        "--large-n",
        metavar="FILES",
        type=int,
        default=LARGE_FILES,
        help="for all else (%(default)s)",
    )
    add("--rounds", metavar="N", type=int, default=ROUNDS, help="turns of each (%(default)s)")
    add("--markdown", action="store_true", help="print the table for the documentation, too")


class Found(NamedTuple):
    """What a run has found so far."""

    rounds: Rounds
    """By what was measured; a comparison with a peer has ``ours_s`` and ``theirs_s``."""
    missing: dict[str, str]
    """Why something was not measured, by the same names or that of a part."""
    faults: dict[str, str]
    """Which parts met a fault of ours."""
    titles: dict[str, str]
    """Which peers there were."""


class Place(NamedTuple):
    """Where a run keeps its files."""

    folder: Path
    given: Path | None
    """A library to use instead of made ones."""
    files: int
    full: int
    large: int
    rounds: int
    peers: list[str]

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Path]:
        """Yield an empty folder, which is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def library(self) -> Path:
        """Return the library for the peers; made on first use."""
        if self.given is not None:
            return self.given
        demo.make_library(self.folder / "library", self.files)
        return self.folder / "library"

    def few(self) -> Path:
        """Return a library of a few files to warm up with."""
        demo.make_library(self.folder / "few", WARM_FILES)
        return self.folder / "few"

    def large_library(self, files: int) -> Path:
        """Return a library of so many files; made on first use.

        A given library is linked often enough. Made ones are files of their own; a smaller one
        links the first of the large one.
        """
        large = self.folder / f"library-{files}"
        if large.exists():
            return large
        if self.given is not None:
            libraries.link(self.given, large, files)
        elif files < self.large:
            libraries.link(self.large_library(self.large), large, files)
        else:
            demo.make_library(large, files)
        return large


def run(options: argparse.Namespace) -> Report:
    """Measure, print one table and return everything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # daemons and files must not stay
    parts = options.only or [p for p in PARTS if p != "full" or options.full_size]
    before, described = ticks(), machine()
    found = Found({}, {}, {}, {})
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        place = Place(
            folder=Path(name),
            given=options.library,
            files=options.n,
            full=options.full_n,
            large=options.large_n,
            rounds=options.rounds,
            peers=options.peers or list(WANTED),
        )
        for part in parts:
            print(f"   measuring: {part}", flush=True)
            try:
                MEASURES[part](place, found)
            except MissingError as exc:
                found.missing[part] = str(exc)
            except scans.FaultError as exc:
                found.faults[part] = str(exc)
    report = Report(
        machine=described,
        peer="; ".join(found.titles.values()) or "no other program",
        bars=bars(found.rounds, found.missing, found.faults),
        noise=noise(_rates(found.rounds), ticks().since(before)),
        figures=found.rounds,
    )
    print("\n".join(lines(report)))
    if options.markdown:
        print("\n".join(["", *markdown(report)]))
    return report


def bars(rounds: Rounds, missing: dict[str, str], faults: dict[str, str]) -> list[Bar]:
    """Return what is wanted and what came of it; see :class:`Found`."""
    found = [_compared(what, some) for what, some in rounds.items() if "theirs_s" in some[0]]
    found += [
        _bytes_read(what, some[0]) for what, some in rounds.items() if "ours_bytes" in some[0]
    ]
    for what, make in (
        ("rescan", _rescanned),
        ("memory", _remembered),
        ("console", _shown),
        ("keys", _pressed),
    ):
        if what in rounds:
            found += make(rounds[what])
    found += [left_out(what, _want(what), why) for what, why in missing.items()]
    return found + [
        Bar(what=part, want="no fault", measured=why, holds=False) for part, why in faults.items()
    ]


def _want(what: str) -> str:
    """Return what is wanted of a comparison with a peer, in words; empty for anything else."""
    least = WANTED.get(what.removesuffix(FULL_SIZE))
    return f">= {least:g} x" if least else ""


def _compared(what: str, rounds: list[Figures]) -> Bar:
    first = rounds[0]
    files = first["files"]
    ours, theirs = (f"{files / _median(rounds, key):,.0f}" for key in ("ours_s", "theirs_s"))
    indexed = f"{first['ours_indexed']:,.0f} to {first['theirs_indexed']:,.0f} of {files:,.0f}"
    return at_least(
        f"scan, to {what}",
        _median_ratio(rounds, "theirs_s", "ours_s"),
        WANTED[what.removesuffix(FULL_SIZE)],
        f"{ours} to {theirs} files/s, {indexed} indexed",
    )


def _bytes_read(what: str, figures: Figures) -> Bar:
    ours, theirs = figures["ours_bytes"], figures["mutagen_bytes"]
    calls = f"{figures['ours_calls']:.0f} to {figures['mutagen_calls']:.0f} calls"
    return at_most_ratio(
        f"{what}, to mutagen.File",
        ours / theirs,
        BYTES_MOST,
        f"{ours / 1000:.1f} to {theirs / 1000:.1f} kB and {calls} a file",
    )


def _rescanned(rounds: list[Figures]) -> Iterator[Bar]:
    yield at_most_ratio(
        f"unchanged rescan of {rounds[0]['files']:,.0f}, to a bare walk",
        _median_ratio(rounds, "ours_s", "walk_s"),
        RESCAN_MOST,
        f"{_median(rounds, 'ours_s'):.2f} to {_median(rounds, 'walk_s'):.2f} s",
    )


def _remembered(rounds: list[Figures]) -> Iterator[Bar]:
    figures = rounds[0]
    few, many = figures["few_pss_mib"], figures["many_pss_mib"]
    yield Bar(
        what=f"memory of all processes, {figures['many_files']:,.0f} files",
        want=f"<= {PEAK_MIB} MiB",
        measured=f"{many:.0f} MiB PSS (its own report: {figures['many_report_mib']:.0f} MiB)",
        holds=many <= PEAK_MIB,
    )
    yield at_most_ratio(
        f"the same, to that of {figures['few_files']:,.0f} files",
        many / few,
        GROWTH_MOST,
        f"{many:.0f} to {few:.0f} MiB",
    )


def _shown(rounds: list[Figures]) -> Iterator[Bar]:
    open_, without = _median(rounds, "console_per_s"), _median(rounds, "headless_per_s")
    yield at_least(
        "scan with the console open, to headless",
        _median_ratio(rounds, "console_per_s", "headless_per_s"),
        SPEED_LEAST,
        f"{open_:,.0f} to {without:,.0f} files/s",
    )


def _pressed(rounds: list[Figures]) -> Iterator[Bar]:
    keys = rounds[0]["keys"]
    what = "key to paint during a scan, p99"
    if keys < KEYS_LEAST:
        few = f"the scan was over after {keys:.0f} keys; take more files"
        yield left_out(what, f"<= {P99_MS} ms", few)
    else:
        yield at_most(what, rounds[0]["p99_ms"], P99_MS, "ms")


def _median(rounds: list[Figures], key: str) -> float:
    return statistics.median(figures[key] for figures in rounds)


def _median_ratio(rounds: list[Figures], above: str, below: str) -> float:
    """Return the median of the ratios, each of two turns that were taken one after the other."""
    return statistics.median(figures[above] / figures[below] for figures in rounds)


def _against_peers(place: Place, found: Found) -> None:
    _compare(place, place.library(), found, "")


def _against_peers_full_size(place: Place, found: Found) -> None:
    """The same with files as large as life; each has several names, so that there are enough."""
    with place.fresh() as folder:
        libraries.full_size(folder / "made", place.full)
        libraries.link(folder / "made", folder / "music", max(place.files, place.full))
        _compare(place, folder / "music", found, FULL_SIZE)


def _compare(place: Place, library: Path, found: Found, suffix: str) -> None:
    """Let every peer and us take turns on a library."""
    files = len(libraries.audio_files(library))
    there: dict[str, Peer] = {}
    few = place.few()
    _first_scan(place, few)
    for name, make in music_peers.makers(cores()).items():
        if name not in place.peers:
            continue
        with _or_missing(found, name + suffix):
            peer = make()
            _turn(place, peer, few)  # compiles what is to be compiled, and may fail
            there[name], found.titles[name] = peer, peer.title
    for number in range(1, place.rounds + 1):
        for name, peer in there.items():
            what = name + suffix
            if what in found.missing:
                continue
            ours = _first_scan(place, library)
            with _or_missing(found, what):
                theirs = _turn(place, peer, library)
                figures = {
                    "files": files,
                    "ours_s": ours.seconds,
                    "theirs_s": theirs.seconds,
                    "ours_indexed": ours.indexed,
                    "theirs_indexed": theirs.indexed,
                }
                found.rounds.setdefault(what, []).append(figures)
                took = f"{ours.seconds:.2f} to {theirs.seconds:.2f} s"
                print(f"   round {number}, to {what}: {took}", flush=True)


@contextlib.contextmanager
def _or_missing(found: Found, what: str) -> Iterator[None]:
    """Note why something cannot be measured; what was measured of it before does not count."""
    try:
        yield
    except MissingError as exc:
        found.missing[what] = str(exc)
        found.rounds.pop(what, None)


def _turn(place: Place, peer: Peer, library: Path) -> music_peers.Round:
    libraries.read_all(library)
    with place.fresh() as folder:
        return peer.run(library, folder)


def _first_scan(place: Place, library: Path) -> scans.Scan:
    libraries.read_all(library)
    with place.fresh() as folder:
        return scans.scan(library, folder / "data")


def _rescan(place: Place, found: Found) -> None:
    """Scan a large library, then again and again, in turn with a bare walk."""
    library = place.large_library(place.large)
    time.sleep(SETTLE_S)
    with place.fresh() as folder:
        first = scans.scan(library, folder / "data")
        for _ in range(place.rounds + 2):
            walk_s = scans.walk(library)
            again = scans.scan(library, folder / "data")
            items = again.report["items"]
            if items["done"] or items["total"] != first.report["items"]["total"]:
                raise scans.FaultError(f"a rescan of what has not changed read files: {items}")
            figures = {"files": items["total"], "ours_s": again.seconds, "walk_s": walk_s}
            found.rounds.setdefault("rescan", []).append(figures)


def _bytes(place: Place, found: Found) -> None:
    for name, endings in (("MP3", ("mp3", "v2.mp3")), ("FLAC", ("flac",))):
        what = f"read of {name} files with covers"
        with _or_missing(found, what), place.fresh() as folder:
            libraries.full_size(folder / "music", BYTES_FILES, covers=1, endings=endings)
            paths = libraries.audio_files(folder / "music")
            env = scans.environment(folder)
            figures: Figures = {}
            for reader in ("ours", "mutagen"):
                read = music_peers.read_bytes(reader, paths, env)
                figures |= {f"{reader}_{k}": read[k] / read["read"] for k in ("bytes", "calls")}
            found.rounds[what] = [figures]


def _memory(place: Place, found: Found) -> None:
    figures: Figures = {}
    for name, files in (("few", place.large // FEW), ("many", place.large)):
        with place.fresh() as folder:
            scan = scans.scan(place.large_library(files), folder / "data", watch=True)
        if not scan.peak.pss_mib:
            raise MissingError("this kernel does not say what processes share")
        figures |= {
            f"{name}_files": files,
            f"{name}_pss_mib": scan.peak.pss_mib,
            f"{name}_processes": scan.peak.processes,
            f"{name}_report_mib": scan.report["peak_rss_mib"],
        }
    found.rounds["memory"] = [figures]


def _console(place: Place, found: Found) -> None:
    """Scan without and with a screen, in turn; then press keys during a scan.

    Both rates are those of the engine, so that the start of the console does not count.
    """
    library = place.large_library(place.large)
    for _ in range(place.rounds):
        rates: Figures = {}
        for name in ("headless", "console"):
            libraries.read_all(library)
            with place.fresh() as folder:
                if name == "console":
                    scans.with_console(library, folder / "data")
                else:
                    scans.scan(library, folder / "data")
                batch = scans.newest(folder / "data")
            if batch is None or batch.state != "done":
                raise scans.FaultError(f"the scan ({name}) came to nothing: {batch}")
            rates[f"{name}_per_s"] = batch.total / batch.worked_s
        found.rounds.setdefault("console", []).append(rates)
    with place.fresh() as folder:
        took_ms = bench_keys.measure(library, folder / "data")
    p99_ms = bench_keys.percentile(took_ms, 0.99) if took_ms else 0.0
    found.rounds["keys"] = [{"keys": len(took_ms), "p99_ms": p99_ms}]


MEASURES: dict[str, Callable[[Place, Found], None]] = {
    "peers": _against_peers,
    "rescan": _rescan,
    "bytes": _bytes,
    "memory": _memory,
    "console": _console,
    "full": _against_peers_full_size,
}


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return libraries.music_folder(Path(text).resolve())


def _parts(text: str) -> list[str]:
    return _words(text, PARTS)


def _peers(text: str) -> list[str]:
    return _words(text, tuple(WANTED))


def _words(text: str, known: tuple[str, ...]) -> list[str]:
    given = [word for word in text.split(",") if word]
    if unknown := [word for word in given if word not in known]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: of {', '.join(known)}")
    return given


def _rates(rounds: Rounds) -> dict[str, list[float]]:
    """Return what should be the same in all rounds, for whoever judges the noise."""
    keys = ("ours_s", "theirs_s", "walk_s", "headless_per_s")
    return {
        f"{what}, {key}": [figures[key] for figures in some]
        for what, some in rounds.items()
        for key in keys
        if key in some[0]
    }
