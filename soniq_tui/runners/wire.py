"""What host, template and children say to each other: msgpack over socket pairs.

Frames carry their length before them, but for those to a child's inbox (``inbox.py``), where every
frame is one message of the kernel's.
"""

import os
import socket
import struct

import msgspec

from soniq_tui.model.job import Checkpoint, Job, Outcome

_LENGTH = struct.Struct("<I")
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A longer frame is a bug, never data."""
MAX_FDS = 8
GRACE_S = 1.0
"""From SIGTERM to SIGKILL for a program that is to end; shorter than the engine's patience with a
cancelled stage."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a template needs to know, once."""

    data_dir: str
    spool_dir: str
    board: str
    nice: int
    preload: tuple[str, ...]


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Host to template, with the child's ends of its stream and its inbox: fork a child."""

    number: int
    """Of the request: the answer carries it. A cell would not do, it may have a new owner by then.
    """
    cell: int
    importer: str
    """What the child will work for first; loaded before the fork, so that it is shared."""
    nicer: int = 0
    """How much nicer than ``Setup.nice`` it is to be."""


class Keep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Host to template: fork a keeper.

    With its end of its stream and the ends of two pipes that its program writes to. The keeper
    answers as the template does: ``Forked`` or ``Refused``, then ``Ended``, of its program.
    """

    number: int = 0
    argv: tuple[bytes, ...]
    env: dict[bytes, bytes]
    cwd: bytes
    """Empty: where the template is."""


class Forked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Template to host, with a pidfd: here it is."""

    number: int
    pid: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Template to host: the system allows no further process, or none that can be held."""

    number: int
    reason: str
    code: int
    """Of the error, as in ``errno``."""


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Template to host: a child was reaped, its group killed. ``status`` as from ``os.waitpid``."""

    pid: int
    status: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Host to child: run a stage."""

    job: Job


class Part(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Child to host: a stage hands over a part."""

    job_id: int
    part: Checkpoint


class Said(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Child to host: a stage has something to say."""

    job_id: int
    lines: tuple[str, ...]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Child to host: a stage has ended."""

    job_id: int
    outcome: Outcome


FromTemplate = Forked | Refused | Ended
FromChild = Part | Said | Done

_encoder = msgspec.msgpack.Encoder()
encode = _encoder.encode
"""Returns a message as bytes, without its length."""


def frame(message: msgspec.Struct) -> bytes:
    """Return a message ready for the wire.

    Raises:
        ValueError: it is longer than ``MAX_FRAME_BYTES``, or holds text that is no Unicode.
    """
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(
            f"a message of {len(body):,} bytes; the limit is {MAX_FRAME_BYTES:,}: "
            "hand over parts with checkpoints"
        )
    return _LENGTH.pack(len(body)) + body


def receive(sock: socket.socket, size: int) -> tuple[bytes, list[int]]:
    """Return what is there, at most ``size`` bytes, and the descriptors that came with it.

    Raises:
        OSError: as ``socket.recvmsg``.
    """
    data, fds, _, _ = socket.recv_fds(sock, size, MAX_FDS)
    for fd in fds:
        os.set_inheritable(fd, False)  # recv_fds pays no heed to flags, MSG_CMSG_CLOEXEC included
    return data, fds


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
        with memoryview(self._buffer) as view:
            while len(view) - at >= _LENGTH.size:
                (size,) = _LENGTH.unpack_from(view, at)
                if size > MAX_FRAME_BYTES:
                    raise ValueError(f"a frame of {size:,} bytes")
                if len(view) - at - _LENGTH.size < size:
                    break
                at += _LENGTH.size
                bodies.append(bytes(view[at : at + size]))
                at += size
        del self._buffer[:at]
        return bodies
