"""Frames on the wire."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.model.job import Checkpoint, ErrorKind, ItemError, Items, JobState, Outcome, Spawn
from soniq_tui.runners import wire
from soniq_tui.runners.wire import (
    Done,
    Ended,
    Forked,
    Frames,
    FromChild,
    FromTemplate,
    Part,
    Refused,
    frame,
)


class Word(msgspec.Struct):
    """A message."""

    text: str


@given(st.data(), st.lists(st.text(max_size=300), max_size=8))
def test_frames_cut_at_any_places_come_out_whole(data, texts):
    """However a stream is cut into pieces, the bodies are the same and in order."""
    stream = b"".join(frame(Word(text)) for text in texts)
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    frames, bodies = Frames(), []
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        bodies += frames.feed(stream[start:end])
    assert [msgspec.msgpack.decode(body, type=Word).text for body in bodies] == texts


def test_an_incomplete_frame_is_kept_back():
    """All but the last byte of a frame is no frame."""
    frames = Frames()
    data = frame(Word("x" * 1000))
    assert frames.feed(data[:-1]) == []
    assert len(frames.feed(data[-1:])) == 1


def test_a_frame_beyond_the_limit_is_refused_on_either_side(monkeypatch):
    """A message that is too long is refused before it is sent, and when announced."""
    data = frame(Word("x" * 200))
    monkeypatch.setattr(wire, "MAX_FRAME_BYTES", 100)
    with pytest.raises(ValueError, match="checkpoints"):
        frame(Word("x" * 200))
    with pytest.raises(ValueError, match="a frame of"):
        Frames().feed(data[:4])


OUTCOME = Outcome(
    state=JobState.FAILED,
    payload=b"\x80",
    spawned=(Spawn(key="k", label="\U0001f3b5", payload=b""),),
    items=Items(4, 1, 1, 1),
    errors=(ItemError(item="i", stage="s", kind=ErrorKind.CORRUPT, reason="r"),),
    kind=ErrorKind.CORRUPT,
    suspect=0,
    spools=("1-1-0",),
)


@pytest.mark.parametrize(
    ("message", "side"),
    [
        (Done(job_id=1, outcome=OUTCOME), FromChild),
        (Part(job_id=1, part=Checkpoint(payload=b"p", items=Items(1, 1))), FromChild),
        (Forked(number=3, pid=4), FromTemplate),
        (Refused(number=3, reason="full", code=11), FromTemplate),
        (Ended(pid=4, status=9), FromTemplate),
    ],
)
def test_messages_come_back_as_they_were(message, side):
    """Each message is told from the others of its side and keeps all its fields."""
    (body,) = Frames().feed(frame(message))
    assert msgspec.msgpack.decode(body, type=side) == message
