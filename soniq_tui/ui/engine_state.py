"""The sign and word at the right end of every title: what the engine is doing. Pure."""

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui.action_context import PAUSED_BATCH, jobs_paused
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.words import _


def state_of(
    snapshot: Snapshot,
    glyphs: Glyphs,
    *,
    frozen: bool,
    lost: bool = False,
    silent_s: float = 0.0,
) -> tuple[str, str]:
    """Return the sign and word at the right end of the header."""
    if lost or silent_s:
        word = _("lost") if lost else _("no answer for {n} s").format(n=f"{silent_s:.0f}")
        return f"{glyphs.failed} {word}", "bad"
    if frozen:
        return f"{glyphs.paused} {_('frozen')}", "warn"
    if snapshot.banner:
        return f"{glyphs.failed} {_('held')}", "warn"
    return _work_of(snapshot, glyphs)


def _work_of(snapshot: Snapshot, glyphs: Glyphs) -> tuple[str, str]:
    """Return whether anything runs, is about to be cancelled, waits, is paused, or nothing is."""
    if snapshot.active:
        return f"{glyphs.running} {_('live')}", "accent"
    if any(b.undo_s is not None for b in snapshot.batches):
        return f"{glyphs.failed} {_('cancelling')}", "bad"
    going = [b for b in snapshot.batches if b.state is BatchState.RUNNING and b.waiting]
    halted = [b for b in going if jobs_paused(b, snapshot)]
    if len(halted) < len(going):
        return f"{glyphs.queued} {_('waiting')}", "muted"
    if halted or any(b.state in PAUSED_BATCH for b in snapshot.batches):
        return f"{glyphs.paused} {_('paused')}", "warn"
    return f"{glyphs.queued} {_('idle')}", "muted"
