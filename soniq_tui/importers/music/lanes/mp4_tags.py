"""Tags of MP4 files as iTunes has them: the atoms in ``ilst``.

Sources: the list of atoms in mutagen's documentation of MP4; atomicparsley.sourceforge.net,
"iTunes-style metadata". Each atom holds ``data`` atoms, of a type, with a value each; a free-form
one, ``----``, says before whose name it is, and the name.
"""

from collections.abc import Callable
from struct import Struct

from soniq_tui.importers.music.lanes import Punt
from soniq_tui.importers.music.lanes.forward import Forward
from soniq_tui.importers.music.lanes.pieces import (
    NOTHING,
    OF_ONE_TRACK,
    Held,
    Piece,
    Place,
    piece,
    places,
    remember,
    together,
)
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import Picture

_HEADER = 8
_atom = Struct(">I4s").unpack_from
_data = Struct(">I4sI").unpack_from
"""Size, name, version and type."""
_DATA = 16
"""Bytes of a ``data`` atom before the value: the country stands there too."""
_MAX_ATOMS = 4096
_MAX_ATOM = 1 << 20
"""A larger one that is no cover is left to mutagen."""
_TEXT = 1
"""The type of UTF-8; 0 is implied to be that."""
_INTEGERS = frozenset({0, 21})
_INTEGER_BYTES = frozenset({1, 2, 3, 4, 8})
_PNG = 14
_PAIR = 6
"""Bytes of ``trkn`` and ``disk`` that are needed: two unknown, number, total."""
_pair = Struct(">18x2H").unpack_from
_number = Struct(">16xh").unpack_from
_BOOL = 17
"""Bytes of a ``data`` atom with a value of one."""
_GENRE = 18
_CONTAINERS = frozenset(b"moov udta trak mdia meta ilst stbl minf moof traf".split())

_FREE_FORM, _COMPILATION, _COVER = b"----", b"cpil", b"covr"
_MEAN = 12
"""Bytes of ``mean`` and ``name`` before the text."""
_PLACES = places(names.MP4)
_free: dict[bytes, tuple[str, Place | None]] = {}
"""``mean`` and ``name`` as files have them: the name of the table, and what is made of it."""
_MAX_FREE = 4096
_MAX_FREE_BYTES = 256

_Whose = tuple[str, bytes]
_Met = tuple[_Whose | None, Piece]
"""Of a free-form atom its name in the table and as it stands; the piece.

Of a name that comes in two spellings mutagen makes two texts, and we one: in which order depends on
what stands around them.
"""
_FLAG: _Whose = "", b""
_SKIP: _Met = None, NOTHING
_met: dict[bytes, _Met] = {}
"""Atoms met before, by their bytes."""
_LOW_SIZE = 3
"""Where in an atom the last byte of its size is."""


def tags(file: Forward, at: int, end: int) -> Held:  # noqa: C901, PLR0912  one loop over atoms
    """Return what the texts in the atoms from ``at`` to ``end`` mean, and the pictures.

    Raises:
        Punt: one does not fit, or is of a type that mutagen leaves out.
        ValueError, LookupError, struct.error: so too.
    """
    pieces: list[Piece] = []
    pictures: list[Picture] = []
    spelt: dict[str, bytes] = {}
    flagged = False
    met = _met.get
    data, base = file.load(at, 0)
    start, stop, have = at - base, end - base, len(data)  # in ``data``
    needed = _HEADER
    for _ in range(_MAX_ATOMS):
        if start >= stop:
            break
        if start + needed > have:
            at = base + start
            data, base = file.load(at, needed)
            start, stop, have = at - base, end - base, len(data)
            needed = _HEADER
        # All of an atom of usual size; no longer one was ever remembered.
        next_start = start + data[start + _LOW_SIZE]
        raw = data[start:next_start]
        known = met(raw)
        if known is not None:
            start = next_start
        else:
            size, name = _atom(data, start)
            if size < _HEADER or start + size > stop:
                raise Punt
            if name in _WHOLE and start + size > have:
                if size > _MAX_ATOM:
                    raise Punt
                needed = size
                continue
            if name == _COVER:
                _covers(file, base + start + _HEADER, base + start + size, pictures)
            known = _read(data, start, size, name)
            if len(raw) == size and name != _COVER and known[1][1] not in OF_ONE_TRACK:
                remember(_met, raw, known)
            start += size
        whose, one = known
        if whose is _FLAG:
            if flagged:
                pieces = [p for p in pieces if p[1] != one[1]]  # of two the last counts
            flagged = True
        elif whose is not None:
            key, bare = whose
            if spelt.setdefault(key, bare) != bare:
                raise Punt
        if one is not NOTHING:
            pieces.append(one)
    if start != stop:
        raise Punt
    return together(pieces), pictures


