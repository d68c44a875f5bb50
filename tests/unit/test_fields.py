"""What stands on a command line means the same to an engine in another folder."""

import io
import sys
from pathlib import Path

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers import registry
from soniq_tui.verbs import fields


def test_paths_begin_at_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and files of here do, addresses and what is not here stay as they are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "urls.txt").touch()
    scan, recipes = (registry.load(name).form() for name in ("music", "recipes"))
    given = {"paths": ("a", "/b/../c"), "include": ("*.mp3",), "force": True}
    assert fields.located(scan, given) == {
        "paths": [f"{tmp_path}/a", "/c"],
        "include": ["*.mp3"],
        "force": True,
    }
    long = f"https://a.example/{'x' * 3000}"
    given = {"sources": ("urls.txt", long, "no.txt"), "auth": "k.json", "url": ""}
    assert fields.located(recipes, given) == {
        "sources": [f"{tmp_path}/urls.txt", long, "no.txt"],
        "auth": f"{tmp_path}/k.json",
        "url": "",
    }


def test_standard_input_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's is another one; nothing, and a flood, are refused."""
    form = registry.load("recipes").form()

    def told(text: str) -> dict[str, object]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return fields.located(form, {"sources": ("-",)})

    assert told("https://a.example/x\n") == {"sources": ["https://a.example/x\n"]}
    for text in (" \n", "x" * (fields.TYPED_MOST_CHARS + 1)):
        with pytest.raises(UsageError, match="standard input"):
            told(text)
