"""``purge``: forgets music files that are gone; what it does is ``host/purge.py``."""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.verbs.table import as_json_option, verb, yes_option


@verb(epilog="Example: soniq-tui purge --folder /srv/music/old --older-than 90d")
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option("--folder", metavar="DIR", help="Only those that were in or below this folder.")
@click.option(
    "--older-than",
    "older",
    metavar="AGE",
    help="Only those gone for longer: 90d; also h, w, m and y.",
)
@click.option(
    "--unmounted",
    is_flag=True,
    help="Also those on disks that are not mounted now; they may be there still.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go; nothing is changed.")
@yes_option
@as_json_option
@common
@click.pass_context
def purge(
    ctx: click.Context,
    /,
    *,
    query: tuple[str, ...],
    folder: str | None,
    older: str | None,
    unmounted: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **given: str | None,
) -> int:
    """Forget music files that are gone: all, or what a query finds of them.

    With them go albums and artists without another track, and their entries in playlists. Says
    before what would go, and asks. No music file is touched; one that comes back is a new one.
    """
    from soniq_tui.host import library
    from soniq_tui.host import purge as purger

    settings = settings_from(ctx, given)  # with the language in which a query is typed
    words = {
        "query": library.query_of(query),
        "folder": folder or "",
        "older": older or "",
        "unmounted": "yes" if unmounted else "",
    }
    asked = purger.Asked(words, dry_run, yes, as_json)
    return purger.run(settings, asked)
