"""Recipes on disk: whole or not at all, and never over another one."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from soniq_tui.importers.recipes import save


def test_twenty_of_one_name(tmp_path: Path) -> None:
    """Of twenty that want one name each gets its own, and holds what was meant for it."""

    def one(number: int) -> tuple[str, int]:
        name, _ = save.publish(tmp_path, "soup", lambda name: {"name": name, "number": number})
        return name, number

    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(one, range(20)))
    assert len({name for name, _ in made}) == 20
    for name, number in made:
        assert save.read(tmp_path / f"{name}{save.SUFFIX}") == {"name": name, "number": number}
    assert not list(tmp_path.glob(f"{save.TMP}*"))


def test_a_fault_leaves_nothing(tmp_path: Path) -> None:
    """Where the recipe cannot be made no file is left."""
    with pytest.raises(ZeroDivisionError):
        save.publish(tmp_path, "soup", lambda name: {"name": 1 // 0})
    assert not list(tmp_path.iterdir())


def test_sweep(tmp_path: Path) -> None:
    """What a killed writer left is deleted, what one may be writing is not."""
    old, new = tmp_path / f"{save.TMP}1-a", tmp_path / f"{save.TMP}2-b"
    for file in (old, new):
        file.write_text("x")
    os.utime(old, (0, time.time() - 2 * save.STALE_S))
    assert save.sweep(tmp_path) == 1
    assert new.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"x": 1}', "not json"])
def test_no_recipe(tmp_path: Path, text: str) -> None:
    """A file that is no recipe is told from one."""
    file = tmp_path / f"a{save.SUFFIX}"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        save.read(file)
