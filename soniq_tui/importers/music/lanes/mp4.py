"""MP4 files with AAC or ALAC sound and tags as iTunes has them: a walk over the headers of atoms.

Sources: ISO/IEC 14496-12 (atoms), developer.apple.com, "QuickTime File Format" (sound
descriptions, metadata). The tables of samples and the middle of covers are stepped over. Of damaged
files mutagen leaves out single atoms or gives up on all, depending on where the damage is, so all
atoms have to fit into each other, those that nothing is made of too.
"""

from struct import Struct

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
_MAX_LEAF = 4096 + _HEADER
_START = 1024
"""Bytes of ``moov`` before the tables of samples, mostly."""
_CONTAINERS = frozenset(b"moov udta trak mdia meta ilst stbl minf moof traf".split())
"""Atoms that mutagen looks into."""
_META_HEAD = 4

_TRAK, _HDLR, _MDHD, _STSD, _ILST = "trak", "hdlr", "mdhd", "stsd", "ilst"
_Leaves = dict[str, bytes]
"""What the leaves of a track hold, by name."""


_Node = tuple[str, "_Nodes | None"]
"""The name of an atom that is wanted, or that lies on the way to one; what is wanted inside.

Empty for others into which the walk goes; None where it does not go there.
"""
_Nodes = dict[bytes, _Node]
_NOTHING: _Nodes = {}
_ELSEWHERE: _Nodes = dict.fromkeys(_CONTAINERS, ("", _NOTHING))
"""Nothing in these is wanted, but all has to fit."""
_NOTHING |= _ELSEWHERE
_STBL: _Nodes = {**_ELSEWHERE, b"stsd": (_STSD, None)}
_MINF: _Nodes = {**_ELSEWHERE, b"stbl": ("stbl", _STBL)}
_MDIA: _Nodes = {
    **_ELSEWHERE,
    b"hdlr": (_HDLR, None),
    b"mdhd": (_MDHD, None),
    b"minf": ("minf", _MINF),
}
_META: _Nodes = {**_ELSEWHERE, b"ilst": (_ILST, None)}
_UDTA: _Nodes = {**_ELSEWHERE, b"meta": ("meta", _META)}
_MOOV: _Nodes = {
    **_ELSEWHERE,
    b"trak": (_TRAK, {**_ELSEWHERE, b"mdia": ("mdia", _MDIA)}),
    b"udta": ("udta", _UDTA),
}
_IN_TRAK = frozenset({"mdia", "minf", "stbl", _HDLR, _MDHD, _STSD})
"""Names of nodes that each track has for itself."""
_SOUND = b"soun"
_scaled = {0: Struct(">12x2I").unpack_from, 1: Struct(">20xIQ").unpack_from}
"""By version of ``mdhd``: time scale and duration."""


def read(w: Window) -> Sound:
    """Read an MP4 file.

    Raises:
        Punt: it is fragmented, has no AAC or ALAC sound, or something does not fit.
    """
    size, name = _atom(w.head)
    if name != b"ftyp" or size > _MAX_START:
        raise Punt
    traks, (meant, pictures) = _walk(Forward(w), *_find_moov(w))
    for trak in traks:
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
        header, start = w.head, at
        if at + _HEADER_64 > len(header):
            header, start = w.at(at, min(_HEADER_64, w.size - at)), 0
        size, name = _atom(header, start)
        if name == b"moov":
            if found or size < _HEADER or at + size > w.size or size > _MAX_MOOV:
                break
            found = at + _HEADER, at + size
        elif name in _CONTAINERS:
            break
        elif size < _HEADER:
            size = _odd_size(size, header[start : start + _HEADER_64], w.size - at)
        at += size
    raise Punt


def _odd_size(said: int, header: bytes, left: int) -> int:
    if said == _TO_THE_END:
        return left
    (size,) = _size_64(header)
    if said != _SIZE_64 or not _HEADER_64 <= size <= left:
        raise Punt  # mutagen goes where the size says; the system refuses the farthest places
    return int(size)


def _walk(file: Forward, at: int, end: int) -> tuple[list[_Leaves], Held]:  # noqa: C901, PLR0912  one loop over atoms
    """Go through all atoms of ``moov``; return what leaves of each track hold, and the tags."""
    traks: list[_Leaves] = []
    held: Held = {}, []
    seen: set[str] = set()
    nodes = _MOOV
    outer: list[tuple[_Nodes, int]] = []
    data, base = file.load(at, min(_START, end - at), ahead=0)
    start, stop, have = at - base, end - base, len(data)  # in ``data``
    for _ in range(_MAX_ATOMS):
        while start == stop:
            if not outer:
                return traks, held
            nodes, end = outer.pop()
            stop = end - base
        if start + _HEADER > have:
            at, end = base + start, base + stop
            data, base = file.load(at, _HEADER)
            start, stop, have = at - base, end - base, len(data)
        size, name = _atom(data, start)
        if size < _HEADER or start + size > stop:
            raise Punt
        node = nodes.get(name)
        if node is None:
            start += size
            continue
        wanted, inner = node
        if wanted is _TRAK:
            traks.append({})
            seen -= _IN_TRAK
        elif wanted in seen:
            raise Punt  # of two mutagen sees the first
        elif wanted:
            seen.add(wanted)
        if inner is None:
            at = base + start
            start += size
            if wanted is _ILST:
                held = tags(file, at + _HEADER, at + size)
            elif size > _MAX_LEAF:
                raise Punt
            elif start <= have:
                traks[-1][wanted] = data[at - base + _HEADER : start]
            else:
                traks[-1][wanted] = file.at(at + _HEADER, size - _HEADER)
            continue
        outer.append((nodes, base + stop))
        nodes, stop = inner, start + size
        start += _HEADER + (_META_HEAD if name == b"meta" else 0)
        if len(outer) > _MAX_DEPTH:
            raise Punt
    raise Punt
