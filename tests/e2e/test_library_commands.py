"""``search``, ``health`` and ``playlist`` as scripts use them, an engine running or not."""

import json
import re
import signal
from pathlib import Path

import pytest

from soniq_tui.host import out
from soniq_tui.host import tables as printing
from soniq_tui.host.library import query_of
from soniq_tui.importers.music.library import health
from soniq_tui.importers.music.library.search import parse
from soniq_tui.model.results import ResultColumn
from tests.e2e.command import Soniq, one_line
from tests.e2e.test_command_line import refused

PLAYLIST = ("list", "show", "save", "add", "delete", "rename", "export", "import")


def lines(done) -> list[list[str]]:
    """Return the cells that a command printed."""
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_search_prints_rows_with_their_paths(scanned: Soniq) -> None:
    """A row has its cells with tabs between, the path last; JSON has the same and the total."""
    everything = scanned.export("tracks")
    rows = lines(scanned.run("search"))
    assert {row[-1] for row in rows} == {track["path"] for track in everything}
    artist = everything[0]["artists"][0]
    wanted = [t["path"] for t in everything if artist in t["artists"]]
    found = one_line(scanned.run("search", f'artist:"{artist}"', "--json").stdout)
    assert (found["in"], found["total"]) == ("tracks", len(found["rows"]))
    assert set(wanted) <= {row["item"] for row in found["rows"]}
    assert set(found["rows"][0]) == {
        "key", "kind", "title", "artist", "album", "time", "format", "item", "missing",
    }  # fmt: skip


def test_search_in_albums_and_artists(scanned: Soniq) -> None:
    """The lists of albums and artists are searched by --in."""
    names = {row[0] for row in lines(scanned.run("search", "--in", "artists"))}
    assert names == {row["name"] for row in scanned.export("artists")}
    titles = {row[0] for row in lines(scanned.run("search", "--in", "albums", "!zzz"))}
    assert titles == {row["title"] for row in scanned.export("albums")}


def test_search_says_how_many_there_are(scanned: Soniq) -> None:
    """With a limit, standard error says how many more fit; nothing that fits is no error."""
    done = scanned.run("search", "--limit", "2")
    assert len(lines(done)) == 2
    assert re.fullmatch(r"2 of \d+; --limit shows more\n", done.stderr)
    done = scanned.run("search", "nothing-like-it")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing fits\n")


def test_search_errors_help(scanned: Soniq) -> None:
    """A query that makes no sense, and a list that is not here, are usage errors with a hint."""
    refused(scanned.run("search", "artst:x"), 2, "did you mean 'artist:'?")
    refused(scanned.run("search", "is:nice", "--in", "recipes"), 2, "is:model")
    refused(scanned.run("search", "x", "--in", "songs"), 2, "--in")
    refused(scanned.run("search", "x", "--limit", "0"), 2, "--limit")


def test_nothing_was_scanned(soniq: Soniq) -> None:
    """Before the first scan looking says so, and makes nothing."""
    for words in (("search", "x"), ("health",), ("playlist", "list")):
        done = soniq.run(*words)
        assert (done.returncode, done.stdout) == (0, "")
        assert "nothing was scanned yet" in done.stderr
    assert "no recipe was imported yet" in soniq.run("search", "x", "--in", "recipes").stderr
    assert one_line(soniq.run("search", "x", "--json").stdout)["total"] == 0
    refused(soniq.run("playlist", "save", "a", "b"), 2, "nothing was scanned yet")
    refused(soniq.run("health", "broke"), 2, "did you mean 'broken'?")
    assert not (soniq.data / "library.db").exists()


def test_health_counts_and_lists(scanned: Soniq) -> None:
    """The report has every check by its name; a check lists what it finds and what to do."""
    rows = lines(scanned.run("health"))
    assert [row[0] for row in rows] == [check.name for check in health.CHECKS]
    report = one_line(scanned.run("health", "--json").stdout)
    counts = {row["key"]: row["found"] for row in report["rows"]}
    assert counts["broken"] == "1"
    found = one_line(scanned.run("health", "broken", "--json").stdout)
    assert (found["check"], found["total"]) == ("broken", 1)
    assert found["why"]
    assert found["what_to_do"]
    assert found["rows"][0]["item"] in scanned.run("health", "broken").stdout
    refused(scanned.run("health", "broke"), 2, "did you mean 'broken'?")


def test_playlists_from_search_to_player_and_back(scanned: Soniq, tmp_path: Path) -> None:
    """A playlist is saved, shown, added to, renamed, exported, imported and deleted."""
    tracks = scanned.export("tracks")
    first = tracks[0]["path"]
    album = tracks[0]["album"]
    done = scanned.run("playlist", "save", "evening", f'album:"{album}"')
    count = int(re.search(r"saved: ([\d,]+) track", done.stdout)[1])
    assert lines(scanned.run("playlist", "list"))[0][:2] == ["evening", str(count)]
    shown = one_line(scanned.run("playlist", "show", "evening", "--json").stdout)
    assert shown["total"] == count
    last = tracks[-1]["path"]
    assert "added" in scanned.run("playlist", "add", "evening", "--path", last).stdout
    assert scanned.run("playlist", "rename", "evening", "night").returncode == 0
    file = tmp_path / "night.m3u8"
    assert scanned.run("playlist", "export", "night", "-o", file).returncode == 0
    on_stdout = scanned.run("playlist", "export", "night").stdout
    assert on_stdout == file.read_text()
    assert on_stdout.startswith("#EXTM3U\n#EXTINF:")
    assert first in on_stdout
    with file.open("a") as opened:
        opened.write("/no/such.mp3\n")
    done = scanned.run("playlist", "import", file, "--name", "again")
    assert done.returncode == 1
    assert done.stderr == "not in the library: /no/such.mp3\n"
    assert scanned.run("playlist", "export", "again").stdout == on_stdout
    refused(scanned.run("playlist", "delete", "again"), 2, "nobody can be asked here; --yes")
    assert [row[0] for row in lines(scanned.run("playlist", "list"))] == ["again", "night"]
    assert scanned.run("playlist", "delete", "again", "--yes").returncode == 0
    assert [row[0] for row in lines(scanned.run("playlist", "list"))] == ["night"]


