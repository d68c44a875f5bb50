"""The room: a private folder in memory, the same for the same data directory, and its board.

Stages hand each other there what is too large for the journal. Which place it lies in is chosen
anew by each host, for the place may be full; what an earlier host left in another place is taken
over from there.
"""

import fcntl
import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from soniq_tui.errors import DataDirError
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.model.job import Begun
    from soniq_tui.runners.board import Board

BOARD = "slots.board"
PLACES = (Path("/dev/shm"),)  # noqa: S108  a private folder is made there
"""Where memory is. First the place that a log-in and cron have in common, then XDG_RUNTIME_DIR."""
LEAST_BYTES = 32 * 1024 * 1024
"""A place with less room is full: stages could not hand each other a few chunks."""
log = logging.getLogger(__name__)


def prepare(data_dir: Path) -> tuple[Path, list[Path]]:
    """Make the room of a data directory; return it, and the other rooms that earlier hosts left.

    Raises:
        DataDirError: there is no place for it.
    """
    room, left = choose(data_dir)
    try:
        room.mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        text = _("no place for what stages hand each other: {why}")
        raise DataDirError(text.format(why=exc)) from exc
    if not _is_ours(room):
        text = _("{folder} belongs to somebody else; remove it or set XDG_RUNTIME_DIR")
        raise DataDirError(text.format(folder=room))
    return room, left


def choose(data_dir: Path) -> tuple[Path, list[Path]]:
    """Return the room that :func:`prepare` would make now, and the others; make nothing."""
    mark = hashlib.blake2b(os.fsencode(data_dir), digest_size=6).hexdigest()
    rooms = [place / f"soniq-{os.getuid()}-{mark}" for place in _places(data_dir)]
    left = [room for room in rooms if _is_ours(room)]
    usable = [room for room in rooms if _has_room(room.parent)]
    # The one that is there, so that nothing has to be moved; the data directory as a last resort.
    room = next((each for each in usable if each in left), (usable or rooms[-1:])[0])
    return room, [each for each in left if each != room]


def open_board(room: Path) -> "Board":
    """Return the board of a room; it is made where there is none.

    Raises:
        DataDirError: the place is full, or cannot be written.
    """
    from soniq_tui.runners.board import Board

    try:
        return Board(room / BOARD)
    except OSError as exc:
        text = _("{folder}, where stages hand each other things, cannot be written: {why}")
        raise DataDirError(text.format(folder=room, why=_(exc.strerror or ""))) from exc


def take_over(
    board: "Board", others: list[Path], spare: frozenset[int] = frozenset()
) -> "dict[int, Begun]":
    """End what earlier hosts left running; bring what they kept in other rooms here.

    Blocks as long as that takes.

    Args:
        board: in the room of this host, with nothing written on it by it.
        others: rooms of earlier hosts in other places; they are removed.
        spare: processes of this host that may be there already.

    Returns:
        What was being worked on when the last host died, by job id.
    """
    from soniq_tui.runners.leftovers import end_leftovers

    begun = end_leftovers(board, spare=spare)
    for room in others:
        import shutil  # here: as a rule there is none

        try:
            if (room / BOARD).exists():
                begun = _begun_in(room) | begun
            for file in room.iterdir():
                if file.name != BOARD:
                    shutil.move(file, board.path.parent / file.name)
        except OSError as exc:  # what is missing is made again by the stage that made it
            log.warning("what an earlier host left in %s cannot be used: %s", room, exc)
        shutil.rmtree(room, ignore_errors=True)
    return begun


def hold(room: Path) -> int:
    """Return a descriptor that tells others that a host is in the room, until it is closed.

    The room is made once more where another host removes it at this moment.
    """
    while True:
        with suppress(FileNotFoundError):
            fd = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(fd, fcntl.LOCK_SH)
            if os.fstat(fd).st_nlink:
                return fd
            os.close(fd)
        room.mkdir(mode=0o700, exist_ok=True)


def leave(room: Path) -> None:
    """Remove the room, unless a batch that has not ended may need what is there.

    It stays as well where another host is in it: that of a data directory which was removed and
    made anew while this one worked.
    """
    try:
        fd = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # it is gone
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if all(file.name == BOARD for file in room.iterdir()):
            (room / BOARD).unlink(missing_ok=True)
            room.rmdir()
    except OSError:  # somebody else is in it, or has put something there
        return
    finally:
        os.close(fd)


def _begun_in(room: Path) -> "dict[int, Begun]":
    from soniq_tui.runners.board import Board
    from soniq_tui.runners.leftovers import end_leftovers

    board = Board(room / BOARD)
    try:
        return end_leftovers(board)
    finally:
        board.close()


def _places(data_dir: Path) -> list[Path]:
    asked = os.environ.get("XDG_RUNTIME_DIR")
    return list(dict.fromkeys([*PLACES, *([Path(asked)] if asked else []), data_dir]))


def _has_room(place: Path) -> bool:
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    free = found.f_bavail * found.f_frsize
    return os.access(place, os.W_OK | os.X_OK) and free >= LEAST_BYTES


def _is_ours(room: Path) -> bool:
    return room.is_dir() and not room.is_symlink() and room.stat().st_uid == os.getuid()
