"""Commands that ask the engine for one thing: pause, cancel, slots and the like.

What they do is ``host/verbs.py``.
"""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.model.commands import (
    Cancel,
    Command,
    Hold,
    Pause,
    Resize,
    Resume,
    Retry,
    SetPriority,
    Target,
)
from soniq_tui.verbs.table import verb


def _ask(ctx: click.Context, given: dict[str, str | None], command: Command) -> int:
    """Ask the engine, or write down for the next one, what a verb means."""
    from soniq_tui.host import verbs

    return verbs.run(settings_from(ctx, given), command)


def _target(batch: str) -> Target:
    from soniq_tui.host.verbs import target_of

    return target_of(batch)


@verb(epilog="Example: soniq-tui pause 3")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def pause(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Start nothing more of a batch, or of all; what runs stops at its next item."""
    return _ask(ctx, given, Pause(target=_target(batch)))


@verb(epilog="Example: soniq-tui unpause all")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def unpause(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Take up a paused batch again, or all of them."""
    return _ask(ctx, given, Resume(target=_target(batch)))


@verb(epilog="Example: soniq-tui cancel 3")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def cancel(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Give a batch up, or all; what is done stays. There is no undo here."""
    return _ask(ctx, given, Cancel(target=_target(batch)))


@verb(epilog="Example: soniq-tui retry 3 --failed")
@click.argument("batch", type=int, metavar="BATCH")
@click.option("--failed", is_flag=True, help="Only what failed, not what was cancelled.")
@common
@click.pass_context
def retry(ctx: click.Context, /, batch: int, failed: bool, **given: str | None) -> int:
    """Queue again what failed of a batch; of a cancelled one also what was left of it."""
    target = Target(batches=(batch,), text="state:failed" if failed else "")
    return _ask(ctx, given, Retry(target=target))


@verb(epilog="Example: soniq-tui priority 3 10", context_settings={"ignore_unknown_options": True})
@click.argument("batch", metavar="BATCH|all")
@click.argument("priority", type=int, metavar="N")
@common
@click.pass_context
def priority(ctx: click.Context, /, batch: str, priority: int, **given: str | None) -> int:
    """Set the priority of a batch; larger starts sooner, 0 is what each begins with."""
    return _ask(ctx, given, SetPriority(target=_target(batch), priority=priority))


@verb(epilog="Example: soniq-tui slots extract 2")
@click.argument("queue", metavar="QUEUE")
@click.argument("slots", type=int, metavar="N")
@common
@click.pass_context
def slots(ctx: click.Context, /, queue: str, slots: int, **given: str | None) -> int:
    """Let a queue run so many jobs at once; what runs is never stopped for it."""
    return _ask(ctx, given, Resize(queue=queue, slots=slots))


@verb(epilog="Example: soniq-tui hold fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def hold(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Start nothing more from a queue, whatever the batch."""
    return _ask(ctx, given, Hold(queue=queue))


@verb(epilog="Example: soniq-tui release fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def release(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Let a held queue go on."""
    return _ask(ctx, given, Hold(queue=queue, held=False))
