"""Commands that ask the engine for one thing: pause, cancel, slots and the like.

The command line finds them here when it is asked for one; what they do is ``host/verbs.py``.
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import click

from soniq_tui.cli import common, given_before, settings_from
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

COMMANDS: dict[str, click.Command] = {}
"""By name."""


def _verb(**how: Any) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a function a command and list it."""

    def add(function: Callable[..., int | None]) -> click.Command:
        command: click.Command = click.command(**how)(function)
        COMMANDS[command.name or ""] = command
        return command

    return add


def _ask(ctx: click.Context, given: dict[str, str | None], command: Command) -> int:
    """Ask the engine, or write down for the next one, what a verb means."""
    from soniq_tui.host import verbs

    return verbs.run(settings_from(ctx, given), command)


def _target(batch: str) -> Target:
    from soniq_tui.host.verbs import target_of

    return target_of(batch)


@_verb(epilog="Example: soniq-tui pause 3")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def pause(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Start nothing more of a batch, or of all; what runs stops at its next item."""
    return _ask(ctx, given, Pause(target=_target(batch)))


@_verb(epilog="Example: soniq-tui unpause all")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def unpause(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Take up a paused batch again, or all of them."""
    return _ask(ctx, given, Resume(target=_target(batch)))


@_verb(epilog="Example: soniq-tui cancel 3")
@click.argument("batch", metavar="BATCH|all")
@common
@click.pass_context
def cancel(ctx: click.Context, /, batch: str, **given: str | None) -> int:
    """Give a batch up, or all; what is done stays. There is no undo here."""
    return _ask(ctx, given, Cancel(target=_target(batch)))


@_verb(epilog="Example: soniq-tui retry 3 --failed")
@click.argument("batch", type=int, metavar="BATCH")
@click.option("--failed", is_flag=True, help="Only what failed, not what was cancelled.")
@common
@click.pass_context
def retry(ctx: click.Context, /, batch: int, failed: bool, **given: str | None) -> int:
    """Queue again what failed of a batch; of a cancelled one also what was left of it."""
    target = Target(batches=(batch,), text="state:failed" if failed else "")
    return _ask(ctx, given, Retry(target=target))


@_verb(epilog="Example: soniq-tui priority 3 10", context_settings={"ignore_unknown_options": True})
@click.argument("batch", metavar="BATCH|all")
@click.argument("priority", type=int, metavar="N")
@common
@click.pass_context
def priority(ctx: click.Context, /, batch: str, priority: int, **given: str | None) -> int:
    """Set the priority of a batch; larger starts sooner, 0 is what each begins with."""
    return _ask(ctx, given, SetPriority(target=_target(batch), priority=priority))


@_verb(epilog="Example: soniq-tui slots extract 2")
@click.argument("queue", metavar="QUEUE")
@click.argument("slots", type=int, metavar="N")
@common
@click.pass_context
def slots(ctx: click.Context, /, queue: str, slots: int, **given: str | None) -> int:
    """Let a queue run so many jobs at once; what runs is never stopped for it."""
    return _ask(ctx, given, Resize(queue=queue, slots=slots))


@_verb(epilog="Example: soniq-tui hold fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def hold(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Start nothing more from a queue, whatever the batch."""
    return _ask(ctx, given, Hold(queue=queue))


@_verb(epilog="Example: soniq-tui release fetch")
@click.argument("queue", metavar="QUEUE")
@common
@click.pass_context
def release(ctx: click.Context, /, queue: str, **given: str | None) -> int:
    """Let a held queue go on."""
    return _ask(ctx, given, Hold(queue=queue, held=False))


# -------------------------------------------------------------------- the music library


_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_limit = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=200,
    metavar="N",
    help="At most so many rows; 200 where it is not said.",
)


@_verb(epilog="Example: soniq-tui search nina simone year:1960-1969 codec:flac")
@click.argument("query", nargs=-1, metavar="QUERY...")
@click.option(
    "--in",
    "what",
    type=click.Choice(["tracks", "albums", "artists", "recipes", "pages"]),
    default="tracks",
    help="What to look for; tracks where it is not said.",
)
@_limit
@_as_json
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
    """Find music by words and filters; docs/library.md has the grammar.

    Where standard output is no terminal, tabs stand between the cells and the path comes last.
    """
    from soniq_tui.host import library

    return library.search(settings_from(ctx, given), query, what, limit, as_json=as_json)


@_verb(epilog="Example: soniq-tui health no-cover")
@click.argument("check", required=False, metavar="[CHECK]")
@_limit
@_as_json
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


class _Near(click.Group):
    """A group that names the nearest of its commands when it is asked for another."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.commands, 1, 0.5)
            hint = (
                f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self.commands)}"
            )
            ctx.fail(f"No such command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Near, epilog="Example: soniq-tui playlist save evening genre:jazz")
@common
@click.pass_context
def playlist(ctx: click.Context, /, **given: str | None) -> None:
    """Make playlists of the music library, and read and write those of players."""
    ctx.obj = given_before(ctx, given)


COMMANDS["playlist"] = playlist
_name = click.argument("name", metavar="NAME")
_query = click.argument("query", nargs=-1, metavar="[QUERY]...")
_path = click.option("--path", "paths", multiple=True, metavar="FILE", help="This file; again.")
_replace = click.option("--replace", is_flag=True, help="Also where there is one of that name.")


@playlist.command("list", epilog="Example: soniq-tui playlist list --json")
@_as_json
@common
@click.pass_context
def playlist_list(ctx: click.Context, /, as_json: bool, **given: str | None) -> int:
    """List all playlists."""
    from soniq_tui.host import library

    return library.playlists(settings_from(ctx, given), as_json=as_json)


@playlist.command("show", epilog="Example: soniq-tui playlist show evening")
@_name
@_as_json
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
        raise click.UsageError("give a query or --path, not both", ctx)
    if paths:
        words["paths"] = "\n".join(map(os.path.abspath, paths))
    words["query"] = library.query_of(query)
    return library.deed(settings_from(ctx, given), deed, **words)


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
@common
@click.pass_context
def playlist_delete(ctx: click.Context, /, name: str, **given: str | None) -> int:
    """Delete a playlist; the music stays."""
    from soniq_tui.host import library

    return library.deed(settings_from(ctx, given), "playlist.delete", name=name)


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
    """Make a playlist of a player's M3U file.

    Paths are matched as they are, as seen from the file, and by their ends. What is not in the
    library is named, and makes the exit status 1.
    """
    from soniq_tui.host import library

    return library.import_playlist(settings_from(ctx, given), file, name, replace=replace)
