"""Commands that begin work or open the console: one for each importer, ``resume``, ``demo``."""

import functools
import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from soniq_tui import words
from soniq_tui.cli import Command, common, given_before, has_terminal, settings_from, settings_of
from soniq_tui.errors import UsageError
from soniq_tui.verbs.fields import located, parameters, rehearse, word_of
from soniq_tui.verbs.helps import Spoken
from soniq_tui.verbs.table import verb
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.importers.base import Importer
    from soniq_tui.model.settings import Settings


class How(NamedTuple):
    """How a command that works shows what it does."""

    headless: bool = False
    as_json: bool = False
    plain: bool = False
    record: str | None = None

    @property
    def without_screen(self) -> bool:
        """Whether no console is opened."""
        return self.headless or self.as_json or self.plain or not has_terminal()

    def speak(self) -> None:
        """Keep what programs read in English; people read their own language."""
        if self.as_json:
            words.use("en")


def watching(function: Command) -> Command:
    """Add the options of whatever shows work: ``--plain`` and ``--record``."""
    for option in (
        click.option("--record", metavar="FILE", help="Record what is seen, for 'replay'."),
        click.option("--plain", is_flag=True, help="Print a line for each change, no screen."),
    ):
        function = option(function)
    return function


def headless_options(function: Command) -> Command:
    """Add the options of commands that can work without a screen; they come as ``how``."""

    @functools.wraps(function)
    def with_how(*args: Any, **given: Any) -> int | None:
        how = How(**{name: given.pop(name) for name in How._fields})
        if how.plain and how.as_json:
            text = _("--plain and --json exclude each other; --json prints only the report")
            raise UsageError(text)
        return function(*args, how=how, **given)

    made = watching(with_how)
    made = click.option(
        "--json", "as_json", is_flag=True, help="Work without a screen and print a report as JSON."
    )(made)
    return click.option("--headless", is_flag=True, help="Work without a screen.")(made)


@verb(epilog="Example: soniq-tui resume --headless")
@headless_options
@common
@click.pass_context
def resume(ctx: click.Context, /, how: How, **given: str | None) -> int:
    """Finish what an earlier run left."""
    settings = settings_from(ctx, given)
    if how.without_screen:
        _begin_early(settings)
        from soniq_tui.host import headless as runner

        how.speak()
        return runner.run(settings, None, as_json=how.as_json, plain=how.plain, file=how.record)
    return console(settings, None, resume=True, record=how.record)


@verb(epilog="Example: soniq-tui demo recipes")
@click.argument("kind", required=False)
@headless_options
@common
@click.pass_context
def demo(ctx: click.Context, /, how: How, kind: str | None, **given: str | None) -> int:
    """Make something small and real on the spot and import it, apart from your own data.

    KIND is an importer; without it there is music, and without a screen all kinds in turn. What is
    made and what comes of it lie in the folder 'demo' of SONIQ_DATA_DIR or of the cache directory,
    or in --data-dir. Some files are broken on purpose; the exit status is 0 when the batch ran to
    its end.
    """
    from soniq_tui import config

    asked = given_before(ctx, given)
    if asked["data_dir"] is None:
        own = os.environ.get("SONIQ_DATA_DIR")
        asked["data_dir"] = f"{own or config.cache_dir(os.environ)}/demo"
    settings = settings_of(**asked)
    all_kinds = how.without_screen and not how.as_json
    here = os.getpid()
    worst = 0
    for importer in _with_demo(kind, all_kinds=all_kinds):
        worst = max(worst, _demo_of(importer, settings, how))
    if not how.as_json and os.getpid() == here:  # from a console its host comes back as well
        from soniq_tui.host import out
        from soniq_tui.model.text import shown

        place = shown(str(settings.data_path))
        text = _("that was a demo; look around with: {command}")
        out.warn(text.format(command=f"soniq-tui --data-dir {place}"))
    return worst


def _with_demo(kind: str | None, *, all_kinds: bool) -> "list[Importer]":
    """Return the importers whose demo is meant.

    Raises:
        UsageError: there is no such importer, or it has no demo.
    """
    from soniq_tui.importers import registry

    found = {name: registry.load(name) for name in registry.names()}
    demos = {name: importer for name, importer in found.items() if importer.demo is not None}
    if kind is not None and kind not in demos:
        text = _("there is no demo of {kind}; there are: {known}")
        raise UsageError(text.format(kind=repr(kind), known=", ".join(sorted(demos))))
    if kind is None and all_kinds:
        return [demos.pop("music"), *demos.values()]
    return [demos[kind or "music"]]


