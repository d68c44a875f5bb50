"""Pictures of screens as text: what is shown, how each cell looks, and what the looks are.

Read a difference like one of code. ``pytest --snapshot-update`` writes them anew.
"""

import difflib
import string
from pathlib import Path

FOLDER = Path(__file__).with_name("__snapshots__") / "screens"
LETTERS = string.ascii_letters + string.digits
PLAIN = "."
SEEN = set()
"""Names of all that were compared."""


def picture(app):
    """Return the screen as it is: its text, a letter for each cell's look, and the looks."""
    size = app.size
    rows = [list(strip) for strip in app.screen._compositor.render_strips()]
    base = app.screen.rich_style
    looks = {}
    texts, letters = [], []
    for row in rows:
        text = look = ""
        for segment in row:
            text += segment.text
            look += letter(segment.style, base, looks) * segment.cell_length
        texts.append(text.rstrip())
        letters.append(look.rstrip(PLAIN))
    where = getattr(app.screen, "where", "")
    legend = [f"{sign} {name}" for name, sign in looks.items()]
    head = f"{where} {size.width}x{size.height}"
    return "\n".join([head, *texts, "-" * 20, *letters, "-" * 20, *legend, ""])


def letter(style, base, looks):
    """Return the letter of a look; a blank has none of its own."""
    name = look_of(style, base)
    if not name:
        return PLAIN
    return looks.setdefault(name, LETTERS[len(looks) % len(LETTERS)])


def look_of(style, base):
    """Return in words what a style changes of the screen's own."""
    if style is None:
        return ""
    words = [w for w in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, w)]
    if style.color and style.color != base.color:
        words.append(style.color.name)
    if style.bgcolor and style.bgcolor != base.bgcolor:
        words.append(f"on {style.bgcolor.name}")
    return " ".join(words)


class Goldens:
    """Compares pictures with those that are kept, or keeps them."""

    def __init__(self, *, update):
        self.update = update
        self.wrong = []

    def compare(self, name, text):
        """Compare one; differences are told all together in the end."""
        path = FOLDER / f"{name}.txt"
        SEEN.add(path.name)
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == kept:
            return
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), name, "now", n=1)
        self.wrong.append("\n".join([*lines][:60]) if kept else f"{name}: there is no picture yet")
