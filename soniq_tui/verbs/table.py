"""The table of commands, and the options that several of them have."""

import math
from collections.abc import Callable
from typing import Any

import click

from soniq_tui.model import bounds
from soniq_tui.verbs.helps import Spoken

COMMANDS: dict[str, click.Command] = {}
"""By name."""


def verb(**how: Any) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a function a command and list it."""

    def add(function: Callable[..., int | None]) -> click.Command:
        command: click.Command = click.command(cls=Spoken, **how)(function)
        COMMANDS[command.name or ""] = command
        return command

    return add


class Whole(click.IntRange):
    """A whole number that says in plain words what it cannot be."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; fails where it is none, or beyond its bounds."""
        number: int = click.INT.convert(value, param, ctx)
        _within(self, number, param, ctx)
        return number


class Share(click.FloatRange):
    """The same of a number that need not be whole."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; fails where it is none, or beyond its bounds."""
        number: float = click.FLOAT.convert(value, param, ctx)
        if math.isnan(number):  # it is beyond no bound
            self.fail(f"{value!r} is not a valid float.", param, ctx)
        _within(self, number, param, ctx)
        return number


def _within(
    kind: Whole | Share, number: float, param: click.Parameter | None, ctx: click.Context | None
) -> None:
    if kind.min is not None and number < kind.min:
        kind.fail(bounds.too_small(number, kind.min), param, ctx)
    if kind.max is not None and number > kind.max:
        kind.fail(bounds.too_large(number, kind.max), param, ctx)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
yes_option = click.option(
    "--yes", is_flag=True, help="Do not ask; needed where nobody can be asked."
)
limit_option = click.option(
    "--limit",
    type=Whole(1, 100_000),
    default=200,
    metavar="N",
    help="At most so many rows; 200 where it is not said.",
)
