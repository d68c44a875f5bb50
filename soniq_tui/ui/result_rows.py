"""Results as the screen shows them: columns, rows, titles, tabs; pure, no Textual here.

Everything that comes from outside passes ``shown()`` here.
"""

from collections.abc import Collection
from itertools import zip_longest

from rich.cells import cell_len

from soniq_tui.model.results import ResultColumn, ResultDetail, ResultPage, ResultQuery, ResultRow
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.action_context import EVERYTHING
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.sorting import Sorting
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _, heading, mark, steps

PLAYLISTS = "playlists"
"""The list that ``playlist.save`` adds to."""
SHARE_LEAST = 18
"""Fewer cells than this are no use to a column that shares the room: others go first."""
FRAME_CELLS = 5
"""What the table takes beside its columns: the sign between blanks, a blank, the scroll bar."""
CELL_CHARS = 300
"""Of a cell's text more never fits on a screen; the details have the whole of it."""
TEXT_CHARS = 16_384
LABEL_CELLS, WIDE_LABEL_CELLS, WIDE = 16, 25, 64
"""The most that labels take, and what they take where there are so many cells in all; longer ones
go on below themselves."""
EVERYWHERE = "/"
"""What a search begins with that means everything and not the list in view."""
FACELESS = frozenset({"check", "error", "genre", "playlist", "year", "failed", "site", "category"})
"""Kinds of things that have no picture: none is asked for, and none is missed."""
PICTURE = mark("Picture")
PATHS = frozenset({"path", "file", "folder", "url"})
"""Columns whose text is cut at the left, where it says least."""
WHY = "why"
"""The column whose text is said in full of the row under the cursor."""


def columns_of(columns: tuple[ResultColumn, ...], seen: tuple[int, ...] = ()) -> tuple[Column, ...]:
    """Return the table's columns, each joining at the width where it fits beside those before it.

    The smaller a column's rank, the sooner it joins; of one rank the left one does. ``seen`` is how
    wide what was seen in each is: what a column does not need the others have.
    """
    joins: dict[int, int] = {}
    needed = FRAME_CELLS
    for number in sorted(range(len(columns)), key=lambda i: (columns[i].rank, i)):
        needed += (columns[number].width or SHARE_LEAST) + 1
        joins[number] = needed if columns[number].rank > 0 else 0
    made = []
    for number, column in enumerate(columns):
        title = shown(_(column.title), 40).upper()
        uses = max(seen[number], cell_len(title)) if number < len(seen) else 0
        made.append(
            Column(
                title,
                min(column.width, uses or column.width),
                right=column.right,
                from_width=joins[number],
                path=column.name in PATHS,
                sort=column.name,
                most=0 if column.width else uses,
            )
        )
    return tuple(made)


