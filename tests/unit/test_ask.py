"""Commands that take something away ask on a terminal, and say what would go."""

import io
import sys

import pytest

from soniq_tui import words
from soniq_tui.errors import UsageError
from soniq_tui.host import ask, library
from soniq_tui.importers.music.library import playlists
from soniq_tui.model.results import ResultPage
from soniq_tui.model.settings import Settings


@pytest.fixture(autouse=True)
def in_english():
    yield
    words.use("en")


class Person(io.StringIO):
    """Standard input of a terminal, with what somebody types there."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("language", "typed", "agrees"),
    [
        ("en", "y\n", True),
        ("en", " YES \n", True),
        ("en", "\n", False),
        ("en", "", False),
        ("en", "yesterday\n", False),
        ("en", "o\n", False),
        ("fr", "o\n", True),
        ("fr", "y\n", True),
    ],
)
def test_whatever_is_no_yes_is_a_no(monkeypatch, capsys, language, typed, agrees) -> None:
    """In English whatever the language, and in the one in use."""
    words.use(language)
    monkeypatch.setattr(sys, "stdin", Person(typed))
    assert ask.agreed("Sure? ") is agrees
    assert capsys.readouterr().out == "Sure? "


@pytest.fixture
def deleted(monkeypatch) -> list[tuple[str, dict[str, str]]]:
    """Return what was done with the playlist ``evening`` of 1,234 tracks, key 7."""
    done: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(playlists, "key_of", lambda _folder, name: "7")
    monkeypatch.setattr(library, "_page", lambda _settings, query: ResultPage(total=1234))
    monkeypatch.setattr(library, "deed", lambda _settings, act, **about: done.append((act, about)))
    return done


GONE = [("playlist.delete", {"name": "evening"})]


@pytest.mark.parametrize(("typed", "done"), [("y\n", GONE), ("n\n", []), ("", [])])
def test_a_playlist_is_deleted_when_a_person_agrees(
    deleted, monkeypatch, capsys, tmp_path, typed, done
) -> None:
    """How much it holds, and that the music stays, stands above the question."""
    monkeypatch.setattr(ask, "can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", Person(typed))
    status = library.delete_playlist(Settings(data_dir=str(tmp_path)), "evening", yes=False)
    assert deleted == done
    said = capsys.readouterr().out
    assert said.startswith(
        "evening: 1,234 tracks. The music stays where it is.\nDelete this playlist for good? [y/N] "
    )
    if not done:
        assert status == 1
        assert said.endswith("nothing was deleted\n")


def test_nothing_is_deleted_where_nobody_can_be_asked(deleted, monkeypatch, tmp_path) -> None:
    """Unless the command line says so."""
    settings = Settings(data_dir=str(tmp_path))
    monkeypatch.setattr(ask, "can_ask", lambda: False)
    with pytest.raises(UsageError, match="nobody can be asked here; --yes does it"):
        library.delete_playlist(settings, "evening", yes=False)
    assert deleted == []
    library.delete_playlist(settings, "evening", yes=True)
    assert deleted == GONE
