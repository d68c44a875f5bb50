"""Commands that ask the engine for one thing: pause, cancel, slots and the like.

What they do is ``host/verbs.py``.
"""

import functools
from typing import Any

import click

from soniq_tui.cli import Command as CommandFunction
from soniq_tui.cli import common, settings_from
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Command,
    Hold,
    Pause,
    Resize,
    Resume,
    Retry,
    SetPriority,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.verbs.table import Share, verb
from soniq_tui.words import _


def _ask(ctx: click.Context, given: dict[str, str | None], command: Command) -> int:
    """Ask the engine, or write down for the next one, what a verb means."""
    from soniq_tui.host import verbs

    return verbs.run(settings_from(ctx, given), command)


BATCH = "BATCH|all"

_job_option = click.option(
    "--job", "jobs", type=int, multiple=True, metavar="N",
    help="This job; can be given several times.",
)  # fmt: skip
_filter_option = click.option("--filter", "text", metavar="TEXT", help="Jobs that a filter finds.")


def aimed(function: CommandFunction) -> CommandFunction:
    """Let a command mean single jobs, or those that a filter finds; they come as ``target``."""

    @functools.wraps(function)
    def with_target(
        *args: Any, batch: str | None, jobs: tuple[int, ...], text: str | None, **given: Any
    ) -> int | None:
        from soniq_tui.host.verbs import target_of

        return function(*args, target=target_of(batch, jobs, text), **given)

    made: CommandFunction = with_target
    for option in (_filter_option, _job_option):
        made = option(made)
    return made


_batch = click.argument("batch", required=False, metavar=f"[{BATCH}]")


@verb(epilog="Example: soniq-tui pause 3")
@_batch
@aimed
@click.option("--hard", is_flag=True, help="Stop what runs where it is (SIGSTOP), memory and all.")
@common
@click.pass_context
def pause(ctx: click.Context, /, target: Target, hard: bool, **given: str | None) -> int:
    """Start nothing more of a batch, or of all; what runs stops at its next item.

    With --job or --filter only those jobs.
    """
    return _ask(ctx, given, Pause(target=target, hard=hard))


@verb(epilog="Example: soniq-tui unpause all")
@_batch
@aimed
@common
@click.pass_context
def unpause(ctx: click.Context, /, target: Target, **given: str | None) -> int:
    """Take up a paused batch again, or all of them, or single jobs."""
    return _ask(ctx, given, Resume(target=target))


@verb(epilog="Example: soniq-tui cancel 3")
@_batch
@aimed
@click.option(
    "--undo",
    "undo_s",
    type=Share(0, 3600),
    default=0.0,
    metavar="SECONDS",
    help="Leave so long to take it back with 'undo'; an engine has to run.",
)
@common
@click.pass_context
def cancel(ctx: click.Context, /, target: Target, undo_s: float, **given: str | None) -> int:
    """Give a batch up, or all, or single jobs; what is done stays."""
    return _ask(ctx, given, Cancel(target=target, undo_s=undo_s))


@verb(epilog="Example: soniq-tui undo")
@common
@click.pass_context
def undo(ctx: click.Context, /, **given: str | None) -> int:
    """Take back what was asked for last: a cancel within its time, a pause, a priority, slots."""
    return _ask(ctx, given, Undo())


@verb(epilog="Example: soniq-tui retry 3 --failed")
@_batch
@aimed
@click.option("--failed", is_flag=True, help="Only what failed, not what was cancelled.")
@common
@click.pass_context
def retry(ctx: click.Context, /, target: Target, failed: bool, **given: str | None) -> int:
    """Queue again what failed of a batch, or of all; of a cancelled one also what was left of it.

    With --job or --filter only those jobs.
    """
    named = bool(target.batches or target.jobs)
    if (failed or not named) and not target.jobs:
        target = Target(batches=target.batches, text=f"state:failed {target.text}".strip())
    return _ask(ctx, given, Retry(target=target))


@verb(epilog="Example: soniq-tui priority 3 10", context_settings={"ignore_unknown_options": True})
@click.argument("values", nargs=-1, required=True, metavar=f"[{BATCH}] N")
@_job_option
@_filter_option
@common
@click.pass_context
def priority(
    ctx: click.Context,
    /,
    values: tuple[str, ...],
    jobs: tuple[int, ...],
    text: str | None,
    **given: str | None,
) -> int:
    """Set the priority of a batch; larger starts sooner, 0 is what each begins with.

    With --job or --filter N is a step by which those jobs start sooner, or later with -N.
    """
    from soniq_tui.host.verbs import target_of

    *batches, number = values
    if len(batches) > 1:
        text = _("too many words: {words}")
        raise click.UsageError(text.format(words=" ".join(values)), ctx)
    try:
        count = int(number)
    except ValueError as exc:
        text = _("{number} is no whole number")
        raise click.UsageError(text.format(number=repr(number)), ctx) from exc
    target = target_of(batches[0] if batches else None, jobs, text)
    if target.jobs or target.text:
        return _ask(ctx, given, ShiftPriority(target=target, step=count))
    return _ask(ctx, given, SetPriority(target=target, priority=count))


@verb(epilog="Example: soniq-tui slots extract 2")
@click.argument("queue", metavar="QUEUE")
@click.argument("slots", type=int, metavar="N")
@common
@click.pass_context
def slots(ctx: click.Context, /, queue: str, slots: int, **given: str | None) -> int:
    """Let a queue run so many jobs at once; what runs is never stopped for it.

    Key Q and 'status --json' name the queues: music is read in 'extract', pages in 'scrape'.
    """
    return _ask(ctx, given, Resize(queue=queue, slots=slots))


@verb(epilog="Example: soniq-tui hold fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def hold(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Start nothing more from a queue, whatever the batch.

    Key Q and 'status --json' name the queues: music is read in 'extract', pages in 'scrape'.
    """
    return _ask(ctx, given, Hold(queue=queue))


@verb(epilog="Example: soniq-tui release fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def release(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Let a held queue go on.

    Key Q and 'status --json' name the queues: music is read in 'extract', pages in 'scrape'.
    """
    return _ask(ctx, given, Hold(queue=queue, held=False))


@verb(epilog="Example: soniq-tui autoscale extract on")
@click.argument("queue", metavar="QUEUE")
@click.argument("how", type=click.Choice(["on", "off"]), metavar="on|off")
@common
@click.pass_context
def autoscale(ctx: click.Context, /, queue: str, how: str, **given: str | None) -> int:
    """Let the engine choose how many slots of a queue are in use, or use all of them always.

    Key Q and 'status --json' name the queues: music is read in 'extract', pages in 'scrape'.
    """
    return _ask(ctx, given, Autoscale(queue=queue, on=how == "on"))
