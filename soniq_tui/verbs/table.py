"""The table of commands, and the options that several of them have."""

from collections.abc import Callable
from typing import Any

import click

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


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
limit_option = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=200,
    metavar="N",
    help="At most so many rows; 200 where it is not said.",
)
