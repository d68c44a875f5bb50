"""What the palette offers, and which of it a text finds. Pure.

A :class:`PaletteEntry` is anything that can be done by its name: an action of the screen, a batch
to go to, a saved filter, a theme, a language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from soniq_tui.model.snapshot import BatchView
from soniq_tui.model.text import shown
from soniq_tui.ui import rows
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.memory import SavedFilter
from soniq_tui.words import LANGUAGES, _, mark
from soniq_tui.words.told import label

ACTION, BATCH, FILTER, THEME, LANGUAGE = "action", "batch", "filter", "theme", "language"
LANGUAGE_NAMES = {"en": "English", "fr": "français"}
SHELVES = {"jobs": mark("jobs"), "errors": mark("errors")}
"""Lists whose filters can be saved, as they are called."""
BATCHES_MOST = 200
"""So many batches are offered, the newest; the dashboard has them all."""
EXACT, PREFIX, WORD, MIDDLE, TOLD, SCATTERED = range(6)
"""How well a text finds something: it is its key or its name, the name begins so, a word of it
does, the text stands inside, the description has it, its letters come in this order."""
NAMED = MIDDLE
"""Up to this the name itself was meant."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One thing that the palette can do."""

    kind: str
    value: str
    """What it is of its kind: an action's id, a batch's number, a name."""
    name: str
    what: str = ""
    key: str = ""
    reason: str = ""
    """Why not now."""
    also: str = ""
    """More words that find it by name: its id, what it is called in English."""

    @property
    def id(self) -> str:
        """What tells it from every other."""
        return f"{self.kind} {self.value}"


def of_actions(actions: Iterable[Action], now: ActionContext) -> list[PaletteEntry]:
    """Return the actions of a screen."""
    return [
        PaletteEntry(
            ACTION,
            action.id,
            action.words(now),
            action.meaning,
            action.key,
            action.allowed(now),
            also=f"{action.id} {action.label} {action.name}",
        )
        for action in actions
    ]


def of_batches(batches: Sequence[BatchView]) -> list[PaletteEntry]:
    """Return batches to go to, the newest first."""
    entries = []
    for batch in list(reversed(batches))[:BATCHES_MOST]:
        done = rows.how_many(batch)
        what = _("go to the jobs of batch {id}: {state}, {done}")
        entries.append(
            PaletteEntry(
                BATCH,
                str(batch.id),
                shown(f"{batch.importer} {label(batch.label)}", 80),
                what.format(id=batch.id, state=_(batch.state), done=done),
                also=str(batch.id),
            )
        )
    return entries


def of_filters(shelf: str, saved: Iterable[SavedFilter]) -> list[PaletteEntry]:
    """Return the saved filters of one kind of list."""
    what = _("show {list} by the filter {text}")
    return [
        PaletteEntry(
            FILTER,
            f"{shelf} {each.name}",
            shown(each.name, 80),
            what.format(list=_(SHELVES[shelf]), text=shown(each.text, 200)),
            also=f"{_('filter')} filter",
        )
        for each in saved
    ]


def of_themes(names: Iterable[str], current: str) -> list[PaletteEntry]:
    """Return the themes, without the one in use."""
    text = _("theme {name}")
    return [
        PaletteEntry(
            THEME, name, text.format(name=name), _("colours of the console"), also=f"theme {name}"
        )
        for name in names
        if name != current
    ]


def of_languages(current: str) -> list[PaletteEntry]:
    """Return the languages, without the one in use."""
    text = _("language {name}")
    return [
        PaletteEntry(
            LANGUAGE,
            name,
            text.format(name=LANGUAGE_NAMES[name]),
            _("what the console speaks"),
            also=f"{name} language {LANGUAGE_NAMES[name]}",
        )
        for name in LANGUAGES
        if name != current
    ]


def rank(offer: PaletteEntry, text: str) -> int | None:
    """Return how well ``text`` finds an offer, the less the better; None: not at all."""
    wanted = plain(text).split()
    if not wanted:
        return PREFIX
    if text == offer.key:
        return EXACT
    name = plain(offer.name)
    if " ".join(wanted) in {name, offer.value}:
        return EXACT
    names = f"{name} {plain(offer.also)}"
    told = f"{names} {plain(offer.what)}"
    if name.startswith(" ".join(wanted)):
        return PREFIX
    worst = WORD
    for word in wanted:
        if any(each.startswith(word) for each in names.replace(".", " ").split()):
            continue
        if word in names:
            worst = max(worst, MIDDLE)
        elif word in told:
            worst = max(worst, TOLD)
        elif in_order(word, name):
            worst = max(worst, SCATTERED)
        else:
            return None
    return worst


def plain(text: str) -> str:
    """Return a text in small letters without accents: nobody types them to search."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))


def in_order(letters: str, name: str) -> bool:
    """Return whether a name has these letters in this order, as ``pal`` in ``pause all``."""
    rest = iter(name)
    return len(letters) > 1 and name[:1] == letters[0] and all(each in rest for each in letters)


def found(entries: Iterable[PaletteEntry], text: str) -> list[tuple[int, PaletteEntry]]:
    """Return what ``text`` finds with its rank: what can be done now first, the best first.

    Scattered letters count only where nothing else is found.
    """
    hits = [(place, offer) for offer in entries if (place := rank(offer, text)) is not None]
    if any(place < SCATTERED for place, _offer in hits):
        hits = [hit for hit in hits if hit[0] < SCATTERED]
    return sorted(hits, key=lambda hit: (bool(hit[1].reason), hit[0]))


def meant(hits: Sequence[tuple[int, PaletteEntry]]) -> int:
    """Return which of what was found is marked: what is called so, even if it cannot be done now.

    Else enter would do another thing than the one whose name was typed.
    """
    named = [number for number, (place, _offer) in enumerate(hits) if place <= NAMED]
    return min(named, key=lambda number: hits[number][0], default=0)
