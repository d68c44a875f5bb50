"""The host's end of a socket pair on the event loop: frames in, frames out, never blocking."""

import asyncio
import os
import socket
from collections.abc import Callable

import msgspec

from soniq_tui.runners.wire import Frames, frame

READ_BYTES = 262144


class Channel:
    """A non-blocking stream of frames.

    Args:
        sock: this side's end; closed with the channel.
        on_frame: called with the body of each frame and the descriptors that came so far.
        on_end: called once when the peer has closed or died.
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
        self._out = bytearray()
        self._open = True
        sock.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._readable)

    def send(self, message: msgspec.Struct, fd: int | None = None) -> None:
        """Send a message, with a descriptor if given; what the socket does not take now follows."""
        if not self._open:
            return
        data = frame(message)
        try:
            if fd is not None:
                # A descriptor rides with its own frame; requests are small and rare.
                self._flush_blocking()
                sent = socket.send_fds(self._sock, [data], [fd])
            else:
                sent = 0 if self._out else self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the peer is gone: _readable tells
        if sent < len(data):
            if not self._out:
                self._loop.add_writer(self._sock.fileno(), self._writable)
            self._out += data[sent:]

    def close(self) -> None:
        """Close this end and every descriptor that nobody took."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()
            for fd in self._fds:
                os.close(fd)
            self._fds.clear()

    def _flush_blocking(self) -> None:
        if self._out:
            self._sock.setblocking(True)
            self._sock.sendall(self._out)
            self._sock.setblocking(False)
            self._out.clear()
            self._loop.remove_writer(self._sock.fileno())

    def _writable(self) -> None:
        try:
            sent = self._sock.send(self._out)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._out)
        del self._out[:sent]
        if not self._out:
            self._loop.remove_writer(self._sock.fileno())

    def _readable(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._sock, READ_BYTES, 8)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        for fd in fds:
            os.set_inheritable(fd, False)
        self._fds += fds
        if not data:
            self.close()
            self._on_end()
            return
        for body in self._frames.feed(data):
            self._on_frame(body, self._fds)
