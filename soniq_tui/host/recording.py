"""The file of a recording: what a console saw, in chunks that can be read up to where it was cut.

The file begins with :data:`MAGIC` and the number of the format; then come chunks. A chunk is a head
of :data:`HEAD` (kind, whether a new compressed stream begins here, length, checksum, seconds since
the beginning, digest of the question) and so many bytes of a zlib stream that is flushed at its
end. A stream goes over at most :data:`STREAM_CHUNKS` chunks, so that any moment is found by reading
a few, and the next snapshot costs only what is different in it. Whatever is behind a head or a
chunk that is not whole is what a crash left, and does not count.

A recording may come from a stranger: lengths, counts and times are bounded before they are used.
"""

import math
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from soniq_tui import __version__
from soniq_tui.errors import UsageError
from soniq_tui.words import _

MAGIC = b"soniq-recording\n"
FORMAT = 1
HEAD = struct.Struct(">BBIId8s")
STREAM_CHUNKS = 64
CHUNK_MOST_BYTES = 4 * 1024 * 1024
PLAIN_MOST_BYTES = 16 * 1024 * 1024
"""A page of 10,000 rows fits."""
CHUNKS_MOST = 500_000
"""A day and a half, four snapshots a second."""
LENGTH_MOST_S = 366 * 86_400.0
SHOWN_S = 1e11
"""A moment of the wall clock beyond this is none."""
LEVEL = 6
NO_QUESTION = bytes(8)

_SECRET = re.compile(
    r"(?P<login>://[^/\s:@]{0,200}:)[^/\s@]+(?=@)"
    r"|(?P<name>(?i:[?&](?:access_token|api_?key|auth|key|pass(?:word|wd)?|secret|sig|token)=))"
    r"[^&\s#]+"
)
_MAY_HOLD_ONE = re.compile(rb"://[^/\s]{0,400}@|[?&][A-Za-z_]{3,12}=")
HIDDEN = "***"


class Kind(IntEnum):
    """What a chunk holds."""

    ABOUT = 0
    """:class:`About`, the first one."""
    SNAPSHOT = 1
    """A snapshot."""
    ANSWER = 2
    """The answer to a question; the head has the digest of the question."""
    END = 3
    """Why the recording ends here, in words."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Where a recording comes from."""

    version: str = __version__
    began_at_s: float = 0.0
    """Wall clock."""
    name: str = ""
    """Of the machine; foreign text."""


class Chunk(NamedTuple):
    """Where in the file something stands that was seen."""

    kind: Kind
    fresh: bool
    """A new stream begins with it."""
    offset: int
    length: int
    checksum: int
    at_s: float
    """Seconds since the recording began."""
    question: bytes


def digest(method: str, question: object) -> bytes:
    """Return what a question is found by; words it leaves unsaid make no difference."""
    body = msgspec.msgpack.encode((method, _said(question)))
    return blake2b(body, digest_size=8).digest()


def _said(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_said(each) for each in value]
    if isinstance(value, msgspec.Struct):
        said = {name: getattr(value, name) for name in value.__struct_fields__}
        for name, default in _defaults(type(value)).items():
            if said[name] == default:
                del said[name]
        return {name: _said(said[name]) for name in sorted(said)}
    return value


@cache
def _defaults(kind: type[msgspec.Struct]) -> dict[str, object]:
    return {f.name: f.default for f in msgspec.structs.fields(kind) if not f.required}


def without_secrets(body: bytes) -> bytes:
    """Return a message whose texts hold no login of an address and no token of a query."""
    if not _MAY_HOLD_ONE.search(body):
        return body
    return msgspec.msgpack.encode(_hidden(msgspec.msgpack.decode(body)))


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub(lambda match: (match["login"] or match["name"]) + HIDDEN, value)
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    if isinstance(value, dict):
        return {name: _hidden(each) for name, each in value.items()}
    return value


class Writer:
    """Appends chunks to a file that is made anew.

    Raises:
        OSError: the file cannot be made or written.
    """

    def __init__(self, path: Path, about: About) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        # Names of files are nobody else's business.
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)
        self._stream = zlib.compressobj(LEVEL)
        self._in_stream = STREAM_CHUNKS
        self.size, self.count = 0, 0
        self._write(MAGIC + FORMAT.to_bytes(2, "big"))
        self.add(Kind.ABOUT, 0.0, msgspec.msgpack.encode(about))

    def add(self, kind: Kind, at_s: float, body: bytes, question: bytes = NO_QUESTION) -> None:
        """Append one chunk; what was handed over survives the death of this process."""
        fresh = self._in_stream >= STREAM_CHUNKS
        if fresh:
            self._stream, self._in_stream = zlib.compressobj(LEVEL), 0
        self._in_stream += 1
        self.count += 1
        data = self._stream.compress(body) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        head = HEAD.pack(kind, fresh, len(data), zlib.crc32(data), at_s, question)
        self._write(head + data)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            written = self._file.write(left) or 0
            left = left[written:]
            self.size += written

    def close(self) -> None:
        """Have it on disk."""
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


