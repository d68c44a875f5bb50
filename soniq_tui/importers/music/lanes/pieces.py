"""The pieces of a tag: frames, comments or atoms that hold texts, and what they come to together.

The tracks of an album share most of their pieces, byte by byte: artist, album, date, genre. So a
lane remembers the pieces it has met by their bytes, size and name and all, and has nothing to
decode or to understand where one comes again.
"""

from collections.abc import Callable, Collection
from typing import TypeVar

from soniq_tui.importers.music.tags.names import Names
from soniq_tui.importers.music.tags.pictures import Picture
from soniq_tui.importers.music.tags.values import MEANINGS, Meanings

Piece = tuple[list[str], str, int, object]
"""Values, field, rank of the name among those of the field, and what the values mean.

Where nothing is made of them, the rank is below 0. Nobody changes the values: pieces are shared.
"""
Place = tuple[str, int, Callable[[list[str]], object]]
"""Field, rank, and what tells the meaning of values."""
Held = tuple[Meanings, list[Picture]]
"""What a tag holds."""
Met = TypeVar("Met")

NOTHING: Piece = ([], "", -1, None)
PICTURE: Piece = ([], "cover", -1, None)
"""A picture, or a part of one, which is kept beside the pieces."""
OF_ONE_TRACK = frozenset(
    {
        "title",
        "musicbrainz_recording_id",
        "musicbrainz_track_id",
        "acoustid_id",
        "isrc",
        "replaygain_track_gain_db",
        "track_gain_r128",
        "lyrics",
        "cue",
        "cover",
    }
)
"""Fields that are another one with each track, or kept elsewhere: not to be remembered."""
_NO_FIELD = NOTHING[1]
_MOST_MET = 2048


def places(names: Names) -> dict[str, Place]:
    """Return by name what is made of it in tags of one family."""
    return {name: (field, rank, MEANINGS[field]) for name, (field, rank) in names.places.items()}


def piece(place: Place | None, values: list[str]) -> Piece:
    """Return what stands under one name.

    Args:
        place: of the name; None where nothing is made of it.
        values: as tagged.
    """
    if place is None or not values or not (values[0] or any(values)):
        return NOTHING
    field, rank, meaning = place
    return values, field, rank, meaning(values)


def remember(met: dict[bytes, Met], raw: bytes, what: Met) -> None:
    """Keep what some bytes stand for; all is forgotten when it becomes too much."""
    if len(met) >= _MOST_MET:
        met.clear()
    met[raw] = what


def together(pieces: Collection[Piece]) -> Meanings:
    """Return what the pieces of one tag mean by field, the first name that holds something first.

    Values that stand under one name belong together, wherever they are.
    """
    found = {field: meant for _, field, _, meant in pieces}
    if len(found) == len(pieces) and _NO_FIELD not in found:
        return found  # nearly always: each name stands for a field of its own
    found = {}
    later: list[Piece] = []
    again: set[str] = set()
    for values, field, rank, meant in pieces:
        if rank:
            if rank > 0:
                later.append((values, field, rank, meant))
        elif field in found:
            again.add(field)
        else:
            found[field] = meant
    for name in again:
        found[name] = MEANINGS[name]([v for p in pieces if p[1:3] == (name, 0) for v in p[0]])
    if later:
        _add(found, later)
    return found


def _add(found: Meanings, later: list[Piece]) -> None:
    """Add what stands under other names than the first of a field."""
    by_rank: dict[tuple[int, str], list[str]] = {}
    for values, field, rank, _ in later:
        if field not in found:
            by_rank.setdefault((rank, field), []).extend(values)
    for rank, field in sorted(by_rank):
        if field not in found:
            found[field] = MEANINGS[field](by_rank[rank, field])
