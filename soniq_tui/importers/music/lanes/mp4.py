"""MP4 files with AAC or ALAC sound and tags as iTunes has them: a walk over the headers of atoms.

Sources: ISO/IEC 14496-12 (atoms), developer.apple.com, "QuickTime File Format" (sound
descriptions, metadata). The tables of samples and the middle of covers are stepped over. Of damaged
files mutagen leaves out single atoms or gives up on all, depending on where the damage is, so all
atoms have to fit into each other, those that nothing is made of too.
"""

from struct import Struct
from typing import NamedTuple

from soniq_tui.importers.music.lanes import Punt, Sound, Window
from soniq_tui.importers.music.lanes.forward import Forward
from soniq_tui.importers.music.lanes.mp4_entry import sample_entry
from soniq_tui.importers.music.lanes.mp4_tags import tags
from soniq_tui.importers.music.lanes.pieces import Held

_HEADER, _HEADER_64 = 8, 16
_TO_THE_END, _SIZE_64 = 0, 1
"""Sizes that say that the atom goes on to the end of the file, and that the size follows."""
_atom = Struct(">I4s").unpack_from
_size_64 = Struct(">8xQ").unpack_from
_MAX_START = 0xFFFF
"""Bytes of the first atom: nothing else that is sniffed begins with two zeros."""
_MAX_TOP = 256
_MAX_ATOMS = 4096
_MAX_DEPTH = 12
_MAX_MOOV = 64 << 20
_MAX_LEAF = 4096
_START = 1024
"""Bytes of ``moov`` before the tables of samples, mostly."""
_CONTAINERS = frozenset(b"moov udta trak mdia meta ilst stbl minf moof traf".split())
"""Atoms that mutagen looks into."""
_META_HEAD = 4

_TRAK, _HDLR, _MDHD, _STSD, _ILST, _CHAPTERS = "trak", "hdlr", "mdhd", "stsd", "ilst", "chpl"
_LEAVES = frozenset({_HDLR, _MDHD, _STSD})


class _Node(NamedTuple):
    """An atom that is wanted, or that lies on the way to one."""

    name: str
    inner: "_Nodes | None" = None
    """What is wanted of the atoms inside; None where the walk does not go there."""


_Nodes = dict[bytes, _Node]
_NOTHING: _Nodes = {}
_STBL: _Nodes = {b"stsd": _Node(_STSD)}
_MINF: _Nodes = {b"stbl": _Node("stbl", _STBL)}
_MDIA: _Nodes = {b"hdlr": _Node(_HDLR), b"mdhd": _Node(_MDHD), b"minf": _Node("minf", _MINF)}
_META: _Nodes = {b"ilst": _Node(_ILST)}
_UDTA: _Nodes = {b"meta": _Node("meta", _META), b"chpl": _Node(_CHAPTERS)}
_MOOV: _Nodes = {
    b"trak": _Node(_TRAK, {b"mdia": _Node("mdia", _MDIA)}),
    b"udta": _Node("udta", _UDTA),
}
_IN_TRAK = frozenset({"mdia", "minf", "stbl", *_LEAVES})
"""Names of nodes that each track has for itself."""
_SOUND = b"soun"
_scaled = {0: Struct(">12x2I").unpack_from, 1: Struct(">20xIQ").unpack_from}
"""By version of ``mdhd``: time scale and duration."""


def read(w: Window) -> Sound:
    """Read an MP4 file.

    Raises:
        Punt: it is fragmented, has chapters, no AAC or ALAC sound, or something does not fit.
    """
    size, name = _atom(w.head)
    if name != b"ftyp" or size > _MAX_START:
        raise Punt
    found = _walk(Forward(w), *_find_moov(w))
    meant, pictures = found.held
    for trak in found.traks:
        if trak[_HDLR][8:12] == _SOUND:
            break
    else:
        raise Punt
    scale, duration = _scaled[trak[_MDHD][0]](trak[_MDHD])
    entry = sample_entry(trak[_STSD])
    return Sound(
        kind="mp4",
        meant=meant,
        pictures=pictures,
        length_s=float(duration) / scale if scale else 0,
        bitrate=entry.bitrate,
        sample_rate=entry.sample_rate,
        channels=entry.channels,
        bits=entry.bits,
        codec=entry.codec,
        container="mp4",
    )


def _find_moov(w: Window) -> tuple[int, int]:
    """Return where what ``moov`` holds begins and ends; mutagen looks at all atoms beside it."""
    found = None
    at = 0
    for _ in range(_MAX_TOP):
        if at + _HEADER > w.size:
            if found is None:
                break
            return found
        header = w.at(at, min(_HEADER_64, w.size - at))
        size, name = _atom(header)
        if name == b"moov":
            if found or size < _HEADER or at + size > w.size or size > _MAX_MOOV:
                break
            found = at + _HEADER, at + size
        elif name in _CONTAINERS:
            break
        elif size < _HEADER:
            size = _odd_size(size, header, w.size - at)
        at += size
    raise Punt


def _odd_size(said: int, header: bytes, left: int) -> int:
    if said == _TO_THE_END:
        return left
    (size,) = _size_64(header)
    if said != _SIZE_64 or not _HEADER_64 <= size <= left:
        raise Punt  # mutagen goes where the size says; the system refuses the farthest places
    return int(size)


class _Found:
    """What a walk over ``moov`` has met of what is wanted."""

    def __init__(self, file: Forward) -> None:
        self._file = file
        self._seen: set[str] = set()
        self.traks: list[dict[str, bytes]] = []
        """Of each track what the leaves hold, by path."""
        self.held: Held = {}, []

    def add(self, name: str, at: int, size: int) -> None:
        """Take note of an atom.

        Args:
            name: of its node.
            at: where what it holds begins.
            size: bytes that it holds.
        """
        if name == _TRAK:
            self.traks.append({})
            self._seen -= _IN_TRAK
            return
        if name in self._seen or name == _CHAPTERS:
            raise Punt  # of two mutagen sees the first, and it stumbles over damaged chapters
        self._seen.add(name)
        if name == _ILST:
            self.held = tags(self._file, at, at + size)
        elif name in _LEAVES:
            if size > _MAX_LEAF:
                raise Punt
            self.traks[-1][name] = self._file.at(at, size)


def _walk(file: Forward, at: int, end: int) -> _Found:
    """Go through all atoms of ``moov``."""
    found = _Found(file)
    nodes = _MOOV
    outer: list[tuple[_Nodes, int]] = []
    data, base = file.load(at, min(_START, end - at), ahead=0)
    for _ in range(_MAX_ATOMS):
        while at == end:
            if not outer:
                return found
            nodes, end = outer.pop()
        start = at - base
        if start < 0 or start + _HEADER > len(data):
            data, base = file.load(at, _HEADER)
            start = at - base
        size, name = _atom(data, start)
        if size < _HEADER or at + size > end:
            raise Punt
        node = nodes.get(name)
        if node is not None:
            found.add(node.name, at + _HEADER, size - _HEADER)
            inner = node.inner
        else:
            inner = _NOTHING if name in _CONTAINERS else None
        if inner is None:
            at += size
            continue
        outer.append((nodes, end))
        nodes, end = inner, at + size
        at += _HEADER + (_META_HEAD if name == b"meta" else 0)
        if len(outer) > _MAX_DEPTH:
            raise Punt
    raise Punt
