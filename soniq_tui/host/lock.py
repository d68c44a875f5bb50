"""Who is the host of a data directory: one process at a time holds a lock on ``host.lock``.

The kernel frees the lock when its holder dies, however it dies. The file also says which process
holds it.
"""

import errno
import fcntl
import json
import os
import pwd
import time
from contextlib import suppress
from pathlib import Path

from soniq_tui.errors import DataDirError, HostBusyError
from soniq_tui.words import _

NAME = "host.lock"
LOOKED_AT_S = 1.0
"""Who asks for the holder shares the lock for microseconds: so long a would-be host tries again."""


class HostLock:
    """Held from construction to :meth:`release`.

    Raises:
        HostBusyError: another process holds it.
        DataDirError: the data directory cannot be made or written.
    """

    def __init__(self, data_dir: Path) -> None:
        path = data_dir / NAME
        checked(data_dir)
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise closed(exc, data_dir) or DataDirError(
                _(
                    "the data directory {folder} cannot be written: {why}; "
                    "choose another with --data-dir"
                ).format(folder=data_dir, why=_(exc.strerror or ""))
            ) from exc
        try:
            self._take(data_dir)
            self.died = os.fstat(self._fd).st_size > 0
            """The last host did not let go in order."""
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, json.dumps({"pid": os.getpid()}).encode(), 0)
        except OSError as exc:
            os.close(self._fd)
            why = _("{file} cannot be written: {why}").format(file=path, why=_(exc.strerror or ""))
            raise DataDirError(why) from exc
        except BaseException:
            os.close(self._fd)
            raise

    def _take(self, data_dir: Path) -> None:
        until_s = time.monotonic() + LOOKED_AT_S
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                pid = holder(data_dir)
                if pid is None and time.monotonic() < until_s:
                    time.sleep(0.005)
                    continue
                text = _(
                    "another soniq-tui (process {pid}) works in {folder}; use that one, or choose "
                    "another place with --data-dir"
                )
                raise HostBusyError(text.format(pid=pid or "?", folder=data_dir)) from exc
            return

    def release(self) -> None:
        """Let another process be the host."""
        try:
            with suppress(OSError):  # a failing disk: the next one takes it for a death
                os.ftruncate(self._fd, 0)
        finally:
            os.close(self._fd)


def checked(data_dir: Path) -> Path:
    """Return a data directory that can be read, or that is not there yet.

    Raises:
        DataDirError: it is no folder, or is closed to us.
    """
    try:
        os.scandir(data_dir).close()
    except FileNotFoundError:
        pass
    except NotADirectoryError as exc:
        text = _("{folder} is no folder; choose another with --data-dir")
        raise DataDirError(text.format(folder=data_dir)) from exc
    except OSError as exc:
        raise closed(exc, data_dir) or DataDirError(
            _(
                "the data directory {folder} cannot be read: {why}; choose another with --data-dir"
            ).format(folder=data_dir, why=_(exc.strerror or ""))
        ) from exc
    return data_dir


def closed(exc: OSError, path: Path) -> DataDirError | None:
    """Return what to say where the permission is missing because somebody else owns a place."""
    if exc.errno not in {errno.EACCES, errno.EPERM}:
        return None
    try:
        uid = path.stat().st_uid
    except OSError:
        return None
    if uid == os.geteuid():
        return None
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = _("user {uid}").format(uid=uid)
    text = _(
        "permission denied: {file} belongs to {name}; run as {name}, or choose another place with "
        "--data-dir"
    )
    return DataDirError(text.format(file=path, name=name))


def holder(data_dir: Path) -> int | None:
    """Return the process id of the host of a data directory, or None where there is none.

    0 when there is one that has not yet written who it is.
    """
    try:
        fd = os.open(data_dir / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return int(json.loads(os.pread(fd, 4096, 0))["pid"])
        except (ValueError, KeyError):
            return 0
    finally:
        os.close(fd)
    return None
