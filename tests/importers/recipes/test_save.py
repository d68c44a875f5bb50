"""Recipes on disk: whole or not at all, and never over another one."""

import errno
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from soniq_tui.importers.recipes import pages, save
from soniq_tui.importers.recipes.stored import Source
from tests.power import Power


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
        assert is_folder or os.fstat(fd).st_size, "what is synced is written"
        synced.append((is_folder, len(list(tmp_path.glob(f"*{save.SUFFIX}")))))

    monkeypatch.setattr(os, "fsync", fsync)
    _, file = save.publish(tmp_path, "soup", lambda name: {"name": name})
    assert synced == [(False, 0), (True, 1)]
    save.replace(file, {"name": "another"})
    assert synced[2:] == [(False, 1), (True, 1)]


def test_what_a_recipe_goes_with_is_on_the_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture and a page that a job waits for have their names; what was withdrawn has none."""
    power = Power(monkeypatch)
    assert save.keep_image(tmp_path, "soup", b"JPEG", "image/jpeg") == "images/soup.jpg"
    assert power.left(tmp_path / "images") == {"soup.jpg": b"JPEG"}
    page = pages.keep(tmp_path, "<p>soup", Source(url="https://a.fr/soup"))
    assert power.left(tmp_path / "pages") == {page.name: page.read_bytes()}
    _, file = save.publish(tmp_path, "soup", lambda name: {"name": name})
    save.withdraw(file, save.read(file))
    assert file.name not in power.left(tmp_path)


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


def test_a_name_that_another_program_takes_meanwhile(tmp_path: Path) -> None:
    """What it wrote stays, readable or not, and the recipe gets the next name."""

    def make(name: str) -> dict[str, str]:
        if name == "soup":
            (tmp_path / f"soup{save.SUFFIX}").write_text("theirs")
        return {"name": name}

    assert save.publish(tmp_path, "soup", make)[0] == "soup-2"
    more = save.publish(tmp_path, "soup", make, ours=lambda _: False, same=lambda _: False)
    assert more[0] == "soup-3"
    assert (tmp_path / f"soup{save.SUFFIX}").read_text() == "theirs"


def test_names_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all are taken nothing is written over."""
    monkeypatch.setattr(save, "MOST_NAMES", 3)
    for number in range(2):
        save.publish(tmp_path, "soup", lambda name, n=number: {"name": name, "n": n})
    with pytest.raises(OSError, match="3 recipes have this name"):
        save.publish(tmp_path, "soup", lambda name: {"name": name})
    assert len(list(tmp_path.iterdir())) == 2


def test_pictures_go_with_their_recipe(tmp_path: Path) -> None:
    """A new version keeps the picture or has another one; no other recipe loses its own."""
    other = tmp_path / save.keep_image(tmp_path, "soup-2", b"theirs", "image/png")
    left = save.keep_image(tmp_path, "soup", b"of one that was deleted by hand", "image/webp")
    first = save.keep_image(tmp_path, "soup", b"png", "image/png; x=y")
    _, file = save.publish(tmp_path, "soup", lambda name: {"name": name, "image": [first]})
    assert not (tmp_path / left).exists()
    save.replace(file, {"name": "again"})
    assert save.read(file)["image"] == [first]
    assert (tmp_path / first).read_bytes() == b"png"
    second = save.keep_image(tmp_path, "soup", b"jpg", "image/jpeg")
    save.replace(file, {"name": "again", "image": [second]})
    assert not (tmp_path / first).exists()
    assert (tmp_path / second).read_bytes() == b"jpg"
    save.withdraw(file, {"image": [second, "images/soup-2.png"]})
    assert not file.exists()
    assert list((tmp_path / "images").iterdir()) == [other]


@pytest.mark.parametrize(
    ("ours", "said"),
    [({"edited": True}, True), ({"edited": False}, False), ({}, False), (1, False)],
)
def test_changed_by_hand(ours: object, said: bool) -> None:
    """Only a person says so."""
    assert save.edited({"soniq": ours}) is said


def test_sweep(tmp_path: Path) -> None:
    """What a killed writer left is deleted, what one may be writing is not."""
    old, new = tmp_path / f"{save.TMP}1-a", tmp_path / f"{save.TMP}2-b"
    for file in (old, new):
        file.write_text("x")
    os.utime(old, (0, time.time() - 2 * save.STALE_S))
    assert save.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [new]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"x": 1}', "not json", '{"name":' * 9000])
def test_no_recipe(tmp_path: Path, text: str) -> None:
    """A file that is no recipe is told from one."""
    file = tmp_path / f"a{save.SUFFIX}"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        save.read(file)


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe that nobody writes to holds up no import, and a device without end fills no memory."""
    pipe, device = (tmp_path / f"{name}{save.SUFFIX}" for name in ("pipe", "device"))
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for file in (device, pipe):
        with pytest.raises(ValueError, match="no file"):
            save.read(file)
