"""Whatever happens to a library, scans of what changed arrive where one scan of all of it does."""

import os
import random
import shutil
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from soniq_tui.importers.base import GoBack
from soniq_tui.importers.music import close, export, extract, group, insert, store
from soniq_tui.importers.music.discovery import discover, stamps
from soniq_tui.importers.music.discovery.walk import Walk
from soniq_tui.importers.music.group import key_of_nobody
from soniq_tui.importers.music.words import Chunk, Grouped, ScanOptions, Spooled
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import root_of
from tests.importers.music.test_resume import CrashError, Fragile, Journal
from tests.importers.music.upheaval import FOLDERS, NOISE, SHEET, STEMS, TAGS, Tags, Tree, jpeg

ENDING = st.sampled_from([b".mp3", b".mp3", b".flac", b".ogg", b".m4a"])
STEM = st.sampled_from(STEMS)
FOLDER = st.sampled_from(FOLDERS)
PICK = st.integers(0, 30)
WORDS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in TAGS.items()}
)
PICTURE = st.sampled_from([b"", b"", b"\xff\xd8\xff one", b"\xff\xd8\xff two"])
SEED = st.integers(0, 1000)
FEW = 2
"""Files of a job, so that a small library makes several."""


def tags(words: dict[str, str | None]) -> Tags:
    """Return all that a tag says, of which some words are others than those of most."""
    return tuple({name: words.get(name, values[0]) for name, values in TAGS.items()}.items())


# ---------------------------------------------------------------- scans


class Scan:
    """One batch as the engine runs it: jobs in any order, each at least once."""

    def __init__(self, data: Path, root: bytes, seed: int = 0, **options: Any) -> None:
        self.data, self.root, self.chance = data, root_of(root, **options), random.Random(seed)
        self.read = 0

    def discovered(self, *, dies: bool = False) -> list[bytes]:
        """Return the payloads of all jobs; where it ``dies``, after going on once."""
        journal = Journal(self.root)
        if dies:
            after = self.chance.random() < 0.5
            ctx = Fragile(self.data, journal, self.chance.randint(1, 3), after=after)
            try:
                ended(discover.run(journal.payload, ctx))
            except CrashError:
                pass
            else:
                journal.take(ctx)
                return self._payloads(journal)
        ctx = FakeContext(self.data)  # type: ignore[assignment]
        ended(discover.run(journal.payload, ctx))
        journal.take(ctx)
        return self._payloads(journal)

    @staticmethod
    def _payloads(journal: Journal) -> list[bytes]:
        return [msgspec.msgpack.encode(each["payload"]) for each in journal.spawned]

    def whole(self, *, dies: bool = False) -> None:
        """Scan to the end; where it ``dies`` jobs are interrupted and run again, any time later."""
        jobs = self.discovered(dies=dies)
        self.chance.shuffle(jobs)
        while jobs:
            job = jobs.pop()
            if dies and self.chance.random() < 0.4:
                self.part_of(job)
                jobs.insert(self.chance.randint(0, len(jobs)), job)
            else:
                self.job(job)
        if dies:
            self.close(dies_at=self.chance.randint(1, 5))
        self.close()

    def some(self) -> None:
        """Scan and give up: some jobs never run, and maybe nobody closes the batch."""
        for job in self.discovered():
            if self.chance.random() < 0.6:
                self.job(job)
        if self.chance.random() < 0.5:
            self.close()

    def part_of(self, payload: bytes) -> None:
        """Run a job up to somewhere; it may have been written already."""
        ctx = FakeContext(self.data)
        spooled = self._extract(payload, ctx)
        far = self.chance.randrange(3)
        if far == 0:
            return
        grouped = self._group(spooled, ctx)
        group.at_hand.clear()  # of a process that died
        if far == 1:
            ctx.spools.clear()
            with pytest.raises(GoBack):
                ended(insert.run(grouped, ctx))
            return
        ended(insert.run(grouped, ctx))

    def job(self, payload: bytes) -> dict[str, int]:
        """Run a job to its end; return what it counted."""
        ctx = FakeContext(self.data)
        spooled = self._extract(payload, ctx)
        self.read += spooled.files - len(msgspec.msgpack.decode(payload, type=Chunk).moved)
        ended(insert.run(self._group(spooled, ctx), ctx))
        return ctx.counts

    def _extract(self, payload: bytes, ctx: FakeContext) -> Spooled:
        return ended(extract.run(msgspec.msgpack.decode(payload, type=Chunk), ctx))

    def _group(self, spooled: Spooled, ctx: FakeContext) -> Grouped:
        return ended(group.run(spooled, ctx))

    def close(self, dies_at: int = 0) -> None:
        ctx = Mortal(self.data, dies_at)
        try:
            ended(close.run(ScanOptions(paths=()), ctx))
        except CrashError:
            assert dies_at