class Reader:
    """Finds what a recording holds, and reads it chunk by chunk.

    Raises:
        UsageError: there is no such file, or it is no recording that can be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        try:
            self.chunks, self.cut = self._index(path)
            self._numbers = {chunk.offset: i for i, chunk in enumerate(self.chunks)}
            self._at: tuple[int, Any] = (-1, None)
            """The chunk that was read last, and the stream behind it."""
            self.about = self._about(path)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _index(self, path: Path) -> tuple[list[Chunk], bool]:
        """Return all chunks that are whole, and whether something stands behind them."""
        begin = self._file.read(len(MAGIC) + 2)
        if not begin.startswith(MAGIC) or len(begin) < len(MAGIC) + 2:
            raise UsageError(_("{file} is no recording of soniq-tui").format(file=path))
        number = int.from_bytes(begin[len(MAGIC) :], "big")
        if number != FORMAT:
            text = _(
                "{file} is a recording in format {number}; this soniq-tui ({version}) reads format "
                "{known}: replay it with the version that made it"
            )
            raise UsageError(
                text.format(file=path, number=number, version=__version__, known=FORMAT)
            )
        chunks: list[Chunk] = []
        in_stream = STREAM_CHUNKS
        while len(chunks) < CHUNKS_MOST and (head := self._file.read(HEAD.size)):
            chunk = _chunk(head, self._file.tell(), chunks[-1].at_s if chunks else 0.0)
            in_stream = 1 if chunk is not None and chunk.fresh else in_stream + 1
            if chunk is None or in_stream > STREAM_CHUNKS:
                return chunks, True
            data = self._file.read(chunk.length)
            if len(data) < chunk.length or zlib.crc32(data) != chunk.checksum:
                return chunks, True
            chunks.append(chunk)
        return chunks, not (chunks and chunks[-1].kind is Kind.END)

    def _about(self, path: Path) -> About:
        found = [chunk for chunk in self.chunks[:1] if chunk.kind is Kind.ABOUT]
        try:
            about = msgspec.msgpack.decode(self.body(found[0]), type=About)
            sane(about)
        except (IndexError, ValueError) as exc:
            text = _("{file} is no recording that can be read: {why}")
            raise UsageError(text.format(file=path, why=exc)) from exc
        return about

    def body(self, chunk: Chunk) -> bytes:
        """Return what stands in a chunk.

        Raises:
            ValueError: it is not what was written.
        """
        number = self._numbers[chunk.offset]
        last, stream = self._at
        first = number
        while not self.chunks[first].fresh:
            first -= 1
        if first <= last < number:
            first = last + 1
        body = b""
        for each in self.chunks[first : number + 1]:
            if each.fresh:
                stream = zlib.decompressobj()
            body = self._plain(stream, each)
        self._at = (number, stream)
        return body

    def _plain(self, stream: Any, chunk: Chunk) -> bytes:
        self._at = (-1, None)  # until all went well
        self._file.seek(chunk.offset)
        try:
            plain: bytes = stream.decompress(self._file.read(chunk.length), PLAIN_MOST_BYTES)
        except (zlib.error, OSError) as exc:
            raise ValueError(f"it is damaged: {exc}") from exc
        if stream.unconsumed_tail or stream.eof:
            raise ValueError("it is damaged: a chunk has no end")
        return plain


def _chunk(head: bytes, offset: int, after_s: float) -> Chunk | None:
    """Return what a head tells; None where it makes no sense."""
    if len(head) < HEAD.size:
        return None
    kind, fresh, length, checksum, at_s, question = HEAD.unpack(head)
    fine = (
        kind in set(Kind)
        and fresh in {0, 1}
        and length <= CHUNK_MOST_BYTES
        and after_s <= at_s <= LENGTH_MOST_S
    )
    if not fine:
        return None
    return Chunk(Kind(kind), bool(fresh), offset, length, checksum, at_s, question)


def _opened(path: Path) -> BinaryIO:
    try:
        # Not to be held up by a pipe that nobody writes to.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    except OSError as exc:
        raise UsageError(_not_there(path, exc)) from exc
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UsageError(_("{file} is no recording: it is no file").format(file=path))
    return file


def _not_there(path: Path, exc: OSError) -> str:
    if isinstance(exc, FileNotFoundError) and part_of(path).exists():
        text = _("{file} was never finished; what there is of it: {command}")
        return text.format(file=path, command=f"soniq-tui replay {part_of(path)}")
    return _("{file} cannot be read: {why}").format(file=path, why=_(exc.strerror or ""))


def part_of(path: Path) -> Path:
    """Return the file in which a recording grows until it is whole."""
    return path.with_name(path.name + ".part")


def sane(value: object) -> None:
    """Let pass what a screen can show.

    Raises:
        ValueError: a number of it is none, or beyond all bounds.
    """
    for number in _floats(value):
        if not math.isfinite(number) or abs(number) > SHOWN_S:
            raise ValueError(f"it holds the number {number:g}")


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _floats(each)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _floats(getattr(value, name))
