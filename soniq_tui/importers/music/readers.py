"""How many files are read at once: one where the processor is the bound, more where waiting is.

On a local disk one thread for each child is the most that helps: the parsers hold the interpreter's
lock. Over a network, or on a cold disk, a child mostly waits; with 16 files in flight a mount of
1 ms a round trip gives ten times the files a second. Which of the two it is shows while reading: a
thread that waited has given the processor up by itself, once or more for each file.
"""

import resource
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

MOST = 16
"""Beyond, nothing was gained on a modelled mount of 1 ms (3,616 files/s with 32, 3,408 with 64)."""
FEW_FILES = 20
"""Fewer say nothing."""
WAITS_PER_FILE = 0.5
WAIT_SHARE = 0.5
"""A child that waits for more than this share of its time, by itself, has room for more at once."""
IDLE_SHARE = 0.2
"""One that waits for less has too many."""

T = TypeVar("T")
R = TypeVar("R")


class Pace(NamedTuple):
    """How reading some files went."""

    files: int
    wall_s: float
    cpu_s: float
    waits: int
    """How often the process gave the processor up by itself."""


def next_width(width: int, pace: Pace) -> int:
    """Return how many files to read at once after ``pace`` was made with ``width``."""
    if pace.files < FEW_FILES or pace.wall_s <= 0:
        return width
    waited = max(0.0, 1 - pace.cpu_s / pace.wall_s)
    if pace.waits >= WAITS_PER_FILE * pace.files and waited > WAIT_SHARE:
        return min(MOST, 2 * width)
    return max(1, width // 2) if waited < IDLE_SHARE else width


class Readers:
    """Reads files in order, as many at once as has shown to help; one for each child process."""

    def __init__(self) -> None:
        self.width = 1

    def map(self, read: Callable[[T], R], items: list[T], *, alone: bool = False) -> Iterator[R]:
        """Yield what ``read`` returns or raises for each item, in order.

        Args:
            read: called in other threads when more than one is read at once.
            items: what to read.
            alone: one after the other in this thread, whatever has shown to help: when something
                has ended the process before, it must be plain which item was being read.
        """
        width = 1 if alone else self.width
        began = _now()
        if width == 1:
            yield from map(read, items)
        else:
            yield from _at_once(read, items, width)
        if not alone:
            self.width = next_width(width, _since(began, len(items)))


def _at_once(read: Callable[[T], R], items: Iterable[T], width: int) -> Iterator[R]:
    pool = ThreadPoolExecutor(width, thread_name_prefix="reader")
    ahead: deque[Future[R]] = deque()
    try:
        for item in items:
            ahead.append(pool.submit(read, item))
            if len(ahead) > 2 * width:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _now() -> tuple[float, float, int]:
    waits = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    return time.perf_counter(), time.process_time(), waits


def _since(began: tuple[float, float, int], files: int) -> Pace:
    wall_s, cpu_s, waits = (now - then for now, then in zip(_now(), began, strict=True))
    return Pace(files, wall_s, cpu_s, int(waits))
