"""Grouping: keys of artists and albums, and that they depend on each track alone."""

import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.base import GoBack
from soniq_tui.importers.music import group, insert
from soniq_tui.importers.music.words import (
    Album,
    Artist,
    Catalogued,
    Extracted,
    Grouped,
    Spooled,
    Track,
)
from tests.importers.fakes import FakeContext, ended


def track(path: str = "/m/a/1.mp3", **fields: Any) -> Track:
    return Track(path=path.encode(), size=1, mtime_ns=1, ctime_ns=1, inode=1, device=1, **fields)


def catalogue(*tracks: Track) -> Catalogued:
    return group.catalogue(tracks)


def artists(part: Catalogued) -> list[tuple[str, ...]]:
    """Return the keys of the artists of each track."""
    return [tuple(part.artists[i].key for i in each.artists) for each in part.tracks]


# --- Artists


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE\u0301"),
        ("AC/DC", "ac/dc"),
        ("  The\t Who ", "the who"),
        ("Straße", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Guns N\u2019 Roses", "Guns N' Roses"),
        ("Jay\u2010Z", "JAY-Z"),
        ("\u201cWeird Al\u201d Yankovic", '"Weird Al" Yankovic'),
        ("\u2026And You Will Know", "...and you will know"),
        ("A \u2013 B", "A - B"),
        ("The\u200b Who\u200e", "The Who"),
        ("\ufeffBe\u00adyonc\u00e9", "Beyonc\u00e9"),
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


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Beatles, The", "the beatles"),
        ("BEATLES,  the", "the beatles"),
        ("The, The", "the the"),
        (", The", ", the"),
        ("Bathe", "bathe"),
        ("Tyler, The Creator", "tyler, the creator"),
    ],
)
def test_an_article_behind_a_name(name: str, key: str) -> None:
    """It is that before it, as lists are sorted; the artist is called as most write it."""
    (artist,) = group.artists_of((name,))
    assert (artist.key, artist.name) == (key, " ".join(name.split()))


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
    assert part.artists == (
        *(Artist("b", "B", None, "1"), Artist("a", "a", None, "2"), Artist("a", "A", "A, The")),
    )
    assert artists(part) == [("b", "a"), ("a",)]


