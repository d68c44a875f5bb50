"""The host's end of a socket pair on the event loop: frames in, frames out, never blocking."""

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Callable

import msgspec

from soniq_tui.runners.wire import Frames, frame, receive

READ_BYTES = 65536
"""The buffer is made anew for every read: a larger one costs more than it saves."""
log = logging.getLogger(__name__)


class Channel:
    """A non-blocking stream of frames.

    Args:
        sock: this side's end; closed with the channel.
        on_frame: called with the body of each frame and the descriptors that came so far; takes
            what is its own from the front of the list. May raise for a body that makes no sense.
        on_end: called once when the peer has closed, died or talks nonsense; not after ``close``.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_frame: Callable[[bytes, list[int]], None],
        on_end: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._on_frame, self._on_end = on_frame, on_end
        self._frames = Frames()
        self._fds: list[int] = []
        self._out: deque[tuple[bytes, tuple[int, ...]]] = deque()
        """What the socket did not take yet, with copies of the descriptors that go along."""
        self._open = True
        sock.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def is_open(self) -> bool:
        """Whether neither side has ended it."""
        return self._open

    def send(self, message: msgspec.Struct, *fds: int) -> None:
        """Send a message, with descriptors if given; what the socket does not take now follows.

        The descriptors stay the caller's, who may close them at once.

        Raises:
            OSError: none of it is sent: for descriptors that wait too many files are open.
        """
        if not self._open:
            return
        data = frame(message)
        if not self._out:
            data, fds = self._push(data, fds)
            if not data:
                return
        copies: list[int] = []
        try:
            copies.extend(map(os.dup, fds))
        except OSError:
            for fd in copies:
                os.close(fd)
            raise
        if not self._out:
            self._loop.add_writer(self._sock.fileno(), self._writable)
        self._out.append((data, tuple(copies)))

    def drain(self) -> None:
        """Read all that a peer left behind which is known to be dead."""
        while self._open and self._readable():
            pass

    def close(self) -> None:
        """Close this end and every descriptor that nobody took."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()
            for fd in (*self._fds, *(fd for _, fds in self._out for fd in fds)):
                os.close(fd)
            self._fds.clear()
            self._out.clear()

    def _push(self, data: bytes, fds: tuple[int, ...]) -> tuple[bytes, tuple[int, ...]]:
        """Give the socket what it takes; return the rest. Descriptors ride on the first byte."""
        try:
            sent = socket.send_fds(self._sock, [data], fds) if fds else self._sock.send(data)
        except BlockingIOError:
            return data, fds
        except OSError:
            return b"", ()  # the peer is gone: _readable tells
        return data[sent:], ()

    def _writable(self) -> None:
        data, fds = self._out.popleft()
        rest, rest_fds = self._push(data, fds)
        if rest:
            self._out.appendleft((rest, rest_fds))
        if not rest_fds:
            for fd in fds:
                os.close(fd)
        if not self._out:
            self._loop.remove_writer(self._sock.fileno())

    def _readable(self) -> bool:
        """Take what there is; return whether there may be more."""
        try:
            data, fds = receive(self._sock, READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data, fds = b"", []
        self._fds += fds
        if not data:
            self._end()
            return False
        try:
            for body in self._frames.feed(data):
                self._on_frame(body, self._fds)
                if not self._open:
                    return False
        except (ValueError, msgspec.MsgspecError):
            log.exception("a child process sent what cannot be read")
            self._end()
        return self._open

    def _end(self) -> None:
        if self._open:
            self.close()
            self._on_end()