def seen_cells(page: ResultPage, before: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return how wide the widest cell of each column is, of a page and of what was seen before."""
    count = len(page.columns)
    widest = list(before) if len(before) == count else [0] * count
    for row in page.rows:
        for number, cell in enumerate(row.cells[:count]):
            if 2 * len(cell) > widest[number]:  # else it cannot be wider
                widest[number] = max(widest[number], cell_len(shown(cell, CELL_CHARS)))
    return tuple(widest)


def row_id(row: ResultRow) -> tuple[str, str]:
    """Return what a row is known by: in one list things of several kinds may stand."""
    return row.kind, row.key


def table_row(row: ResultRow, count: int, glyphs: Glyphs) -> TableRow:
    """Return the row of one thing, with exactly ``count`` cells; what is gone has a sign."""
    cells = tuple(shown(cell, CELL_CHARS) for cell in row.cells[:count])
    return TableRow(
        id=row_id(row),
        mark=glyphs.failed if row.muted else " ",
        tone="bad" if row.muted else "",
        cells=cells + ("",) * (count - len(cells)),
        muted=row.muted,
    )


def name_of(row: ResultRow, columns: tuple[ResultColumn, ...]) -> str:
    """Return what a thing is called: its cell in the first column that shares the room."""
    named = [c for column, c in zip(columns, row.cells, strict=False) if not column.width and c]
    return next(iter(named), "") or next((c for c in row.cells if c), row.key)


def note_of(row: ResultRow | None, columns: tuple[ResultColumn, ...]) -> str:
    """Return why a check matters: few screens have room for all of it beside its name."""
    cells = () if row is None else zip(columns, row.cells, strict=False)
    return next((shown(cell, CELL_CHARS) for column, cell in cells if column.name == WHY), "")


def title_text(
    head: ResultPage | None, asked: ResultQuery, total: int | None, width: int, glyphs: Glyphs
) -> str:
    """Return the title in ``width`` cells: what kind of things, how many, the search, the order."""
    name = _(head.title) if head and head.title else asked.view.title() or _("Results")
    parts = [glyphs.cut if total is None else formats.count(total)]
    if asked.text:
        parts.append(_("search: {words}").format(words=shown(asked.text, CELL_CHARS)))
    if asked.sort or asked.descending:
        parts.append(order_text(head, asked, glyphs))
    return formats.titled(f"  {shown(name, CELL_CHARS)}", "  ".join(parts), width, glyphs)


def order_text(head: ResultPage | None, asked: ResultQuery, glyphs: Glyphs) -> str:
    """Return the order in words: ``sort: year ↓``."""
    columns = head.columns if head else ()
    title = next((_(c.title) for c in columns if c.name == asked.sort), asked.sort)
    return Sorting(shown(title, 40).lower(), reverse=asked.descending).text(glyphs)


def next_sort(
    columns: tuple[ResultColumn, ...], sort: str, refused: Collection[str] = frozenset()
) -> str:
    """Return the column to sort by after ``sort``; after the last one comes the natural order.

    Those in ``refused`` are left out: the list cannot be sorted by them.
    """
    names = ["", *(column.name for column in columns)]
    at = names.index(sort) if sort in names else 0
    return next(name for name in (*names[at + 1 :], "") if name not in refused)


def next_view(views: tuple[tuple[str, str], ...], view: str, step: int) -> str:
    """Return the name of the list that comes ``step`` after ``view``."""
    names = [name for name, _ in views]
    if not names:
        return view
    at = names.index(view) if view in names else 0
    return names[(at + step) % len(names)]


def tabs_line(
    views: tuple[tuple[str, str], ...], view: str, width: int, glyphs: Glyphs, whose: str = ""
) -> Line:
    """Return the lists one can begin with, the one in view in brackets; before them whose they are.

    Where they do not fit the line begins as far left as lets the one in view be seen.
    """
    words = [shown(_(title), 24).lower() for name, title in views]
    at = next((i for i, (name, _title) in enumerate(views) if name == view), 0)
    cells = [cell_len(word) + 2 for word in words]
    first = 0
    head = f"  {heading(shown(whose, 24))}" if whose else ""
    width -= cell_len(head)
    signs = 2 * len(glyphs.cut)
    while first < at and sum(cells[first : at + 1]) + 2 + signs > width:
        first += 1
    spans: list[tuple[str, str]] = [(head, "")] if head else []
    spans.append((f" {glyphs.cut}" if first else " " if head else "  ", "muted"))
    room = width - 1 - signs
    for number in range(first, len(words)):
        if cells[number] > room:
            spans.append((glyphs.cut, "muted"))
            break
        room -= cells[number]
        chosen = number == at
        spans.append((f"[{words[number]}]" if chosen else f" {words[number]} ",
                      "strong" if chosen else "muted"))  # fmt: skip
    return tuple(spans)


def empty_lines(head: ResultPage, asked: ResultQuery, width: int) -> list[Line]:
    """Return what is said in place of an empty list, and what to do about it."""
    if asked.text:
        said = _("nothing matches {words}; {key} clears the search").format(
            words=shown(asked.text, CELL_CHARS), key=pressed("results.back")
        )
        if asked.view != EVERYTHING and any(name == EVERYTHING for name, _title in head.views):
            said += ", " + _("{key} searches everything").format(key=pressed("results.everywhere"))
    else:
        said = shown(_(head.empty)) or _("nothing here yet")
        if head.columns and asked.view == PLAYLISTS and not asked.key:
            how = _("{search} searches, {keep} keeps what is found as a playlist").format(
                search=pressed("results.search"), keep=pressed("playlist.save")
            )
            said = steps([said, how])
        elif head.columns and asked.view == EVERYTHING:
            said = steps([said, _("{key} searches").format(key=pressed("results.search"))])
    lines: list[Line] = [((f"   {part}", ""),) for part in formats.wrap(said, max(20, width - 6))]
    if not head.columns:
        text = "  " + _("starts a batch that brings something")
        lines += [EMPTY, ((f"   {pressed('batch.new')}", "key"), (text, ""))]
    return [EMPTY, *lines]


# Details.


def facts_of(detail: ResultDetail) -> list[tuple[str, str]]:
    """Return the facts, and in words what is known of the picture, in place of a shorter word."""
    words = detail.picture.about if detail.picture is not None else detail.no_picture
    names = {PICTURE, _(PICTURE)}  # a fact may have its name in the language in use already
    facts = [fact for fact in detail.facts if not words or fact[0] not in names]
    return [*facts, *([(PICTURE, words)] if words else [])]


def detail_lines(detail: ResultDetail, width: int, glyphs: Glyphs = UNICODE) -> list[Line]:
    """Return the facts, each label at the left and its wrapped value beside it, then the text.

    A label that is longer than its column goes on below itself.
    """
    lines: list[Line] = []
    facts = [(shown(_(label), 40), value) for label, value in facts_of(detail) if value]
    most = WIDE_LABEL_CELLS if width >= WIDE else LABEL_CELLS
    label_cells = min(most, max((cell_len(label) for label, _value in facts), default=0))
    room = max(10, width - label_cells - 3)
    for label, value in facts:
        safe = "\n".join(shown(part, TEXT_CHARS) for part in value.split("\n"))
        labels = [formats.cut_right(part, label_cells, glyphs)
                  for part in formats.wrap(label, label_cells)]  # fmt: skip
        for head, part in zip_longest(labels, formats.wrap(safe, room), fillvalue=""):
            lines.append(((f" {formats.fit(head, label_cells)} ", "muted"), (part, "")))
    if detail.text:
        lines.append(EMPTY)
        for paragraph in detail.text.split("\n"):
            safe = shown(paragraph, TEXT_CHARS)
            lines += [((f" {part}", ""),) for part in formats.wrap(safe, max(10, width - 2))]
    return lines


def full_text(detail: ResultDetail) -> str:
    """Return everything about one thing as text of many lines, for a pager; nothing is cut."""
    facts = [(_(label), value) for label, value in facts_of(detail) if value]
    cells = max((cell_len(label) for label, _value in facts), default=0)
    gap = " " * (cells + 2)
    lines = [detail.title, ""]
    for label, value in facts:
        head = formats.fit(label, cells) + "  "
        lines.append(head + value.replace("\n", "\n" + gap))
    return "\n".join([*lines, *(["", detail.text] if detail.text else [])])
