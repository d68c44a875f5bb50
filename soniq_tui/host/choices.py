"""What a person chose that has to be known before any screen is made: the language, the keys.

Also ``soniq-tui keys``, which prints the keys in force. Loads nothing of Textual.
"""

from pathlib import Path

from soniq_tui import words
from soniq_tui.host import out
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown
from soniq_tui.ui import keymap, keys
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.remembered import NAME
from soniq_tui.words import _

GAP = "  "


def settle(settings: Settings) -> None:
    """Put language and keys in force; the tables of screens and engine are read after this.

    Raises:
        ConfigError: the file with the keys is wrong.
    """
    chosen = Memory(settings.data_path / NAME).looks.language
    speak(settings, chosen if chosen in words.LANGUAGES else "")
    keys.use(keymap.load(Path(settings.ui.keys)))


def speak(settings: Settings, last: str = "") -> None:
    """Put the language in force: of flag or setting, else what was chosen last, else the locale."""
    words.use(words.wanted(settings.ui.language or last))


def show_keys(settings: Settings, *, check: bool) -> int:
    """Print the keys in force, or only that they are sound; return the exit status.

    Raises:
        ConfigError: the file with the keys is wrong.
    """
    chosen = keymap.load(Path(settings.ui.keys))
    keys.use(chosen)
    every = [
        *((move.id, move.keys, _("lists, texts"), _(move.tooltip)) for move in keys.moves()),
        *((a.id, a.keys, _places(a.screens), _(a.tooltip or a.label)) for a in keys.actions()),
    ]
    if check:
        none = _("no file {file}").format(file=shown(settings.ui.keys))
        text = _("{file}: {n} actions, {own} with keys of their own").format(
            file=shown(chosen.origin) if chosen.origin else none,
            n=len(every),
            own=len(chosen.keys),
        )
        out.say(text + "\n")
        return 0
    rows = [
        (name, " ".join(map(keymap.key_name, its)) or keymap.pressed("app.palette"), where, text)
        for name, its, where, text in every
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, pressed, where, text in rows:
        cells = (name.ljust(widths[0]), pressed.ljust(widths[1]), f"{text} ({where})")
        out.say(GAP.join(cells) + "\n")
    return 0


def _places(screens: frozenset[str]) -> str:
    """Return where an action works, for people."""
    names = (_(keys.PLACES.get(name) or name) for name in sorted(screens))
    return ", ".join(names) or _("every screen")
