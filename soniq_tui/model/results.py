"""What batches brought, for looking at: lists that lead into each other, and single things.

Every importer answers in these words, so one screen shows music, recipes and pages. All text is
foreign: ``shown()`` before painting.
"""

import msgspec


class ResultQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of one list of one importer."""

    importer: str
    view: str = ""
    """Name of a list ("artists", "albums", "tracks", "health"); empty: where looking begins."""
    key: str = ""
    """Of what the list is about: an artist, an album, a playlist; empty for the whole list."""
    text: str = ""
    """Words that must occur, and filters such as ``year:1990-1999``."""
    sort: str = ""
    """Name of a column; empty: the natural order of the list."""
    descending: bool = False
    offset: int = 0
    limit: int = 200


class ResultColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a list."""

    name: str
    title: str
    width: int = 0
    """Cells; 0: it shares what is left with the others of width 0."""
    right: bool = False
    """Numbers stand at the right."""
    rank: int = 0
    """The larger, the sooner it goes when the screen is narrow; 0 stays."""


class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a list."""

    key: str
    """Unique in its list."""
    kind: str
    """What it is, for :class:`DetailQuery`: "artist", "album", "track", "check"."""
    cells: tuple[str, ...]
    """In the order of the columns."""
    opens: str = ""
    """Name of the list that enter leads to, with this row's key; empty: its details."""
    item: str = ""
    """What to copy or hand to another program: a path, a URL."""
    muted: bool = False
    """It is not there now (a missing file)."""


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a :class:`ResultQuery`."""

    title: str = ""
    """What the list is, in words: "Albums of Nina Simone"."""
    views: tuple[tuple[str, str], ...] = ()
    """The lists one can begin with, each with its title, in order."""
    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[ResultRow, ...] = ()
    total: int = 0
    offset: int = 0
    empty: str = ""
    """What to do about an empty list: "nothing scanned yet; n launches a scan"."""
    problem: str = ""
    """Why the query makes no sense, in words; empty when it does."""


class DetailQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one thing."""

    importer: str
    kind: str
    key: str
    picture: int = 0
    """Pixels of the longer side of the picture that is wanted; 0: none."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A small picture, ready to paint."""

    width: int
    height: int
    rgb: bytes
    """``width * height`` pixels of three bytes, row by row."""
    about: str = ""
    """In words: "embedded JPEG, 1,400 by 1,400, 312 kB"."""


class ResultDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a :class:`DetailQuery`."""

    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Label and value, in the order in which people want them."""
    text: str = ""
    """What is longer than a line: lyrics, a readable page."""
    source: str = ""
    """The text it was made of, to be read beside it; empty where there is none, or none is kept."""
    item: str = ""
    """What to copy or to hand to another program."""
    picture: Picture | None = None
    no_picture: str = ""
    """Why there is none although one was asked for."""
