"""A library that is not there: artists, albums, tracks, health and playlists, with a cover."""

import math

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Reply
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.results import (
    DetailQuery,
    Picture,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.snapshot import ErrorRow, Page, Query, View
from tests.ui.fakes import AT_S, FakeClient

VIEWS = (
    ("artists", "Artists"),
    ("albums", "Albums"),
    ("tracks", "Tracks"),
    ("genres", "Genres"),
    ("health", "Health"),
    ("playlists", "Playlists"),
)
EVERYTHING = ("all", "Everything")
COLUMNS = {
    "artists": (
        ResultColumn(name="artist", title="ARTIST"),
        ResultColumn(name="albums", title="ALBUMS", width=6, right=True),
        ResultColumn(name="tracks", title="TRACKS", width=7, right=True),
        ResultColumn(name="years", title="YEARS", width=9, rank=1),
        ResultColumn(name="time", title="TIME", width=8, right=True, rank=2),
    ),
    "albums": (
        ResultColumn(name="year", title="YEAR", width=4, right=True),
        ResultColumn(name="album", title="ALBUM"),
        ResultColumn(name="artist", title="ARTIST", rank=1),
        ResultColumn(name="tracks", title="TRACKS", width=6, right=True, rank=2),
        ResultColumn(name="time", title="TIME", width=7, right=True, rank=3),
        ResultColumn(name="format", title="FORMAT", width=10, rank=4),
    ),
    "tracks": (
        ResultColumn(name="number", title="#", width=6, right=True),
        ResultColumn(name="title", title="TITLE"),
        ResultColumn(name="artist", title="ARTIST", rank=2),
        ResultColumn(name="time", title="TIME", width=6, right=True, rank=1),
        ResultColumn(name="format", title="FORMAT", width=10, rank=3),
        ResultColumn(name="year", title="YEAR", width=4, right=True, rank=4),
    ),
    "health": (
        ResultColumn(name="count", title="COUNT", width=7, right=True),
        ResultColumn(name="check", title="CHECK", width=24),
        ResultColumn(name="what", title="WHAT IT MEANS", rank=1),
    ),
    "files": (
        ResultColumn(name="path", title="FILE"),
        ResultColumn(name="reason", title="REASON", width=30, rank=1),
    ),
    "all": (
        ResultColumn(name="kind", title="KIND", width=8),
        ResultColumn(name="name", title="NAME"),
        ResultColumn(name="about", title="OF", rank=1),
    ),
    "playlists": (
        ResultColumn(name="name", title="NAME"),
        ResultColumn(name="tracks", title="TRACKS", width=7, right=True),
        ResultColumn(name="query", title="SEARCH", rank=1),
    ),
}
ARTISTS = [
    ("Ali Farka Touré", 6, 68, "1987-2006", "5h12m"),
    ("Björk", 10, 127, "1993-2022", "9h41m"),
    ("Fela Kuti", 14, 41, "1971-1989", "8h55m"),
    ("Mulatu Astatke", 3, 38, "1966-2013", "3h02m"),
    ("Nina Simone", 12, 148, "1959-1978", "9h20m"),
    ("Sigur Rós", 7, 76, "1997-2023", "8h07m"),
    ("Σωκράτης Μάλαμας", 4, 47, "1989-2010", "3h11m"),
    ("фон Караян", 2, 22, "1963-1977", "2h34m"),
    ("坂本 龍一", 9, 103, "1978-2023", "7h49m"),
    ("فيروز", 5, 58, "1957-1999", "4h20m"),
]
ALBUMS = [
    ("1959", "Little Girl Blue"),
    ("1964", "In Concert"),
    ("1965", "Pastel Blues [Live]"),
    ("1965", "I Put a Spell on You"),
    ("1966", "Wild Is the Wind"),
    ("1967", "Silk & Soul"),
    ("1969", "To Love Somebody"),
    ("1978", "Baltimore"),
]
TRACKS = [
    ("Be My Husband", "3:18"),
    ("Nobody Knows You When You're Down and Out", "2:37"),
    ("End of the Line", "3:00"),
    ("Trouble in Mind", "2:39"),
    ("Tell Me More and More and Then Some", "3:00"),
    ("Chilly Winds Don't Blow", "3:46"),
    ("Ain't No Use", "2:34"),
    ("Strange Fruit", "3:29"),
    ("Sinnerman", "10:19"),
]
CHECKS = [
    ("2", "files not read", "damaged, or not what their names say"),
    ("14", "no artist", "nothing says who plays"),
    ("310", "no cover", "neither in the file nor beside it"),
    ("7", "albums with gaps", "track numbers are missing"),
    ("23", "the same twice", "two files with the same sound"),
]
BROKEN = "/music/Nina Simone/Pastel Blues [Live]/07.mp3"


def cover(size: int) -> Picture:
    """Return a square picture: a dark disc with a ring before a sky."""
    pixels = bytearray()
    for y in range(size):
        for x in range(size):
            far = math.hypot(x - size * 0.5, y - size * 0.55) / size
            if far < 0.08:
                pixels += bytes((230, 180, 60))
            elif far < 0.36:
                shade = 24 + int(20 * (math.sin(far * 90) + 1))
                pixels += bytes((shade, shade, shade + 8))
            else:
                pixels += bytes((40 + 180 * y // size, 70 + 60 * x // size, 150 - 90 * y // size))
    return Picture(
        width=size, height=size, rgb=bytes(pixels), about="embedded JPEG, 1,400 by 1,400, 312 kB"
    )


class Library(FakeClient):
    """An engine whose importer has results; ``tracks`` is how many the whole library has."""

    def __init__(self, snapshot=None, *, tracks: int = 640, names: list[str] | None = None) -> None:
        super().__init__(snapshot)
        self.tracks = tracks
        self.titles = names
        self.asked: list[ResultQuery] = []
        self.looked: list[DetailQuery] = []
        self.deeds: list[tuple[str, str, dict[str, str]]] = []
        self.lists = [
            ("Blue hours", "41", "genre:jazz blue"),
            ("Born in 1978", "12", "year:1978"),
        ]
        self.nothing = False
        """Nothing has been scanned yet."""
        self.failures: tuple[ErrorRow, ...] = ()
        self.with_all = False
        """There is a list that searches everything."""
        self.others: tuple[str, ...] = ()
        """Importers besides ours that have results."""
        self.added = 0
        """So many artists came before all others meanwhile."""

    # Lists.

    async def results(self, query: ResultQuery) -> ResultPage:
        """Return a page of one of the lists."""
        self.asked.append(query)
        if query.importer == "recipes" and "recipes" not in self.others:
            return ResultPage(problem=f"{query.importer}: it has no results to look at")
        if "year:" in query.text and not query.text.rpartition("year:")[2].isdigit():
            return ResultPage(views=VIEWS, problem="year: needs a year or two, year:1990-1999")
        view = query.view or "artists"
        make = getattr(self, f"rows_{view}")
        rows, total = make(query)
        names = {"albums": "Albums of Nina Simone", "tracks": "Pastel Blues [Live]"}
        title = names.get(view, "") if query.key else dict(VIEWS).get(view, "")
        if self.nothing:
            return ResultPage(
                title=title, views=VIEWS, empty="nothing was scanned yet; a scan brings music here"
            )
        return ResultPage(
            title=title or "Everything" * (view == "all") or "Files not read",
            views=(*VIEWS, EVERYTHING) if self.with_all else VIEWS,
            columns=COLUMNS[view],
            rows=tuple(rows),
            total=total,
            offset=query.offset,
            empty="there are none",
        )

    def page(self, query: ResultQuery, rows: list[ResultRow]) -> tuple[list[ResultRow], int]:
        """Return the part of ``rows`` that was asked for."""
        words = query.text.lower().split()
        found = [r for r in rows if all(w in " ".join(r.cells).lower() for w in words)]
        if query.sort:
            names = [c.name for c in COLUMNS[query.view or "artists"]]
            at = names.index(query.sort)
            found.sort(key=lambda r: r.cells[at])
        if query.descending:
            found.reverse()
        return found[query.offset : query.offset + query.limit], len(found)

    def rows_artists(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return artists."""
        new = [(f"Abba {i}", 1, 10, "1974", "30m") for i in range(self.added)]
        named = [(name, 1, 12, "1999", "44m") for name in self.titles or ()]
        rows = [
            ResultRow(key=f"artist {name}", kind="artist", opens="albums",
                      cells=(name, str(albums), str(tracks), years, time))
            for name, albums, tracks, years, time in [*new, *(named or ARTISTS)]
        ]  # fmt: skip
        return self.page(query, rows)

    def rows_albums(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return the albums of one artist."""
        rows = [
            ResultRow(key=f"album {name}", kind="album", opens="tracks",
                      item=f"/music/Nina Simone/{name}",
                      cells=(year, name, "Nina Simone", "9", "34m42s", "FLAC"))
            for year, name in ALBUMS
        ]  # fmt: skip
        return self.page(query, rows)

    def rows_tracks(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return the tracks of one album, or all of them."""
        if query.key or query.text:
            return self.page(query, [self.track(i) for i in range(len(TRACKS))])
        numbers = range(query.offset, min(self.tracks, query.offset + query.limit))
        return [self.track(i) for i in numbers], self.tracks

    def track(self, i: int) -> ResultRow:
        """Return track number ``i``."""
        title, time = TRACKS[i % len(TRACKS)]
        name = title if i < len(TRACKS) else f"{title} ({i + 1:,})"
        return ResultRow(
            key=str(i + 1),
            kind="track",
            item=f"/music/Nina Simone/Pastel Blues [Live]/{i + 1:02d} {name}.flac",
            muted=i % 20 == 6,
            cells=(str(i + 1), name, "Nina Simone", time, "FLAC 44/16", "1965"),
        )

    def rows_health(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return the checks."""
        rows = [ResultRow(key=c[1], kind="check", opens="files", cells=c) for c in CHECKS]
        return self.page(query, rows)

    def rows_files(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return the files behind a check."""
        paths = [BROKEN, "/music/Various/The Complete Motown Singles, Volume 4: 1964/CD 3/11.mp3"]
        rows = [
            ResultRow(key=p, kind="error", item=p, cells=(p, "not audio: header not found"))
            for p in paths
        ]
        return self.page(query, rows)

    def rows_playlists(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return the playlists."""
        rows = [ResultRow(key=c[0], kind="playlist", opens="tracks", cells=c) for c in self.lists]
        return self.page(query, rows)

    def rows_all(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return all kinds of things, artist and track number 1 under the same key."""
        if not query.text:
            return [], 0
        rows = [
            ResultRow(key="1", kind="artist", opens="albums", cells=("artist", name, ""))
            for name, *_ in ARTISTS
        ]
        rows += [
            ResultRow(key="1", kind="track", item=f"/music/{title}.flac",
                      cells=("track", title, "Nina Simone"))
            for title, _ in TRACKS
        ]  # fmt: skip
        rows.append(ResultRow(key="9", kind="error", item=BROKEN, cells=("error", BROKEN, "")))
        return self.page(query, rows)

    def rows_genres(self, query: ResultQuery) -> tuple[list[ResultRow], int]:
        """Return none."""
        return self.page(query, [])

    # Single things.

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """Return everything about one thing."""
        self.looked.append(query)
        if query.key == "gone":
            raise UsageError("this track is gone")
        name = query.key.removeprefix(f"{query.kind} ")
        if query.kind in {"check", "playlist", "error"}:
            return ResultDetail(title=name, facts=(("Found", "2"),), no_picture="")
        if query.kind == "artist":
            facts = (
                ("albums", "12"),
                ("tracks", "148"),
                ("years", "1959-1978"),
                ("plays", "9h20m"),
            )
            return ResultDetail(title=name, facts=facts, no_picture="no picture of this artist")
        facts = (
            ("Artist", "Nina Simone"),
            ("Album", "Pastel Blues [Live]"),
            ("Year", "1965"),
            ("Track", "9 of 9"),
            ("Genre", "Jazz; Soul"),
            ("Format", "FLAC, 44.1 kHz, 16 bit, stereo"),
            ("Size", "58.2 MB"),
            ("File", "/music/Nina Simone/Pastel Blues [Live]/09 Sinnerman.flac"),
        )
        return ResultDetail(
            title="Sinnerman" if query.kind == "track" else name,
            facts=facts,
            text="Oh, Sinnerman, where you gonna run to?\nAll on that day"
            * (query.kind == "track"),
            item="/music/Nina Simone/Pastel Blues [Live]/09 Sinnerman.flac",
            picture=cover(query.picture) if query.picture else None,
        )

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """Remember what was to be done."""
        self.deeds.append((importer, name, words))
        return Reply(text="")

    async def browse(self, query: Query) -> Page:
        """Return what failed, where a test set it."""
        if query.view is View.ERRORS and self.failures:
            self.queries.append(query)
            return Page(rows=self.failures, total=len(self.failures))
        if query.view is View.ERRORS:
            return Page()
        return await super().browse(query)


def failure(item: str, job_id: int) -> ErrorRow:
    """Return that a file could not be read by a job."""
    return ErrorRow(
        id=1,
        batch_id=1,
        job_id=job_id,
        item=item,
        stage="extract",
        kind=ErrorKind.CORRUPT,
        reason="not audio: header not found",
        attempts=1,
        at_s=AT_S,
    )
