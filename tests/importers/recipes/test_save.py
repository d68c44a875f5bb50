"""Recipes on disk: whole or not at all, and never over another one."""

import errno
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
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


def test_a_disk_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What did not reach the disk is no recipe, nor is it left; an older version stays."""
    _, file = save.publish(tmp_path, "soup", lambda name: {"name": name})

    def fsync(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        save.publish(tmp_path, "stew", lambda name: {"name": name})
    with pytest.raises(OSError, match="No space"):
        save.replace(file, {"name": "another"})
    assert list(tmp_path.iterdir()) == [file]
    assert save.read(file) == {"name": "soup"}


def test_names_are_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each change the folder is synced, behind the file: else a power cut takes the name."""
    synced: list[tuple[bool, int]] = []

    def fsync(fd: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        synced.append((is_folder, len(list(tmp_path.glob(f"*{save.SUFFIX}")))))

    monkeypatch.setattr(os, "fsync", fsync)
    _, file = save.publish(tmp_path, "soup", lambda name: {"name": name})
    assert synced == [(False, 0), (True, 1)]
    save.replace(file, {"name": "another"})
    assert synced[2:] == [(False, 1), (True, 1)]


@pytest.mark.parametrize(
    ("ours", "batch"),
    [
        ({"import": {"batch": "b1"}}, "b1"),
        ({"import": {"batch": None}}, ""),
        ({"import": {}}, ""),
        ({"import": "b1"}, ""),
        ({}, ""),
        ("b1", ""),
    ],
)
def test_whose_batch(tmp_path: Path, ours: object, batch: str) -> None:
    """A recipe tells by which batch it was saved, or nothing: no batch is called otherwise."""
    file = tmp_path / f"a{save.SUFFIX}"
    file.write_bytes(msgspec.json.encode({"name": "a", "soniq": ours}))
    assert save.batch_of(file) == batch


def test_an_unreadable_file_is_no_batchs_and_gives_way(tmp_path: Path) -> None:
    """It tells no batch, and a new version of the recipe needs nothing of it."""
    file = tmp_path / f"a{save.SUFFIX}"
    assert not save.batch_of(file)
    file.write_text("half of a rec")
    assert not save.batch_of(file)
    save.replace(file, {"name": "whole"})
    assert save.read(file) == {"name": "whole"}


def test_sweep(tmp_path: Path) -> None:
    """What a killed writer left is deleted, what one may be writing is not."""
    old, new = tmp_path / f"{save.TMP}1-a", tmp_path / f"{save.TMP}2-b"
    for file in (old, new):
        file.write_text("x")
    os.utime(old, (0, time.time() - 2 * save.STALE_S))
    assert save.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [new]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"x": 1}', "not json"])
def test_no_recipe(tmp_path: Path, text: str) -> None:
    """A file that is no recipe is told from one."""
    file = tmp_path / f"a{save.SUFFIX}"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        save.read(file)
