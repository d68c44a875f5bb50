"""Grouping: keys of artists and albums, and that they depend on each track alone."""

import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.music import group
from soniq_tui.importers.music.words import (
    Album,
    Artist,
    Broken,
    Catalogued,
    Extracted,
    Spooled,
    Track,
)
from tests.importers.fakes import FakeContext, ended


def track(path: str = "/m/a/1.mp3", **fields: Any) -> Track:
    return Track(path=path.encode(), size=1, mtime_ns=1, ctime_ns=1, inode=1, device=1, **fields)


def catalogue(*tracks: Track) -> Catalogued:
    return group.catalogue(Extracted(tracks=tracks))


# --- Artists


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE\u0301"),
        ("AC/DC", "ac/dc"),
        ("  The\t Who ", "the who"),
        ("Straße", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("\u03b1\u0345\u0301", "\u03b1\u0301\u0345"),
    ],
)
def test_same_artist(one: str, other: str) -> None:
    """Names that differ in case, composition or white space are one artist."""
    assert group.name_key(one) == group.name_key(other)


@pytest.mark.parametrize(("one", "other"), [("The Who", "Who"), ("Beyoncé", "Beyonce")])
def test_other_artist(one: str, other: str) -> None:
    """Articles and accents tell artists apart."""
    assert group.name_key(one) != group.name_key(other)


@given(st.text())
def test_name_key_is_stable(name: str) -> None:
    """A key is its own key, is equal for every composition, and holds no break."""
    key = group.name_key(name)
    assert group.name_key(key) == key
    assert group.name_key(unicodedata.normalize("NFD", name)) == key
    assert "\x1f" not in key


def test_artists_of_a_track() -> None:
    """A track gives each of its artists once, in order, with ids where they pair up."""
    part = catalogue(
        track(artists=("B", "a ", "b", ""), musicbrainz_artist_ids=("1", "2", "3", "4")),
        track(artists=("A",), artist_sort="A, The", musicbrainz_artist_ids=("9", "8")),
    )
    assert part.artists == (Artist("b", "B", None, "1"), Artist("a", "a", "A, The", "2"))
    assert [keys for _, _, keys in part.tracks] == [("b", "a"), ("a",)]


# --- Albums


def keys(*tracks: Track) -> list[str | None]:
    return [group.album_key(t) for t in tracks]


def test_release_id_wins() -> None:
    """Tracks with one release id are one album, whatever else they say."""
    one, other = keys(
        track(album="X", musicbrainz_album_id="AB-1"),
        track("/else/2.mp3", album="Y", artists=("Z",), musicbrainz_album_id=" ab-1"),
    )
    assert one == other == "mb:ab-1"


def test_no_album() -> None:
    """A track that names no album belongs to none."""
    assert keys(track(), track(album=" "), track(artists=("A",))) == [None, None, None]


def test_album_artist_and_title() -> None:
    """With an album artist the folder does not matter, nor do the guests of a track."""
    one, other = keys(
        track("/a/1.mp3", album="X ", album_artists=("Who",), artists=("Who",)),
        track("/b/2.mp3", album="x", album_artists=("WHO",), artists=("Who", "Guest")),
    )
    assert one == other
    (apart,) = keys(track(album="x", album_artists=("Else",)))
    assert apart != one


def test_guests_do_not_tear_an_album() -> None:
    """Without an album artist the first artist and the folder make the album."""
    one, guest, elsewhere = keys(
        track("/a/1.mp3", album="X", artists=("Who",)),
        track("/a/2.mp3", album="X", artists=("Who", "Guest")),
        track("/b/2.mp3", album="X", artists=("Who",)),
    )
    assert one == guest != elsewhere


def test_compilations() -> None:
    """A compilation without album artists is by Various Artists, and one per folder."""
    tracks = (
        track("/a/1.mp3", album="Hits", artists=("A",), compilation=True),
        track("/a/2.mp3", album="Hits", artists=("B",), compilation=True),
        track("/b/2.mp3", album="Hits", artists=("B",), compilation=True),
    )
    part = catalogue(*tracks)
    assert [a.artists for a in part.albums] == [("various artists",)] * 2
    assert all(a.compilation for a in part.albums)
    assert "Various Artists" in {a.name for a in part.artists}


