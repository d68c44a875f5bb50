"""Commands that show what goes on, or went on: ``watch`` and ``replay``."""

import os

import click

from soniq_tui.cli import common, has_terminal, settings_from
from soniq_tui.errors import UsageError
from soniq_tui.verbs import start
from soniq_tui.verbs.table import verb
from soniq_tui.words import _


@verb(epilog="Example: soniq-tui watch")
@click.argument("batch", required=False, type=int, metavar="[BATCH]")
@click.option("--plain", is_flag=True, help="As it is anyway: a line for each change.")
@click.option("--record", metavar="FILE", help="Record what is seen, for 'replay'.")
@common
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    batch: int | None,
    plain: bool,  # noqa: ARG001  there is no other way
    record: str | None,
    **given: str | None,
) -> int:
    """Tell what the running engine does, a line for each change, until all is done.

    It begins no engine and stops none. With BATCH only that one is told of, and the exit status is
    that of its end: 0 when all items are done, 1 when some failed, 3 when the batch did, 4 when it
    was cancelled.
    """
    from soniq_tui.host import watch as watcher

    settings = settings_from(ctx, given)
    return watcher.run(settings, batch, record)


@verb(epilog="Example: soniq-tui replay night.rec --speed 8")
@click.argument("file", metavar="FILE")
@click.option("--speed", type=float, default=1.0, metavar="N", help="So many times as fast.")
@click.option("--plain", is_flag=True, help="Print a line for each change instead.")
@common
@click.pass_context
def replay(ctx: click.Context, /, file: str, speed: float, plain: bool, **given: str | None) -> int:
    """Play what --record recorded, in the console.

    Space pauses, left and right seek, < and > change the speed, 0 begins anew; every screen can be
    looked at as far as somebody looked at it then. At its end the last picture stands still; q
    leaves.
    """
    from pathlib import Path

    from soniq_tui.host.replay import ReplayClient

    settings = settings_from(ctx, given)
    player = ReplayClient(Path(os.path.expanduser(file)), speed)
    if plain:
        from soniq_tui.host import watch as watcher

        return watcher.replay(player)
    if not has_terminal():
        player.close()
        raise UsageError(
            _("a replay needs a terminal that can paint; --plain prints lines instead")
        )
    from soniq_tui.host import choices

    choices.settle(settings)
    start.prepare()
    from soniq_tui.host import console

    return console.replay(settings, player)
