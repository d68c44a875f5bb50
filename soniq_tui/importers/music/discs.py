"""Discs of a set: what names of folders and titles of albums tell of them."""

import re
from functools import lru_cache

import msgspec

from soniq_tui.importers.music.words import Track
from soniq_tui.model.text import path_text

_SECOND = 2
"""What a disc of extras is, as a rule."""
_MAX_NAME = 500
"""In a longer text nothing is looked for: that takes the square of its length."""
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
          "twelve")  # fmt: skip
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_BY_WORD = {word: number for words in (_WORDS, _ROMAN) for number, word in enumerate(words, 1)}
_NUMBER = rf"(?:[\s._#-]*(?:n[or\u00b0]\.?\s*)?([0-9]{{1,2}})|[\s._-]+({'|'.join(_BY_WORD)}))"
_MEDIUM = r"cd|dis[ck]|disque|\u0434\u0438\u0441\u043a"
_OTHERS = (
    r"lp|(?:(?:7|10|12)\"\s+)?vinyl|tape|[ck]assette|digital\s+media"
    r"|(?:hybrid\s+)?sacd|hdcd|shm-cd|(?:enhanced|data)\s+cd|cd-r"
)
"""Kinds of medium besides, as MusicBrainz calls them and Lidarr its folders."""
_NUMBERED = rf"(?:{_MEDIUM}){_NUMBER}"
_BONUS = rf"bonus[\s._-]*(?:{_MEDIUM})|(?:{_MEDIUM})[\s._-]+bonus"
_REST = r"(?:[^0-9a-z].*)?"
_DISC = re.compile(
    rf"[(\[{{]?(?:(?:{_MEDIUM}|{_OTHERS}){_NUMBER}|dvd[\s._-]*[0-9]{{1,2}}|({_BONUS}))"
    rf"{_REST}",
    re.IGNORECASE | re.DOTALL,
)
"""Folders of one disc of a set: CD1, CD #1, [Disc 2], disk-03, Disc One, CD II, "Disc 2 - Live";
LP2, Vinyl 1, Tape 1; "Bonus CD". Records and tapes are told by whole names of folders alone: LP5
and "Album (LP2)" are titles, too."""
_SIDE = re.compile(
    r"[(\[]?(?:(?:side|seite|face|lado|lato)(?:[\s._-]+([a-h])|([ab])|[\s._-]*([1-8]))"
    rf"|([ab])[\s._-]+side){_REST}",
    re.IGNORECASE | re.DOTALL,
)
"""Folders of one side of a record or a tape: "Side A", SideB, "Face B", "A-Side", "Seite 1"."""
_OF_SET = rf"{_NUMBERED}(?:\s*(?:/|of)\s*[0-9]{{1,2}})?"
_BRACKETED = rf"[(\[{{]\s*{_OF_SET}\s*(?:[-\u2013:][^()\[\]{{}}]*)?[)\]}}]"
_BRACKETS = r"[(\[{][^()\[\]{}]*[)\]}]"
_CALLED = rf"\s+[-\u2013]\s+{_OF_SET}\s*[-\u2013:]\s+[^()\[\]{{}}]+$"
_DISC_OF_TITLE = re.compile(
    rf"(?:\s*[-\u2013:,])?\s*{_BRACKETED}(?=(?:\s*{_BRACKETS})*\s*$)"
    rf"|(?:\s*[-\u2013:,(\[]\s*|\s+)[(\[]?\s*{_OF_SET}\s*$"
    rf"|{_CALLED}",
    re.IGNORECASE,
)
"""The end of a title that names a disc: "(Disc 2)", "[CD1]", " - CD 3", "(disc 2: Rarities)".

What else a title says in brackets may follow: "X (Disc 1) [Remastered]". An open bracket may be all
that is left of a pair: old tags hold thirty characters.
"""
_DISC_OF_FOLDER = re.compile(
    rf"[\s._,-]*(?:{_BRACKETED}|[(\[{{]\s*(?:{_BONUS})\s*[)\]}}]|[\s._-]{_OF_SET})"
    rf"(?=(?:[\s._-]*{_BRACKETS})*\s*$|-(?:19|20)[0-9]{{2}}(?:-\w+)?$)"
    rf"|{_CALLED}",
    re.IGNORECASE,
)
"""The same in the name of a folder, before what else it says in brackets or of a release:
"X_CD2 [FLAC]", "X-CD2-2003-GROUP"; "X (Bonus CD)"."""


