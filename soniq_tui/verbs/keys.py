"""The command that prints the keys in force."""

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.verbs.table import verb


@verb(epilog="Example: soniq-tui keys --check")
@click.option("--check", is_flag=True, help="Only say whether keys.toml is sound.")
@common
@click.pass_context
def keys(ctx: click.Context, /, check: bool, **given: str | None) -> int:
    """Print the keys of the console, with those of keys.toml in their place.

    Each line has an action's name, its keys, what it does and where it works. docs/keys.md tells
    how to choose others. The exit status is 2 when the file is wrong, otherwise 0.
    """
    from soniq_tui.host import choices

    return choices.show_keys(settings_from(ctx, given), check=check)
