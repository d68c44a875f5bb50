"""Records what a console sees: a client in front of the client that keeps what is answered.

Snapshots are kept when something in them has changed, at most four a second, and the answers of
lists, results, details and forms, each at most once a second and only when it differs from the one
before. What was asked of the engine (commands, launches) is not kept, and neither are logins and
tokens in addresses. A thread of its own compresses and writes: a slow disk holds nobody up, and
what it cannot follow is left out.
"""

import asyncio
import logging
import os
import queue
import shlex
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from soniq_tui import files
from soniq_tui.errors import SoniqError, UsageError
from soniq_tui.host.recording import (
    CHUNKS_MOST,
    HEAD,
    MAGIC,
    NO_QUESTION,
    PLAIN_MOST_BYTES,
    About,
    Kind,
    Writer,
    digest,
    part_of,
    without_secrets,
)
from soniq_tui.model.ports import Client
from soniq_tui.model.results import ResultQuery
from soniq_tui.model.settings import RecordSettings, Settings
from soniq_tui.model.snapshot import Query, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.words import _, clock, figure, many

SNAPSHOT_EVERY_S = 0.249
"""A hair less than the rest between two snapshots of a console, so that it loses none."""
ANSWER_EVERY_S = 1.0
"""The answer to one question is kept at most so often."""
QUESTIONS_MOST = 256
"""Of so many questions it is known what was answered last."""
WAITING_MOST = 64
"""What the disk has still to take; more is left out."""
CLOSING_S = 10.0
LOOK_EVERY_S = 5.0
"""Without a screen nobody asks for lists; the recorder does, so often."""
NAME = "soniq-{time}.rec"
KEPT = frozenset({"browse", "job", "output", "describe", "results", "detail", "report"})
"""The questions of a client whose answers are kept."""
log = logging.getLogger(__name__)

encode = msgspec.msgpack.Encoder().encode


class _Known:
    """What was answered to one question."""

    __slots__ = ("at_s", "kept", "waits")

    def __init__(self) -> None:
        self.at_s = float("-inf")
        self.kept = b""
        self.waits: bytes | None = None