class Mortal(FakeContext):
    """A context whose process dies the n-th time that the stage says how far it is."""

    def __init__(self, data: Path, lives: int) -> None:
        super().__init__(data)
        self.lives = lives

    def progress(self, done: int, total: int) -> None:
        self.lives -= 1
        if not self.lives:
            raise CrashError


# ---------------------------------------------------------------- what is in a catalogue

LIVE = """
FROM track JOIN file ON file.id = track.file_id AND NOT file.missing
LEFT JOIN album ON album.id = track.album_id LEFT JOIN search ON search.rowid = track.id
"""
TRACKS = f"""
SELECT file.path, part, pid, album.key, start_s, cover_file,
  search.title, search.artists, search.album, search.genres,
  (SELECT group_concat(artist.key || '|' || c.name || '|' || coalesce(c.sort_name, '') || '|'
      || coalesce(c.musicbrainz_id, ''), '\n')
   FROM (SELECT * FROM track_artist WHERE track_id = track.id ORDER BY position) AS c
   JOIN artist ON artist.id = c.artist_id)
{LIVE}
"""  # noqa: S608
ALBUMS = f"""
SELECT album.key, album.title, album.version, album.date, album.year, album.compilation,
  album.musicbrainz_album_id, album.musicbrainz_releasegroup_id, count(*),
  (SELECT group_concat(artist.key, '\n')
   FROM (SELECT * FROM album_artist WHERE album_id = album.id ORDER BY position) AS c
   JOIN artist ON artist.id = c.artist_id)
{LIVE} WHERE album.id IS NOT NULL GROUP BY album.id
"""  # noqa: S608
ARTISTS = f"""
SELECT DISTINCT artist.key, artist.name, artist.sort_name, artist.musicbrainz_id FROM artist
WHERE id IN (SELECT artist_id FROM track_artist WHERE track_id IN (SELECT track.id {LIVE}))
  OR id IN (SELECT artist_id FROM album_artist WHERE album_id IN (SELECT album.id {LIVE}))
"""  # noqa: S608
ALBUMS_OF = f"SELECT DISTINCT file.path, album.key {LIVE} WHERE album.key IS NOT NULL"
ARTISTS_OF = f"""
SELECT DISTINCT file.path, artist.key
{LIVE} JOIN track_artist c ON c.track_id = track.id JOIN artist ON artist.id = c.artist_id
"""
ARTISTS_OF_ALBUMS = """
SELECT DISTINCT album.key, artist.key FROM album
JOIN album_artist c ON c.album_id = album.id JOIN artist ON artist.id = c.artist_id
"""
SOUND = {
    "a track without a file": "SELECT id FROM track WHERE file_id NOT IN (SELECT id FROM file)",
    "a file without a track": "SELECT id FROM file WHERE id NOT IN (SELECT file_id FROM track)",
    "a track of no album": (
        "SELECT id FROM track WHERE album_id > 0 AND album_id NOT IN (SELECT id FROM album)"
    ),
    "a track of no picture": (
        "SELECT id FROM track WHERE cover_id > 0 AND cover_id NOT IN (SELECT id FROM cover)"
    ),
    "a credit of no track": (
        "SELECT * FROM track_artist WHERE track_id NOT IN (SELECT id FROM track)"
        " OR artist_id NOT IN (SELECT id FROM artist)"
    ),
    "a credit of no album": (
        "SELECT * FROM album_artist WHERE album_id > 0 AND album_id NOT IN (SELECT id FROM album)"
        " OR artist_id NOT IN (SELECT id FROM artist)"
    ),
    "words of no track": "SELECT rowid FROM search WHERE rowid NOT IN (SELECT id FROM track)",
    "a track without words": "SELECT id FROM track WHERE id NOT IN (SELECT rowid FROM search)",
    "an entry of a playlist without a track": (
        "SELECT * FROM playlist_track WHERE track_id NOT IN (SELECT id FROM track)"
    ),
    "two of one name": (
        "SELECT path, part FROM track JOIN file ON file.id = file_id"
        " WHERE NOT missing GROUP BY path, part HAVING count(*) > 1"
    ),
    "one that is there by a name of none": (
        "SELECT path FROM file WHERE NOT missing AND instr(path, x'00')"
    ),
    "gone and nobody knows when": "SELECT id FROM file WHERE missing <> (missing_at_s NOT NULL)",
    "an album that is not settled": "SELECT id FROM album WHERE NOT settled",
    "an artist that is not settled": "SELECT id FROM artist WHERE NOT settled",
    "words that are not settled": "SELECT * FROM unsearched",
}
"""What no catalogue may hold after a scan."""


