"""Names and what they are, side by side; pure."""

from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.view import Line
from soniq_tui.words import labelled

NAME_CELLS = 10
VALUE_CHARS = 16_384
"""Of one line of a value; the rest is cut off."""
Facts = list[tuple[str, str]]
"""Names, in the language in use, and what they are, as it came."""


def fact_lines(facts: Facts, width: int) -> list[Line]:
    """Return names at the left and their wrapped values beside them."""
    lines: list[Line] = []
    for name, value in facts:
        safe = "\n".join(shown(part, VALUE_CHARS) for part in value.split("\n"))
        for number, part in enumerate(formats.wrap(safe, max(20, width - NAME_CELLS - 3))):
            head = formats.fit(name if number == 0 else "", NAME_CELLS)
            lines.append(((f" {head} ", "muted"), (part, "")))
    return lines


def facts_text(facts: Facts) -> str:
    """Return facts as lines of text, uncut and safe to show."""
    parts = ((name, value.split("\n")) for name, value in facts)
    return "".join(
        labelled(name, "\n".join(shown(part, VALUE_CHARS) for part in lines)) + "\n"
        for name, lines in parts
    )