def test_playlist_errors_help(scanned: Soniq, tmp_path: Path) -> None:
    """Unknown names and commands are answered by the nearest; nothing is half done."""
    scanned.run("playlist", "save", "evening", "!zzz")
    refused(scanned.run("playlist", "show", "evning"), 2, "did you mean 'evening'?")
    refused(scanned.run("playlist", "shwo"), 2, "did you mean 'show'?", "--help")
    refused(scanned.run("playlist", "delete", "evning"), 2, "did you mean 'evening'?")
    refused(scanned.run("playlist", "save", "evening", "!zzz"), 2, "already")
    refused(scanned.run("playlist", "save", "b"), 2, "none was given")
    refused(scanned.run("playlist", "save", "b", "x", "--path", "y"), 2, "not both")
    refused(scanned.run("playlist", "add", "evening", "--path", tmp_path), 2, "not in the library")
    refused(scanned.run("playlist", "export", "evening", "-o", tmp_path), 2, "cannot be written")
    refused(scanned.run("playlist", "import", tmp_path / "no"), 2, "cannot be read")


def test_help_of_every_playlist_command_has_an_example(soniq: Soniq) -> None:
    """--help of each ends with an example and names the common options."""
    for name in PLAYLIST:
        done = soniq.run("playlist", name, "--help")
        assert done.returncode == 0
        assert f"Example: soniq-tui playlist {name}" in done.stdout
        assert "--data-dir" in done.stdout


def test_options_may_stand_anywhere(scanned: Soniq) -> None:
    """The data directory may be named before, between and behind the words of a command."""
    place = ("--data-dir", str(scanned.data))
    for words in (
        (*place, "playlist", "list"), ("playlist", *place, "list"), ("playlist", "list", *place),
    ):  # fmt: skip
        assert "there are none" in scanned.run(*words).stderr


def test_looking_and_keeping_while_a_scan_runs(soniq: Soniq, library: Path, many: Path) -> None:
    """While an engine scans, searches answer and playlists are kept."""
    soniq.scan(library)
    process = soniq.start("scan", many, "--headless", "--json")
    soniq.wait_for(lambda now: any(q.active for q in now.queues))
    assert lines(soniq.run("search", "--limit", "5"))
    assert soniq.run("playlist", "save", "all", "!zzz").returncode == 0
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    (row,) = lines(soniq.run("playlist", "list"))
    assert row[0] == "all"


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ((), ""),
        (("nina", "simone"), "nina simone"),
        (("artist:nina simone year:1960",), "artist:nina simone year:1960"),
        (("artist:nina simone", "blue"), 'artist:"nina simone" blue'),
        (("kid a", "!live at"), '"kid a" !"live at"'),
        (("!artist:nina simone", "x"), '!artist:"nina simone" x'),
        (('"kid a"', "x"), '"kid a" x'),
    ],
)
def test_quotes_that_the_shell_took_come_back(words: tuple[str, ...], query: str) -> None:
    """An argument with a space in it, beside others, stands together."""
    assert query_of(words) == query
    parse(query, 0)


def test_a_table_fits_the_terminal() -> None:
    """The widest columns give way, wide characters count double, numbers stand at the right."""
    columns = (ResultColumn(name="a", title="A"), ResultColumn(name="n", title="N", right=True))
    text = printing._table(columns, [("音楽" * 10, "7"), ("e\u0301x", "1,000")], 20)
    assert text.splitlines() == [
        "A" + " " * 18 + "N",
        "音楽音楽音楽…      7",
        "e\u0301x" + " " * 13 + "1,000",
    ]
    assert all(out.cells_of(line) <= 20 for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "text", "cut"),
    [
        ("item", "/srv/music/Nina Simone/Pastel Blues/10 Sinnerman.flac", "…/10 Sinnerman.flac"),
        ("url", "https://example.org/" + "a" * 40, "…" + "a" * 24),
        ("path", "/音楽/" + "音" * 20 + ".mp3", "…" + "音" * 10 + ".mp3"),
        ("sample", "/m/" + "x" * 40 + "e\u0301" * 24, "…" + "e\u0301" * 24),
        ("label", "one.mp3, two.mp3, three.mp3", "one.mp3, two.mp3, three.…"),
        ("reason", "no such file: /srv/music/10 Sinnerman.flac", "no such file: /srv/music…"),
    ],
)
def test_of_a_path_that_is_cut_the_end_is_seen(name: str, text: str, cut: str) -> None:
    """As in the console: what a file is called matters more than where the music lies."""
    column = ResultColumn(name=name, title="T")
    assert printing._table((column,), [(text,)], 25).splitlines()[1] == cut


def test_hostile_text_is_shown_and_encoded(soniq: Soniq, tmp_path: Path) -> None:
    """Control sequences of names reach no terminal, and JSON has them as they are."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a\x1b[2J\tb.mp3").write_bytes(b"no music" * 100)
    soniq.scan(folder)
    done = soniq.run("health", "broken")
    assert "\x1b" not in done.stdout
    assert done.stdout.count("\t") == 2
    (row,) = one_line(soniq.run("health", "broken", "--json").stdout)["rows"]
    assert row["item"].endswith("a\x1b[2J\tb.mp3")
    assert json.dumps(row)
