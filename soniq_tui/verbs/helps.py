"""The help of commands in the language in use.

What is said of a command stands in English where the command is made: it is translated when it is
shown, paragraph by paragraph. ``scripts/make_words.py`` gathers the same texts by :func:`texts`.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from soniq_tui.words import _, mark

EXAMPLE = "Example: "
OF_CLICK = (mark("Options"), mark("Commands"), mark("Show this message and exit."))
"""What the library says in each help."""


class Formatter(click.HelpFormatter):
    """Writes a help with the words of the library in the language in use."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of the usage."""
        super().write_usage(prog, args, _("Usage:") + " " if prefix is None else prefix)

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Write what is inside under a heading."""
        with super().section(_(name)):
            yield


class Context(click.Context):
    """What a command is run in."""

    formatter_class = Formatter


class Spoken(click.Command):
    """A command whose help is in the language in use."""

    context_class = Context
    only_shown = False
    """It is a copy whose help is being written."""

    def told(self) -> str:
        """Return what the command does, in the language in use."""
        return "\n\n".join(map(_, paragraphs(self.help)))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole help."""
        _speak_as_set(ctx)
        super(Spoken, _translated(self)).format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line in the list of commands: as many clauses as there is room for."""
        whole = super(Spoken, _translated(self)).get_short_help_str(sys.maxsize)
        if len(whole) <= limit:
            return whole
        for marks in ("[;:]", ","):  # what stands behind a comma may be one of several
            ends = [found.start() for found in re.finditer(rf"\s?{marks}\s", whole)]
            if fit := [end for end in ends if end <= limit]:
                return whole[: fit[-1]]
        return super(Spoken, _translated(self)).get_short_help_str(limit)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, that of the help among them."""
        params = super().get_params(ctx)
        return [_translated_option(param) for param in params] if self.only_shown else params


FEW = 10
"""So many commands are named to who asked for another one."""


class SpokenGroup(Spoken, click.Group):
    """A group of commands whose help is in the language in use."""

    command_class = Spoken

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant; of another one the nearest is told."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if args[0].startswith("-") or self.get_command(ctx, args[0]) is not None:
                raise
            ctx.fail(self._no_such(ctx, args[0]))

    def _no_such(self, ctx: click.Context, name: str) -> str:
        from difflib import get_close_matches

        known = self.list_commands(ctx)
        if near := get_close_matches(name[:60], known, 1, 0.6):
            hint = _("did you mean {name}?").format(name=repr(near[0]))
        elif len(known) <= FEW:
            hint = _("there are: {known}").format(known=", ".join(known))
        else:
            return _("there is no command {name}").format(name=repr(name))
        return _("there is no command {name}; {hint}").format(name=repr(name), hint=hint)


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help as they are translated: each on one line."""
    return [" ".join(each.split()) for each in (text or "").split("\n\n") if each.strip()]


def texts(command: click.Command) -> Iterator[str]:
    """Give the English texts of a command's help, without its example."""
    yield from paragraphs(command.help)
    for param in command.params:
        if isinstance(param, click.Option) and param.help:
            yield param.help


def _speak_as_set(ctx: click.Context) -> None:
    """Speak as the file of settings asks, unless flag or environment do: a help loads no settings.

    No command runs behind a help: the file is read this once.
    """
    import os

    if ctx.find_root().params.get("language") or os.environ.get("SONIQ_UI__LANGUAGE"):
        return
    from soniq_tui import config, words

    at, file = ctx, ctx.params.get("config_file")
    while file is None and at.parent is not None:  # a command's own stands before its group's
        at = at.parent
        file = at.params.get("config_file")
    if language := config.language(file):
        words.use(language)


def _translated(command: Spoken) -> Spoken:
    from copy import copy  # only who asks for help

    made = copy(command)
    made.only_shown = True
    made.help = command.told()
    if command.epilog and command.epilog.startswith(EXAMPLE):
        example = command.epilog.removeprefix(EXAMPLE)
        made.epilog = _("Example: {command}").format(command=example)
    return made


def _translated_option(param: click.Parameter) -> click.Parameter:
    from copy import copy

    made = copy(param)
    if isinstance(made, click.Option):
        made.help = _(made.help or "")
    return made
