"""The dashboard before there is a batch: what this is, what to press. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _, labelled


def lines(
    width: int, glyphs: Glyphs = UNICODE, *, demo: bool = False, titles: Sequence[str] = ()
) -> list[Line]:
    """Return the empty state: what this is, what to press; ``titles`` of the forms there are."""
    lines: list[Line] = [EMPTY]
    for text in (
        _("soniq runs big, slow batches on this machine and loses none of them."),
        _("Start one, watch it, close the lid: it goes on, and what failed can be retried."),
    ):
        lines += [((f" {part}", ""),) for part in formats.wrap(text, width - 2)]
    lines.append(EMPTY)
    kinds = ", ".join(shown(_(title), 24).lower() for title in titles)
    starts = labelled(_("new batch"), kinds) if kinds else _("new batch")
    offers = [(pressed("batch.new"), starts)]
    if demo:
        runs = _("runs the demo: small batches that are made for looking")
        offers.append((pressed("demo.run"), runs))
    leaves = _("{key} leaves").format(key=pressed("app.quit"))
    offers.append((pressed("app.help"), _("every key") + f"   {glyphs.dot} {leaves}"))
    for key, text in offers:
        for number, part in enumerate(formats.wrap(text, width - 6)):
            head = key if number == 0 else " " * cell_len(key)
            lines.append(((f" {head}", "key"), (f"  {part}", "")))
    return lines