def album_folder(folder: bytes) -> bytes:
    """Return the folder above ``folder`` where that is one of a single disc, or a side of one."""
    above, _, name = folder.rpartition(b"/")
    return above if above and _of_album(path_text(name)) else folder


@lru_cache(1024)
def _of_album(name: str) -> bool:
    return (_DISC.fullmatch(name) or _SIDE.fullmatch(name)) is not None


def album_place(folder: bytes) -> str:
    """Return what folders of one album have in common, be its discs in it or side by side."""
    album = album_folder(folder)
    if album != folder and _SIDE.fullmatch(path_text(folder.rpartition(b"/")[2])):
        album = album_folder(album)  # the side of a disc
    above, _, name = path_text(album).rpartition("/")
    return f"{above}/{_without_disc(_DISC_OF_FOLDER, name)}"


@lru_cache(4096)
def album_title(album: str) -> str:
    """Return the title of an album without the number of a disc, white space collapsed."""
    return _without_disc(_DISC_OF_TITLE, " ".join(album.split()))


def numbered(track: Track) -> Track:
    """Return a track with the number of its disc, where its tag has none and others tell it."""
    if track.disc is not None:
        return track
    disc = _of_title(track.album) if track.album else None
    if disc is None and track.part:  # of a file that holds all of a disc
        disc = disc_of_name(track.path)
    if disc is None:
        folder = track.path.rpartition(b"/")[0]
        disc = disc_of_folder(folder)
        if disc and track.album and _is_called(folder, track.album):
            return track
    return track if disc is None else msgspec.structs.replace(track, disc=disc)


def _is_called(folder: bytes, album: str) -> bool:
    """Say whether a folder has the title of an album for its name: "LP5" is one."""
    return path_text(folder.rpartition(b"/")[2]).casefold() == album.strip().casefold()


@lru_cache(1024)
def _of_title(album: str) -> int | None:
    return _number(_DISC_OF_TITLE, " ".join(album.split()))


@lru_cache(1024)
def disc_of_folder(folder: bytes) -> int | None:
    """Return which disc of a set a folder holds, None where its name does not tell."""
    above, _, raw = folder.rpartition(b"/")
    name = path_text(raw)
    if disc := _DISC.fullmatch(name):
        return _SECOND if disc[3] else _value(disc[1] or disc[2] or "")
    if side := _SIDE.fullmatch(name):
        return _of_side("".join(filter(None, side.groups())).lower(), disc_of_folder(above))
    return _number(_DISC_OF_FOLDER, name)


def _of_side(side: str, disc: int | None) -> int:
    """Return the number of a side: each counts for a disc, for each may begin with track 1."""
    number = int(side) if side.isdigit() else ord(side) - ord("a") + 1
    return 2 * (disc - 1) + number if disc and number <= 2 else number  # noqa: PLR2004


def disc_of_name(path: bytes) -> int | None:
    """Return the same of the name of a file, without its ending."""
    return disc_of_folder(path.rpartition(b".")[0])


def discs_of_path(path: bytes) -> tuple[int | None, int | None]:
    """Return which disc the folder of a file tells, and which its own name."""
    return disc_of_folder(path.rpartition(b"/")[0]), disc_of_name(path)


def tell_other_discs(path: bytes, old: bytes) -> bool:
    """Say whether a file may be of another disc for its name or folder, which are others now."""
    now, before = path.split(b"/")[-3:], old.split(b"/")[-3:]
    if now == before:
        return False
    discs = discs_of_path(path)
    # A title of an album is no disc, and only the folder itself may be called like it.
    return discs != discs_of_path(old) or (discs[0] is not None and now[-2] != before[-2])


def _number(disc: re.Pattern[str], name: str) -> int | None:
    """Return the number of the disc that ``disc`` finds in a name, unless that is all of it."""
    found = disc.search(name) if _may_tell(name) else None
    if found is None or len(found[0]) == len(name):
        return None
    return next((_value(said) for said in found.groups() if said), _SECOND)  # none: of extras


def _value(said: str) -> int | None:
    """Return a number in digits or as a word; 0 is none."""
    return int(said) or None if said.isdigit() else _BY_WORD.get(said.lower())


def _without_disc(disc: re.Pattern[str], name: str) -> str:
    """Return a name without what ``disc`` finds in it, unless that is all of it."""
    return (disc.sub("", name) or name) if _may_tell(name) else name


def _may_tell(name: str) -> bool:
    """Say whether a name holds the word of a disc: most do not, and this takes a tenth as long."""
    low = name.lower()
    return len(name) <= _MAX_NAME and any(
        word in low for word in ("cd", "dis", "\u0434\u0438\u0441")
    )