def _path(row: dict[str, Any]) -> bytes:
    return b64decode(row["path_bytes"]) if row["path_bytes"] else row["path"].encode()


class Catalogue:
    """A catalogue at rest."""

    def __init__(self, data: Path) -> None:
        self.data = data
        found = store.reader(data)
        assert found is not None
        self._connection = found

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()

    def keyed(self, query: str, width: int = 1) -> dict[Any, tuple[Any, ...]]:
        """Return rows by their first columns."""
        found = {(row[0] if width == 1 else row[:width]): row[width:] for row in self.rows(query)}
        return dict(sorted(found.items()))

    def ids(self) -> dict[bytes, dict[int, int]]:
        """Return the numbers of the tracks that are there, by path and part."""
        found: dict[bytes, dict[int, int]] = {}
        for path, part, number in self.rows(f"SELECT file.path, part, track.id {LIVE}"):
            found.setdefault(path, {})[part] = number
        return found

    def exported(self, what: str) -> dict[Any, dict[str, Any]]:
        rows = [dict(row) for row in export.EXPORTS[what](self.data)]
        return {(_path(row), row["part"] or 0): row for row in rows if not row["missing"]}

    def errors(self) -> dict[bytes, str]:
        return dict(self.rows("SELECT path, kind FROM scan_error"))

    def assert_sound(self) -> None:
        for what, query in SOUND.items():
            assert not self.rows(query), what
        # The words of a track can be asked for, not only looked at.
        for number, title in self.rows("SELECT rowid, title FROM search"):
            if title:
                query = "SELECT 1 FROM search WHERE rowid = ? AND search MATCH ?"
                asked = " ".join(f'"{word}"' for word in title.replace('"', " ").split())
                assert self._connection.execute(query, (number, asked)).fetchone(), title


def assert_equal(mine: dict[Any, Any], yours: dict[Any, Any]) -> None:
    """Assert that rows are equal; say in what they are not."""
    found: dict[Any, Any] = {}
    for key in mine.keys() | yours.keys():
        one, other = mine.get(key), yours.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            one, other = (
                {k: v for k, v in x.items() if v != y[k]} for x, y in ((one, other), (other, one))
            )
        if one != other:
            found[key] = one, other
    assert not found, found