@pytest.mark.parametrize(
    ("names", "ids", "made"),
    [
        (("AC/DC",), (), ["AC/DC"]),
        (("Earth, Wind & Fire",), (), ["Earth, Wind & Fire"]),
        (("Simon & Garfunkel",), (), ["Simon & Garfunkel"]),
        (("Jay-Z feat. Alicia Keys",), (), ["Jay-Z", "Alicia Keys"]),
        (("Jay-Z Ft. Alicia Keys",), (), ["Jay-Z", "Alicia Keys"]),
        (("Daft Punk (feat. Pharrell)",), (), ["Daft Punk", "Pharrell"]),
        (("Daft Punk [featuring Nile (Chic)]",), (), ["Daft Punk", "Nile (Chic)"]),
        (("Daft Punk (feat. Pharrell; Nile)",), (), ["Daft Punk", "Pharrell", "Nile"]),
        (("A (feat. B / C) feat. D",), (), ["A", "B", "C", "D"]),
        (("A (feat. Nile (Chic); C)",), (), ["A", "Nile (Chic)", "C"]),
        (("A (feat. Nile (Chic))",), (), ["A", "Nile (Chic)"]),
        (("A (feat. B); Nile (Chic)",), (), ["A", "B", "Nile (Chic)"]),
        (("A / B; C",), (), ["A", "B", "C"]),
        (("A; B",), (), ["A", "B"]),
        (("A (feat. B [feat. C]) & D",), (), ["A & D", "B", "C"]),
        (("AC / DC",), (), ["AC / DC"]),
        (("A / B",), ("1",), ["A / B"]),
        (("A / B",), ("1", "2"), ["A", "B"]),
        (("A (feat. B) & C",), (), ["A & C", "B"]),
        (("A [feat. B], C and D",), (), ["A, C and D", "B"]),
        (("A (feat. B / C) & D; E",), (), ["A & D", "B", "C", "E"]),
        (("A (feat. Nile (Chic) / C (D)) (live)",), (), ["A (live)", "Nile (Chic)", "C (D)"]),
        (("(feat. B) A",), (), ["A", "B"]),
        (("A, feat. B",), (), ["A", "B"]),
        (("A - ft. B",), (), ["A", "B"]),
        (("A (feat. B) & C feat. D",), (), ["A & C", "B", "D"]),
        (("A (feat. B) (feat. C)",), (), ["A", "B", "C"]),
        (("A (feat. B) & C (feat. D) & E",), (), ["A & C & E", "B", "D"]),
        (("A (feat. B / C",), (), ["A", "B", "C"]),
        (("A (feat. B) / C (D) & E",), (), ["A", "B", "C (D) & E"]),
        (("A (feat. B)C",), (), ["A C", "B"]),
        (("A (feat. Crew (B / C)) & D",), (), ["A & D", "Crew (B", "C)"]),
        (("A feat. B", "C"), (), ["A", "B", "C"]),
        (("Defeat. The",), (), ["Defeat. The"]),
        ((" feat. ",), (), ["feat."]),
        (("Jay-Z ft Rihanna",), (), ["Jay-Z", "Rihanna"]),
        (("Jay-Z feat.Rihanna",), (), ["Jay-Z", "Rihanna"]),
        (("Jay-Z (ft.Rihanna)",), (), ["Jay-Z", "Rihanna"]),
        (("Left Feature",), (), ["Left Feature"]),
        (("AC / DC feat. Axl Rose",), (), ["AC / DC", "Axl Rose"]),
        (("Queen; AC / DC",), (), ["Queen", "AC / DC"]),
        (("Little Feat",), (), ["Little Feat"]),
        (("Little Feat & Bonnie Raitt",), (), ["Little Feat & Bonnie Raitt"]),
        (("Little Feat feat. Bonnie Raitt",), (), ["Little Feat", "Bonnie Raitt"]),
        (("Bonnie Raitt; Little  Feat / Emmylou",), (), ["Bonnie Raitt", "Little Feat", "Emmylou"]),
        (("Love feat. AC / DC / Mac / Dc",), (), ["Love", "AC / DC", "Mac", "Dc"]),
        (("Tyler, The Creator",), (), ["Tyler, The Creator"]),
        (("22/7",), (), ["22/7"]),
    ],
)
def test_names_are_parted_where_it_is_plain(
    names: tuple[str, ...], ids: tuple[str, ...], made: list[str]
) -> None:
    """Guests and lists with spaced marks are artists of their own, names with marks are not."""
    found = group.artists_of(names, None, ids)
    assert [artist.name for artist in found] == made
    if len(ids) == len(made):
        assert [artist.musicbrainz_id for artist in found] == list(ids)


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


def test_an_empty_release_id_is_none() -> None:
    """Files of many albums have a field that some program left empty: they are many albums."""
    said = {"album": "X", "album_artists": ("A",)}
    one, other, blank = keys(
        track(**said),
        track(**said, musicbrainz_album_id=""),
        track(**said, musicbrainz_album_id="  "),
    )
    assert one == other == blank


def test_no_album() -> None:
    """A track that names no album belongs to none."""
    assert keys(track(), track(album=" "), track(artists=("A",))) == [None, None, None]


def test_album_artist_and_title() -> None:
    """Album artist, title, version and folder make an album; the guests of a track do not."""
    one, other = keys(
        track("/a/1.mp3", album="X ", album_artists=("Who",), artists=("Who",)),
        track("/a/2.mp3", album="x", album_artists=("WHO",), artists=("Who", "Guest")),
    )
    assert one == other
    apart = keys(
        track("/a/1.mp3", album="x", album_artists=("Else",)),
        track("/a/1.mp3", album="x", album_artists=("Who",), album_version="Deluxe"),
        track("/b/1.mp3", album="x", album_artists=("Who",)),
    )
    assert len({one, *apart}) == 4


