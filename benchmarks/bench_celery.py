"""Our host against Celery prefork with 2 processes each; nothing of the screen.

What is wanted is a promise of ours: the exit status is 1 when one of them does not hold. Celery
and redis-py are installed by pip into an environment of their own below the cache or temporary
directory; without them our own figures stand alone. Ours commits every job with
``synchronous=FULL``; Redis keeps nothing on disk, and no results are stored.
"""

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.versus.celery_peer import Celery
from benchmarks.versus.environment import MissingError
from benchmarks.versus.nothing import STAMPS, offer
from benchmarks.versus.table import Bar, Report, at_most, lines, machine, noise, shown, ticks

ROUNDS = 5
TASKS = 5_000
TRANSITIONS = 3
"""Of a no-op job: queued, running, done."""
WITHIN_S = 120.0

Figures = dict[str, float]


def run() -> Report:
    """Measure, print one table and return everything."""
    before = ticks()
    described = machine()
    celery, why = _celery()
    figures: dict[str, list[Figures]] = {"rate": [], "boot": []}
    if celery is not None:
        figures |= {"celery": [], "celery acks_late": []}
    for number in range(1, ROUNDS + 1):
        figures["rate"].append(_alone("rate"))
        figures["boot"].append(_alone("boot"))
        if celery is not None:
            figures["celery"].append(celery.round(TASKS)._asdict())
            figures["celery acks_late"].append(celery.round(TASKS, acks_late=True)._asdict())
        latest = ", ".join(f"{name} {_words(rounds[-1])}" for name, rounds in figures.items())
        print(f"   round {number}: {latest}")
    figures["replaced"] = [_alone("replaced")]
    figures["queued"], figures["requeued"] = map(list, zip(_many_queued(), strict=True))
    rates = {
        f"{name}, {key}": [figures_[key] for figures_ in figures[name]]
        for name, key in (
            ("rate", "jobs_per_s"),
            ("boot", "boot_s"),
            ("celery", "tasks_per_s"),
            ("celery", "boot_s"),
        )
        if name in figures
    }
    report = Report(
        machine=described,
        peer=celery.versions if celery else f"nothing: {why}",
        bars=bars(figures),
        noise=noise(rates, ticks().since(before)),
        figures=figures,
    )
    print("\n".join(lines(report)))
    return report


def bars(figures: dict[str, list[Figures]]) -> list[Bar]:
    """Return what is wanted and what came of it."""
    ours, boot_s = _median(figures["rate"], "jobs_per_s"), _median(figures["boot"], "boot_s")
    per_byte = _median(figures["rate"], "bytes_per_job") / TRANSITIONS
    replaced = figures["replaced"][0]
    queued, requeued = figures["queued"][0], figures["requeued"][0]
    idle_mib = queued["idle_mib"]
    return [
        *_compared(figures, ours, boot_s),
        at_most("100,000 queued: above idle", queued["queued_mib"] - idle_mib, 60, "MiB"),
        at_most("the same after kill -9", requeued["queued_mib"] - idle_mib, 60, "MiB"),
        at_most("kill -9 to a job running", requeued["running_s"], 1, "s"),
        at_most("written for a transition", per_byte / 1000, 2, "kB"),
        at_most("lag of the event loop, p99", _median(figures["rate"], "lag_p99_ms"), 10, "ms"),
        at_most("child replaced, median", replaced["median_ms"], 50, "ms"),
        at_most(f"child replaced, most of {replaced['kills']:.0f}", replaced["max_ms"], 50, "ms"),
    ]


def _compared(figures: dict[str, list[Figures]], ours: float, boot_s: float) -> Iterator[Bar]:
    if not figures.get("celery"):
        yield Bar(what="no-op jobs", want=">= 5 x Celery", measured=f"{ours:,.0f}/s")
        yield Bar(what="start to first job", want="<= 1/4 Celery", measured=f"{boot_s:.2f} s")
        return
    for name, want in (("celery", ">= 5 x"), ("celery acks_late", "")):
        theirs = _median(figures[name], "tasks_per_s")
        ratio = _ratio(figures["rate"], "jobs_per_s", figures[name], "tasks_per_s")
        yield Bar(
            what=f"no-op jobs, against {name}",
            want=want,
            measured=f"{ours:,.0f} to {theirs:,.0f} per s, {ratio:.1f} x",
            holds=ratio >= 5 if want else None,
        )
    theirs_s = _median(figures["celery"], "boot_s")
    ratio = _ratio(figures["boot"], "boot_s", figures["celery"], "boot_s")
    yield Bar(
        what="start to first job",
        want="<= 0.25 x",
        measured=f"{boot_s:.2f} to {theirs_s:.2f} s, {ratio:.2f} x",
        holds=ratio <= 0.25,
    )


def _celery() -> tuple[Celery | None, str]:
    try:
        celery = Celery()
        celery.round(10)
    except MissingError as exc:
        return None, str(exc)
    return celery, ""


def _alone(name: str) -> Figures:
    """Measure one thing of ours in a process and a data directory of their own."""
    with _place() as (folder, env):
        started_s = time.monotonic()
        figures = _measure(name, folder, env)
    if name == "boot":
        return {"boot_s": figures["done_at_s"] - started_s}
    return figures


def _many_queued() -> tuple[Figures, Figures]:
    """Queue many jobs, kill the host, start another; return what each says."""
    with _place() as (folder, env):
        with subprocess.Popen(
            _command("queued", folder), env=env, stdout=subprocess.PIPE
        ) as process:
            try:
                assert process.stdout is not None
                before: Figures = msgspec.json.decode(process.stdout.readline())
            finally:
                process.send_signal(signal.SIGKILL)
        stamps = Path(env[STAMPS])
        stamps.unlink()
        started_s = time.monotonic()
        after = _measure("requeued", folder, env)
        running_at_s = float(stamps.read_text().split()[1])
    return before, {**after, "running_s": running_at_s - started_s}


def _measure(name: str, folder: Path, env: dict[str, str]) -> Figures:
    done = subprocess.run(
        _command(name, folder), env=env, stdout=subprocess.PIPE, check=True, timeout=WITHIN_S
    )
    figures: Figures = msgspec.json.decode(done.stdout)
    return figures


@contextmanager
def _place() -> Iterator[tuple[Path, dict[str, str]]]:
    """A data directory on a real disk, and an environment with our importer."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        yield Path(name) / "data", offer(Path(name) / "offer")


def _command(name: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.versus.ours", name, str(folder)]


def _median(rounds: list[Figures], key: str) -> float:
    return statistics.median(figures[key] for figures in rounds)


def _ratio(ours: list[Figures], mine: str, theirs: list[Figures], other: str) -> float:
    """Return the median of the ratios of rounds that were run one after the other."""
    return statistics.median(a[mine] / b[other] for a, b in zip(ours, theirs, strict=True))


def _words(figures: Figures) -> str:
    key = next(key for key in figures if key.endswith(("per_s", "boot_s")))
    return f"{shown(figures[key])}{'/s' if key.endswith('per_s') else ' s'}"