def assert_same(one: Catalogue, whole: Catalogue, held: set[bytes]) -> None:
    """Assert that two catalogues tell the same of what is there.

    ``held``: files that only the first one has. What they have a say in may differ.
    """
    titles = {key_of_nobody(album) for path, album in one.rows(ALBUMS_OF) if path in held}

    def tracks(each: Catalogue) -> dict[Any, tuple[Any, ...]]:
        """Return tracks; of an album that may differ only what it is called."""
        return {
            place: (pid, nobody if key and (nobody := key_of_nobody(key)) in titles else key, *row)
            for place, (pid, key, *row) in each.keyed(TRACKS, 2).items()
        }

    for mine, yours in (
        (one.exported("tracks"), whole.exported("tracks")),
        (tracks(one), tracks(whole)),
    ):
        assert_equal({k: row for k, row in mine.items() if k[0] not in held}, yours)
    rows = [*one.rows(ALBUMS_OF), *whole.rows(ALBUMS_OF)]
    albums = {album for _, album in rows if key_of_nobody(album) in titles}
    artists = {artist for path, artist in one.rows(ARTISTS_OF) if path in held}
    for each in (one, whole):
        pairs = each.rows(ARTISTS_OF_ALBUMS)
        artists |= {artist for album, artist in pairs if album in albums}
    for query, left_out in ((ALBUMS, albums), (ARTISTS, artists)):
        mine, yours = (
            {key: row for key, row in each.keyed(query).items() if key not in left_out}
            for each in (one, whole)
        )
        assert_equal(mine, yours)
    if not held and not one.rows("SELECT 1 FROM file WHERE missing"):
        for what in export.EXPORTS:
            assert list(export.EXPORTS[what](one.data)) == list(export.EXPORTS[what](whole.data))


# ---------------------------------------------------------------- histories


