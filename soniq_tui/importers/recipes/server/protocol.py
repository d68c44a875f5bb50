"""What a recipe server says of a recipe in work, in all the ways its versions have had. Pure.

A progress is ``{id, status, steps[], error, recipe, currentStep, …}``; status is ``pending``,
``in_progress``, ``completed`` or ``error``, a step ``{step, message, progress, status, …}``.
"""

from typing import Any

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes import links
from soniq_tui.model.text import without_logins

STEPS = (("check_existence", 10), ("ocr", 30), ("scrap", 30), ("generat", 40), ("structur", 50),
         ("enrich", 70), ("sav", 90))  # fmt: skip
"""Parts of the names of steps, and how far a recipe is with them, in percent."""
WORDS_MOST_CHARS, NAME_MOST_CHARS = 300, 200
_QUEUED_WORDS = ("file d'attente", "file d’attente", "waiting for slot", "queued")


class ServerError(SoniqError):
    """The server did not do it.

    Attributes:
        passing: trying again may help.
        after_s: how long it asked to be left alone.
        stalled: it may still be at work: nothing is sent again.
        gone: the server does not know what it was asked for.
    """

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        after_s: float | None = None,
        stalled: bool = False,
        gone: bool = False,
    ) -> None:
        super().__init__(without_logins(reason))
        self.passing, self.after_s = passing, after_s
        self.stalled, self.gone = stalled, gone


class DuplicateError(ServerError):
    """The recipe is there already."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug or "here already")
        self.slug = slug


class UnheardError(ServerError):
    """The server said nothing; passing where it cannot have heard anything either."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A progress as far as anybody wants to know it."""

    ended: bool = False
    slug: str = ""
    error: str = ""
    queued: bool = False
    """It waits at the server for a slot: no work is done, and the stall clock stands still."""
    percent: int = 0
    step: str = ""
    message: str = ""
    look: str = ""
    """What changes when work is done; two equal ones are a server that stands still."""


def read(body: Any) -> Progress | None:
    """Return a progress; None where the object is something else: a keepalive, or nested deeply."""
    if not isinstance(body, dict) or "status" not in body:
        return None
    try:
        return _progress(body)
    except RecursionError:
        return None


def _progress(body: dict[str, Any]) -> Progress:
    status = str(body.get("status"))
    told = body.get("steps")
    steps = [step for step in told if isinstance(step, dict)] if isinstance(told, list) else []
    last = steps[-1] if steps else {}
    name = str(body.get("currentStep") or last.get("step") or "")[:NAME_MOST_CHARS]
    message = str(last.get("message") or "")
    own = last.get("progress")
    # Also of a step that says the same for minutes: "details" are the last lines of its program.
    moving = (len(steps), name, message, own, last.get("status"), last.get("details"))
    return Progress(
        ended=status in {"completed", "error"},
        slug=_slug(body) if status == "completed" else "",
        error=str(body.get("error") or "no reason given") if status == "error" else "",
        queued=status not in {"completed", "error"} and _queued(status, steps, name, message),
        percent=_percent(name, own if isinstance(own, int | float) else 0),
        step=name,
        message=message[:WORDS_MOST_CHARS],
        look=links.digest(repr(moving)),
    )


def _slug(body: dict[str, Any]) -> str:
    recipe = body.get("recipe")
    meta = recipe.get("metadata") if isinstance(recipe, dict) else None
    found = meta.get("slug") if isinstance(meta, dict) else None
    slug = str(found or (recipe.get("slug") if isinstance(recipe, dict) else "") or "")
    return slug[:NAME_MOST_CHARS]


def _queued(status: str, steps: list[dict[str, Any]], name: str, message: str) -> bool:
    """Return whether a recipe only waits; each version of the server shows that otherwise.

    The first: the check is completed and nothing follows. Then: a message in French. Now: the first
    step of work is in progress with a message that says so.
    """
    if any(words in message.lower() for words in _QUEUED_WORDS):
        return True
    if status == "pending" or not steps:
        return True
    return len(steps) == 1 and name == "check_existence" and steps[0].get("status") == "completed"


def _percent(name: str, within: float) -> int:
    base = next((percent for part, percent in STEPS if part in name), 0)
    return min(99, base + round(max(0.0, min(100.0, within)) / 10))


def is_duplicate(error: str) -> str | None:
    """Return what an error says of a recipe that is there already: its slug, or nothing said."""
    if "already exists" not in error and "déjà" not in error:
        return None
    _, found, slug = error.rpartition("slug:")
    return slug.strip()[:NAME_MOST_CHARS] if found else ""


def poll_s(elapsed_s: float, *, queued: bool) -> float:
    """Return how long to wait before asking again: the longer it takes the less often."""
    if queued:
        return 12.0
    return 1.0 if elapsed_s < 30 else 3.0 if elapsed_s < 120 else 5.0  # noqa: PLR2004