def test_guests_do_not_tear_an_album() -> None:
    """Without an album artist the folder makes the album, whoever sings."""
    one, guest, elsewhere = keys(
        track("/a/1.mp3", album="X", artists=("Who",)),
        track("/a/2.mp3", album="X", artists=("Guest", "Who")),
        track("/b/2.mp3", album="X", artists=("Who",)),
    )
    assert one == guest != elsewhere


@pytest.mark.parametrize(
    "name", ["Various Artists", "various", "VA", "V.A.", "V/A", "VVAA", "Artistes vari\u00e9s"]
)
def test_various_is_nobody(name: str) -> None:
    """Tracks of a collection that name no album artist belong to those that say "Various"."""
    said, unsaid = keys(
        track("/a/1.mp3", album="Hits", album_artists=(name,)),
        track("/a/2.mp3", album="Hits", artists=("B",), compilation=True),
    )
    assert said == unsaid
    named = track("/a/3.mp3", album="Hits", album_artists=(name, "DJ"))
    assert keys(named) != [said]


def makers(*tracks: Track) -> list[tuple[list[str], bool]]:
    part = catalogue(*tracks)
    return [([part.artists[i].name for i in a.artists], a.compilation) for a in part.albums]


def test_compilations() -> None:
    """A flag, or several first artists in one folder, make an album by Various Artists."""
    one = track("/a/1.mp3", album="Hits", artists=("A",))
    other = track("/a/2.mp3", album="Hits", artists=("B", "A"))
    flagged = track("/b/1.mp3", album="Hits", artists=("A",), compilation=True)
    assert makers(one, other, flagged) == [(["Various Artists"], True)] * 2
    assert makers(one, track("/a/2.mp3", album="Hits", artists=("a", "B"))) == [(["A"], False)]
    various = track("/b/1.mp3", album="Hits", artists=("A",), album_artists=("Various Artists",))
    assert makers(various, one, other) == [(["Various Artists"], True)] * 2
    assert makers(track(album="Hits", album_artists=("VA",))) == [(["VA"], True)]
    spelled = track("/b/2.mp3", album="Hits", album_artists=("VA",))
    assert makers(various, spelled) == [(["Various Artists"], True)]
    named = track("/b/1.mp3", album="Hits", album_artists=("DJ",), compilation=True)
    assert makers(named) == [(["DJ"], True)]


@pytest.mark.parametrize(
    ("sung", "flag", "maker"),
    [
        (["A"] * 9 + ["A & B"], None, "A"),
        (["A & B"] + ["A"] * 2, None, "A"),
        (["A"] * 2 + ["B"] * 2, None, "Various Artists"),
        (["A", "B"], None, "Various Artists"),
        (["A"] * 2 + ["B", "C"], None, "Various Artists"),
        (["A"] * 9 + ["B"], True, "Various Artists"),
        (["A"] * 9 + [""], None, "A"),
    ],
)
def test_most_of_the_tracks_are_of_its_maker(
    sung: list[str], flag: bool | None, maker: str
) -> None:
    """An album is of who comes first on more than half of it, whoever else sings a track."""
    said = [
        track(f"/m/x/{n}.mp3", album="X", artists=(name,), compilation=flag)
        for n, name in enumerate(sung)
    ]
    assert makers(*said) == [([maker], maker != "A")]


@pytest.mark.parametrize(
    "end",
    [
        *("(Disc 2)", "[CD1]", "- CD 3", "Disc 1", "(disk 1 of 2)", ", CD2"),
        *("(disc 2: The Rarities)", "[Disc 3 - Live]", "(Disc One)", "disc two"),
    ],
)
def test_discs_in_titles(end: str) -> None:
    """The number of a disc at the end of a title is no part of it."""
    one, other = keys(
        track("/m/X/CD1/1.mp3", album=f"X {end}", album_artists=("A",)),
        track("/m/X/CD2/1.mp3", album="X", album_artists=("A",)),
    )
    assert one == other
    (album,) = catalogue(track(album=f"X {end}")).albums
    assert album.title == "X"


