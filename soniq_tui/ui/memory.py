"""What the console remembers from one start to the next, in one small file.

``app.memory`` is there on every screen. What is asked for is answered at once, from memory; what is
set is true at once, and written a moment later, beside the loop::

    memory.looks.theme                       # "" where the person chose none
    memory.keep_looks(theme="mono")
    memory.filter_history("jobs")            # newest first
    memory.used_filter("jobs", "state:failed")
    memory.saved_filters("jobs")             # SavedFilter(name=..., text=...)
    memory.save_filter("jobs", "stuck", "state:running time>60s")
    memory.drop_filter("jobs", "stuck")
    memory.last_values("music")              # fields of a launch form, by name
    memory.recents()                         # Launched(...), newest first
    memory.draft("music")                    # what was typed and not started

Two consoles may write in any order: each applies its own changes to what the file holds by then.
A file that cannot be read is set aside beside it, and ``trouble`` says so once. Everything is
bounded, and no password is kept (:func:`without_secrets`).

Refuses to: be needed. Where nothing can be read or written the console works as on the first day.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from soniq_tui.ui import remembered
from soniq_tui.ui.remembered import (
    MOST_DRAFT_CHARS,
    MOST_FILTER_CHARS,
    MOST_FILTERS,
    MOST_HISTORY,
    MOST_LAUNCH_CHARS,
    MOST_LAUNCHES,
    MOST_NAME_CHARS,
    Change,
    Launched,
    Looks,
    Remembered,
    SavedFilter,
)
from soniq_tui.words import _

SAVE_AFTER_S = 0.7
_SECRET_NAME = re.compile(r"pass(word|phrase)?|secret|token|api_?key|credential", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]*@")


class Memory:
    """The file as the console knows it; see the module for how it is used.

    Args:
        path: where it lies; None: nothing outlives the console.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.trouble = ""
        """What went wrong, in words, until somebody takes it; see :meth:`take_trouble`."""
        self.on_trouble: Callable[[], None] | None = None
        """Called, on the loop, when there is something new in ``trouble``."""
        self._state: Remembered | None = None
        self._changes: dict[tuple[str, ...], Change] = {}
        """Not yet written; a later one of the same key stands for the earlier."""
        self._typed: dict[str, dict[str, str]] = {}
        """Drafts of this console as they were typed, with what is never written."""
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None

    # ---------------------------------------------------------------- looks

    @property
    def looks(self) -> Looks:
        """Theme, glyph set and mouse as the person last chose them."""
        return self._known.looks

    def keep_looks(
        self,
        *,
        theme: str | None = None,
        glyphs: str | None = None,
        mouse: bool | None = None,
        language: str | None = None,
    ) -> None:
        """Remember what was chosen; None leaves it as it was."""
        chosen = {"theme": theme, "glyphs": glyphs, "mouse": mouse, "language": language}
        for name, value in chosen.items():
            if value is not None:
                self._change(("looks", name), _looks_change(name, value))

    # ---------------------------------------------------------------- filters

    def filter_history(self, screen: str) -> tuple[str, ...]:
        """Return the filters that were used on a screen, newest first."""
        return tuple(self._known.history.get(screen, ()))

    def used_filter(self, screen: str, text: str) -> None:
        """Remember that a filter was used; an empty one is none."""
        text = text.strip()
        if not text or len(text) > MOST_FILTER_CHARS:
            return

        def change(state: Remembered) -> None:
            kept = [text, *(t for t in state.history.get(screen, ()) if t != text)]
            state.history[screen] = kept[:MOST_HISTORY]

        self._change(("history", screen, text), change)

    def saved_filters(self, screen: str) -> tuple[SavedFilter, ...]:
        """Return the filters with a name, in the order of their names."""
        return tuple(self._known.filters.get(screen, ()))

    def save_filter(self, screen: str, name: str, text: str) -> str:
        """Give a filter a name, or a name another filter; return why not, or nothing."""
        name, text = name.strip(), text.strip()
        if not name or not text:
            return _("a filter needs a name and a text")
        if len(name) > MOST_NAME_CHARS or len(text) > MOST_FILTER_CHARS:
            return _("that is too long for a filter")
        known = self._known.filters.get(screen, ())
        if len(known) >= MOST_FILTERS and all(each.name != name for each in known):
            return _("{n} filters are saved already; delete one").format(n=len(known))

        def change(state: Remembered) -> None:
            others = [each for each in state.filters.get(screen, ()) if each.name != name]
            kept = [*others, SavedFilter(name=name, text=text)]
            state.filters[screen] = sorted(kept, key=lambda each: each.name)[:MOST_FILTERS]

        self._change(("filter", screen, name), change)
        return ""

    def drop_filter(self, screen: str, name: str) -> None:
        """Forget a saved filter."""

        def change(state: Remembered) -> None:
            kept = [each for each in state.filters.get(screen, ()) if each.name != name]
            state.filters[screen] = kept

        self._change(("filter", screen, name), change)

    # ---------------------------------------------------------------- launch forms

    def last_values(self, importer: str) -> dict[str, str]:
        """Return what the fields held at the last start of an importer."""
        return dict(self._known.last.get(importer, {}))

    def last_importer(self) -> str:
        """Return whose form was typed into or started last; empty where none was."""
        if self._known.drafts:
            return next(reversed(self._known.drafts))
        return self._known.launches[0].importer if self._known.launches else ""

    def recents(self, importer: str = "") -> tuple[Launched, ...]:
        """Return what was started from the form, newest first; of one importer or of all."""
        known = self._known.launches
        return tuple(each for each in known if not importer or each.importer == importer)

    def launched(self, launch: Launched) -> None:
        """Remember a start; the draft it was made of is gone."""
        self._typed.pop(launch.importer, None)
        values = without_secrets(launch.values)
        short = {k: v for k, v in values.items() if len(v) <= MOST_LAUNCH_CHARS}
        kept = msgspec.structs.replace(launch, values=short)

        def change(state: Remembered) -> None:
            others = [e for e in state.launches if (e.importer, e.values) != (kept.importer, short)]
            state.launches = [kept, *others][:MOST_LAUNCHES]
            state.last[kept.importer] = short
            state.drafts.pop(kept.importer, None)

        self._change(("launch", kept.importer, str(kept.at_s)), change)
        self._changes.pop(("draft", kept.importer), None)

    def draft(self, importer: str) -> dict[str, str] | None:
        """Return what was typed into a form and not started; None where there is nothing."""
        found = self._typed.get(importer, self._known.drafts.get(importer))
        return None if found is None else dict(found)

    def keep_draft(self, importer: str, values: dict[str, str] | None) -> None:
        """Remember what is typed in a form; None forgets it."""
        if values is None:
            self._typed.pop(importer, None)
        else:
            self._typed[importer] = dict(values)
        kept = None if values is None else without_secrets(values)
        if kept is not None and sum(map(len, kept.values())) > MOST_DRAFT_CHARS:
            kept = {k: v for k, v in kept.items() if len(v) <= MOST_LAUNCH_CHARS}

        def change(state: Remembered) -> None:
            if kept is None:
                state.drafts.pop(importer, None)
            else:
                state.drafts.pop(importer, None)  # the newest is the last
                state.drafts[importer] = kept

        self._change(("draft", importer), change)

    # ---------------------------------------------------------------- the file

    def take_trouble(self) -> str:
        """Return what went wrong and forget it; empty when all is well."""
        trouble, self.trouble = self.trouble, ""
        return trouble

    @property
    def _known(self) -> Remembered:
        if self._state is None:
            self._state, trouble = remembered.read(self.path)
            self._tell(trouble)
        return self._state

    def _tell(self, trouble: str) -> None:
        if not trouble:
            return
        self.trouble = trouble
        if self.on_trouble is not None:
            self.on_trouble()

    def _change(self, key: tuple[str, ...], change: Change) -> None:
        change(self._known)
        remembered.bound(self._known)
        if self.path is None:
            return
        self._changes.pop(key, None)  # to the end of the line
        self._changes[key] = change
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # save() will be called
        if self._timer is None:
            self._timer = loop.call_later(SAVE_AFTER_S, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save(), name="memory")
        else:  # the disk is slow; what is new goes with the next
            self._timer = asyncio.get_running_loop().call_later(SAVE_AFTER_S, self._begin)

    async def _save(self) -> None:
        if self.path is None:
            return
        changes, self._changes = self._changes, {}
        try:
            fresh, trouble = await asyncio.to_thread(
                remembered.merge, self.path, list(changes.values())
            )
        except OSError as error:
            # Tried again with the next change.
            self._changes = changes | self._changes
            why = error.strerror or str(error)
            self._tell(_("what you chose cannot be remembered: {why}").format(why=why))
            return
        for change in self._changes.values():
            change(fresh)
        remembered.bound(fresh)
        self._state = fresh
        self._tell(trouble)

    async def flush(self) -> None:
        """Write what is not yet written; returns when it is on disk, or could not be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._saving is not None:
            await self._saving
        if self._changes:
            await self._save()


def without_secrets(values: dict[str, str]) -> dict[str, str]:
    """Return fields without what looks like a secret: by its name, or in an address."""
    return {
        name: _IN_ADDRESS.sub(r"\1@", value)
        for name, value in values.items()
        if not is_secret(name)
    }


def is_secret(name: str) -> bool:
    """Say whether a field of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


def _looks_change(name: str, value: object) -> Change:
    def change(state: Remembered) -> None:
        state.looks = msgspec.structs.replace(state.looks, **{name: value})

    return change


__all__ = ["Launched", "Looks", "Memory", "SavedFilter", "is_secret", "without_secrets"]
