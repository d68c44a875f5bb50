"""The host's end of a socket pair."""

import asyncio
import errno
import os
import socket
from contextlib import suppress

import msgspec
import pytest

from soniq_tui.runners import channel as module
from soniq_tui.runners.channel import Channel
from soniq_tui.runners.wire import MAX_FRAME_BYTES, Frames, frame
from tests.runners.room import open_fds
from tests.waiting import until


class Word(msgspec.Struct):
    """A message."""

    text: str


class End:
    """A channel, its peer's socket, and what was called."""

    def __init__(self) -> None:
        here, self.peer = socket.socketpair()
        self.bodies: list[bytes] = []
        self.fds: list[int] = []
        self.ends = 0
        self.take_fds = False
        self.channel = Channel(here, self.on_frame, self.on_end)

    def on_frame(self, body: bytes, fds: list[int]) -> None:
        self.bodies.append(body)
        if self.take_fds and fds:
            self.fds.append(fds.pop(0))

    def on_end(self) -> None:
        self.ends += 1

    @property
    def words(self) -> list[str]:
        return [msgspec.msgpack.decode(body, type=Word).text for body in self.bodies]


@pytest.fixture
async def end():
    """A channel; nothing it opened may be left open."""
    before = open_fds()
    end = End()
    yield end
    end.channel.close()
    end.peer.close()
    for fd in end.fds:
        os.close(fd)
    assert open_fds() == before


async def test_frames_cut_anywhere_arrive_whole_and_in_order(end):
    """Bytes that trickle in one by one make the same frames."""
    for byte in frame(Word("one")) + frame(Word("")) + frame(Word("three")):
        end.peer.send(bytes([byte]))
        await asyncio.sleep(0)
    await until(lambda: len(end.bodies) == 3)
    assert end.words == ["one", "", "three"]


async def test_huge_frames_pass_both_ways(end):
    """Twenty megabytes arrive complete in either direction."""
    text = "x" * 20_000_000
    sender = asyncio.create_task(asyncio.to_thread(end.peer.sendall, frame(Word(text))))
    await until(lambda: end.bodies)
    await sender
    assert end.words == [text]
    reader = asyncio.create_task(asyncio.to_thread(_read_words, end.peer, 1))
    end.channel.send(Word(text))
    assert await reader == [text]


async def test_a_slow_reader_does_not_block_the_sender_and_loses_nothing(end):
    """What the socket does not take waits, in order, descriptors included."""
    read_end, write_end = os.pipe()
    texts = [f"{i} " + "x" * 100_000 for i in range(50)]
    for i, text in enumerate(texts):
        end.channel.send(Word(text), *([write_end] if i % 10 == 9 else []))
    os.close(write_end)  # the channel has copies of those that wait
    await asyncio.sleep(0.05)
    words, fds = await asyncio.to_thread(_read_all, end.peer, len(texts))
    assert words == texts
    assert len(fds) == 5
    for i, fd in enumerate(fds):
        os.write(fd, str(i).encode())
        os.close(fd)
    assert os.read(read_end, 100) == b"01234"
    os.close(read_end)


async def test_a_descriptor_that_cannot_wait(end, monkeypatch):
    """Where too many files are open nothing of its message is sent, and others are as before."""
    read_end, write_end = os.pipe()
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, fault: faults.append(fault))
    filled = 0
    with suppress(BlockingIOError):
        while True:
            filled += end.channel._sock.send(b"x" * 4096)
    copy, copied = os.dup, []

    def dup(fd: int) -> int:
        if copied:
            raise OSError(errno.EMFILE, "too many open files")
        copied.append(copy(fd))
        return copied[0]

    with monkeypatch.context() as patch:
        patch.setattr(os, "dup", dup)
        with pytest.raises(OSError, match="too many"):
            end.channel.send(Word("never"), write_end, write_end)
    end.channel.send(Word("later"))
    os.close(write_end)
    await asyncio.to_thread(end.peer.recv, filled, socket.MSG_WAITALL)
    assert await asyncio.to_thread(_read_words, end.peer, 1) == ["later"]
    assert os.read(read_end, 1) == b""
    os.close(read_end)
    assert not faults


