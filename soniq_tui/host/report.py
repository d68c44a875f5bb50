"""What is said of a batch: a few lines for people, an exit status for scripts."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from soniq_tui.model.job import BATCH_ENDED, BatchState, Items
from soniq_tui.model.report import ERRORS_MOST, Report
from soniq_tui.model.text import MAX_CHARS, shown
from soniq_tui.words import _, figure, in_use, labelled, many, spelt
from soniq_tui.words.told import label, told

ERRORS_PRINTED = 10
SLOW_PER_S = 1.0
"""Less than this is told by the minute."""
FILTERS = {"tracks_read_again": "changed", "moved_files": "moved", "missing_files": "gone"}
"""Changes that a filter of the library finds."""
READ_S = 300.0
"""So long a report may lie about before somebody does what it says."""
_GRAVITY = (0, 1, 4, 3)
"""Exit statuses, the gravest last."""


class _Ended(Protocol):
    """A batch, as far as an exit status tells of it."""

    @property
    def state(self) -> str: ...
    @property
    def items(self) -> Items: ...


def exit_status(batch: _Ended) -> int:
    """Return 0: all done or skipped, 1: some failed, 3: the batch did, 4: it was cancelled."""
    if batch.state == BatchState.FAILED:
        return 3
    if batch.state == BatchState.CANCELLED:
        return 4  # whoever goes on after it must not take it for done
    return 1 if batch.items.failed else 0


def worst(reports: Sequence[Report]) -> int:
    """Return the exit status of several: the gravest."""
    return max(map(exit_status, reports), key=_GRAVITY.index, default=0)


def called(importer: str, text: str, number: object = "", most: int = MAX_CHARS) -> str:
    """Return what a batch is called, of at most ``most`` signs beside its importer.

    Its ``number`` is given where there are others, which may be called the same.
    """
    return (f"#{number} " if number else "") + f"{importer} {shown(label(text), most)}"


def lines(
    report: Report, *, numbered: bool = False, blank: str = " ", now_s: float | None = None
) -> list[str]:
    """Return a report for people, in the language in use.

    Args:
        report: what came of a batch.
        numbered: there are others.
        blank: stands for blanks in names of items that failed.
        now_s: seconds since 1970; None: as the clock says.
    """
    state = _(report.state)
    if report.state not in BATCH_ENDED:
        state = _("interrupted; 'soniq-tui resume' finishes the rest")
    elif report.state == BatchState.CANCELLED:
        state = _("cancelled; 'soniq-tui retry {n}' does the rest").format(n=report.batch)
    name = called(report.importer, report.label, report.batch if numbered else "")
    text = [
        _("{batch}: {state}").format(batch=name, state=state),
        f"  {counts(report.items)}",
        "  "
        + _("{seconds} s, {pace}, at most {mib} MiB").format(
            seconds=spelt(f"{report.duration_s:.1f}"),
            pace=pace(report.items_per_s, _(" items")),
            mib=f"{report.peak_rss_mib:.0f}",
        ),
    ]
    if not report.items.total and report.state == BatchState.DONE:
        text[1] = "  " + _("nothing was found there")
    if report.changes:
        words = ((_(word.replace("_", " ")), figure(n)) for word, n in report.changes.items())
        text.append("  " + ", ".join(labelled(word, n) for word, n in words))
        text += _which(report, time.time() if now_s is None else now_s)
    kinds = _kinds(report)
    if len(report.errors) > 1:
        counted = ", ".join(f"{figure(count)} {kind_word(kind)}" for kind, count in kinds.items())
        line = _("failed: {counted}")
        if report.items.failed > sum(kinds.values()):
            line = _("failed (the first {n}): {counted}")
        text.append("  " + line.format(n=figure(ERRORS_MOST), counted=counted))
    order = list(kinds)
    errors = sorted(report.errors, key=lambda error: order.index(error.kind.value))
    text += [
        "  ✗ "
        + _("{kind}: {item}: {reason}").format(
            kind=kind_word(error.kind.value),
            item=shown(error.item).replace(" ", blank),
            reason=shown(told(error.reason)),
        )
        for error in errors[:ERRORS_PRINTED]
    ]
    more = len(report.errors) - ERRORS_PRINTED
    if more > 0:
        line = _("… and many more: {command}")
        if len(report.errors) < ERRORS_MOST:
            line = _("… and {n} more: {command}")
        command = f"'soniq-tui export errors --batch {report.batch}'"
        text.append("  " + line.format(n=figure(more), command=command))
    return text


def _which(report: Report, now_s: float) -> list[str]:
    """Return what lists the files that a scan found changed, moved or gone.

    As far back as it began: a batch may have stood still, and ended long ago.
    """
    began_s = datetime.fromisoformat(report.started_at).timestamp()
    age = f"{max(1, math.ceil((now_s - began_s + READ_S) / 3600))}h"
    found = [
        f"'soniq-tui search {name}:{age}'"
        for word, name in FILTERS.items()
        if report.changes.get(word)
    ]
    return ["  " + _("which they are: {commands}").format(commands=", ".join(found))] * bool(found)


def logged(report: Report) -> str:
    """Return a report for the log, which is English."""
    items = report.items
    counted = f"{items.done:,} done, {items.skipped:,} skipped, {items.failed:,} failed"
    left = items.total - items.ended
    counted += f", {left:,} left" if left > 0 else ""
    counted += "".join(f", {word.replace('_', ' ')}: {n:,}" for word, n in report.changes.items())
    return (
        f"{report.importer} {shown(report.label)}: {report.state}; {items.total:,} items: {counted}"
        f"; {report.duration_s:.1f} s, {pace(report.items_per_s, ' items', '{:,.0f}'.format)}"
        f", at most {report.peak_rss_mib:.0f} MiB"
    )


def counts(items: Items) -> str:
    """Return what became of the items of a batch, in the language in use."""
    parts = (
        many("{n} done", "{n} done", items.done),
        many("{n} skipped", "{n} skipped", items.skipped),
        many("{n} failed", "{n} failed", items.failed),
    )
    total = many("{n} item", "{n} items", items.total)
    return labelled(total, ", ".join([*parts, *_left(items)]))


def _left(items: Items) -> list[str]:
    """Return what a batch has not come to, which a cancelled or interrupted one tells."""
    left = items.total - items.ended
    return [many("{n} left", "{n} left", left)] if left > 0 else []


def kind_word(kind: str) -> str:
    """Return a kind of failure for people; in English as filters and scripts have it."""
    return kind if in_use() == "en" else _(kind.replace("_", " "))


def _kinds(report: Report) -> dict[str, int]:
    """Return how many failed by kind, the most frequent first; of an older host the errors tell."""
    counts = Counter(error.kind.value for error in report.errors) | Counter(report.failed_by_kind)
    return dict(counts.most_common())


def pace(items_per_s: float, what: str = "", write: Callable[[float], str] = figure) -> str:
    """Return a rate by the second, or by the minute where that says more: 0.2/s is 12/min."""
    if 0 < items_per_s < SLOW_PER_S:
        return f"{write(items_per_s * 60)}{what}/min"
    return f"{write(items_per_s)}{what}/s"


def duration(seconds: float) -> str:
    """Return a time in one unit: ``95 s``, ``12 min``, ``30 h``."""
    whole = max(0, round(seconds))
    if whole < 100:  # noqa: PLR2004  longer reads better in minutes
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 100 else f"{round(minutes / 60)} h"  # noqa: PLR2004