def _read(data: bytes, start: int, size: int, name: bytes) -> _Met:
    """Return what an atom stands for; where no text is made of it, the data may be cut."""
    if name == _FREE_FORM:
        return _free_form(data, start + _HEADER, start + size)
    known = _ATOMS.get(name)
    if known is not None:
        place, add = known
        values: list[str] = []
        add(data, start + _HEADER, start + size, values)
        return _FLAG if name == _COMPILATION else None, piece(place, values)
    if name in _CONTAINERS or name.lower() in _SAME:
        raise Punt
    return _SKIP


def _values(data: bytes, at: int, stop: int, least: int = 0) -> list[tuple[int, int, int]]:
    """Return start, size and type of each ``data`` atom."""
    found = []
    while at < stop:
        size, name, kind = _data(data, at)
        if name != b"data" or size < _DATA + least or at + size > stop:
            raise Punt
        found.append((at, size, kind))
        at += size
    return found


def _add_texts(data: bytes, at: int, stop: int, values: list[str]) -> None:
    while at < stop:
        size, name, kind = _data(data, at)
        if name != b"data" or size < _DATA or at + size > stop or kind > _TEXT:
            raise Punt
        values.append(data[at + _DATA : at + size].decode())
        at += size


def _add_pairs(data: bytes, at: int, stop: int, values: list[str]) -> None:
    for start, _, _ in _values(data, at, stop, _PAIR):
        number, total = _pair(data, start)
        values.append(f"{number}/{total}")


def _add_integers(data: bytes, at: int, stop: int, values: list[str]) -> None:
    for start, size, kind in _values(data, at, stop):
        if kind not in _INTEGERS or size - _DATA not in _INTEGER_BYTES:
            raise Punt
        values.append(str(int.from_bytes(data[start + _DATA : start + size], signed=True)))


def _add_flag(data: bytes, at: int, stop: int, values: list[str]) -> None:
    ((start, size, _),) = _values(data, at, stop)
    if size != _BOOL:
        raise Punt
    values.append(str(bool(data[start + _DATA])))


def _add_genres(data: bytes, at: int, stop: int, values: list[str]) -> None:
    """Add the names of ID3v1 genres, counted from 1."""
    from mutagen._constants import GENRES

    for start, size, _ in _values(data, at, stop):
        (number,) = _number(data, start)
        if size != _GENRE or not 0 < number <= len(GENRES):
            raise Punt
        values.append(GENRES[number - 1])


def _free_form(data: bytes, at: int, stop: int) -> _Met:
    start = at
    at += _atom(data, at)[0]
    at += _atom(data, at)[0]
    spelt = data[start:at]
    name, place = _free.get(spelt) or _name(spelt)
    if at > stop:
        raise Punt
    found = _values(data, at, stop)
    if place is None:
        return _SKIP
    values = [data[start + _DATA : start + n].decode("utf-8", "replace") for start, n, _ in found]
    return (name, spelt), piece(place, values)


def _name(whose: bytes) -> tuple[str, Place | None]:
    """Return the name that ``mean`` and ``name`` stand for, and what is made of it."""
    mean, mean_name = _atom(whose)
    if mean < _MEAN or mean_name != b"mean" or len(whose) < mean + _MEAN:
        raise Punt
    size, name_name = _atom(whose, mean)
    if size < _MEAN or name_name != b"name" or len(whose) != mean + size:
        raise Punt
    key = b"----:" + whose[_MEAN:mean] + b":" + whose[mean + _MEAN :]
    name = key.lower().decode("latin-1")
    found = name, _PLACES.get(name)
    if len(_free) < _MAX_FREE and len(whose) <= _MAX_FREE_BYTES:
        _free[whose] = found
    return found


def _covers(file: Forward, at: int, stop: int, pictures: list[Picture]) -> None:
    while at < stop:
        size, name, kind = _data(file.at(at, _DATA))
        if name != b"data" or size < _DATA or at + size > stop:
            raise Punt
        mime = "image/png" if kind == _PNG else "image/jpeg"
        pictures.append(file.picture(0, mime, at + _DATA, size - _DATA))
        at += size


_Add = Callable[[bytes, int, int, list[str]], None]
"""Adds the values of the atom that is held from one offset to another."""
_ATOMS: dict[bytes, tuple[Place, _Add]] = {
    **{
        name.encode("latin-1"): (_PLACES[name.lower()], _add_texts)
        for name in ("©nam", "©ART", "©alb", "aART", "©day", "©gen", "©wrt", "©lyr", "soar", "soaa")
    },
    b"trkn": (_PLACES["trkn"], _add_pairs),
    b"disk": (_PLACES["disk"], _add_pairs),
    b"tmpo": (_PLACES["tmpo"], _add_integers),
    _COMPILATION: (_PLACES["cpil"], _add_flag),
    b"gnre": (_PLACES["©gen"], _add_genres),
}
_WHOLE = frozenset({*_ATOMS, _FREE_FORM})
_SAME = frozenset(name.lower() for name in _ATOMS)
"""In other cases these would be texts of the same names to us."""