async def test_a_descriptor_arrives_with_its_frame_and_is_not_inherited(end):
    """A descriptor sent on the first byte of a frame is there when the frame is complete."""
    end.take_fds = True
    read_end, write_end = os.pipe()
    data = frame(Word("take this"))
    socket.send_fds(end.peer, [data[:2]], [write_end])
    os.close(write_end)
    await asyncio.sleep(0.01)
    assert end.bodies == []
    end.peer.send(data[2:])
    await until(lambda: end.fds)
    assert not os.get_inheritable(end.fds[0])
    os.write(end.fds[0], b"through")
    assert os.read(read_end, 10) == b"through"
    os.close(read_end)


async def test_descriptors_nobody_took_are_closed_with_the_channel(end):
    """A descriptor that came, and one that still waited to go, leak neither way."""
    read_end, write_end = os.pipe()
    socket.send_fds(end.peer, [frame(Word("unwanted"))], [write_end])
    await until(lambda: end.bodies)
    for _ in range(40):
        end.channel.send(Word("x" * 100_000), write_end)
    os.close(write_end)
    end.channel.close()
    end.peer.close()
    assert os.read(read_end, 1) == b""  # nobody holds the other end any more
    os.close(read_end)


async def test_the_death_of_the_peer_is_told_once_after_its_last_words(end):
    """What the peer sent before it went away arrives, then the end, once."""
    end.peer.sendall(frame(Word("last")) + frame(Word("words")) + b"\x09")
    end.peer.close()
    await until(lambda: end.ends)
    assert end.words == ["last", "words"]
    end.channel.send(Word("into the void"))
    end.channel.close()
    await asyncio.sleep(0.01)
    assert end.ends == 1


async def test_sending_to_a_dead_peer_is_no_error(end):
    """A peer that is gone is told by the reading side alone, also when much was waiting."""
    for _ in range(20):
        end.channel.send(Word("x" * 100_000))
    end.peer.close()
    end.channel.send(Word("more"))
    await until(lambda: end.ends)
    assert end.ends == 1


async def test_nothing_is_called_after_close(end):
    """A channel that was closed calls nobody, not even for what had already arrived."""
    end.peer.sendall(frame(Word("too late")))
    end.channel.close()
    end.peer.close()
    await asyncio.sleep(0.01)
    assert (end.bodies, end.ends) == ([], 0)


async def test_closing_within_a_frame_drops_the_frames_behind_it(end):
    """A receiver that closes at the first of several frames is not given the others."""
    seen: list[bytes] = []

    def once(body: bytes, _fds: list[int]) -> None:
        seen.append(body)
        end.channel.close()

    end.channel._on_frame = once
    end.peer.sendall(frame(Word("a")) * 3)
    await until(lambda: seen)
    await asyncio.sleep(0.01)
    assert (len(seen), end.ends) == (1, 0)


@pytest.mark.parametrize(
    "data", [(MAX_FRAME_BYTES + 1).to_bytes(4, "little"), b"\x01\x00\x00\x00\xc1"]
)
async def test_nonsense_ends_the_channel(end, data):
    """A frame beyond the limit, or one its receiver cannot read, ends the channel for both."""
    end.channel._on_frame = lambda body, _: msgspec.msgpack.decode(body, type=Word)
    end.peer.sendall(data)
    await until(lambda: end.ends)
    assert not end.channel.is_open
    assert end.peer.recv(10) == b""


async def test_draining_reads_all_at_once(end, monkeypatch):
    """Drain takes everything that is there in one call, and stops where nothing is."""
    monkeypatch.setattr(module, "READ_BYTES", 10)
    end.peer.sendall(frame(Word("x" * 500)) * 5)
    end.channel.drain()
    assert len(end.bodies) == 5
    assert end.channel.is_open


def _read_words(sock: socket.socket, count: int) -> list[str]:
    return _read_all(sock, count)[0]


def _read_all(sock: socket.socket, count: int) -> tuple[list[str], list[int]]:
    sock.settimeout(10)
    frames, bodies, fds = Frames(), [], []
    while len(bodies) < count:
        data, new, _, _ = socket.recv_fds(sock, 1 << 20, 8)
        fds += new
        bodies += frames.feed(data)
    return [msgspec.msgpack.decode(body, type=Word).text for body in bodies], fds
