"""Who is the host of a data directory, and what is said where nobody can be."""

import errno
import fcntl
import json
import os
import pwd
from pathlib import Path

import pytest

from soniq_tui.errors import DataDirError, HostBusyError
from soniq_tui.host import lock
from soniq_tui.host.lock import NAME, HostLock, checked, holder


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def failing(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def test_one_at_a_time(tmp_path: Path) -> None:
    """Who comes second is told who is there; when that one has let go another may be the host."""
    place = tmp_path / "not/there/yet"
    assert holder(place) is None
    first = HostLock(place)
    assert not first.died
    assert holder(place) == os.getpid()
    before = open_files()
    with pytest.raises(HostBusyError, match=rf"process {os.getpid()}\) works in {place}"):
        HostLock(place)
    assert open_files() == before
    first.release()
    assert holder(place) is None
    second = HostLock(place)
    assert not second.died
    second.release()
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / NAME).stat().st_mode & 0o777 == 0o600


def test_a_death_is_seen_by_the_next(tmp_path: Path) -> None:
    """Who died left word of itself and no lock; then the file says who the next one is alone."""
    (tmp_path / NAME).write_text(json.dumps({"pid": 1, "started": 2, "boot": "x" * 500}))
    assert holder(tmp_path) is None
    host = HostLock(tmp_path)
    assert host.died
    told = json.loads((tmp_path / NAME).read_text())
    assert told == {"pid": os.getpid()}
    host.release()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": "x"}'])
def test_one_that_has_not_yet_said_who_it_is(tmp_path: Path, text: str) -> None:
    """There is a host, of which nobody knows the number."""
    with (tmp_path / NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(text)
        file.flush()
        before = open_files()
        assert holder(tmp_path) == 0
        with pytest.raises(HostBusyError, match=r"process \?"):
            HostLock(tmp_path)
        assert open_files() == before


def test_no_folder(tmp_path: Path) -> None:
    """A file in place of the folder, or a folder in place of the file, is said to be that."""
    file = tmp_path / "file"
    file.touch()
    for ask in (checked, HostLock):
        with pytest.raises(DataDirError, match="is no folder; choose another"):
            ask(file)
    (tmp_path / NAME).mkdir()
    with pytest.raises(DataDirError, match="cannot be written: Is a directory; choose another"):
        HostLock(tmp_path)
    assert checked(tmp_path / "missing") == tmp_path / "missing"


def test_a_full_disk_keeps_nobody_out_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be written that is said, and the lock is free again."""

    def pwrite(*_: object) -> int:
        raise failing(errno.ENOSPC)

    before = open_files()
    with monkeypatch.context() as full:
        full.setattr(lock.os, "pwrite", pwrite)
        with pytest.raises(DataDirError, match=r"host\.lock cannot be written: No space left"):
            HostLock(tmp_path)
    assert open_files() == before
    HostLock(tmp_path).release()


@pytest.mark.parametrize("owner", ["us", "known", "unknown"])
def test_a_closed_folder_is_said_to_be_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    """Where it is somebody else's, who could do it is named; else what is wrong."""

    def scandir(_path: object) -> object:
        raise failing(errno.EACCES)

    uid = tmp_path.stat().st_uid
    name = pwd.getpwuid(uid).pw_name
    with monkeypatch.context() as other:
        other.setattr(lock.os, "scandir", scandir)
        if owner != "us":
            other.setattr(lock.os, "geteuid", lambda: uid + 1)
        if owner == "unknown":
            name = f"user {uid}"
            other.setattr(lock.pwd, "getpwuid", {}.__getitem__)
        said = f"belongs to {name}; run as {name}"
        if owner == "us":
            said = "cannot be read: Permission denied; choose another"
        with pytest.raises(DataDirError, match=said):
            checked(tmp_path)
        assert lock.closed(failing(errno.EIO), tmp_path) is None
        assert lock.closed(failing(errno.EPERM), tmp_path / "missing") is None
