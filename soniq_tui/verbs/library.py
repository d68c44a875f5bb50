"""Commands that look into the music library."""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.verbs.table import as_json_option, limit_option, verb


@verb(epilog="Example: soniq-tui search nina simone year:1960-1969 codec:flac")
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--in",
    "what",
    type=click.Choice(["tracks", "albums", "artists", "all", "recipes"]),
    default="tracks",
    help="What to look for; tracks where it is not said.",
)
@limit_option
@as_json_option
@common
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: tuple[str, ...],
    what: str,
    limit: int,
    as_json: bool,
    **given: str | None,
) -> int:
    """Find music or recipes by words and filters; docs/library.md and recipes.md have the grammar.

    Where standard output is no terminal, tabs stand between the cells and the path comes last.
    """
    from soniq_tui.host import library

    return library.search(settings_from(ctx, given), query, what, limit, as_json=as_json)


@verb(epilog="Example: soniq-tui health no-cover")
@click.argument("check", required=False, metavar="[CHECK]")
@limit_option
@as_json_option
@common
@click.pass_context
def health(
    ctx: click.Context,
    /,
    check: str | None,
    limit: int,
    as_json: bool,
    **given: str | None,
) -> int:
    """Tell what is wrong with the music library; with CHECK, where."""
    from soniq_tui.host import library

    return library.health(settings_from(ctx, given), check, limit, as_json=as_json)
