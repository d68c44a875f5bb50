"""``forget``: removes batches that have ended; what it does is ``host/forget.py``."""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.verbs.table import as_json_option, verb, yes_option


@verb(epilog="Example: soniq-tui forget --older-than 90d")
@click.argument("batches", nargs=-1, metavar="[BATCH...|all]")
@click.option(
    "--older-than",
    "older",
    metavar="AGE",
    help="All that ended longer ago: 90d; also h, w, m and y.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go; nothing is changed.")
@yes_option
@as_json_option
@common
@click.pass_context
def forget(
    ctx: click.Context,
    /,
    *,
    batches: tuple[str, ...],
    older: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **given: str | None,
) -> int:
    """Remove batches that have ended from the journal, with their jobs and failures.

    What failed in them can then no longer be retried. What was imported stays: the library,
    playlists, recipes. Says before what would go, and asks.
    """
    from soniq_tui.host import forget as forgetter

    asked = forgetter.Asked(batches, older, dry_run, yes, as_json)
    return forgetter.run(settings_from(ctx, given), asked)
