"""Commands that list what the console's long lists show: jobs, failures, the log."""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.model.snapshot import View
from soniq_tui.verbs.table import as_json_option, limit_option, verb

_batch = click.argument("batch", required=False, type=int, metavar="[BATCH]")
_filter = click.option(
    "--filter",
    "text",
    default="",
    metavar="TEXT",
    help="Only what a filter finds, as after / in the console; docs/lists.md has the grammar.",
)
_sort = click.option(
    "--sort", default="", metavar="NAME", help="By one of the columns; docs/lists.md names them."
)
_reverse = click.option("--reverse", is_flag=True, help="The other way around.")


@verb(epilog="Example: soniq-tui jobs 3 --filter 'state:failed queue:extract'")
@_batch
@_filter
@_sort
@_reverse
@limit_option
@as_json_option
@common
@click.pass_context
def jobs(
    ctx: click.Context,
    /,
    *,
    batch: int | None,
    text: str,
    sort: str,
    reverse: bool,
    limit: int,
    as_json: bool,
    **given: str | None,
) -> int:
    """List the jobs of all batches, or of one."""
    from soniq_tui.host import lists

    asked = lists.Asked(View.JOBS, batch, text, sort, reverse, limit)
    return lists.show(settings_from(ctx, given), asked, as_json=as_json)


@verb(epilog="Example: soniq-tui errors 3 --causes")
@_batch
@click.option("--causes", is_flag=True, help="Failures with one cause as one row.")
@_filter
@_sort
@_reverse
@limit_option
@as_json_option
@common
@click.pass_context
def errors(
    ctx: click.Context,
    /,
    *,
    batch: int | None,
    causes: bool,
    text: str,
    sort: str,
    reverse: bool,
    limit: int,
    as_json: bool,
    **given: str | None,
) -> int:
    """List what failed: each item with its reason, of all batches or of one."""
    from soniq_tui.host import lists

    view = View.CAUSES if causes else View.ERRORS
    asked = lists.Asked(view, batch, text, sort, reverse, limit)
    return lists.show(settings_from(ctx, given), asked, as_json=as_json)


@verb(epilog="Example: soniq-tui log --filter level:warning")
@_filter
@limit_option
@as_json_option
@common
@click.pass_context
def log(ctx: click.Context, /, text: str, limit: int, as_json: bool, **given: str | None) -> int:
    """Show the newest lines of the engine's log, the oldest of them first."""
    from soniq_tui.host import lists

    asked = lists.Asked(View.LOG, None, text, "", False, limit)
    return lists.show(settings_from(ctx, given), asked, as_json=as_json)