def _demo_of(importer: "Importer", settings: "Settings", how: How) -> int:
    """Run one demo; what is broken in it on purpose is no failure of ours."""
    import msgspec

    folder = "library" if importer.name == "music" else f"{importer.name}-demo"
    assert importer.demo is not None  # noqa: S101  only those that have one are asked
    options = msgspec.to_builtins(importer.demo(settings.data_path / folder))
    if "force" in options:
        options["force"] = True  # the same again, and not a list of unchanged files
    code = launch_batch(settings, importer, options, how)
    return 0 if code == 1 else code


def launch_command(importer: "Importer") -> click.Command:
    """Make the command that launches an importer; its parameters are the fields of its form."""

    @headless_options
    @common
    @click.pass_context
    def launch(ctx: click.Context, /, how: How, **given: Any) -> int:
        names = ("data_dir", "config_file", "log_level")
        settings = settings_from(ctx, {name: given.pop(name) for name in names})
        return launch_batch(settings, importer, located(importer.form(), given), how)

    argument = importer.form().argument
    example = f"soniq-tui {importer.verb}"
    if argument is not None:
        address = argument.kind == "urls"
        example += " https://example.org/soup" if address else f" /srv/{importer.name}"
    command = click.command(importer.verb, cls=_launching(importer), epilog=f"Example: {example}")(
        launch
    )
    command.params[:0] = parameters(importer.form())
    return command


def _launching(importer: "Importer") -> type[click.Command]:
    """Return the kind of command that launches an importer."""

    class Launching(Spoken):
        """A command that also understands the command lines of an earlier program."""

        def told(self) -> str:
            does = _(importer.about) if importer.about else ""
            does = does or _("Start a batch: {title}.").format(title=_(importer.title).lower())
            argument = importer.form().argument
            if argument is None or not argument.help:
                return does
            meant = _("{word}: {what}").format(word=word_of(argument), what=_(argument.help))
            return f"{does}\n\n{meant}"

        def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
            return super().parse_args(ctx, importer.older(args) if importer.older else args)

    return Launching


def launch_batch(
    settings: "Settings", importer: "Importer", options: dict[str, object], how: How
) -> int:
    """Start a batch, on a screen or without one; return the exit status."""
    from soniq_tui.engine.options import convert, how_of

    how.speak()
    asked = how_of(importer, options)
    if asked.dry_run:
        return rehearse(settings, importer, options, as_json=how.as_json)
    if asked.paused and how.without_screen:
        raise UsageError(_("--paused needs the console: without a screen nobody would resume it"))
    if how.without_screen:
        _begin_early(settings, importer.name)
        from soniq_tui.host import headless as runner

        launch = runner.Launch(importer=importer.name, options=options)
        return runner.run(settings, launch, as_json=how.as_json, plain=how.plain, file=how.record)
    # Refused before the screen opens: one line and exit status 2.
    importer.plan(convert(importer, options), settings.data_path)
    return console(settings, (importer.name, options), record=how.record)


def _begin_early(settings: "Settings", importer: str = "") -> None:
    """Begin what takes long to begin; what is imported from here on is no garbage."""
    from soniq_tui.host import prestart

    gc.disable()  # the host looks for garbage again
    prestart.begin(settings.data_path, importer)


def console(
    settings: "Settings",
    start: tuple[str, dict[str, object]] | None,
    *,
    resume: bool = False,
    record: str | None = None,
) -> int:
    """Open the console; return the exit status."""
    from soniq_tui.host import choices, launcher

    choices.settle(settings)  # before the screen opens: what is wrong is one line

    def work(detach: Callable[[], None]) -> int:
        prepare()
        # What is imported stays: to look for garbage in it would delay the first paint.
        gc.disable()
        from soniq_tui.host import console as screen
        from soniq_tui.ui.app import Launch

        launch = Launch(*start) if start else None
        return screen.run(settings, launch, detach, resume=resume, record=record)

    return launcher.run(work)


def prepare() -> None:
    """Make the environment fit for the screen, whose modules may be imported from now on."""
    from soniq_tui.ui import environment

    environment.prepare()
