"""Files that are there whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from soniq_tui import files
from tests.power import Power


@pytest.mark.parametrize("mode", [0o444, 0o640])
def test_the_rights_of_the_older_file_stay(tmp_path: Path, mode: int) -> None:
    """Also of one that nobody may write, which is replaced all the same."""
    path = tmp_path / "all.csv"
    path.write_text("old")
    path.chmod(mode)

    def write(part: Path) -> None:
        assert part.stat().st_mode & stat.S_IWUSR
        part.write_text("new")

    files.replaced(path, write)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_was_replaced_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name too: else the older one would be there again."""
    power = Power(monkeypatch)
    files.replaced(tmp_path / "all.csv", lambda part: part.write_text("new"))
    assert power.left(tmp_path) == {"all.csv": b"new"}


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EACCES, errno.EIO])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Some file systems know no such thing, some folders may not be read: all is well; or not."""
    fsync = os.fsync

    def refuse(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", refuse)
    if code == errno.EIO:
        with pytest.raises(OSError, match=os.strerror(code)):
            files.replaced(tmp_path / "all.csv", lambda part: part.write_text("new"))
    else:
        files.replaced(tmp_path / "all.csv", lambda part: part.write_text("new"))
