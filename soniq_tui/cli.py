"""The command line. Every heavy import stands inside the command that needs it."""

import atexit
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

import click

from soniq_tui import __version__, words
from soniq_tui.errors import NO_THREAD, PluginError, SoniqError, is_no_thread
from soniq_tui.verbs.helps import SpokenGroup
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.importers.base import Importer
    from soniq_tui.model.settings import Settings

Command = Callable[..., int | None]


def main() -> NoReturn:
    """Be the command: run it and end the process.

    Taking all modules apart takes an interpreter longer than many a command takes; what has to be
    done at the end (what was registered for it, what is still to be written) is done without that.
    """
    gc.disable()  # until the command is there: what is imported for it stays
    status = run()
    if threading.active_count() > 1:  # somebody is still at work: Python waits for them
        sys.exit(status)
    try:
        atexit._run_exitfuncs()  # noqa: SLF001  os._exit skips them, and there is no public name
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def run() -> int:
    """Run the command line and return the exit status; what goes wrong is one line."""
    from soniq_tui.host import out

    out.secure_streams()
    # Until the settings are known: what goes wrong before is said as well.
    words.use(words.wanted(os.environ.get("SONIQ_UI__LANGUAGE", "")))
    # Whoever started us may have had it ignored: then nobody would be told how a child ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, status in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda *_, status=status: sys.exit(status))
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # see __main__
            signal.signal(signal.SIGINT, signal.default_int_handler)
        status = cli.main(prog_name="soniq-tui", standalone_mode=False) or 0
        with out.reader_may_leave():
            sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        status = 130
    except Exception as exc:  # noqa: BLE001  people get a line; what it was is told where asked for
        status = _explain(exc)
    return int(status)


def _explain(exc: Exception) -> int:
    """Say in one line what went wrong; return the exit status."""
    from soniq_tui.host import out
    from soniq_tui.model.text import shown
    from soniq_tui.words.told import told

    status = 3
    if isinstance(exc, SoniqError):
        text, status = told(str(exc), whole=True), exc.exit_status
    elif isinstance(exc, click.exceptions.NoArgsIsHelpError):
        out.warn(exc.format_message())
        return 2
    elif isinstance(exc, click.ClickException):
        context = exc.ctx if isinstance(exc, click.UsageError) else None
        helper = context.command_path if context else "soniq-tui"
        what = told(exc.format_message(), whole=True).rstrip(".")
        said = _("{what}; see '{command} --help'")
        if what.endswith("?"):
            said = _("{what} See '{command} --help'")
        text, status = said.format(what=what, command=helper), 2
    elif isinstance(exc, OSError):
        text = str(exc)
    elif is_no_thread(exc):
        text = told(NO_THREAD)
    else:
        import traceback

        at = traceback.extract_tb(exc.__traceback__)[-1]
        text = _("a bug: {what} ({file}, line {n})").format(
            what=f"{type(exc).__name__}: {exc}", file=at.filename, n=at.lineno
        )
        if logging.getLogger().level == logging.DEBUG:
            traceback.print_exception(exc)
    out.warn(f"soniq-tui: {shown(text)}")
    return status


class Verbs(SpokenGroup):
    """Our commands and one for each importer, whose options come from the importer itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return importers first, then the rest; of two with one word the first has it."""
        from soniq_tui import verbs

        ours = sorted([*super().list_commands(ctx), *verbs.NAMES])
        theirs: list[str] = []
        for importer in importers():
            if importer.verb in {*ours, *theirs}:
                name, verb = importer.name, repr(importer.verb)
                _leave_out(f"importer {name} has no command: there is a {verb} already")
            else:
                theirs.append(importer.verb)
        return theirs + ours

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; an importer's is made when it is asked for."""
        from soniq_tui import verbs

        command = super().get_command(ctx, cmd_name) or verbs.find(cmd_name)
        if command is not None:
            return command
        for importer in _loaded():
            if importer.verb == cmd_name:
                from soniq_tui.verbs import start

                return start.launch_command(importer)
        return None


def common(function: Command) -> Command:
    """Add the options that every command has."""
    for option in (
        click.version_option(__version__, prog_name="soniq-tui"),
        click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error."),
        # Eager, as the help is: one behind it is in the language that the file asks for.
        click.option(
            "--config",
            "config_file",
            metavar="FILE",
            is_eager=True,
            help="Instead of config.toml.",
        ),
        click.option("--data-dir", metavar="DIR", help="Where journal and catalogue live."),
    ):
        function = option(function)
    return function


