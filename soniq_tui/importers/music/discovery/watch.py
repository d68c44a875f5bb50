"""``scan --watch``: a scan that goes on with what changes.

First all is walked, as any scan does. Then folders in which something changes are walked again, a
moment after it has become quiet there. Whatever stops it, it begins with a walk of everything, so
nothing that happened meanwhile is missed.
"""

import os
import stat as mode
import time
from typing import NamedTuple

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.discovery.discover import Discovery
from soniq_tui.importers.music.discovery.handed import Handed
from soniq_tui.importers.music.discovery.listen import SWEEP_S, Deaf, Listener, Silence
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.pending import LASTING, Fault
from soniq_tui.importers.music.discovery.stamps import signed
from soniq_tui.importers.music.discovery.walk import PATTERNS, WHOLE, Walk
from soniq_tui.importers.music.sides.beside import ENDINGS
from soniq_tui.importers.music.store import SQL
from soniq_tui.importers.music.words import SUFFIXES, Root
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text

QUIET_S = 2.0
"""Nothing has changed for so long: whoever copies an album or writes tags is done."""
QUIET_MOST_S = 30.0
"""Somebody who never is must not keep all others from the catalogue."""
LOOK_S = 10.0
"""So often it is seen whether the root is still the folder that is listened to, with the same disks
mounted below it, and whether the catalogue has anything left to be brought up to date. The former
at once where anything was mounted or unmounted: a disk may be back after seconds, and look as if it
had never been away, but nothing is heard of it any more."""
CHANGED_MOST = 10_000
"""More changes at once: some may have gone unheard, and all is walked."""
FOLDERS_MOST = 500
EVER_S = 1.0
"""Since 1970: nothing was found broken before."""

_OF_INTEREST = SUFFIXES | ENDINGS
_MARKS = PATTERNS | {WHOLE}


async def run(root: Root, ctx: Context) -> None:
    """Scan a root, then go on with what changes there until stopped."""
    with store.patience(ctx.data_dir):
        Watch(root, ctx).run()


