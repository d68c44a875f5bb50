"""Where the host listens: ``engine.sock`` in the data directory, for its owner alone."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "engine.sock"
NEW = f"{NAME}.new"
PATH_MOST_BYTES = 107
"""``sun_path`` holds so many bytes and a zero (unix(7)); longer paths go through a descriptor."""
BACKLOG = 64


@contextmanager
def reachable(folder: Path, name: str = NAME) -> Iterator[str]:
    """Give a path to ``name`` in ``folder`` that is short enough for ``bind`` and ``connect``.

    Raises:
        OSError: there is no such folder.
    """
    path = str(folder / name)
    if len(os.fsencode(path)) <= PATH_MOST_BYTES:
        yield path
        return
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{name}"
    finally:
        os.close(fd)


def listen(folder: Path) -> socket.socket:
    """Return the listening socket of a data directory; only who holds the host lock may ask.

    It takes the name in one step when it is ready, so nobody meets a socket that does not listen.

    Raises:
        OSError: the file system has no sockets.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # Before bind: the file is made with this mode, and is never open to others for a moment.
        os.fchmod(listener.fileno(), 0o600)
        with suppress(FileNotFoundError):
            (folder / NEW).unlink()
        with reachable(folder, NEW) as path:
            listener.bind(path)
        listener.listen(BACKLOG)
        (folder / NEW).replace(folder / NAME)
    except BaseException:
        listener.close()
        raise
    return listener


def identity(folder: Path) -> tuple[int, int] | None:
    """Return which socket has the name now, None where none has."""
    with suppress(FileNotFoundError):
        found = (folder / NAME).stat()
        return found.st_dev, found.st_ino
    return None


def remove(folder: Path, known: tuple[int, int] | None) -> None:
    """Take the name away that a host took, as :func:`identity` knows it.

    Where the folder was replaced meanwhile it may be another host's.
    """
    if known is not None and identity(folder) == known:
        with suppress(FileNotFoundError):
            (folder / NAME).unlink()


def peer_uid(connection: socket.socket) -> int:
    """Return the user at the other end, as the kernel knows it (``SO_PEERCRED``, unix(7))."""
    words = struct.Struct("iII")  # struct ucred: pid, uid, gid
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, words.size)
    uid: int = words.unpack(found)[1]
    return uid