@pytest.mark.parametrize("end", [" [Remastered]", " (Deluxe Edition) [FLAC]"])
def test_discs_before_more_brackets(end: str) -> None:
    """What a title says in brackets behind the disc is a part of it."""
    (album,) = catalogue(
        track("/m/1.mp3", album=f"X (Disc 1){end}"),
        track("/m/2.mp3", album=f"X (Disc 2: Live){end}"),
    ).albums
    assert album.title == f"X{end}"


@pytest.mark.parametrize(
    "title", ["CD1", "Disc 2", "Compact Disco 3", "ACD 1", "X (Disc 2 of Y", "X Disc 2: Live"]
)
def test_titles_that_only_look_like_discs(title: str) -> None:
    """A title that is nothing but a disc, or ends in another word, stays as it is."""
    (album,) = catalogue(track(album=title)).albums
    assert album.title == title


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("X (Disc 1)", "X (Disc 2)"),
        ("X [CD1]", "X [CD2]"),
        ("1999 - X CD1", "1999 - X CD2"),
        ("X - Disc 1", "X - Disc 2"),
        ("X_CD1", "X_CD2"),
        ("X (Disc 1: Hits)", "X (Disc 2: Rarities)"),
        ("X (CD 1) [FLAC]", "X (CD 2) [FLAC]"),
    ],
)
def test_folders_of_discs_side_by_side(one: str, other: str) -> None:
    """Discs of a set whose folders stand beside each other are one album."""
    mine, yours = keys(
        track(f"/m/A/{one}/1.mp3", album="X", album_artists=("A",), disc=1),
        track(f"/m/A/{other}/1.mp3", album="X", album_artists=("A",), disc=2),
    )
    assert mine == yours


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("X", "X Live"),
        ("X 1", "X 2"),
        ("X (1999)", "X (2009)"),
        ("X Vol. 1", "X Vol. 2"),
        ("X [FLAC]", "X [MP3]"),
        ("X (CD 1) [FLAC]", "X (CD 1) [MP3]"),
    ],
)
def test_folders_of_other_albums(one: str, other: str) -> None:
    """Folders that differ in more than the number of a disc hold different albums."""
    mine, yours = keys(
        track(f"/m/A/{one}/1.mp3", album="X", album_artists=("A",)),
        track(f"/m/A/{other}/1.mp3", album="X", album_artists=("A",)),
    )
    assert mine != yours


def test_merged_album() -> None:
    """What tracks say of an album is put together: the first word on each point stands."""
    part = catalogue(
        track(album="X", musicbrainz_album_id="i", album_artists=("A",), year=1999),
        track(
            album="Y", musicbrainz_album_id="i", album_artists=("B",), date="2000-01-01", year=2000
        ),
    )
    (album,) = part.albums
    assert album == Album("mb:i", "X", (0, 1), None, "2000-01-01", 1999, False, "i", None)
    assert [a.name for a in part.artists] == ["A", "B"]


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
        of = [
            (p.albums[t.album].key if t.album is not None else "", k, t.pid)
            for p in parts
            for t, k in zip(p.tracks, artists(p), strict=True)
        ]
        return sorted(of, key=repr), {a.key for p in parts for a in p.albums}

    dealt = list(found)
    random.shuffle(dealt)
    at = random.randint(0, len(dealt))
    assert shape(catalogue(*found)) == shape(catalogue(*dealt[:at]), catalogue(*dealt[at:]))


@given(st.lists(tracks, max_size=8, unique_by=lambda t: t.path), st.randoms(use_true_random=False))
def test_order_does_not_matter(found: list[Track], random: Any) -> None:
    """In whatever order the tracks of an album are given, the album is the same."""

    def albums(part: Catalogued) -> set[Any]:
        return {
            (msgspec.structs.replace(a, artists=()), tuple(part.artists[i] for i in a.artists))
            for a in part.albums
        }

    dealt = list(found)
    random.shuffle(dealt)
    assert albums(catalogue(*found)) == albums(catalogue(*dealt))


