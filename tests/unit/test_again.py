"""What failed is launched again from a file: exactly that, or a line that says why not."""

import json
from pathlib import Path

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers import registry
from soniq_tui.importers.music.plan import roots
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.snapshot import ErrorRow
from soniq_tui.model.text import named
from soniq_tui.ui.export import Writer
from soniq_tui.verbs import again


def row(item, importer="music"):
    return ErrorRow(
        id=1, batch_id=1, job_id=1, item=item, stage="extract", kind=ErrorKind.CORRUPT,
        reason="torn", attempts=1, at_s=0.0, importer=importer,
    )  # fmt: skip


def test_what_the_console_writes_is_launched(tmp_path, capsys):
    """The folders of the files, and of what lies in them only files of such names."""
    folder = tmp_path / "a [live]"
    folder.mkdir()
    items = [f"{folder}/01 [x].mp3", f"{folder}/02.mp3", f"{tmp_path}/gone/03.mp3"]
    for item in items[:2]:
        Path(item).touch()
    writer = Writer(str(tmp_path / "failed.jsonl"))
    writer.write([row(item) for item in (*items, items[0])])
    writer.finish()
    name, found = again.failed_items(str(tmp_path / "failed.jsonl"))
    assert (name, found) == ("music", items)
    music = registry.load("music")
    options = again.options_for(music, found)
    assert options == {
        "paths": [str(folder)],
        "force": True,
        "include": ["01 [[]x].mp3", "02.mp3"],
    }
    assert "1 file is not there now and is left out" in capsys.readouterr().err
    assert roots(music.options(paths=tuple(options["paths"])), tmp_path) == [str(folder)]


def test_with_very_many_names_whole_folders_are_scanned(tmp_path):
    """One launch carries only so much; nobody has agreed that other files there are gone."""
    items = [f"{tmp_path}/{'x' * 200} {n}.mp3" for n in range(100)]
    for item in items:
        Path(item).touch()
    options = again.options_for(registry.load("music"), items)
    assert options == {"paths": [str(tmp_path)]}


def test_addresses_whose_secret_was_masked_are_left_out(capsys):
    """What was never written down cannot be asked for; the others are launched."""
    recipes = registry.load("recipes")
    masked = named("https://a.example/x?token=8f14e45fceea167a")
    assert again.options_for(recipes, [masked, "https://b.example/y"]) == {
        "sources": ["https://b.example/y"]
    }
    assert "1 address was written without its secret and is left out" in capsys.readouterr().err
    with pytest.raises(UsageError, match="all of them were written without their secrets; retry"):
        again.options_for(recipes, [masked])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("", "no item in it"),
        ("{}", "line 1 is no JSON object with 'importer' and 'item'"),
        ("[1]\n", "line 1 is no JSON object"),
        ('{"importer": 1, "item": "a"}', "have to be text"),
        ('\n{"importer": "a", "item": "x"}\nnot', "line 3 is no JSON"),
        ('{"importer": "a", "item": "x"}\n{"importer": "b", "item": "x"}', "items of a, b"),
    ],
)
def test_other_files_are_refused(tmp_path, lines, why):
    """The line is named, and nothing is launched."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines)
    with pytest.raises(UsageError, match=why):
        again.failed_items(str(path))


def test_an_importer_without_single_items_says_so(tmp_path):
    """Covers are not launched one by one; files that are gone are none."""
    with pytest.raises(UsageError, match="retry them"):
        again.options_for(registry.load("covers"), [str(tmp_path / "a.jpg")])
    with pytest.raises(UsageError, match="none of these files is there"):
        again.options_for(registry.load("music"), [json.dumps("x") + "/y.mp3"])
