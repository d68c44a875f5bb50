"""More that happens to a library, and more that must be the same: what people ask of it."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import precondition, rule

from soniq_tui.importers.music import store
from soniq_tui.importers.music.library.lists import results
from soniq_tui.model.results import ResultQuery, ResultRow
from tests.importers.music.test_same import (
    COMMON,
    FOLDER,
    PICK,
    SEED,
    STEM,
    Catalogue,
    Machine,
)
from tests.importers.music.upheaval import File

ASKED = (
    *("song", "lied", "ada", "bela", "x", "second", "ada x", '"song a"', "!ada", "привет"),
    *("artist:bela", "album:y", "year:1999", "no:title", "no:album", "is:compilation"),
    *("is:repaired", "path:ada", "no:cover", "rate:>8000", "no:track"),
)
"""What is searched for."""


def rows(data: Path, view: str, text: str = "") -> tuple[ResultRow, ...]:
    found = results(data, ResultQuery(importer="music", view=view, text=text))
    assert not found.problem, found.problem
    return found.rows


def there(data: Path) -> dict[str, tuple[bytes, int]]:
    """Return path and part of the tracks that are there, by what lists call them."""
    with store.looking(data) as connection:
        assert connection is not None
        query = "SELECT track.id, path, part FROM track JOIN file ON file.id = file_id"
        found = connection.execute(f"{query} WHERE NOT missing").fetchall()
    return {str(number): (path, part) for number, path, part in found}


def assert_answers_are_the_same(one: Path, whole: Path) -> None:
    """Searches and the health report tell the same of what is there."""
    places = [(data, there(data)) for data in (one, whole)]
    for text in ASKED:
        mine, yours = (
            sorted(of[row.key] for row in rows(data, "tracks", text) if row.key in of)
            for data, of in places
        )
        assert mine == yours, text
    mine, yours = (
        {row.key: row.cells for row in rows(data, "health") if row.key != "missing"}
        for data in (one, whole)
    )
    assert mine == yours


class WideMachine(Machine):
    """A library with links, on disks that are exchanged, below folders that get other names."""

    linked = False
    """There are hard links: which of two names a row belongs to, nobody can tell."""

    @rule(seed=SEED)
    @precondition(lambda self: self.tree.files)
    def scan_and_compare(self, seed: int) -> None:
        super().scan_and_compare(seed)
        whole = self.top / f"whole{self.wholes}"
        one, other = Catalogue(self.data), Catalogue(whole)
        try:
            held = one.ids().keys() - other.ids().keys()
        finally:
            one.close()
            other.close()
        if not held:
            assert_answers_are_the_same(self.data, whole)

    def numbers_are_kept(self) -> None:
        if not self.linked:
            super().numbers_are_kept()
            return
        catalogue = Catalogue(self.data)
        try:
            self.tree.scanned(catalogue.ids(), self.met())
        finally:
            catalogue.close()

    @rule(pick=PICK, folder=FOLDER, stem=STEM)
    @precondition(lambda self: 0 < len(self.tree.files) < 12)
    def hard_link(self, pick: int, folder: bytes, stem: bytes) -> None:
        file = self.tree.pick(pick)
        path = self.tree.at(folder, stem) + file.ending
        if path in self.tree.files or self.tree.is_blocked(path):
            return
        self.tree.let_see(file)
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        os.link(file.path, path)
        self.linked = True
        self.tree.files[path] = made = File(path, file.tags, file.picture)
        made.broken = file.broken

    @rule(pick=PICK, folder=FOLDER, stem=STEM)
    @precondition(lambda self: self.tree.files)
    def link(self, pick: int, folder: bytes, stem: bytes) -> None:
        """Links are not followed."""
        file = self.tree.pick(pick)
        path = self.tree.at(folder, b"link to " + stem) + file.ending
        if not os.path.lexists(path) and not self.tree.is_blocked(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            os.symlink(file.path, path)  # noqa: PTH211

    @rule(pick=PICK)
    @precondition(lambda self: self.tree.files)
    def rename_in_case_only(self, pick: int) -> None:
        file = self.tree.pick(pick)
        folder, _, name = file.path.rpartition(b"/")
        stem = name[: -len(file.ending)].swapcase()
        if (path := folder + b"/" + stem + file.ending) not in self.tree.files:
            self.tree.move(file, path)

    @rule(seed=SEED)
    @precondition(lambda self: self.tree.files and not self.linked)
    def rename_root(self, seed: int) -> None:
        """What is ignored then, or broken, stays where it was known: of it nobody can tell."""
        self.scan(seed, dies=False)
        new = os.fsencode(self.top / f"music{self.wholes}")
        if os.path.exists(new) or self.met() != self.tree.files.keys():  # noqa: PTH110
            return
        if any(file.broken for file in self.tree.files.values()):
            return
        for file in self.tree.files.values():
            self.tree.let_see(file)
        os.rename(self.root, new)  # noqa: PTH104
        for file in self.tree.files.values():
            file.path = new + file.path[len(self.root) :]
        self.tree.files = {file.path: file for file in self.tree.files.values()}
        self.root = self.tree.root = new
        self.scan(seed, dies=False)

    @rule(seed=SEED)
    @precondition(lambda self: self.tree.files and not self.linked)
    def exchange_the_disk(self, seed: int) -> None:
        """All is copied: times stay, inodes do not."""
        self.scan(seed, dies=False)
        old = self.root + b".old"
        os.rename(self.root, old)  # noqa: PTH104
        shutil.copytree(old, self.root, symlinks=True)
        shutil.rmtree(old)
        self.scan(seed, dies=False)


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestWideHistories(WideMachine.TestCase):
    """Minutes of histories."""

    settings = settings(COMMON, max_examples=500, stateful_step_count=30, derandomize=False)
