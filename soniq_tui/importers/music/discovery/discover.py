"""Discovery: which files of a root are new, changed, known, moved or gone.

Nothing is booked as it is met. What was met is gathered in :class:`Pending` and handed over all at
once (jobs, counts, errors, then the checkpoint), so whatever moment a crash or a pause picks, the
cursor and what was booked tell the same story: no file is spawned or counted twice, none forgotten.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from time import monotonic, time

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import halves, sums, vanished
from soniq_tui.importers.music.discovery.handed import Handed
from soniq_tui.importers.music.discovery.known import Changes, Known, Rest
from soniq_tui.importers.music.discovery.outlook import Outlook
from soniq_tui.importers.music.discovery.pending import (
    NAME_BYTES,
    Fault,
    Pending,
    Place,
    unreadable,
)
from soniq_tui.importers.music.discovery.sums import Part
from soniq_tui.importers.music.discovery.walk import Met, Walk
from soniq_tui.importers.music.words import Chunk, Root
from soniq_tui.model.text import path_text

CHUNK_FIRST, CHUNK_FILES = 100, 600
"""Files of the first jobs, so that rows are there at once and all cores have some, and of later
ones. Smaller jobs drown in bookkeeping (chunks of 10 lose 39 %), larger ones pause late."""
CHUNK_BYTES = 56 * 1024
"""With the path of the root this stays below what a job may carry."""
VANISHED_FILES = 500
"""Gone files of one job: one short transaction."""
SETTLE_FILES, SETTLE_S, SETTLE_MOST_S = 5_000, 0.2, 1.0
"""Unchanged files after which the count on screen moves on, changed ones or none, and how long
after it last did: a disk that answers at once is not to be told of thirty times a second. After the
longer time it moves on whatever was met: of a slow one something is seen, too."""
FAULTS_MOST = 500
"""Faults that are booked at once."""
AGAIN_BYTES = 16 * 1024
"""Of paths of folders with faults: the rest of a payload is the cursor and the options."""


async def run(root: Root, ctx: Context) -> None:
    """Walk a root; spawn what is to be read, count what is not, mark what is gone."""
    with store.patience(ctx.data_dir):
        Discovery(root, ctx).run()


class Discovery:
    """One walk of one root, or of some folders of it.

    Attributes:
        root: what a restart begins with.
        told: faults that were booked; nobody wants to hear of one at each round of a watch.
        met: faults that this walk came upon, told before or not.
    """

    def __init__(
        self,
        root: Root,
        ctx: Context,
        *,
        only: Mapping[bytes, bool] | None = None,
        handed: Handed | None = None,
        told: set[Fault] | None = None,
        salt: str = "",
    ) -> None:
        self.root = root if root.began_s else msgspec.structs.replace(root, began_s=time())
        self.told: set[Fault] = set() if told is None else told
        self.met: set[Fault] = set()
        self._ctx, self._options = ctx, root.options
        self._only, self._handed, self._salt = only, handed, salt
        self._spawned = root.found
        self._pending = self._empty()
        self._rests_until_s = 0.0
        self._late_s = monotonic() + SETTLE_MOST_S
        self._last: tuple[bytes, bytes] | None = None
        """Folder and name of the last file settled in this run."""
        self._late: list[Fault] = []
        """Faults that lie behind ``_last``: booked with the next file or at the end."""
        self._retrying = bool(ctx.retries and root.again and only is None)
        self._counted = self._retrying or root.settled
        """What is unchanged was counted before."""
        self._again: dict[bytes, None] = {} if self._retrying else dict.fromkeys(root.again)
        """Folders with faults, in order: what a retry goes over."""
        whole = only is None and handed is None and not self._retrying
        root = self.root
        outline = sums.outline(root, ctx) if whole else None
        cut = halves.cut(root, ctx, outline) if whole else None
        self._half = halves.Half(root, ctx, cut, summed=outline is not None) if cut else None
        part = Part(cut, behind=False) if cut else None
        known = sums.load(root, ctx, part) if outline is not None else None
        self._known = Known(root, ctx, only, handed, part=part, known=known, retries=self._retrying)
        self._outlook: Outlook | None = None
        if whole and self._options.limit is None and self._known.tells:
            self._outlook = Outlook(self._known, self._half)

    def run(self) -> None:
        """Walk, hand over, see what is gone."""
        try:
            complete = self._go_over_again() if self._retrying else self._walk()
            if self._outlook is not None:
                self._outlook = None
                self._ctx.expect(0)
            self._hand_over()
            if complete and self._options.limit is None:
                self._vanished()
        finally:
            self._known.close()
            if self._half is not None:
                self._half.close()
        if self._to_go_over() != self.root.again:
            self._checkpoint()
        # Last, so that they go with the end of the job: they lie behind the cursor, and after a
        # crash they are met again.
        self._book(self._late)

    def _go_over_again(self) -> bool:
        """Walk the folders with faults once more; what is unchanged there was counted before."""
        complete = True
        for met in Walk(self.root.path, self._options, only=dict.fromkeys(self.root.again, True)):
            self._ctx.progress(self._known.met, 0)
            complete = self._faults(met) and complete
            self._folder(met)
        return complete

    def _faults(self, met: Met) -> bool:
        """Gather the faults of a folder; return whether all there is of the root was read."""
        if vanished.is_no_more(self.root):
            return True
        return self._gather(met.path, [unreadable(path, exc) for path, exc in met.faults])

    def _gather(self, folder: bytes, faults: Sequence[Fault]) -> bool:
        for fault in faults:
            self._late.append(fault)
            self._again[folder] = None
        return all(fault.path != self.root.path for fault in faults)

    def _walk(self) -> bool:
        """Walk to the end or to the limit; return whether all of the root was seen."""
        limit = self._options.limit
        if limit is not None and self._spawned >= limit:
            return False  # an earlier run died between its last checkpoint and its end
        root, half = self.root, self._half
        until = () if half is None else half.at
        complete = self._along(Walk(root.path, self._options, root.cursor, self._only, until))
        return complete if half is None else self._take_in(half) and complete

    def _along(self, walk: Walk) -> bool:
        complete = True
        for met in walk:
            if not met.files:
                self._ctx.progress(self._known.met, 0)
            if met.faults:
                complete = self._faults(met) and complete
            if met.files and not self._folder(met):
                return False
            self._move_on()
        return complete

    def _take_in(self, half: halves.Half) -> bool:
        """Settle what the other process has met, as if it had been met here."""
        complete, cursor = True, (*half.at, b"")
        try:
            for each in half.tidings():
                if isinstance(each, Rest):
                    self._known.absorb(each)
                    return complete
                if isinstance(each, halves.Same):
                    self._known.met += each.files
                    self._pending.skipped += each.files
                    self._settle(each.path, each.last)
                else:
                    complete = self._gather(each.path, each.faults) and complete
                    self._known.met += each.changes.total
                    self._changed(each.path, each.last, each.changes)
                self._move_on()
                if self._last is not None:
                    cursor = self._cursor()
        except halves.Lost:
            half.lost()
            self._known.load(Part(half.at, behind=True))
            return self._along(Walk(self.root.path, self._options, cursor)) and complete
        return complete

    def _folder(self, met: Met) -> bool:
        """Settle the files of one folder; return False when the limit is reached."""
        last = met.files[-1].name if met.files else b""
        return self._changed(met.path, last, self._known.changes(met))

    def _changed(self, folder: bytes, last: bytes, changes: Changes) -> bool:
        files, total = changes.files, changes.total
        if not files:  # as a rule
            if total:
                self._pending.skipped += total
                self._settle(folder, last)
            return True
        place = Place(folder, changes.beside, changes.signature)
        if self._pending.files and self._pending.files + len(files) > self._most:
            self._hand_over()
        if self._options.limit is None and self._pending.take(place, files):
            self._spawned += len(files)
            self._pending.skipped += total - len(files)
            self._settle(folder, last)
            return True
        settled = 0
        for at, change in files:
            if not isinstance(change, Fault) and not self._pending.add(place, change):
                self._hand_over()
                self._pending.add(place, change)
            self._pending.skipped += at - settled
            settled = at + 1
            self._settle(folder, change.name)
            self._spawned += 1
            if isinstance(change, Fault):
                self._fault(folder, change)
            if self._spawned == self._options.limit:
                return False
        if settled < total:
            self._pending.skipped += total - settled
            self._settle(folder, last)
        return True

    def _fault(self, folder: bytes, fault: Fault) -> None:
        self._pending.faults.append(fault)
        self._again[folder] = None
        if len(self._pending.faults) >= FAULTS_MOST:
            self._hand_over()

    def _settle(self, folder: bytes, name: bytes) -> None:
        self._last = folder, name
        if self._late:
            self._pending.faults += self._late
            self._late.clear()

    @property
    def _most(self) -> int:
        """How many files the next job may have."""
        return min(CHUNK_FILES, max(CHUNK_FIRST, self._spawned // 5))

    def _empty(self) -> Pending:
        return Pending(self._most, CHUNK_BYTES)

    def _move_on(self) -> None:
        """Hand over what is pending when much has been met since."""
        skipped = self._pending.skipped
        if skipped:
            due_s = self._rests_until_s if skipped >= SETTLE_FILES else self._late_s
            if monotonic() >= due_s:
                self._hand_over()

    def _hand_over(self) -> None:
        """Spawn and book what is pending, then checkpoint."""
        now_s = monotonic()
        self._rests_until_s, self._late_s = now_s + SETTLE_S, now_s + SETTLE_MOST_S
        pending = self._pending
        if self._last is None or not (pending.files or pending.skipped or pending.faults):
            return
        if pending.files:
            chunk = Chunk(
                root=self.root.path,
                folders=pending.folders,
                forced=self._options.force,
                moved=tuple(pending.moved),
            )
            label = path_text(pending.first)
            more = sum(folder.path != pending.first for folder in chunk.folders)
            label = f"{label} +{more}" if more > 0 else label  # it is not of this folder alone
            self._spawn(chunk, label=label, items=pending.files)
        if pending.skipped and not self._counted:
            self._ctx.found(pending.skipped)
            self._ctx.count(skipped=pending.skipped)
        self._book(pending.faults)
        self._pending = self._empty()
        self._checkpoint()
        self._ctx.progress(self._known.met, 0)

    def _spawn(self, chunk: Chunk, *, label: str, items: int) -> None:
        key = blake2b(msgspec.msgpack.encode(chunk), digest_size=12).hexdigest() + self._salt
        self._ctx.spawn(chunk, key=key, label=label, stage="extract", items=items)

    def _checkpoint(self) -> None:
        if self._outlook is not None and self._last is not None:
            self._outlook.tell(self._ctx, self._last[0])
        self._ctx.checkpoint(
            msgspec.structs.replace(
                self.root, cursor=self._cursor(), found=self._spawned, again=self._to_go_over()
            )
        )

    def _cursor(self) -> tuple[bytes, ...]:
        if self._last is None or self._retrying or self._only is not None:
            return self.root.cursor
        folder, name = self._last
        below = folder[len(self.root.path) + 1 :]
        return (*(below.split(b"/") if below else ()), name)

    def _to_go_over(self) -> tuple[bytes, ...]:
        """Return the folders with faults; the root for all when they are too many to carry."""
        if sum(map(len, self._again)) > AGAIN_BYTES:
            self._again = {self.root.path: None}
        return tuple(self._again)

    def _book(self, faults: list[Fault]) -> None:
        self.met.update(faults)
        for fault in faults:
            if fault not in self.told:
                self.told.add(fault)
                self._ctx.found(1)
                self._ctx.fail(path_text(fault.path), fault.kind, fault.reason)

    def _vanished(self) -> None:
        """Mark the known files that are gone, unless it looks as if the disk were.

        After a crash this may hand over a file a second time: marking it twice is marking it once.
        """
        gone = vanished.gone(self._known, self.root, self._ctx)
        if not gone:
            return
        away, fault = vanished.doubt(gone, self._known, self.root)
        if fault is not None:
            self._again = {self.root.path: None}
            self._late.append(fault)
            gone = [path for path in gone if path not in away]
            if not gone:
                return
        if self._handed is not None:
            self._handed.went(gone, self._known.broken, self.root.began_s)
        portion: list[bytes] = []
        size = 0
        for path in gone:
            more = len(path) + NAME_BYTES
            if portion and (len(portion) == VANISHED_FILES or size + more > CHUNK_BYTES):
                self._spawn_vanished(portion)
                self._checkpoint()
                portion, size = [], 0
            portion.append(path)
            size += more
        self._spawn_vanished(portion)

    def _spawn_vanished(self, paths: list[bytes]) -> None:
        files = "1 vanished file" if len(paths) == 1 else f"{len(paths):,} vanished files"
        label = f"{files} of {path_text(self.root.path)}"
        self._spawn(Chunk(root=self.root.path, vanished=tuple(paths)), label=label, items=0)
