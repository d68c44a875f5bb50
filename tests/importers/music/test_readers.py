"""More files at once where reading waits, one where it computes."""

import threading
import time

import pytest

from soniq_tui.importers.music.readers import MOST, Pace, Readers, next_width


@pytest.mark.parametrize(
    ("width", "pace", "then"),
    [
        (1, Pace(200, 1.0, 0.1, 400), 2),
        (8, Pace(200, 1.0, 0.2, 400), 16),
        (MOST, Pace(200, 1.0, 0.01, 400), MOST),
        (1, Pace(200, 1.0, 0.1, 3), 1),  # others have the processor
        (4, Pace(200, 1.0, 0.9, 400), 2),
        (1, Pace(200, 1.0, 1.0, 0), 1),
        (4, Pace(200, 1.0, 0.6, 400), 4),
        (4, Pace(3, 1.0, 0.0, 9), 4),
        (4, Pace(200, 0.0, 0.0, 0), 4),
    ],
)
def test_width(width: int, pace: Pace, then: int) -> None:
    """It doubles while the process waits by itself, halves when it no longer does."""
    assert next_width(width, pace) == then


def test_finds_out_that_waiting_is_the_bound() -> None:
    """On a slow mount it soon reads several times as many files a second."""
    readers = Readers()

    def chunk() -> float:
        began = time.perf_counter()
        assert list(readers.map(lambda n: time.sleep(0.002) or n, list(range(50)))) == [*range(50)]
        return time.perf_counter() - began

    first = chunk()
    # Of five the quickest: each may meet with what else the machine does.
    quickest = min(chunk() for _ in range(5))
    assert readers.width >= 8
    assert quickest < first / 3


def test_computing_stays_alone() -> None:
    """Where nothing waits one thread reads, the one that asks."""
    readers = Readers()
    here = threading.current_thread()
    for _ in range(3):
        found = list(
            readers.map(lambda _: sum(range(2000)) and threading.current_thread(), [0] * 50)
        )
        assert set(found) == {here}
    assert readers.width == 1


def test_alone_when_asked() -> None:
    """After a crash one file is read at a time, whatever is known of the disk."""
    readers = Readers()
    readers.width = 8
    here = threading.current_thread()
    assert set(readers.map(lambda _: threading.current_thread(), [0] * 50, alone=True)) == {here}
    assert readers.width == 8


def test_stopped_half_way() -> None:
    """Who stops listening leaves no thread behind, and what was not begun is not read."""
    readers = Readers()
    readers.width = 4
    begun: list[int] = []

    def read(n: int) -> int:
        begun.append(n)
        time.sleep(0.001)
        return n

    found = readers.map(read, list(range(1000)))
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    found.close()  # type: ignore[attr-defined]
    assert len(begun) < 50
    assert not [t for t in threading.enumerate() if t.name.startswith("reader")]


def test_faults_come_in_order() -> None:
    """What one file raises is raised when its turn comes."""
    readers = Readers()
    readers.width = 4
    found = readers.map(lambda n: 1 // (n - 2), [0, 1, 2, 3])
    assert [next(found), next(found)] == [-1, -1]
    with pytest.raises(ZeroDivisionError):
        next(found)
