"""One search over all that was imported, from artists to files that could not be read."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from soniq_tui.importers.music.library.listing import Look
from soniq_tui.model.results import ResultColumn, ResultPage, ResultRow
from soniq_tui.words import _, mark

SECTIONS = ("artists", "albums", "tracks", "playlists", "errors")
"""The lists that are searched, in the order in which what they find is shown."""
NAMES_ALONE = frozenset({"playlists", "errors"})
"""Of these only words are looked for: filters such as ``year:`` mean tracks."""
KIND = ResultColumn(name="kind", title=mark("Kind"), width=8)
NAME = ResultColumn(name="name", title=mark("Name"))
ABOUT = ResultColumn(name="about", title=mark("Of"), rank=1)
MORE = ResultColumn(name="more", title="", width=10, right=True, rank=2)
COLUMNS = (KIND, NAME, ABOUT, MORE)
ASK = mark("words find artists, albums, tracks, playlists and files that could not be read")
KINDS = {
    "artist": mark("artist"),
    "album": mark("album"),
    "track": mark("track"),
    "playlist": mark("playlist"),
    "error": mark("error"),
}
_TOLD: dict[str, tuple[str, str, str]] = {
    "artist": ("name", "", "tracks"),
    "album": ("title", "artist", "year"),
    "track": ("title", "artist", "time"),
    "playlist": ("name", "", "tracks"),
    "error": ("path", "reason", ""),
}
"""Which cells of each list tell name, about and more."""


def view(look: Look, views: dict[str, Callable[[Look], ResultPage]]) -> ResultPage:
    """Return a page of what each list finds, one list after the other."""
    title = _("Everything")
    if not look.search:
        return look.page((), 0, title=title, columns=COLUMNS, empty=_(ASK))
    rows: list[ResultRow] = []
    total = 0
    for name in _sections(look):
        first = max(0, look.offset - total)
        limit = max(0, look.limit - len(rows)) if look.offset + look.limit > total else 0
        asked = replace(
            look.query, view=name, key="", sort="", descending=False, offset=first, limit=limit
        )
        page = views[name](Look(look.connection, asked, look.search, look.stamp))
        rows += (_row(row, page.columns) for row in page.rows)
        total += page.total
    return look.page(rows, total, title=title, columns=COLUMNS)


def _sections(look: Look) -> Iterable[str]:
    _own, rest = look.search.split(())
    return [name for name in SECTIONS if not rest or name not in NAMES_ALONE]


def _row(row: ResultRow, columns: tuple[ResultColumn, ...]) -> ResultRow:
    cells = {column.name: cell for column, cell in zip(columns, row.cells, strict=True)}
    name, about, more = (cells.get(each, "") for each in _TOLD[row.kind])
    unit = {"artist": _("{n} tr."), "playlist": _("{n} tr.")}.get(row.kind, "{n}")
    more = unit.format(n=more) if more else ""
    return replace(row, cells=(_(KINDS[row.kind]), name, about, more))
