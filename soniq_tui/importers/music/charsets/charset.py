r"""Mojibake: text of one charset that was read as another, repaired where that is certain.

Old taggers wrote the bytes of the user's own charset into fields that the standard calls Latin-1,
or wrote UTF-8 there. Such a text is whole: each of its characters stands for one byte. What can be
said of it, in this order:

* Bytes that are UTF-8 by its strict rules are UTF-8; no text of a Western language gets there.
* Otherwise the texts of a folder vote. Only texts that no Western language spells have a vote. A
  charset wins when it reads them all in letters of its own, far likelier than any other charset and
  than a Western language (``vote``).
* Where nobody wins, ``\x85`` and ``\x91`` to ``\x97`` in a text of ASCII letters are what Windows
  means by them: an ellipsis, quotes, dashes.

Nothing is decided by one short text, and the text that stands in the file is kept.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

import msgspec

from soniq_tui.importers.music.charsets import vote
from soniq_tui.importers.music.words import Track

_ONE = ("title", "album", "artist_sort", "album_artist_sort", "lyrics")
_MANY = ("artists", "album_artists", "composers", "genres")
_BETWEEN = "\x1f"
"""Between the texts of a list in ``raw``: white space, so no text of a tag begins or ends in it."""

_SUSPICIOUS = re.compile("[\x80-\xff" + "".join(map(chr, vote.CP1252)) + "]")
_NEVER_MEANT = re.compile("[\u0250-\u02ff\ue000-\uf8ff\ufffd-\uffff\0-\x08\x0e-\x1f\x7f-\x9f]")
"""What no repaired UTF-8 holds; phonetic letters because ``CAFÉ»`` in Latin-1 would be one."""
_HIGH = re.compile(r"[^\0-\x7f]")
_FEW = 4
"""Bytes beyond ASCII that are UTF-8 by chance now and then."""
_ROUNDS = 3
"""How often one text can have been taken for Latin-1."""


def repair(tracks: Sequence[Track]) -> list[Track]:
    """Return the tracks of one folder with their mojibake repaired.

    A repaired track keeps the former texts of the fields that changed in ``raw``.
    """
    texts = suspicious(tracks)
    better = _better(texts) if texts else {}
    return [_replaced(track, better) for track in tracks] if better else list(tracks)


class Needed(IntEnum):
    """What the tracks of a folder need."""

    NOTHING = 0
    REPAIR = 1
    TOGETHER = 2
    """What others in their folder say may change what they become, or the reverse."""


def needed(texts: Iterable[str]) -> Needed:
    """Say what tracks need.

    Args:
        texts: of the tracks.
    """
    found = Needed.NOTHING
    for text in dict.fromkeys(texts):
        raw = _bytes(text)
        if raw is None:
            continue
        meant = _utf8(raw)
        if not vote.fits(text) if meant is None else _doubtful(meant, raw):
            return Needed.TOGETHER
        if meant is not None:
            found = Needed.REPAIR
    return found


def suspicious(tracks: Sequence[Track]) -> list[str]:
    """Return all texts of some tracks if one of them may be mojibake, else none."""
    texts: list[str] = []
    for t in tracks:
        texts += (t.title or "", t.album or "", t.artist_sort or "", t.album_artist_sort or "")
        texts += t.artists
        texts += t.album_artists
        texts += t.composers
        texts += t.genres
        if t.lyrics is not None:
            texts.append(t.lyrics)
    if "".join(texts).isascii():
        return []
    beyond = "".join([text for text in set(texts) if not text.isascii()])  # of an album few
    return texts if _SUSPICIOUS.search(beyond) else []


def undo(track: Track) -> Track:
    """Return a track with the texts that stand in its file."""
    if not track.raw:
        return track
    old: dict[str, Any] = {
        name: tuple(text.split(_BETWEEN)) if name in _MANY else text for name, text in track.raw
    }
    return msgspec.structs.replace(track, raw=(), **old)


def decode(data: bytes) -> str:
    """Return the text of a small file, whatever its charset.

    By its byte order mark, else as UTF-8, else by a vote of its lines, else as Windows-1252. A
    character that the end of ``data`` cuts is dropped.
    """
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            whole = data[2 : len(data) // 2 * 2]
            return whole.decode(codec, "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        if vote.ends_early(exc) and not data[: exc.start].isascii():
            return data[: exc.start].decode()
    lines = data.decode("latin-1").split("\n")
    better = _better(lines)
    return "\n".join(better.get(line) or line.translate(vote.FROM_1252) for line in lines)


def _replaced(track: Track, better: Mapping[str, str]) -> Track:
    new: dict[str, Any] = {}
    raw: list[tuple[str, str]] = []
    for name in _ONE:
        text = getattr(track, name)
        if text in better:
            new[name] = better[text]
            raw.append((name, text))
    for name in _MANY:
        held = getattr(track, name)
        if not better.keys().isdisjoint(held):
            new[name] = tuple(better.get(text, text) for text in held)
            raw.append((name, _BETWEEN.join(held)))
    if not raw:
        return track
    changed = dict(raw)
    kept = tuple(pair for pair in track.raw if pair[0] not in changed)
    return msgspec.structs.replace(track, raw=kept + tuple(raw), **new)


def _better(texts: Iterable[str]) -> dict[str, str]:
    """Return what texts of one folder ought to be, for those where that is certain."""
    better: dict[str, str] = {}
    few: dict[str, tuple[str, bytes]] = {}
    unsure: dict[str, bytes] = {}
    for text in dict.fromkeys(texts):
        raw = _bytes(text)
        if raw is None:
            continue
        meant = _utf8(raw)
        if meant is None:
            unsure[text] = raw
        elif _doubtful(meant, raw):
            few[text] = meant, raw
        else:
            better[text] = meant
    trusted = bool(better)
    for text, (meant, raw) in few.items():
        if trusted or (all(map(vote.fits, unsure)) and all(map(vote.usual, meant))):
            better[text] = meant
        else:
            unsure[text] = raw
    return better | vote.voted(unsure) if unsure else better


def _bytes(text: str) -> bytes | None:
    """Return the bytes that a text was read from, None where it cannot be mojibake."""
    if text.isascii():
        return None
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        try:
            return text.translate(vote.CP1252).encode("latin-1")
        except UnicodeEncodeError:
            return None


def _utf8(raw: bytes) -> str | None:
    meant = None
    for _ in range(_ROUNDS):
        text = vote.strict(raw, "utf-8")
        if text is None or _NEVER_MEANT.search(text):
            break
        meant = text
        again = _bytes(text)
        if again is None:
            break
        raw = again
    return meant


def _doubtful(meant: str, raw: bytes) -> bool:
    """Say whether the bytes of another charset may be UTF-8 by chance."""
    beyond = _HIGH.findall(meant)
    if len(raw) <= _FEW and max(beyond) < "\u0800":
        return not any(char.isascii() and char.isalpha() for char in meant)
    return len(beyond) <= _FEW and not all(
        vote.usual(char) or vote.in_standard(char, "shift_jis") for char in beyond
    )
