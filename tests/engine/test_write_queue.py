"""The inbox of the journal's thread loses nothing and wakes it no more than needed."""

import threading
import time

import pytest

from soniq_tui.engine.write_queue import WriteQueue


def test_company_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes while the taker lingers goes along; it is not woken for it."""
    inbox: WriteQueue[int] = WriteQueue()

    def linger(linger_s: float) -> bool:
        for number in range(1, 5):
            inbox.put(number, hurry=False)
        assert (linger_s, inbox._hurry.is_set()) == (0.2, False)
        return False

    inbox.put(0, hurry=False)
    monkeypatch.setattr(inbox._hurry, "wait", linger)
    assert inbox.gather(0.2, 100) == ([0, 1, 2, 3, 4], True)


def test_who_hurries_is_not_kept_waiting() -> None:
    """A piece that somebody waits for ends the lingering at once, with all before it."""
    inbox: WriteQueue[int] = WriteQueue()
    inbox.put(1, hurry=False)
    inbox.put(2, hurry=True)
    began_s = time.monotonic()
    assert inbox.gather(30.0, 100) == ([1, 2], True)
    assert time.monotonic() - began_s < 5


def test_more_than_one_helping() -> None:
    """What does not fit into one helping is there at once for the next."""
    inbox: WriteQueue[int] = WriteQueue()
    for number in range(5):
        inbox.put(number, hurry=True)
    inbox.close()
    assert inbox.gather(30.0, 3) == ([0, 1, 2], True)
    assert inbox.gather(30.0, 3) == ([3, 4], False)


def test_closing_wakes() -> None:
    """A taker that waits learns that nothing comes any more."""
    inbox: WriteQueue[int] = WriteQueue()
    got: list[tuple[list[int], bool]] = []
    taker = threading.Thread(target=lambda: got.append(inbox.gather(0.0, 100)))
    taker.start()
    inbox.close()
    taker.join(5)
    assert got == [([], False)]


def test_nothing_is_lost_between_threads() -> None:
    """However puts and takes fall together, each piece arrives once and in order."""
    inbox: WriteQueue[int] = WriteQueue()
    got: list[int] = []

    def take() -> None:
        more = True
        while more:
            pieces, more = inbox.gather(0.0001, 7)
            got.extend(pieces)

    taker = threading.Thread(target=take)
    taker.start()
    for number in range(20_000):
        inbox.put(number, hurry=number % 5 == 0)
    inbox.close()
    taker.join(30)
    assert got == list(range(20_000))