class Watch:
    """One root that is watched."""

    def __init__(self, root: Root, ctx: Context) -> None:
        self._ctx = ctx
        self._options = msgspec.structs.replace(root.options, force=False)
        # A version before, by which all was walked, had jobs tell what was found broken ever.
        began_s = root.began_s or (EVER_S if root.settled else time.time())
        self._root = msgspec.structs.replace(root, began_s=began_s)
        self._handed = Handed()
        self._told: set[Fault] = set()
        """Faults that are booked, and stand."""
        self._deaf: Fault | None = None
        self._sure = not (root.settled or root.cursor or ctx.retries)
        """Nothing else is booked; else an earlier run of this job may have booked more."""
        self._listener: Listener | Silence = Silence()
        self._place: _Place | None = None
        self._mounting = disks.Mounting()
        self._catalogue = _Catalogue(ctx)

    def run(self) -> None:
        """Walk everything, then what changes; ends only by being stopped."""
        self._listen()
        try:
            if not self._root.settled:
                self._walk(self._root)
                self._settle()
                if not self._sure:  # this was a part, and the rest of it may have changed since
                    self._again(None)
            else:
                self._again(None)
            while True:
                self._again(self._wait())
        finally:
            self._listener.close()
            self._mounting.close()
            self._catalogue.close()

    def _listen(self) -> None:
        """Begin to listen, where the root or a disk in it is not what it was, too."""
        self._listener.close()
        self._handed = Handed()  # jobs may have looked for it in vain
        self._place = self._look()
        # Watchfiles goes through all folders without a word. On a cold disk that would take so long
        # that nobody could stop the job; the walk reads the same, and can be.
        for _ in Walk(self._root.path, self._options):
            self._ctx.progress(0, 0)
        self._deaf = None
        try:
            self._listener = Listener(self._root.path)
        except Deaf as why:
            self._listener = Silence()
            reason = f"{why}; all of it is looked through every {SWEEP_S / 60:.0f} minutes instead"
            self._deaf = Fault(self._root.path, ErrorKind.UNSUPPORTED, reason)
            if self._deaf not in self._told:
                self._tell(self._deaf)

    def _tell(self, fault: Fault) -> None:
        self._told.add(fault)
        self._ctx.found(1)
        self._ctx.fail(path_text(fault.path), fault.kind, fault.reason)

    def _look(self) -> "_Place | None":
        """Return what the root is; None where it is not there.

        Of what is mounted below it the kernel tells nothing, nor of what changes there afterwards.
        """
        try:
            stat = os.stat(self._root.path)  # noqa: PTH116  paths are bytes
        except OSError:
            return None
        return _Place(stat.st_dev, stat.st_ino, disks.below(self._root.path))

    # ---------------------------------------------------------------- walking

    def _again(self, only: dict[bytes, bool] | None) -> None:
        """Walk some folders, or everything; hand over what is not as it was."""
        if only is not None and not only:
            return
        if self._in_doubt:
            only = None  # whether so much is missing still is seen of the whole alone
        met = self._walk(
            msgspec.structs.replace(
                self._root, options=self._options, cursor=(), again=(), settled=True
            ),
            only,
        )
        self._mend(met, only)
        self._settle()

    @property
    def _in_doubt(self) -> bool:
        """Whether the root, or much of it, was not there when it was last walked."""
        return any(
            fault.path == self._root.path and fault.kind is ErrorKind.VANISHED
            for fault in self._told
        )

    def _mend(self, met: set[Fault], only: dict[bytes, bool] | None) -> None:
        """Take back the faults that are gone: those of what was walked that were not met again."""
        stand = {
            fault
            for fault in self._told
            if fault in met or fault == self._deaf or not _is_within(fault, only)
        }
        if self._sure and stand == self._told:
            return
        self._ctx.take_back()
        self._told, self._sure = set(), True
        for fault in sorted(stand):
            self._tell(fault)

    def _walk(self, root: Root, only: dict[bytes, bool] | None = None) -> set[Fault]:
        walk = Discovery(
            root,
            self._ctx,
            only=only,
            handed=self._handed if root.settled else None,
            told=self._told,
            salt=f"-{time.time_ns():x}" if root.settled else "",
        )
        walk.run()
        return walk.met

    def _settle(self) -> None:
        """Hand over what the walk left; after a crash all is walked again."""
        self._root = msgspec.structs.replace(self._root, cursor=(), again=(), settled=True)
        self._ctx.expect(None)
        self._ctx.checkpoint(self._root)

    # ---------------------------------------------------------------- waiting

    def _wait(self) -> dict[bytes, bool] | None:
        """Wait until something has changed and it is quiet again; return which folders to walk."""
        changed: set[bytes] = set()
        began_s = first_s = last_s = looked_s = time.monotonic()
        for heard in self._listener.beats():
            self._ctx.progress(0, 0)
            now_s = time.monotonic()
            if heard is None:
                self._listen()
                return None
            if heard:
                first_s = first_s if changed else now_s
                last_s = now_s
                changed |= heard
            if changed and (now_s - last_s >= QUIET_S or now_s - first_s >= QUIET_MOST_S):
                return self._folders(changed)
            if now_s - began_s >= SWEEP_S and isinstance(self._listener, Silence):
                return None
            if now_s - began_s >= SWEEP_S and self._in_doubt:
                self._listen()  # of a disk that is mounted below the root the kernel tells nothing
                return None
            due = now_s - looked_s >= LOOK_S
            if (due or self._mounting.changed()) and self._look() != self._place:
                self._listen()
                return None
            if due:
                looked_s = now_s
                self._catalogue.look(self._root)
        return None

    def _folders(self, changed: set[bytes]) -> dict[bytes, bool] | None:
        """Return which folders to walk, each with whether all below it; None: everything."""
        if len(changed) > CHANGED_MOST:
            return None
        root = self._root.path
        found: dict[bytes, bool] = {}
        for path in [*sorted(changed), *self._linked(changed)]:
            if path == root:  # it went away, or came back
                self._handed = Handed()
                return None
            if path.startswith(root + b"/") and not _hidden(path, root):
                for folder, deep in _around(path, root).items():
                    found[folder] = found.get(folder, False) or deep
        found = _topmost(found)
        return None if found.get(root) or len(found) > FOLDERS_MOST else found

    def _linked(self, changed: set[bytes]) -> list[bytes]:
        """Return other names under which files are known that have changed.

        Of a hard link in another folder nothing is heard.
        """
        inodes = []
        for path in changed:
            try:
                stat = os.lstat(path)
            except OSError:
                continue
            if stat.st_nlink > 1 and mode.S_ISREG(stat.st_mode):
                inodes.append(signed(stat.st_ino))
        if not inodes:
            return []
        moves = Moves(self._ctx.data_dir, follow=False)
        try:
            rows = [row for inode in inodes for row in moves.query(SQL["by_inode"], (inode,))]
        finally:
            moves.close()
        # After a NUL: the name was taken from it.
        return sorted({path for _, path, *_ in rows if b"\0" not in path} - changed)