@pytest.mark.parametrize("disc", ["CD1", "CD 1", "cd-02", "Disc 2", "disk1", "DVD_3", "Disc.10"])
def test_disc_folders(disc: str) -> None:
    """Folders of single discs collapse into the album's."""
    assert group.album_folder(f"/m/Album/{disc}/1.mp3".encode()) == b"/m/Album"


@pytest.mark.parametrize("name", ["CD", "CD80s Hits", "Disc One", "Discovery 2", "1", "CD 123"])
def test_other_folders(name: str) -> None:
    """Folders that only look like a disc do not."""
    assert group.album_folder(f"/m/{name}/1.mp3".encode()) == f"/m/{name}".encode()


def test_merged_album() -> None:
    """What tracks say of an album is put together: the first word on each point stands."""
    part = catalogue(
        track(album="X", musicbrainz_album_id="i", album_artists=("A",), year=1999),
        track(
            album="Y", musicbrainz_album_id="i", album_artists=("B",), date="2000-01-01", year=2000
        ),
    )
    assert part.albums == (Album("mb:i", "X", ("a", "b"), "2000-01-01", 1999, False, "i", None),)


# --- Whatever is beside it

texts = st.sampled_from(["", "A", "a", "Ä", "A\u0308", "Various Artists", "B C", "b  c"])
tuples = st.lists(texts, max_size=3).map(tuple)
tracks = st.builds(
    track,
    path=st.sampled_from(["/m/x/1.mp3", "/m/x/CD1/1.mp3", "/m/x/CD 2/3.mp3", "/m/y/1.mp3"]),
    artists=tuples,
    album=st.none() | texts,
    album_artists=tuples,
    compilation=st.none() | st.booleans(),
    musicbrainz_album_id=st.none() | st.sampled_from(["", "i", "I", "j"]),
    artist_sort=st.none() | texts,
    year=st.none() | st.integers(1990, 1993),
)


@given(st.lists(tracks, max_size=12), st.randoms(use_true_random=False))
def test_chunks_do_not_matter(found: list[Track], random: Any) -> None:
    """However tracks are dealt into chunks, their keys and all artists and albums are the same."""

    def shape(*parts: Catalogued) -> tuple[Any, ...]:
        return (
            sorted(((t, a, k) for p in parts for t, a, k in p.tracks), key=repr),
            {a.key for p in parts for a in p.artists},
            {a.key for p in parts for a in p.albums},
            {(a.key, artist) for p in parts for a in p.albums for artist in a.artists},
        )

    dealt = list(found)
    random.shuffle(dealt)
    at = random.randint(0, len(dealt))
    assert shape(catalogue(*found)) == shape(catalogue(*dealt[:at]), catalogue(*dealt[at:]))


@given(st.lists(tracks, max_size=8))
def test_nothing_dangles(found: list[Track]) -> None:
    """Each key that a track or an album names is there, once."""
    part = catalogue(*found)
    artists = [a.key for a in part.artists]
    albums = [a.key for a in part.albums]
    assert len(set(artists)) == len(artists)
    assert len(set(albums)) == len(albums)
    assert {k for _, _, ks in part.tracks for k in ks} <= set(artists)
    assert {k for a in part.albums for k in a.artists} <= set(artists)
    assert {a for _, a, _ in part.tracks if a is not None} == set(albums)


def test_stage() -> None:
    """The stage reads a spool, writes a spool and passes on what was broken or has vanished."""
    broken = Broken(b"/m/x", 1, 1, 1, 1, 1, "corrupt", "no good")
    ctx = FakeContext()
    name = ctx.write_spool(
        msgspec.msgpack.encode(
            Extracted(tracks=(track(album="X"),), broken=(broken,), vanished=(b"/m/\xff",))
        )
    )
    grouped = ended(group.run(Spooled(spool=name, tracks=1, failed=1), ctx))
    part = msgspec.msgpack.decode(ctx.spools[grouped.spool], type=Catalogued)
    assert (grouped.tracks, grouped.failed) == (1, 1)
    assert (len(part.tracks), part.broken, part.vanished) == (1, (broken,), (b"/m/\xff",))