class Recorder:
    """Keeps snapshots and answers in a file.

    Args:
        path: the recording; until it is whole it grows beside it, with ``.part`` at its end.
        most_bytes: it stops when the file would be larger.
        clock: seconds that never go back.

    Raises:
        UsageError: there can be no such file, or it is something else.
    """

    def __init__(
        self, path: Path, most_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.stopped = ""
        """Why nothing is kept any more; empty while all is."""
        self.left_out = 0
        """So many snapshots and answers the disk could not follow."""
        self._closed = False
        self._clock, self._most = clock, most_bytes
        self._began_s = clock()
        self._last: Snapshot | None = None
        self._last_s = float("-inf")
        self._waits: Snapshot | None = None
        self._later: asyncio.TimerHandle | None = None
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._queue: queue.Queue[tuple[Kind, float, bytes, bytes] | None] = queue.Queue()
        _refuse_others(path)
        about = About(began_at_s=time.time())
        try:
            self._writer = Writer(part_of(path), about)
        except FileExistsError as exc:
            text = _(
                "{file} is what a recording left that was cut, or one is being made; replay it, "
                "move it away or choose another name"
            )
            raise UsageError(text.format(file=part_of(path))) from exc
        except OSError as exc:
            why = _("{file} cannot be recorded: {why}").format(file=path, why=_(exc.strerror or ""))
            raise UsageError(why) from exc
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    @property
    def now_s(self) -> float:
        """Seconds since the recording began."""
        return max(0.0, self._clock() - self._began_s)

    # ---------------------------------------------------------------- what is kept

    def saw(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, if it shows anything new."""
        if self.stopped or self._closed:
            return
        if self._last is not None and _same(self._last, snapshot):
            self._waits = None  # it has gone again
            return
        if self.now_s - self._last_s < SNAPSHOT_EVERY_S:
            self._waits = snapshot
            self._look_later(SNAPSHOT_EVERY_S)
            return
        self._keep_snapshot(snapshot)

    def answered(self, method: str, question: object, answer: object) -> None:
        """Keep an answer, if it differs from the last one to the same question."""
        if self.stopped or self._closed:
            return
        try:
            name, body = digest(method, question), without_secrets(encode(answer))
        except ValueError:  # text that is none; what shows it has said so already
            self.left_out += 1
            return
        known = self._known.setdefault(name, _Known())
        self._known.move_to_end(name)
        if len(self._known) > QUESTIONS_MOST:
            self._known.popitem(last=False)
        if body == known.kept:
            known.waits = None
        elif self.now_s - known.at_s < ANSWER_EVERY_S:
            known.waits = body
            self._look_later(ANSWER_EVERY_S)
        else:
            self._keep_answer(name, known, body)
        self._catch_up()

    def _look_later(self, after_s: float) -> None:
        """What waits is kept also when nothing more is seen."""
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(after_s, self._look)

    def _look(self) -> None:
        self._later = None
        if self.stopped or self._closed:
            return
        if self._waits is not None:
            self._keep_snapshot(self._waits)
        self._catch_up()
        if any(known.waits is not None for known in self._known.values()):
            self._look_later(ANSWER_EVERY_S)

    def _catch_up(self) -> None:
        """Keep what had to wait because something like it was kept just before."""
        now_s = self.now_s
        for name, known in self._known.items():
            if known.waits is not None and now_s - known.at_s >= ANSWER_EVERY_S:
                self._keep_answer(name, known, known.waits)

    def _keep_what_waits(self) -> None:
        if self._waits is not None:
            self._keep_snapshot(self._waits)
        for name, known in self._known.items():
            if known.waits is not None:
                self._keep_answer(name, known, known.waits)

    def _keep_snapshot(self, snapshot: Snapshot) -> None:
        try:
            body = without_secrets(encode(snapshot))
        except ValueError:
            self.left_out += 1
            return
        self._waits = None
        self._last, self._last_s = snapshot, self.now_s
        self._put(Kind.SNAPSHOT, body)
        self._catch_up()

    def _keep_answer(self, name: bytes, known: _Known, body: bytes) -> None:
        known.at_s, known.kept, known.waits = self.now_s, body, None
        self._put(Kind.ANSWER, body, name)

    def _put(self, kind: Kind, body: bytes, question: bytes = NO_QUESTION) -> None:
        if self._queue.qsize() >= WAITING_MOST or len(body) > PLAIN_MOST_BYTES:
            self.left_out += 1
            return
        self._queue.put((kind, self.now_s, body, question))

    # ---------------------------------------------------------------- the file

    def _write(self) -> None:
        """Write what is handed over, until None comes, the file is full or the disk fails."""
        while (given := self._queue.get()) is not None:
            kind, at_s, body, question = given
            if self.stopped:
                continue
            try:
                # Compressed it is at most this much longer; the end has room besides.
                if self._writer.size + HEAD.size + len(body) // 8 + 4096 > self._most:
                    self.stopped = _("it reached its limit of {n} MiB").format(
                        n=self._most // 2**20
                    )
                elif self._writer.count >= CHUNKS_MOST - 1:
                    self.stopped = _("it reached its limit of {n} pictures").format(
                        n=figure(CHUNKS_MOST)
                    )
                if self.stopped:
                    self._writer.add(Kind.END, at_s, self.stopped.encode())
                else:
                    self._writer.add(kind, at_s, body, question)
            except OSError as exc:
                self.stopped = _("it cannot be written: {why}").format(why=_(exc.strerror or ""))
                log.warning("the recording ends: %s", exc)

    def close(self) -> str:
        """Bring the recording to its end; return in words what there is of it.

        Nothing is said the second time, and where nothing was seen.
        """
        if self._closed:
            return ""
        self._closed = True
        if self._later is not None:
            self._later.cancel()
        if not self.stopped:
            self._keep_what_waits()
        length_s = self.now_s
        self._queue.put((Kind.END, length_s, b"", NO_QUESTION))
        self._queue.put(None)
        self._thread.join(CLOSING_S)
        if self._thread.is_alive():
            return self._left(_("the disk does not answer"))
        try:
            self._writer.close()
            if self._last is None:  # nothing was seen: that is no recording
                part_of(self.path).unlink()
                return ""
            part_of(self.path).replace(self.path)
            files.sync(self.path.parent)
        except OSError as exc:
            return self._left(exc.strerror or str(exc))
        return self._words(length_s)

    def _left(self, why: str) -> str:
        text = _("the recording was left as {file}: {why}")
        return shown(text.format(file=part_of(self.path), why=why))

    def _words(self, length_s: float) -> str:
        words = _("recorded {time}").format(time=clock(length_s))
        if self.stopped:
            words += _("; it ends earlier: {why}").format(why=self.stopped)
        if self.left_out:
            left_out = many("; {n} thing was left out", "; {n} things were left out", self.left_out)
            words += left_out
        # A path may hold quotes: nothing stands around the command, and nothing behind it.
        seen = _("; see it with: {command}")
        command = f"soniq-tui replay {shlex.quote(str(self.path))}"
        return shown(words + seen.format(command=command))


def _same(one: Snapshot, other: Snapshot) -> bool:
    """Return whether two snapshots show the same, whenever they were taken."""
    return msgspec.structs.replace(one, at_s=0.0, version=0) == msgspec.structs.replace(
        other, at_s=0.0, version=0
    )


def _refuse_others(path: Path) -> None:
    """Refuse to replace anything but an older recording."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                return
    except FileNotFoundError:
        return
    except OSError as exc:
        why = _("{file} cannot be recorded: {why}").format(file=path, why=_(exc.strerror or ""))
        raise UsageError(why) from exc
    raise UsageError(_("{file} is there and no recording; it is left alone").format(file=path))


def begin(settings: Settings, file: str | None) -> Recorder | None:
    """Begin a recording where one was asked for, by name or by the settings.

    Raises:
        UsageError: there can be no such file.
    """
    asked = settings.record
    most = asked.most_mib * 2**20
    if file:
        return Recorder(Path(os.path.expanduser(file)).absolute(), most)
    if not asked.folder:
        return None
    folder = Path(os.path.expanduser(asked.folder)).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as exc:
        text = _("record.folder {folder} cannot be used: {why}")
        raise UsageError(text.format(folder=folder, why=_(exc.strerror or ""))) from exc
    _forget_oldest(folder, asked)
    name = NAME.format(time=time.strftime("%Y-%m-%d-%H%M%S"))
    return Recorder(folder / name, most)


def _forget_oldest(folder: Path, asked: RecordSettings) -> None:
    """Delete the oldest recordings of a folder, so that with a new one no more than ``keep`` are.

    The ``.part`` of one that was cut counts as well; what has another name is left alone.
    """
    found = sorted(p for p in folder.glob("soniq-*.rec*") if p.suffix in {".rec", ".part"})
    for path in found[: max(0, len(found) - asked.keep + 1)]:
        with suppress(FileNotFoundError):
            path.unlink()


class _Keeping:
    """Hands every question on to a client and keeps the answers to those in :data:`KEPT`."""

    def __init__(self, client: Client, recorder: Recorder) -> None:
        self._client, self._recorder = client, recorder

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        found = await self._client.snapshot()
        self._recorder.saw(found)
        return found

    def __getattr__(self, method: str) -> Any:
        asked = getattr(self._client, method)
        if method not in KEPT:
            return asked

        async def ask(*question: object) -> Any:
            answer = await asked(*question)
            self._recorder.answered(method, question, answer)
            return answer

        return ask


def recording(client: Client, recorder: Recorder | None) -> Client:
    """Return a client whose answers are kept; the same one where there is no recorder."""
    return client if recorder is None else cast("Client", _Keeping(client, recorder))


async def look(client: Client) -> None:
    """Ask for the lists that a screen would ask for, so that a replay has them to show."""
    with suppress(SoniqError, OSError):  # who works without a screen needs none of it
        for view in (View.JOBS, View.CAUSES, View.ERRORS):
            await client.browse(Query(view=view))
        forms = await client.describe()
        for form in forms:
            await client.results(ResultQuery(importer=form.importer))


async def look_again(client: Client) -> None:
    """Do so every few seconds, for ever."""
    while True:
        await look(client)
        await asyncio.sleep(LOOK_EVERY_S)