@given(st.lists(tracks, max_size=8))
def test_nothing_dangles(found: list[Track]) -> None:
    """Every place that a track or an album names is there, and every album once."""
    part = catalogue(*found)
    assert len(part.tracks) == len(found)
    assert len({a.key for a in part.albums}) == len(part.albums)
    named = {i for t in part.tracks for i in t.artists} | {
        i for a in part.albums for i in a.artists
    }
    assert named <= set(range(len(part.artists)))
    assert {t.album for t in part.tracks} - {None} == set(range(len(part.albums)))


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"path": "/else/2.flac", "codec": "flac", "duration_s": 9.0}, True),
        ({"title": "t "}, True),
        ({"title": "Other"}, False),
        ({"track": 2}, False),
        ({"album": "Y"}, False),
        ({"title": None}, False),
        ({"album_version": "Deluxe"}, False),
        ({"disc": 2}, False),
        ({"album_artists": ("B",)}, False),
        ({"musicbrainz_recording_id": "R"}, True),
        ({"musicbrainz_album_id": "A"}, True),
    ],
)
def test_persistent_id(fields: dict[str, Any], same: bool) -> None:
    """What a track says of itself tells it again, where it lies and how it sounds do not."""
    base = {"title": "T", "album": "X", "artists": ("A",), "track": 1}
    one, other = (
        group.persistent_id(track(**base)),
        group.persistent_id(track(**{**base, **fields})),
    )
    assert (one == other) is same


def test_persistent_id_by_musicbrainz() -> None:
    """The id of the track on its release counts, else recording and release together."""
    ids = {"musicbrainz_recording_id": "R", "musicbrainz_album_id": "A"}
    one, other = (group.persistent_id(track(title=t, **ids)) for t in ("X", "Y"))
    assert one == other is not None
    own = track(title="X", **ids, musicbrainz_track_id="T")
    assert group.persistent_id(own) == "mb:t"


def test_persistent_ids_stay() -> None:
    """Catalogues hold them: by another one than before no file that was moved is known again."""
    said = {"title": "T", "album": "X", "artists": ("A",), "track": 1}
    recorded = track(musicbrainz_recording_id="R", musicbrainz_album_id="A", track=1)
    assert group.persistent_id(recorded) == "rec:r:a:\x1f1"
    assert group.persistent_id(track(**said)) == "t:7e5d45ccd39b8f4d4b6bb1e7efa18047"
    live = track(**said, disc=2, album_version="Live")
    assert group.persistent_id(live) == "t:6720c64c0b0524bfbd6424d711ee76f3"


def test_stage() -> None:
    """The stage reads a spool and writes what its tracks belong to beside it."""
    ctx = FakeContext()
    name = ctx.write_spool(msgspec.msgpack.encode(Extracted(tracks=(track(album="X"),))))
    grouped = ended(group.run(Spooled(spool=name, files=1), ctx))
    part = msgspec.msgpack.decode(ctx.spools[grouped.keys], type=Catalogued)
    assert grouped.spool == name
    assert [t.album for t in part.tracks] == [0]


def test_what_another_version_left_is_read_anew(tmp_path: Path) -> None:
    """An update may find spools on their way that hold the fields of a track in another order."""
    group.at_hand.clear()
    ctx = FakeContext(tmp_path)
    old = {"tracks": [[b"/m/a.mp3", 1, 2, 3, 4, 5, 0, "Title", ["Artist"]]]}
    spool = ctx.write_spool(msgspec.msgpack.encode(old))
    with pytest.raises(GoBack):
        ended(group.run(Spooled(spool=spool, files=1), ctx))
    grouped = Grouped(spool=spool, keys=ctx.write_spool(b""), files=1)
    with pytest.raises(GoBack):
        ended(insert.run(grouped, ctx))
