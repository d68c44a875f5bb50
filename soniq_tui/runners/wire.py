"""What host, template and children say to each other: length-prefixed msgpack over socket pairs."""

import struct

import msgspec

from soniq_tui.model.job import Checkpoint, Job, Outcome

_LENGTH = struct.Struct("<I")
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A longer frame is a bug, never data."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a template needs to know, once."""

    data_dir: str
    spool_dir: str
    board: str
    nice: int
    preload: tuple[str, ...]


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Host to template, with the child's end of a socket pair: fork a child."""

    cell: int


class Forked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Template to host, with a pidfd: here it is."""

    cell: int
    pid: int


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Template to host: a child was reaped. ``status`` as from ``os.waitpid``."""

    pid: int
    status: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Host to child: run a stage."""

    job: Job


class Part(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Child to host: a stage hands over a part."""

    part: Checkpoint


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Child to host: a stage has ended."""

    outcome: Outcome


FromTemplate = Forked | Ended
FromChild = Part | Done

_encoder = msgspec.msgpack.Encoder()


def frame(message: msgspec.Struct) -> bytes:
    """Return a message ready for the wire."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return the bodies that are complete.

        Raises:
            ValueError: the peer announces a frame longer than ``MAX_FRAME_BYTES``.
        """
        self._buffer += data
        bodies: list[bytes] = []
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer, at)
            if size > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {size} bytes")
            if len(self._buffer) - at - _LENGTH.size < size:
                break
            at += _LENGTH.size
            bodies.append(bytes(self._buffer[at : at + size]))
            at += size
        del self._buffer[:at]
        return bodies