def _speak(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Speak a language as soon as it is named; whether there is such a one the settings say."""
    if value in words.LANGUAGES:
        words.use(value)
    return value


def looks(function: Command) -> Command:
    """Add the options of how the console looks; they stand before a command."""
    for option in (
        click.option(
            "--language",
            metavar="LANG",
            is_eager=True,  # a help behind it ends the command before any setting is loaded
            callback=_speak,
            help="Language of console and commands: en or fr.",
        ),
        click.option("--glyphs", metavar="SET", help="Signs of the console: unicode or ascii."),
        click.option(
            "--theme",
            metavar="NAME",
            help="Colours of the console: soniq-dark, soniq-light, ansi, high-contrast or mono.",
        ),
    ):
        function = option(function)
    return function


def settings_of(
    data_dir: str | None,
    config_file: str | None,
    log_level: str | None,
    **looks: str | None,
) -> "Settings":
    """Load the settings and put their language in force.

    The log is begun by a host; what others would log goes nowhere.
    """
    from soniq_tui import config
    from soniq_tui.host import out

    flags = {"data_dir": data_dir, "log_level": log_level}
    flags |= {f"ui.{name}": value for name, value in looks.items()}
    settings = config.load(flags, file=config_file)
    words.use(words.wanted(settings.ui.language))
    if data_dir is not None or (config_file is not None and not config.finds(settings.data_path)):
        out.in_folder(settings.data_path)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[logging.NullHandler()])
    return settings


def given_before(ctx: click.Context, own: dict[str, str | None]) -> dict[str, str | None]:
    """Return a command's options with those that stand before it; of two its own wins."""
    before: dict[str, str | None] = ctx.obj or {}
    after = {name: value for name, value in own.items() if value is not None}
    return {**own, **before, **after}


def settings_from(ctx: click.Context, own: dict[str, str | None]) -> "Settings":
    """Load the settings by the options of a command and those before it."""
    return settings_of(**given_before(ctx, own))


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: soniq-tui scan /srv/music",
)
@looks
@click.option("--plain", is_flag=True, help="Instead of the console a line for each change.")
@click.option("--record", metavar="FILE", help="Record what the console shows, for 'replay'.")
@common
@click.pass_context
def cli(ctx: click.Context, /, plain: bool, record: str | None, **given: str | None) -> int | None:
    """The batch console for a home server. Without a command: open the console."""
    ctx.obj = given
    gc.enable()
    if ctx.invoked_subcommand is not None:
        if plain or record:
            raise _misplaced(ctx, ctx.invoked_subcommand, "--plain" if plain else "--record")
        return None
    settings = settings_of(**given)
    if plain:
        from soniq_tui.host import watch

        return watch.run(settings, None, record)
    if not has_terminal():
        from soniq_tui.host import out, status

        code = status.show(settings, as_json=False)
        if _is_tty():
            out.warn(_("no console here: this terminal says that it cannot paint (TERM)"))
        return code
    from soniq_tui.verbs import start

    return start.console(settings, None, record=record)


def _misplaced(ctx: click.Context, name: str, option: str) -> click.UsageError:
    """Return what is wrong with an option of the console before the command ``name``."""
    command = cli.get_command(ctx, name)
    own = command.params if command is not None else []
    text = _("{command} has no {option}")
    if any(option in param.opts for param in own):
        text = _("{option} stands behind {command}")
    return click.UsageError(text.format(option=option, command=repr(name)), ctx)


@cli.command(epilog="Example: soniq-tui serve")
@common
@click.pass_context
def serve(ctx: click.Context, /, **given: str | None) -> int:
    """Be the engine without a screen, for consoles and commands to attach to.

    It goes on with what an earlier run left and stays until SIGTERM or SIGINT; what runs then is
    kept and goes on at the next start. A lost terminal does not end it.
    """
    from soniq_tui.host import serve as server

    return server.run(settings_from(ctx, given))


@cli.command(epilog="Example: soniq-tui status --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
@click.pass_context
def status(ctx: click.Context, /, as_json: bool, **given: str | None) -> int:
    """Show batches and queues of the running, or last, engine."""
    from soniq_tui.host import status as shower

    return shower.show(settings_from(ctx, given), as_json=as_json)


@cli.command(epilog="Example: soniq-tui export tracks -o tracks.jsonl")
@click.argument("what", metavar="WHAT")
@click.option("-o", "output", metavar="FILE", help="Write there; '-' is standard output.")
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    default="jsonl",
    help="jsonl (the default), csv; recipes also: jsonld, markdown, cooklang, legacy, mealie, "
    "paprika.",
)
@click.option("--batch", type=int, metavar="ID", help="Only of 'errors': those of this batch.")
@common
@click.pass_context
def export(
    ctx: click.Context,
    /,
    what: str,
    output: str | None,
    form: str,
    batch: int | None,
    **given: str | None,
) -> int:
    """Write tracks, albums, artists, recipes or errors as JSON lines, CSV or for other programs."""
    from soniq_tui.host import export as exporter

    return exporter.run(settings_from(ctx, given), what, output, form, batch)


@cli.command(epilog="Example: soniq-tui doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
@click.pass_context
def doctor(ctx: click.Context, /, as_json: bool, **given: str | None) -> int:
    """Examine machine, disk, installation and terminal; change nothing.

    Each line tells a fact, how grave it is (ok, warn or bad) and what mends it. The exit status is
    1 when something is bad, otherwise 0.
    """
    from soniq_tui.host import doctor as examiner

    return examiner.run(given_before(ctx, given), as_json=as_json)


def importers() -> list["Importer"]:
    """Return every importer that can be loaded; of the others is told."""
    return list(_loaded())


def _loaded() -> Iterator["Importer"]:
    """Load importer by importer."""
    from soniq_tui.importers import registry

    for name in registry.names():
        try:
            importer = registry.load(name)
        except PluginError as exc:  # the others are as good as before
            _leave_out(str(exc))
        else:
            yield importer


def _leave_out(what: str) -> None:
    from soniq_tui.host import out
    from soniq_tui.model.text import shown

    out.warn("soniq-tui: " + _("left out: {what}").format(what=shown(what)))


def has_terminal() -> bool:
    """Say whether there is a terminal that can paint."""
    return _is_tty() and os.environ.get("TERM", "") not in {"", "dumb"}


def _is_tty() -> bool:
    return sys.stdout.isatty() and sys.stdin.isatty()


if __name__ == "__main__":
    main()
