"""What is said of a batch: a few lines for people, an exit status for scripts."""

from collections import Counter

from soniq_tui.model.job import BATCH_ENDED, BatchState
from soniq_tui.model.report import ERRORS_MOST, Report
from soniq_tui.model.text import shown

ERRORS_PRINTED = 10
SLOW_PER_S = 1.0
"""Less than this is told by the minute."""


def exit_status(report: Report) -> int:
    """Return 0 when all items are done or skipped, 1 when some failed, 3 when the batch did."""
    if report.state == BatchState.FAILED.value:
        return 3
    return 1 if report.items.failed else 0


def lines(report: Report) -> list[str]:
    """Return a report for people."""
    items = report.items
    counts = f"{items.done:,} done, {items.skipped:,} skipped, {items.failed:,} failed"
    speed = f"{pace(report.items_per_s, ' items')}, at most {report.peak_rss_mib:.0f} MiB"
    state = report.state
    if state not in {each.value for each in BATCH_ENDED}:
        state = "interrupted; 'soniq-tui resume' finishes the rest"
    text = [
        f"{report.importer} {shown(report.label)}: {state}",
        f"  {items.total:,} items: {counts}",
        f"  {report.duration_s:.1f} s, {speed}",
    ]
    if not items.total and report.state == BatchState.DONE.value:
        text[1] = "  nothing was found there"
    kinds = _kinds(report)
    if len(report.errors) > 1:
        told = sum(kinds.values())
        cut = f" (the first {ERRORS_MOST:,})" if items.failed > told else ""
        counted = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
        text.append(f"  failed{cut}: {counted}")
    order = list(kinds)
    errors = sorted(report.errors, key=lambda error: order.index(error.kind.value))
    text += [
        f"  ✗ {error.kind.value}: {shown(error.item)}: {shown(error.reason)}"
        for error in errors[:ERRORS_PRINTED]
    ]
    more = len(report.errors) - ERRORS_PRINTED
    if more > 0:
        count = f"{more:,}" if len(report.errors) < ERRORS_MOST else "many"
        text.append(f"  … and {count} more: soniq-tui export errors --batch {report.batch}")
    return text


def _kinds(report: Report) -> dict[str, int]:
    """Return how many failed by kind, the most frequent first; of an older host the errors tell."""
    counts = Counter(error.kind.value for error in report.errors) | Counter(report.failed_by_kind)
    return dict(counts.most_common())


def pace(items_per_s: float, what: str = "") -> str:
    """Return a rate by the second, or by the minute where that says more: 0.2/s is 12/min."""
    if 0 < items_per_s < SLOW_PER_S:
        return f"{items_per_s * 60:,.0f}{what}/min"
    return f"{items_per_s:,.0f}{what}/s"
