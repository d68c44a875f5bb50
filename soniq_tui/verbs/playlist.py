"""Commands that make, read and write playlists."""

import click

from soniq_tui.cli import common, given_before, settings_from
from soniq_tui.verbs.helps import SpokenGroup
from soniq_tui.verbs.table import COMMANDS, as_json_option, yes_option
from soniq_tui.words import _


@click.group(cls=SpokenGroup, epilog="Example: soniq-tui playlist save evening genre:jazz")
@common
@click.pass_context
def playlist(ctx: click.Context, /, **given: str | None) -> None:
    """Make playlists of the music library, and read and write those of players."""
    ctx.obj = given_before(ctx, given)


COMMANDS["playlist"] = playlist
_name = click.argument("name", metavar="NAME")
_query = click.argument("query", nargs=-1, metavar="[QUERY]...")
_path = click.option(
    "--path", "paths", multiple=True, metavar="FILE", help="This file; can be given several times."
)
_replace = click.option("--replace", is_flag=True, help="Also where there is one of that name.")


@playlist.command("list", epilog="Example: soniq-tui playlist list --json")
@as_json_option
@common
@click.pass_context
def playlist_list(ctx: click.Context, /, as_json: bool, **given: str | None) -> int:
    """List all playlists."""
    from soniq_tui.host import library

    return library.playlists(settings_from(ctx, given), as_json=as_json)


@playlist.command("show", epilog="Example: soniq-tui playlist show evening")
@_name
@as_json_option
@common
@click.pass_context
def playlist_show(ctx: click.Context, /, name: str, as_json: bool, **given: str | None) -> int:
    """List the tracks of a playlist."""
    from soniq_tui.host import library

    return library.playlist(settings_from(ctx, given), name, as_json=as_json)


def _fill(
    ctx: click.Context,
    given: dict[str, str | None],
    deed: str,
    query: tuple[str, ...],
    paths: tuple[str, ...],
    **words: str,
) -> int:
    import os

    from soniq_tui.host import library

    if query and paths:
        raise click.UsageError(_("give a query or --path, not both"), ctx)
    if paths:
        words["paths"] = "\n".join(map(os.path.abspath, paths))
    settings = settings_from(ctx, given)  # with the language in which a query is typed
    words["query"] = library.query_of(query)
    return library.deed(settings, deed, **words)


@playlist.command("save", epilog="Example: soniq-tui playlist save evening genre:jazz year:-1969")
@_name
@_query
@_path
@_replace
@common
@click.pass_context
def playlist_save(
    ctx: click.Context,
    /,
    name: str,
    query: tuple[str, ...],
    paths: tuple[str, ...],
    replace: bool,
    **given: str | None,
) -> int:
    """Make a playlist of what a query finds now, or of files."""
    words = {"name": name} | ({"replace": "yes"} if replace else {})
    return _fill(ctx, given, "playlist.save", query, paths, **words)


@playlist.command("add", epilog="Example: soniq-tui playlist add evening --path ~/song.flac")
@_name
@_query
@_path
@common
@click.pass_context
def playlist_add(
    ctx: click.Context,
    /,
    name: str,
    query: tuple[str, ...],
    paths: tuple[str, ...],
    **given: str | None,
) -> int:
    """Add what a query finds, or files, to a playlist; what is in it already is left out."""
    return _fill(ctx, given, "playlist.add", query, paths, name=name)


@playlist.command("delete", epilog="Example: soniq-tui playlist delete evening")
@_name
@yes_option
@common
@click.pass_context
def playlist_delete(ctx: click.Context, /, name: str, yes: bool, **given: str | None) -> int:
    """Delete a playlist, asking first; the music stays."""
    from soniq_tui.host import library

    return library.delete_playlist(settings_from(ctx, given), name, yes=yes)


@playlist.command("rename", epilog="Example: soniq-tui playlist rename evening night")
@_name
@click.argument("to", metavar="TO")
@common
@click.pass_context
def playlist_rename(ctx: click.Context, /, name: str, to: str, **given: str | None) -> int:
    """Give a playlist another name."""
    from soniq_tui.host import library

    return library.deed(settings_from(ctx, given), "playlist.rename", name=name, to=to)


@playlist.command("export", epilog="Example: soniq-tui playlist export evening -o evening.m3u8")
@_name
@click.option("-o", "output", metavar="FILE", help="Write there; '-' is standard output.")
@click.option("--relative", is_flag=True, help="Paths as seen from the folder of FILE.")
@common
@click.pass_context
def playlist_export(
    ctx: click.Context,
    /,
    name: str,
    output: str | None,
    relative: bool,
    **given: str | None,
) -> int:
    """Write a playlist as M3U8 for players."""
    from soniq_tui.host import library

    settings = settings_from(ctx, given)
    return library.export_playlist(settings, name, output, relative=relative)


@playlist.command("import", epilog="Example: soniq-tui playlist import evening.m3u")
@click.argument("file", metavar="FILE")
@click.option("--name", default="", metavar="NAME", help="What it is called; else as the file is.")
@_replace
@common
@click.pass_context
def playlist_import(
    ctx: click.Context,
    /,
    file: str,
    name: str,
    replace: bool,
    **given: str | None,
) -> int:
    """Make a playlist of a player's M3U or PLS file.

    Paths are matched as they are, as seen from the file, and by their ends. What is not in the
    library is named, and makes the exit status 1.
    """
    from soniq_tui.host import library

    return library.import_playlist(settings_from(ctx, given), file, name, replace=replace)
