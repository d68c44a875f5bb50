"""Dates of ID3v2.4 as they stand in the file, beside what mutagen makes of them.

A date is a time stamp by the standard; of any other text (``May 2004``, ``2004年``) mutagen keeps
nothing that could be read. References: id3.org/id3v2.4.0-structure, section 4 (time stamps).
"""

from typing import Any

from mutagen.id3 import Encoding, Frames, Frames_2_2
from mutagen.id3._specs import EncodingSpec, ID3TimeStamp, MultiSpec, TimeStampSpec

_NAMES = ("TDRC", "TDRL", "TDOR")


class _Stamp(ID3TimeStamp):
    """A time stamp that remembers its text."""

    def __init__(self, text: Any) -> None:
        super().__init__(text)  # type: ignore[no-untyped-call]  # it has no types
        self.said = str(text)


class _StampSpec(TimeStampSpec):
    def validate(self, _: Any, value: Any) -> _Stamp:
        """Return a value as a frame holds it."""
        return value if isinstance(value, _Stamp) else _Stamp(value)


def _frame(name: str) -> type:
    """Return a frame whose values remember their texts; mutagen knows frames by their classes."""
    stamp = _StampSpec("stamp")  # type: ignore[no-untyped-call]  # it has no types
    specs = [
        EncodingSpec("encoding", default=Encoding.UTF16),
        MultiSpec("text", stamp, sep=",", default=[]),
    ]
    return type(name, (Frames[name],), {"_framespec": specs})


FRAMES = {**Frames_2_2, **Frames, **{name: _frame(name) for name in _NAMES}}
"""Frames by their names in all versions, for mutagen to read tags with."""
