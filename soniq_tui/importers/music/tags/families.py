"""What the tags that mutagen has read hold: one function for each family.

Each takes a tag object and returns the texts by field and the pictures.
"""

from typing import Any

from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import (
    Picture,
    ape_picture,
    asf_picture,
    coverart,
    flac_block,
    picture,
)
from soniq_tui.importers.music.tags.values import Texts, date

Held = tuple[Texts, list[Picture]]
Values = dict[str, list[str]]

_TEXT_ITEM, _BINARY_ITEM = 0, 1
"""Kinds of an APEv2 item."""
_MP4_MIME = {13: "image/jpeg", 14: "image/png", 27: "image/bmp", 12: "image/gif"}
"""Well-known data types of the QuickTime file format."""
_MAX_PICTURES = 16
_ID3_UNREAD = ("IPLS", "CHAP", "CTOC")
"""Frames that mutagen looks into to bring a tag to ID3v2.4; ``frames`` has left them as bytes."""
_ID3_STAMPS = frozenset({"TDRC", "TDRL", "TDOR"})
_ID3_TEXTS = {name for each in names.ID3.values() for name in each if name[0] == "T"}
"""Not all frames whose names begin with a T are texts: TIPL and TMCL hold pairs."""


def id3(tag: Any) -> Held:
    """Return what an ID3 tag holds, as it stands in the file; it becomes one of ID3v2.4.

    Of TYER mutagen takes four digits alone or a whole date, and drops all else that people write:
    ``2004-05``, ``20040512``, a year with a blank behind it. Such a text is the date here, too, and
    so it is with TORY.
    """
    year, first = _texts(tag, "TYER"), _texts(tag, "TORY")
    if "TDOR" in tag:
        first = []
    for name in _ID3_UNREAD:
        tag.delall(name)
    tag.update_to_v24()
    held: Values = {"TDRC": year} if "TDRC" not in tag and date(year) else {}
    pictures: list[Picture] = []
    for frame in tag.values():
        if frame.FrameID == "APIC":
            pictures.append(picture(int(frame.type), frame.mime, frame.data))
        else:
            _add_frame(held, frame)
    if date(first) and not date(held.get("TDOR", [])):
        held["TDOR"] = first
    return names.pick(held, names.ID3), pictures


def _add_frame(held: Values, frame: Any) -> None:
    """Add what a frame says that is no picture."""
    kind = frame.FrameID
    if kind == "TXXX":
        held.setdefault("TXXX:" + frame.desc.lower(), []).extend(frame.text)
    elif kind == "TCON":
        held[kind] = frame.genres
    elif kind == "UFID":
        held["UFID:" + frame.owner] = [frame.data.decode("latin-1")]
    elif kind == "USLT":
        held.setdefault(kind, []).append(frame.text)
    elif kind == "RVA2":
        held["RVA2:" + frame.desc.lower()] = [f"{frame.gain:.6f}"]
    elif kind in _ID3_STAMPS:
        held[kind] = [_stamp(value) for value in frame.text]
    elif kind in _ID3_TEXTS:
        held[kind] = [str(value) for value in frame.text]


def _stamp(value: Any) -> str:
    """Return a time stamp as mutagen spells it, or as it stands where only that tells a date."""
    spelt = str(value)
    said: str = getattr(value, "said", spelt)
    return said if not date([spelt]) and date([said]) else spelt


def _texts(tag: Any, name: str) -> list[str]:
    return [str(value) for value in tag[name].text] if name in tag else []


def vorbis(tag: Any) -> Held:
    """Return what a Vorbis comment holds; pictures of FLAC's own blocks are not in it."""
    held: Values = {}
    for name, value in tag:
        held.setdefault(name.lower(), []).append(value)
    pictures = [flac_block(value) for value in held.get("metadata_block_picture", [])]
    mimes = held.get("coverartmime", [])
    for i, value in enumerate(held.get("coverart", [])):
        pictures.append(coverart(value, mimes[i] if i < len(mimes) else ""))
    return names.pick(held, names.VORBIS), [p for p in pictures if p]


def flac_pictures(blocks: list[Any]) -> list[Picture]:
    """Return the pictures of a FLAC file's own picture blocks."""
    return [picture(b.type, b.mime, b.data) for b in blocks[:_MAX_PICTURES]]


def mp4(tag: Any) -> Held:
    """Return what the atoms of an MP4 file hold."""
    held: Values = {}
    pictures: list[Picture] = []
    for name, value in tag.items():
        if name == "covr":
            pictures = [picture(0, _MP4_MIME.get(p.imageformat, ""), bytes(p)) for p in value]
        elif isinstance(value, bool):
            held[name] = [str(value)]
        elif name in {"trkn", "disk"}:
            held[name] = [f"{n}/{total}" for n, total in value]
        elif isinstance(value, list):
            held.setdefault(name.lower(), []).extend(map(_mp4_text, value))
    return names.pick(held, names.MP4), pictures


def _mp4_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def ape(tag: Any) -> Held:
    """Return what an APEv2 tag holds."""
    held: Values = {}
    pictures: list[Picture] = []
    for name, value in tag.items():
        key = name.lower()
        if value.kind == _TEXT_ITEM:
            held[key] = [str(value)]
        elif value.kind == _BINARY_ITEM and key.startswith("cover art"):
            pictures.append(ape_picture(key, bytes(value.value)))
    return names.pick(held, names.APE), pictures


def asf(tag: Any) -> Held:
    """Return what the attributes of a Windows Media file hold."""
    held: Values = {}
    pictures: list[Picture | None] = []
    for name, value in tag:
        if name == "WM/Picture":
            if isinstance(value.value, bytes):
                pictures.append(asf_picture(value.value))
        else:
            held.setdefault(name.lower(), []).append(str(value))
    return names.pick(names.once(held), names.ASF), [p for p in pictures if p]
