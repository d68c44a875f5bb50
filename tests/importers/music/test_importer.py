"""The importers' seams: what they name is there when it is needed, and nothing before."""

import subprocess
import sys
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from soniq_tui.importers import registry

IMPORTERS = [registry.load("music"), registry.load("covers")]


def target(function: Any) -> Any:
    """Return the function that one of ``base.later`` stands for."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__, strict=True))
    if "call" in cells:
        return target(cells["call"].cell_contents)
    return getattr(import_module(cells["module"].cell_contents), cells["name"].cell_contents)


@pytest.mark.parametrize(
    "stage", [s for i in IMPORTERS for s in i.stages], ids=lambda stage: stage.name
)
def test_stages_are_what_they_say(stage: Any) -> None:
    """The function of a stage takes and returns what the importer says it does."""
    hints = get_type_hints(target(stage.run))
    assert hints.pop("return") is stage.returns
    assert next(iter(hints.values())) is stage.accepts


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)
def test_everything_named_is_there(importer: Any) -> None:
    """Each function and module that an importer names for later exists."""
    named = [importer.plan, importer.preview, importer.demo, importer.results, importer.detail]
    for function in (*named, *importer.exports.values(), *importer.deeds.values()):
        assert function is None or callable(target(function))
    for module in importer.preload:
        import_module(module)


def test_light_to_import() -> None:
    """Loading the importer loads neither parsers nor the catalogue nor what shows it."""
    code = "import sys, soniq_tui.importers.music; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = {m for m in loaded if m.startswith("soniq_tui.importers.music")}
    assert ours == {
        f"soniq_tui.importers.music{m}" for m in ("", ".words", ".covers", ".covers.words")
    }
    assert not {"mutagen", "sqlite3", "PIL", "watchfiles"} & set(loaded)
