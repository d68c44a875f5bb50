"""Frames of ID3 as mutagen is to read them: with the texts of dates, and no more than is asked for.

A date is a time stamp by the standard; of any other text (``May 2004``, ``2004年``) mutagen keeps
nothing that could be read. Frames that nothing is made of are left as bytes: over a counter of
200,000 bytes mutagen sits for two seconds.

References: id3.org/id3v2.4.0-structure, section 4 (time stamps); id3.org/id3v2.4.0-frames.
"""

import struct
from typing import Any

from mutagen.id3 import RVA2, BinaryFrame, Encoding, Frames, Frames_2_2
from mutagen.id3._specs import EncodingSpec, ID3TimeStamp, MultiSpec, TimeStampSpec
from mutagen.id3._util import ID3JunkFrameError

from soniq_tui.importers.music.tags import names

_STAMPS = frozenset({"TDRC", "TDRL", "TDOR"})
_OLD = frozenset({"TYER", "TDAT", "TIME", "TORY"})
"""Frames that mutagen brings to those of ID3v2.4."""
_OTHERS = frozenset({"TXXX", "UFID", "USLT", "APIC", "COMM"})
"""Frames that are read, or that mutagen itself uses."""
_READ = {name for alternatives in names.ID3.values() for name in alternatives} | _OLD | _OTHERS


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


class _Volume(RVA2):
    """A volume that is left out, and not the file with it, where it is cut."""

    def _readData(self, id3: Any, data: bytes) -> bytes:  # noqa: N802  mutagen's name
        try:
            left: bytes = super()._readData(id3, data)  # type: ignore[no-untyped-call]
        except struct.error as exc:
            raise ID3JunkFrameError(exc) from exc
        return left


def _as_read(name: str, frame: type) -> type:
    """Return the class that a frame is read as, of the same name."""
    if name in _STAMPS:
        return _frame(name)
    if name == "RVA2":
        return type(name, (_Volume,), {})
    return frame if name in _READ else type(name, (BinaryFrame,), {})


FRAMES = {
    **{name: frame for name, frame in Frames_2_2.items() if frame.__bases__[0].__name__ in _READ},
    **{name: _as_read(name, frame) for name, frame in Frames.items()},
}
"""Frames by their names in all versions, for mutagen to read tags with.

Those of ID3v2.2 become what they are made from; which of them are known decides nothing else.
"""
