"""Figures, what is wanted of them, and whether the machine was quiet enough to say so."""

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

SPREAD_MOST = 0.35
"""(largest - smallest) / median of the rounds of one figure; beyond it the machine is too noisy."""
OTHERS_MOST = 0.1
"""So much of the processor's time may go to processes that are no part of the measurement. Our
children are niced, Celery's are not: what else runs on a machine slows us more than Celery."""
STOLEN_MOST = 0.05


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    what: str
    want: str
    measured: str
    holds: bool | None = None
    """None: nothing is wanted of it, or there was nothing to compare with."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark found."""

    machine: str
    peer: str
    bars: list[Bar]
    noise: list[str]
    """Why the figures are not to be trusted; empty: they are."""
    figures: dict[str, list[dict[str, float]]]
    """All rounds of all measurements."""

    @property
    def fell_short(self) -> bool:
        """Whether something that is wanted does not hold."""
        return any(bar.holds is False for bar in self.bars)


def at_most(what: str, value: float, most: float, unit: str) -> Bar:
    """Return the line of a figure that has an upper bound."""
    measured = f"{shown(value)} {unit}"
    return Bar(what=what, want=f"<= {most:g} {unit}", measured=measured, holds=value <= most)


def at_least(what: str, ratio: float, least: float, measured: str) -> Bar:
    """Return the line of a ratio that has a lower bound; ``measured`` says what it is made of."""
    measured = f"{measured}, {shown(ratio)} x"
    return Bar(what=what, want=f">= {least:g} x", measured=measured, holds=ratio >= least)


def at_most_ratio(what: str, ratio: float, most: float, measured: str) -> Bar:
    """Return the line of a ratio that has an upper bound; ``measured`` says what it is made of."""
    measured = f"{measured}, {shown(ratio)} x"
    return Bar(what=what, want=f"<= {most:g} x", measured=measured, holds=ratio <= most)


def left_out(what: str, want: str, why: str) -> Bar:
    """Return the line of what could not be measured."""
    return Bar(what=what, want=want, measured=f"left out: {why}")


def shown(value: float) -> str:
    """Return a figure with three digits, more only before the point."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def spread(values: Sequence[float]) -> float:
    """Return the distance of the largest from the smallest, in medians."""
    return (max(values) - min(values)) / statistics.median(values)


class Ticks(NamedTuple):
    """Processor time since the machine started, in clock ticks of all cores together."""

    total: int
    busy: int
    stolen: int
    """What the hypervisor gave to other machines."""
    own: float
    """What this process and those of its children that have ended took."""

    def since(self, before: "Ticks") -> "Ticks":
        """Return what went by."""
        return Ticks(
            self.total - before.total,
            self.busy - before.busy,
            self.stolen - before.stolen,
            self.own - before.own,
        )


def ticks() -> Ticks:
    """Return the counters now; from ``/proc/stat``, see proc(5)."""
    values = [int(v) for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle, waiting, stolen = values[3], values[4], values[7]
    own_s = sum(os.times()[:4])
    total = sum(values)
    busy = total - idle - waiting - stolen
    return Ticks(total, busy, stolen, own_s * os.sysconf("SC_CLK_TCK"))


def noise(rounds: Mapping[str, Sequence[float]], took: Ticks) -> list[str]:
    """Return why a machine was too noisy: other work, stolen time, or rounds that differ.

    Args:
        rounds: by name, the same figure of several rounds.
        took: processor time while all was measured.
    """
    found = []
    if (others := (took.busy - took.own) / took.total) > OTHERS_MOST:
        found.append(f"others took {others:.0%} of the processor's time")
    if (stolen := took.stolen / took.total) > STOLEN_MOST:
        found.append(f"{stolen:.0%} of the processor's time was stolen")
    for name, values in rounds.items():
        if spread(values) > SPREAD_MOST:
            listed = ", ".join(map(shown, values))
            found.append(f"{name} differs by {spread(values):.0%} between rounds: {listed}")
    return found


def machine() -> str:
    """Return one line on this machine and its load now."""
    cores = len(os.sched_getaffinity(0))
    system = os.uname()
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    return f"{cores} cores, {system.machine}, Linux {system.release.split('-')[0]}, load {loads}"


def lines(report: Report) -> list[str]:
    """Return a report for people."""
    head = ("", "want", "measured", "holds")
    words = {True: "yes", False: "NO", None: "-"}
    rows = [head, *((b.what, b.want, b.measured, words[b.holds]) for b in report.bars)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    table = ["   " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    quiet = [f"   TOO NOISY to be sure: {why}" for why in report.noise]
    return [f"   {report.machine}", f"   against {report.peer}", *table, *quiet]


def markdown(report: Report) -> list[str]:
    """Return a report's table for a page of the documentation."""
    words = {True: "holds", False: "falls short", None: ""}
    cells = [(b.what, b.want or "—", b.measured, words[b.holds]) for b in report.bars]
    rows = ["| " + " | ".join(c.replace("|", "\\|") for c in row).rstrip() + " |" for row in cells]
    return ["| | wanted | measured | |", "|---|---|---|---|", *rows]
