"""Where a child finds its jobs, and from where the host takes back what was not begun.

A second socket pair beside the stream of answers, of messages: the child takes one whenever it has
nothing to do. The host keeps the child's end as well and reads from it what it wants back. A
message goes to one reader or the other, never to both and never in parts: the kernel sees to that,
so nobody has to ask the child, who may be busy for minutes.

Only the host has the end that is written to, so the child sees the end of the inbox when the host
closes it or dies.
"""

import socket
from typing import Self

INBOX_BYTES = 96 * 1024
"""Longer messages go over the stream; at least one of this length fits while nothing waits."""
FOLLOWS = b"\xc0"
"""In place of a job: it comes over the stream."""


class Inbox:
    """The host's ends of a child's inbox."""

    def __init__(self, put: socket.socket, take: socket.socket) -> None:
        self._put, self._take = put, take
        self._open = True
        put.setblocking(False)  # the other end stays as it is: its mode is the child's, too

    @classmethod
    def new(cls) -> Self:
        """Make an inbox.

        Raises:
            OSError: too many files are open.
        """
        return cls(*socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))

    def fileno(self) -> int:
        """Return the child's end."""
        return self._take.fileno()

    def put(self, message: bytes) -> bool:
        """Leave a message; return whether there was room for it."""
        try:
            self._put.send(message)
        except OSError:  # full, too long for this system, or closed
            return False
        return True

    def take_back(self) -> list[bytes]:
        """Return the messages that the child has not taken, and will not any more.

        While they are taken one by one the child may still take one of the later ones.
        """
        messages = []
        while self._open:
            try:
                messages.append(self._take.recv(INBOX_BYTES, socket.MSG_DONTWAIT))
            except BlockingIOError:
                break
        return messages

    def close(self) -> None:
        """Let the child find nothing but the end."""
        if self._open:
            self.take_back()
            self._open = False
            self._put.close()
            self._take.close()


class Reader:
    """The child's end of its inbox.

    Args:
        sock: the end of messages; closed by whoever made it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray(INBOX_BYTES)
        self._view = memoryview(self._buffer)

    def take(self) -> memoryview:
        """Wait for a message and return it, valid until the next call; empty at the end."""
        return self._view[: self._sock.recv_into(self._buffer)]
