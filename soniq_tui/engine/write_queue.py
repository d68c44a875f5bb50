"""What waits for a thread that would rather sleep: put from anywhere, taken by one."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class WriteQueue(Generic[T]):
    """A queue whose taker is woken once for many.

    A thread that waits in ``queue.get`` with a time limit is woken by every ``put``, and both then
    fight for the interpreter: some 60 µs a piece at full rate. Here it is woken by the first piece,
    sleeps on while others come, and is woken again only by one that hurries.
    """

    def __init__(self) -> None:
        self._pieces: deque[T] = deque()
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._closed = False

    def put(self, piece: T, *, hurry: bool) -> None:
        """Add a piece; ``hurry`` when somebody waits for it."""
        # Added first: the taker clears its events before it looks, so nothing is ever missed.
        self._pieces.append(piece)
        self._signal(hurry=hurry)

    def close(self) -> None:
        """Nothing comes any more."""
        self._closed = True
        self._signal(hurry=True)

    def _signal(self, *, hurry: bool) -> None:
        if hurry:
            self._hurry.set()
        if not self._wake.is_set():
            self._wake.set()

    def gather(self, linger_s: float, most: int) -> tuple[list[T], bool]:
        """Wait for a piece and up to ``linger_s`` for its company; at most ``most`` of them.

        The flag is False when nothing is left and nothing comes any more.
        """
        self._wake.wait()
        self._hurry.wait(linger_s)
        self._wake.clear()
        self._hurry.clear()
        closed = self._closed
        pieces: list[T] = []
        while self._pieces and len(pieces) < most:
            pieces.append(self._pieces.popleft())
        if self._pieces or closed:
            self._signal(hurry=True)
        return pieces, bool(self._pieces) or not closed

    def drain(self) -> list[T]:
        """Return all that is left."""
        pieces: list[T] = []
        while self._pieces:
            pieces.append(self._pieces.popleft())
        return pieces