def _around(path: bytes, root: bytes) -> dict[bytes, bool]:
    """Return which folders to walk for the change of one path."""
    above, _, name = path.rpartition(b"/")
    if name in _MARKS:
        return {above: True}
    try:
        stat = os.lstat(path)
    except OSError:
        found = {path: True}  # it may have been a folder
        while above != root and not os.path.isdir(above):  # noqa: PTH112  paths are bytes
            found[above] = True
            above = above.rpartition(b"/")[0]
        return {above: False, **found}
    if mode.S_ISDIR(stat.st_mode):
        return {path: True}
    return {above: False} if name[name.rfind(b".") :].lower() in _OF_INTEREST else {}


def _hidden(path: bytes, root: bytes) -> bool:
    """Say whether a path below the root is of no interest: hidden, and no mark itself."""
    at = path.find(b"/.", len(root))
    return at >= 0 and path[at + 1 :] not in _MARKS


def _is_within(fault: Fault, only: dict[bytes, bool] | None) -> bool:
    """Say whether a walk of some folders, or of everything, would have met a fault again."""
    path = fault.path
    if only is None or path in only:
        return True
    if fault.kind in LASTING and path.rpartition(b"/")[0] in only:  # of a file, not of a folder
        return True
    return any(deep and path.startswith(folder + b"/") for folder, deep in only.items())


def _topmost(folders: dict[bytes, bool]) -> dict[bytes, bool]:
    """Leave out what lies below a folder of which all is walked."""
    kept: dict[bytes, bool] = {}
    for path in sorted(folders, key=lambda path: path.split(b"/")):
        at = path.rfind(b"/")
        while at > 0 and not kept.get(path[:at]):
            at = path.rfind(b"/", 0, at)
        if at <= 0:
            kept[path] = folders[path]
    return kept


class _Place(NamedTuple):
    """The folder that the root is, by its numbers, and the disks in it."""

    device: int
    inode: int
    mounts: frozenset[tuple[bytes, str]]


class _Catalogue:
    """Has the closing stage run when the catalogue has taken in what changed.

    A batch that is watched does not end, so nobody else would.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._connection: store.Connection | None = None
        self._version: object = None
        self._looked = False
        """Whether it was asked for what is owing since the last change."""
        self._last: object = None
        """What was owing, and how often that stage had ended, when it was last asked for."""

    def look(self, root: Root) -> None:
        """Ask for the closing stage where it has something to do and nobody writes any more."""
        if self._connection is None:
            self._connection = store.reader(self._ctx.data_dir)
        if self._connection is None:
            return
        if self._connection.execute(SQL["user_version"]).fetchone() != (store.VERSION,):
            self.close()  # the writer will bring it up to date
            return
        version = self._connection.execute(SQL["data_version"]).fetchone()
        if version != self._version:  # something was written since: perhaps there is more to come
            self._version, self._looked = version, False
            return
        if self._looked:
            return
        self._looked = True
        owing = self._connection.execute(SQL["owing"]).fetchone()
        if not any(owing[1:]):
            return
        asked = (*owing, *self._connection.execute(SQL["closed"]).fetchone())
        if asked == self._last:
            return  # it was asked for, and has its turn to come
        self._last = asked
        self._ctx.spawn(
            root.options,
            key=f"close-{time.time_ns():x}",
            label=f"albums, artists and words of {path_text(root.path)}",
            stage="close",
            items=0,
        )
        self._ctx.checkpoint(root)

    def close(self) -> None:
        """Let go of the catalogue."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._version = None
