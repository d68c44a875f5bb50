"""What people type to find music, and what it finds."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soniq_tui.errors import UsageError
from soniq_tui.importers.music.library import find, listing, search
from soniq_tui.importers.music.library.search import Condition, Words, parse, tokens
from tests.importers.music.shelf import NOW_S, names, page, shelve, song, track
from tests.ui.fakes import HOSTILE

FOLDED = [
    ("Ágætis byrjun", "agaetis"),
    ("Björk", "bjork"),
    ("Don\u2019t Stop", "dont stop"),
    ("Don't Stop", "don\u2019t"),
    ("AC/DC", "ac/dc"),
    ("ΚΑΤΩ", "κάτω"),
    ("Straße", "STRASSE"),
    ("東京の夜", "京の"),
    ("서울의 밤", "울의"),
    ("e\u0301toile", "étoile"),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("shelf")
    shelve(
        data,
        song("Blue", "Joni Mitchell", "Blue", 1, year=1971, genres=("Folk",)),
        song("Carey", "Joni Mitchell", "Blue", 2, year=1971, genres=("Folk",), codec="flac",
             container="flac", bitrate_kbps=900, sample_rate_hz=96000),
        song("Blue Train", "John Coltrane", "Blue Train", 1, year=1957, genres=("Jazz",)),
        song("Rapture", "Blondie", "Autoamerican", 5, year=1980, genres=("hiphop", "Pop"),
             bitrate_kbps=96),
        song("Song", "Blue", "Boys", 1, year=None, genres=(), compilation=True,
             raw=(("title", "S?ng"),)),
        song("re:stacks", "Bon Iver", "For Emma", 9, year=2007, path="/m/É 50%_x/9.mp3"),
        song("Heart-Shaped Glasses", "!!!", "÷", 1, year=2017),
        track("/m/loose/only_a_name.mp3"),
    )  # fmt: skip
    return data


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("blue", ["Blue", "Blue Train", "Song", "Carey"]),  # titles, then artists, then albums
        ("joni blue", ["Blue", "Carey"]),
        ("blu", ["Blue", "Blue Train", "Song", "Carey"]),
        ("blu train", []),  # only the last word goes on
        ("train blu", ["Blue Train"]),
        ('"blue train"', ["Blue Train"]),
        ('"train blue"', []),
        ("blue !train", ["Blue", "Song", "Carey"]),
        ("!blue !joni", ["Heart-Shaped Glasses", "Rapture", "re:stacks", "(only_a_name.mp3)"]),
        ("title:blue", ["Blue", "Blue Train"]),
        ("artist:blue", ["Song"]),
        ("album:blue !artist:coltrane", ["Blue", "Carey"]),
        ('artist:"joni mitchell" title:c', ["Carey"]),
        ("only name", ["(only_a_name.mp3)"]),
        ("year:1971", ["Blue", "Carey"]),
        ("year:1950-1971 codec:mp3", ["Blue", "Blue Train"]),
        ("year:<1971", ["Blue Train"]),
        ("year:>=2007", ["Heart-Shaped Glasses", "re:stacks"]),
        ("year:2010-", ["Heart-Shaped Glasses"]),
        ("!year:-1999 !no:year", ["Heart-Shaped Glasses", "re:stacks"]),
        ("codec:FLAC", ["Carey"]),
        ("bitrate:<100", ["Rapture"]),
        ("bitrate:400-1k", ["Carey"]),
        ("rate:>48k", ["Carey"]),
        ("rate:96000", ["Carey"]),
        ("rate:>48,5k", ["Carey"]),
        ('genre:"hip hop"', ["Rapture"]),
        ("genre:rap", ["Rapture"]),
        ("hip hop", ["Rapture"]),
        ("hiphop", ["Rapture"]),
        ("no:genre", ["Song", "(only_a_name.mp3)"]),
        ("no:title", ["(only_a_name.mp3)"]),
        ("no:artist", ["(only_a_name.mp3)"]),
        ("no:album no:year no:track", ["(only_a_name.mp3)"]),
        ("no:cover title:blue !codec:flac", ["Blue", "Blue Train"]),
        ("is:lossless", ["Carey"]),
        ("is:compilation", ["Song"]),
        ("is:repaired", ["Song"]),
        ("is:missing", []),
        ("path:50%_x", ["re:stacks"]),
        ("path:e\u0301", ["re:stacks"]),
        ("path:coltrane", ["Blue Train"]),
        ('"re:stacks"', ["re:stacks"]),
        ("!!!", ["Heart-Shaped Glasses"]),
        ("÷", ["Heart-Shaped Glasses"]),
        ("[", []),
        ("],", []),
        ("!", ["Heart-Shaped Glasses"]),
        ("blue & train", ["Blue Train"]),
        ("heart-sh", ["Heart-Shaped Glasses"]),
        ("added:9000m", None),
        ("", None),
    ],
)
def test_what_is_found(shelf: Path, text: str, found: list[str] | None) -> None:
    """Words and filters find what they say, the best first."""
    got = names(shelf, text=text)
    assert len(got) == 8 if found is None else got == found


@pytest.mark.parametrize(("text", "typed"), FOLDED)
def test_spelling_does_not_matter(data: Path, text: str, typed: str) -> None:
    """Case, accents, apostrophes and scripts are folded on both sides, indexed or not yet."""
    shelve(data, song(text, "x"), end=False)
    assert names(data, text=typed) == [text]
    shelve(data)
    assert names(data, text=typed) == [text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("artst:x", "there is no filter 'artst:'; to look for the text itself, put it in quotes"),
        ("artst:x", "in quotes; did you mean 'artist:'?"),
        ("qqqqq:x", "in quotes; there are: artist:, album:"),
        ("is:losless", "did you mean 'is:lossless'?"),
        ("no:covers", "did you mean 'no:cover'?"),
        ("is:x", "there are: is:missing"),
        ("year:abc", "1990-1999"),
        ("year:<1-2", "1990-1999"),
        ("year:-", "1990-1999"),
        ("year:<", "1990-1999"),
        ("added:soon", "7d"),
        ("codec:falc", "did you mean 'codec:flac'?"),
        ("codec:qqqqq", "there are: flac, mp3"),
        ("artist:", "wants a value"),
        ('year:""', "wants a value"),
        ("bitrate:99999999999999999", "kbit/s"),
    ],
)
def test_what_makes_no_sense_is_told(shelf: Path, text: str, said: str) -> None:
    """An unknown filter or value is answered by the nearest that there is."""
    found = page(shelf, text=text)
    assert said in found.problem
    assert not found.rows
    assert found.views


def test_a_word_before_a_colon_and_a_space_is_a_word() -> None:
    """A title such as "Kid A: Live" is no filter; a filter that is still being typed is one."""
    assert parse("Kid A: live", 0).words[1] == Words(("a",))
    with pytest.raises(UsageError, match="wants a value"):
        parse("kid genre:", 0)


def test_age_is_counted_from_now() -> None:
    """``added:`` counts hours, days, weeks, months and years back from now."""
    ages = {"2h": 7200, "7d": 604800, "1w": 604800, "1m": 2592000, "1Y": 31536000}
    for text, seconds in ages.items():
        (condition,) = parse(f"added:{text}", NOW_S).conditions
        assert condition == Condition("added", {"since": NOW_S - seconds})


QUERIES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.one_of(
            st.sampled_from([
                '"', "!", "*", "(", ")", "AND", "OR", "NOT", "NEAR(", "^", "-", "+", ":", "title:",
                "\0", "'", "--", "; DROP", "year:", "is:", "{a b}:", "%", "_", "\\", "é", "夜",
            ]),
            st.text(max_size=8),
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(text=QUERIES)
@example(text='"' * 101)
@example(text="a " * 5000)
@example(text="夜" * 10_000)
@example(text="x" * 10_000)
@example(text="NEAR(a b, 5) AND title:")
@example(text="\ud800 a")
@example(text="!" * 60)
@settings(max_examples=150, deadline=None)
def test_nothing_that_can_be_typed_is_an_error(shelf: Path, text: str) -> None:
    """Whatever is typed gives a page or a problem in words, in each list."""
    for view in ("tracks", "albums", "artists", "genres", "years", "errors", "playlists"):
        found = page(shelf, view, text, limit=5)
        assert found.problem or found.total >= len(found.rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_found_by_themselves(data: Path, text: str) -> None:
    """A track is found by its own title between quotes, whatever that is."""
    title = text.encode("utf-8", "replace").decode()
    shelve(data, song(title, "x"), song("other", "y"))
    quoted = title.replace('"', " ").replace("\0", " ")
    if tokens(quoted):
        assert title in names(data, text=f'"{quoted}"')


@given(words=st.lists(st.sampled_from(["blue", "joni", "carey", "train", "!blue"]), max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_index_and_the_scan_find_the_same(shelf: Path, words: list[str]) -> None:
    """What the index finds is what comparing word by word finds."""
    text = " ".join([*words, '"mitchell"'])
    wanted = parse(text, 0)
    every = page(shelf, limit=100)
    expected = set()
    for row in every.rows:
        title, artist, album, *_ = row.cells
        plain = title.strip("()").removesuffix(".mp3").replace("_", " ")
        if wanted.fits({"title": plain, "artists": artist, "album": album}):
            expected.add(title)
    assert set(names(shelf, text=text)) == expected


def test_what_the_index_lacks_is_found_or_counted(data: Path, monkeypatch) -> None:
    """The newest tracks without an index are looked through; a list says how many were not."""
    shelve(data, *(song(f"Old {i}", "a", number=i) for i in range(3)))
    shelve(data, *(song(f"New {i}", "b", number=i) for i in range(5)), end=False)
    assert names(data, text="new !3") == ["New 4", "New 2", "New 1", "New 0"]
    monkeypatch.setattr(find, "UNINDEXED_MOST", 2)
    found = page(data, text="new")
    assert [row.cells[0] for row in found.rows] == ["New 4", "New 3"]
    assert found.title == "Tracks; 3 tracks not looked at: the scan has not come to index them"
    monkeypatch.setattr(find, "UNINDEXED_MOST", 4)
    found = page(data, text="new")
    assert found.title == "Tracks; 1 track not looked at: the scan has not come to index it"


def test_changed_words_count_at_once(data: Path) -> None:
    """A track that was tagged anew is found by its new words and not by the old ones."""
    shelve(data, song("Old", "a", path="/m/1.mp3"))
    shelve(data, song("New", "a", path="/m/1.mp3"), end=False)
    assert (names(data, text="old"), names(data, text="new")) == ([], ["New"])
    assert names(data, text="!old") == ["New"]


def test_many_matches_stay_in_the_order_of_the_library(shelf: Path, monkeypatch) -> None:
    """Beyond a bound nothing is ranked, and all of it is there."""
    monkeypatch.setattr(find, "RANKED_MOST", 2)
    assert names(shelf, text="blue") == ["Blue", "Carey", "Blue Train", "Song"]


def test_searching_artists_and_albums(shelf: Path) -> None:
    """Plain words are looked for in the names shown; filters keep what has such a track."""
    assert names(shelf, "artists", "blue") == ["Blue"]
    assert names(shelf, "artists", "artist:j") == ["John Coltrane", "Joni Mitchell"]
    assert names(shelf, "artists", "is:lossless") == ["Joni Mitchell"]
    assert names(shelf, "artists", "title:rapture") == ["Blondie"]
    assert names(shelf, "albums", "blue") == ["Blue", "Blue Train", "Boys"]
    assert names(shelf, "albums", "blue !coltrane artist:joni") == ["Blue"]
    assert names(shelf, "albums", "year:<1960") == ["Blue Train"]
    assert names(shelf, "albums", "title:carey") == ["Blue"]
    assert names(shelf, "genres", "artist:joni") == ["Folk"]
    assert names(shelf, "genres", "hiphop") == ["Hip-Hop"]
    assert names(shelf, "years", "genre:folk") == ["1971"]


def test_sorting_a_search(shelf: Path) -> None:
    """A search can be sorted by a column; an unknown column is told with the nearest."""
    assert names(shelf, text="blue", sort="year") == ["Blue Train", "Blue", "Carey", "Song"]
    assert names(shelf, text="blue", sort="title", descending=True)[0] == "Song"
    assert "did you mean 'title'?" in page(shelf, sort="titel").problem


@pytest.mark.parametrize(
    "text", ["!live", "year:<2018", "no:cover !train", "!title:blue", "path:m"]
)
@pytest.mark.parametrize("descending", [False, True])
def test_many_by_title_are_those_that_are_sorted(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, descending: bool
) -> None:
    """Whether a list is sorted or found in the order of an index it is the same, page by page."""
    asked = {"text": text, "sort": "title", "descending": descending}
    whole = names(shelf, **asked)
    assert len(whole) > 3
    monkeypatch.setattr(listing, "SORTED_MOST", 1)
    assert names(shelf, **asked) == whole
    parts = [names(shelf, **asked, offset=at, limit=2) for at in range(0, 10, 2)]
    assert [name for part in parts for name in part] == whole


def test_pages_of_a_search_fit_together(shelf: Path) -> None:
    """Page by page comes what one page has."""
    whole = names(shelf, text="!live")
    parts = [names(shelf, text="!live", offset=i, limit=3) for i in range(0, 9, 3)]
    assert [name for part in parts for name in part] == whole
    assert len(whole) == 8


def test_a_long_query_is_cut() -> None:
    """What lies beyond the bounds of a query is left off."""
    assert len(parse("ab " * 5000, 0).words) == search.TERMS_MOST
    (words,) = parse("夜" * 10_000, 0).words
    assert len(words.tokens) == search.TOKENS_MOST