class Machine(RuleBasedStateMachine):
    """A library that is changed and scanned, and the catalogue of it."""

    dated = True
    """Changes leave distinct times, and scans come long after them. Else all happens at once."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp(prefix="soniq-same-"))
        self.data, self.wholes = self.top / "data", 0
        self.root = os.fsencode(self.top / "music")
        self.tree = Tree(self.root, dated=self.dated)
        self.listed: list[tuple[Any, ...]] = []
        """The playlist: from it goes only what a cue sheet makes, or takes back."""
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(discover, "CHUNK_FILES", FEW)
        # Nothing here loses power.
        fast = store.SQL["open_writer"].replace("synchronous = FULL", "synchronous = OFF")
        self.patch.setitem(store.SQL, "open_writer", fast)
        if self.dated:
            real = stamps.now_ns
            self.patch.setattr(stamps, "now_ns", lambda: real() + 10_000_000_000)

    def teardown(self) -> None:
        try:
            if self.tree.files:
                self.scan_and_compare(0)
        finally:
            self.patch.undo()
            store.close()
            shutil.rmtree(self.top)

    # ------------------------------------------------------------ changes

    @initialize(
        some=st.lists(st.tuples(FOLDER, STEM, ENDING, WORDS, PICTURE), min_size=3, max_size=8),
        scanned=st.booleans(),
    )
    def begin(self, some: list[tuple[Any, ...]], scanned: bool) -> None:
        for folder, stem, ending, words, picture in some:
            self.tree.add(self.tree.at(folder, stem + ending), tags(words), picture)
        if scanned:
            self.scan_and_compare(0)
            with store.changing(self.data) as connection:
                connection.execute("INSERT INTO playlist VALUES (1, 'Mine', 0)")
                connection.execute("INSERT INTO playlist_track SELECT 1, id, id FROM track")
            self.listed = self.playlist()

    @rule(folder=FOLDER, stem=STEM, ending=ENDING, words=WORDS, picture=PICTURE)
    @precondition(lambda self: len(self.tree.files) < 12)
    def add(self, folder: bytes, stem: bytes, ending: bytes, words: Any, picture: bytes) -> None:
        self.tree.add(self.tree.at(folder, stem + ending), tags(words), picture)

    @rule(pick=PICK, words=WORDS, picture=PICTURE, replace=st.booleans())
    @precondition(lambda self: self.tree.files)
    def retag(self, pick: int, words: Any, picture: bytes, replace: bool) -> None:
        self.tree.retag(self.tree.pick(pick), tags(words), picture, replace=replace)

    @rule(pick=PICK, word=st.sampled_from(sorted(TAGS)), value=PICK)
    @precondition(lambda self: self.tree.files)
    def retag_one_word(self, pick: int, word: str, value: int) -> None:
        file = self.tree.pick(pick)
        words = dict(file.tags) | {word: TAGS[word][value % len(TAGS[word])]}
        self.tree.retag(file, tags(words), file.picture, replace=False)

    @rule(pick=PICK)
    @precondition(lambda self: self.tree.files)
    def retag_unseen(self, pick: int) -> None:
        self.tree.retag_unseen(self.tree.pick(pick))

    @rule(pick=PICK)
    @precondition(lambda self: self.tree.files)
    def touch(self, pick: int) -> None:
        self.tree.touch(self.tree.pick(pick))

    @rule(pick=PICK, stem=STEM)
    @precondition(lambda self: self.tree.files)
    def rename(self, pick: int, stem: bytes) -> None:
        file = self.tree.pick(pick)
        self.tree.move(file, file.path.rpartition(b"/")[0] + b"/" + stem + file.ending)

    @rule(pick=PICK, folder=FOLDER, stem=st.one_of(st.none(), STEM))
    @precondition(lambda self: self.tree.files)
    def move(self, pick: int, folder: bytes, stem: bytes | None) -> None:
        file = self.tree.pick(pick)
        name = file.path.rpartition(b"/")[2] if stem is None else stem + file.ending
        self.tree.move(file, self.tree.at(folder, name))

    @rule(pick=PICK, folder=FOLDER, stem=STEM, keep_times=st.booleans())
    @precondition(lambda self: 0 < len(self.tree.files) < 12)
    def copy(self, pick: int, folder: bytes, stem: bytes, keep_times: bool) -> None:
        path = self.tree.at(folder, stem)
        self.tree.copy(self.tree.pick(pick), path, keep_times=keep_times)

    @rule(pick=PICK, onto=PICK)
    @precondition(lambda self: len(self.tree.files) > 1)
    def overwrite(self, pick: int, onto: int) -> None:
        file, other = self.tree.pick(pick), self.tree.pick(onto)
        if file.ending == other.ending:
            self.tree.move(file, other.path)

    @rule(one=PICK, other=PICK)
    @precondition(lambda self: len(self.tree.files) > 1)
    def swap(self, one: int, other: int) -> None:
        mine, yours = self.tree.pick(one), self.tree.pick(other)
        if mine.ending == yours.ending:
            self.tree.swap(mine, yours)

    @rule(pick=PICK, to=FOLDER)
    @precondition(lambda self: self.tree.folders())
    def move_folder(self, pick: int, to: bytes) -> None:
        folders = self.tree.folders()
        self.tree.move_folder(folders[pick % len(folders)], self.root + b"/" + to)

    @rule(pick=PICK)
    @precondition(lambda self: self.tree.files)
    def delete(self, pick: int) -> None:
        self.tree.delete(self.tree.pick(pick))

    @rule(pick=PICK)
    @precondition(lambda self: len(self.tree.folders()) > 1)
    def delete_folder(self, pick: int) -> None:
        folders = self.tree.folders()
        self.tree.delete_folder(folders[pick % len(folders)])

    @rule(pick=PICK, how=st.sampled_from([b"", NOISE, None]))
    @precondition(lambda self: self.tree.files)
    def spoil(self, pick: int, how: bytes | None) -> None:
        file = self.tree.pick(pick)
        self.tree.spoil(
            file, Path(os.fsdecode(file.path)).read_bytes()[:30] if how is None else how
        )

    @rule(pick=PICK)
    @precondition(lambda self: any(file.broken for file in self.tree.files.values()))
    def mend(self, pick: int) -> None:
        broken = [file for _, file in sorted(self.tree.files.items()) if file.broken]
        file = broken[pick % len(broken)]
        self.tree.retag(file, file.tags, file.picture, replace=False)

    # ------------------------------------------------------------ beside the music

    @rule(
        folder=FOLDER,
        name=st.sampled_from([b"cover.jpg", b"Folder.JPG"]),
        number=st.one_of(st.none(), st.integers(0, 2)),
    )
    def picture(self, folder: bytes, name: bytes, number: int | None) -> None:
        self.tree.side(self.tree.at(folder, name), None if number is None else jpeg(number))

    @rule(pick=PICK, number=st.one_of(st.none(), st.integers(0, 2)), own=st.booleans())
    @precondition(lambda self: self.tree.files)
    def sheet(self, pick: int, number: int | None, own: bool) -> None:
        folder, _, name = self.tree.pick(pick).path.rpartition(b"/")
        beside = folder + b"/" + (name.rpartition(b".")[0] if own else b"album") + b".cue"
        text = None
        if number is not None:
            said = name.decode("utf-8", "surrogateescape")
            text = SHEET.format(name=said, n=number).encode("utf-8", "surrogateescape")
        self.tree.side(beside, text)

    @rule(pick=PICK, words=st.sampled_from([None, b"la", b"la la", b"[00:01.00]la"]))
    @precondition(lambda self: self.tree.files)
    def lyrics(self, pick: int, words: bytes | None) -> None:
        self.tree.side(self.tree.pick(pick).path.rpartition(b".")[0] + b".lrc", words)

    @rule(
        folder=FOLDER,
        name=st.sampled_from([b".nomedia", b".ndignore"]),
        text=st.sampled_from([None, None, b"", b"*.mp3\n1.*\n"]),
    )
    def ignore(self, folder: bytes, name: bytes, text: bytes | None) -> None:
        path = self.tree.at(folder, name)
        if text is None or os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
            self.tree.side(path, text)

    # ------------------------------------------------------------ scans

    def playlist(self) -> list[tuple[Any, ...]]:
        catalogue = Catalogue(self.data)
        try:
            return catalogue.rows("SELECT * FROM playlist_track")
        finally:
            catalogue.close()

    def numbers(self) -> set[int]:
        """Return the numbers of all tracks, also of those whose files are gone."""
        catalogue = Catalogue(self.data)
        try:
            return {number for (number,) in catalogue.rows("SELECT id FROM track")}
        finally:
            catalogue.close()

    @rule(seed=SEED)
    def give_up(self, seed: int) -> None:
        """A scan that is cancelled half-way leaves nothing that the next one does not mend."""
        Scan(self.data, self.root, seed).some()
        self.half_known()

    def half_known(self) -> None:
        """A file may be known where it is now or where it was, and with a new sheet or without."""
        if not (self.data / store.FILE).exists():
            return
        catalogue = Catalogue(self.data)
        try:
            ids = catalogue.ids()
        finally:
            catalogue.close()
        for file in self.tree.files.values():
            if file.moved or (file.ids and file.ids.keys() != ids.get(file.path, {}).keys()):
                file.ids = None

    @rule(seed=SEED, within=st.booleans())
    @precondition(lambda self: self.tree.files)
    def two_at_once(self, seed: int, within: bool) -> None:
        """Two scans at once, maybe one of a part, leave nothing that the next one does not mend."""
        inside = self.root + b"/Ada"
        other = inside if within and os.path.isdir(inside) else self.root  # noqa: PTH112
        scans = [Scan(self.data, self.root, seed), Scan(self.data, other, seed)]
        left = [(scan, job) for scan in scans for job in scan.discovered()]
        scans[0].chance.shuffle(left)
        while left:
            scan, job = left.pop()
            scan.job(job)
            if all(each is not scan for each, _ in left):
                scan.close()
        for scan in scans:
            scan.close()
        catalogue = Catalogue(self.data)
        try:
            catalogue.assert_sound()
        finally:
            catalogue.close()
        self.half_known()

    @rule(seed=SEED, dies=st.booleans())
    @precondition(lambda self: self.tree.files)
    def scan(self, seed: int, dies: bool) -> None:
        Scan(self.data, self.root, seed).whole(dies=dies)
        self.numbers_are_kept()

    @rule(seed=SEED)
    @precondition(lambda self: self.tree.files)
    def read_all(self, seed: int) -> None:
        """A scan that reads every file again changes nothing that another one would not."""
        Scan(self.data, self.root, seed, force=True).whole()
        self.numbers_are_kept()

    @rule(seed=SEED, gone=st.booleans())
    @precondition(lambda self: self.tree.files)
    def unmount(self, seed: int, gone: bool) -> None:
        """The disk is away for one scan: an empty folder, or none."""
        self.scan(seed, dies=False)
        away = self.root + b".away"
        os.rename(self.root, away)  # noqa: PTH104
        if not gone:
            os.mkdir(self.root)  # noqa: PTH102
        Scan(self.data, self.root, seed).whole()
        if not gone:
            os.rmdir(self.root)  # noqa: PTH106
        os.rename(away, self.root)  # noqa: PTH104

    @rule(seed=SEED)
    @precondition(lambda self: self.tree.files)
    def scan_and_compare(self, seed: int) -> None:
        """One scan of what changed, and one of all."""
        self.scan(seed, dies=False)
        self.wholes += 1
        whole = self.top / f"whole{self.wholes}"
        Scan(whole, self.root).whole()
        one, other = Catalogue(self.data), Catalogue(whole)
        try:
            for each in (one, other):
                each.assert_sound()
            assert_same(one, other, self.held(one, other))
        finally:
            one.close()
            other.close()
        again = Scan(self.data, self.root)
        again.whole()
        if self.dated:
            assert not again.read, "read again though nothing changed"

    def met(self) -> set[bytes]:
        """Return the files that are not ignored."""
        walk = Walk(self.root, ScanOptions(paths=()))
        return {met.path + b"/" + entry.name for met in walk for entry in met.files}

    def held(self, one: Catalogue, whole: Catalogue) -> set[bytes]:
        """Return the files that only the first catalogue has; assert that there is a reason."""
        met = self.met()
        ignored = set(self.tree.files) - met
        held = one.ids().keys() - whole.ids().keys()
        if met:  # else the disk may be away
            mine, yours = one.errors(), whole.errors()
            assert_equal({path: kind for path, kind in mine.items() if path not in ignored}, yours)
            assert held <= ignored | yours.keys(), "not marked as missing"
        return held

    def numbers_are_kept(self) -> None:
        """What was only moved, or changed where it lay, keeps the numbers of its tracks."""
        catalogue = Catalogue(self.data)
        try:
            ids = catalogue.ids()
        finally:
            catalogue.close()
        met = self.met()
        for file in self.tree.told_again():
            now = ids.get(file.path) if file.path in met else None
            if file.ids is not None and now is not None and now.keys() == file.ids.keys():
                assert now == file.ids, f"{file.path!r} was {file.known_path!r}"
        self.tree.scanned(ids, met)
        if self.listed:
            self.listed = [row for row in self.listed if row[-1] in self.numbers()]
            assert self.playlist() == self.listed


class AtOnceMachine(Machine):
    """The same within ticks of the clock, in which changes leave equal times."""

    dated = False


COMMON = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],  # explaining takes longer than all the rest
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHistories = pytest.mark.timeout(300)(Machine.TestCase)
TestHistories.settings = settings(COMMON, max_examples=30, stateful_step_count=20)
TestAtOnce = pytest.mark.timeout(300)(AtOnceMachine.TestCase)
TestAtOnce.settings = settings(COMMON, max_examples=12, stateful_step_count=20)


class LongMachine(Machine):
    """The same with more and longer histories, and new ones each time."""


class LongAtOnceMachine(AtOnceMachine):
    """The same at once."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestLongHistories(LongMachine.TestCase):
    """Minutes of histories."""

    settings = settings(COMMON, max_examples=2000, stateful_step_count=40, derandomize=False)


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestLongAtOnce(LongAtOnceMachine.TestCase):
    """Minutes of histories."""

    settings = settings(COMMON, max_examples=600, stateful_step_count=40, derandomize=False)
