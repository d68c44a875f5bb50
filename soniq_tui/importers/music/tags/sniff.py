"""What a file is, by its content: names lie too often, and asking every parser costs a fifth more.

A *kind* is a word such as ``flac``; ``mutagen_files`` has the parser for each.
"""

from typing import BinaryIO

HEAD = 64
"""Bytes at the start that tell most kinds apart."""
_OGG_HEAD = 4096
"""Bytes in which the first packet of each stream in an Ogg file begins."""
_MAX_ID3_TAGS = 4
"""Some programs put several ID3v2 tags one after the other."""

_MAGIC = (
    (b"fLaC", "flac"),
    (b"wvpk", "wavpack"),
    (b"MPCK", "musepack"),
    (b"MP+", "musepack"),
    (b"MAC ", "monkeys"),
    (b"DSD ", "dsf"),
    (b"TTA1", "tta"),
    (b"tBaK", "tak"),
    (b"OFR ", "optimfrog"),
    (b"MThd", "midi"),
    (b"ADIF", "aac"),
    (b"\x0b\x77", "ac3"),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
)
"""First bytes to kind; the last is the GUID of an ASF header object."""

_CONTAINERS = (
    (b"RIFF\0\0\0\0", b"WAVE", "rf64"),  # a recorder that was stopped: mutagen refuses it
    (b"RIFF", b"WAVE", "wav"),
    (b"RF64", b"WAVE", "rf64"),
    (b"BW64", b"WAVE", "rf64"),
    (b"FORM", b"AIFF", "aiff"),
    (b"FORM", b"AIFC", "aiff"),
)
"""First bytes and those from 8 on."""

_OGG_CODECS = (
    (b"\x01vorbis", "vorbis"),
    (b"OpusHead", "opus"),
    (b"\x7fFLAC", "oggflac"),
    (b"Speex   ", "speex"),
    (b"\x80theora", "theora"),
)
"""How the first packet of a stream begins."""

FOREIGN = (
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b".RMF", "RealMedia"),
    (b".ra\xfd", "RealAudio"),
    (b"caff", "Core Audio"),
    (b"ajkg", "Shorten"),
    (b"riff\x2e\x91\xcf\x11", "Wave64"),
    (b"#!AMR", "AMR"),
    (b".snd", "Sun audio"),
    (b"FLV", "Flash video"),
)
"""First bytes of sound that no parser of ours reads, and its name for people."""


def kind_of(file: BinaryIO) -> tuple[str | None, int]:
    """Return the kind of an open file, and the bytes of ID3v2 tags that stand before it.

    The kind is None where the start of the file says nothing. An ID3v2 tag says nothing by itself:
    what follows it decides, and where that is not clear either it is taken for an MPEG stream after
    padding or damage.
    """
    file.seek(0)
    head = file.read(HEAD)
    at = 0
    for _ in range(_MAX_ID3_TAGS):
        if not head.startswith(b"ID3") or len(head) < 10:  # noqa: PLR2004  an ID3v2 header
            break
        at += id3_size(head)
        file.seek(at)
        head = file.read(HEAD)
    if head.startswith(b"OggS"):
        return _ogg(head + file.read(_OGG_HEAD - HEAD)), at
    return _plain(head) or ("mpeg" if at else None), at


def foreign(file: BinaryIO) -> str | None:
    """Return the name of a format that is known but not read."""
    file.seek(0)
    head = file.read(HEAD)
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "AVI video"
    return next((name for magic, name in FOREIGN if head.startswith(magic)), None)


def id3_size(head: bytes) -> int:
    """Return the bytes of an ID3v2 tag with its header and footer (ID3v2.4, section 3.1)."""
    footer = 10 if head[5] & 0x10 else 0
    return 10 + synchsafe(head[6:10]) + footer


def synchsafe(data: bytes) -> int:
    """Return a number of four bytes with seven bits in each (ID3v2.4, section 6.2)."""
    a, b, c, d = data
    return (a & 0x7F) << 21 | (b & 0x7F) << 14 | (c & 0x7F) << 7 | d & 0x7F


def _plain(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for magic, form, kind in _CONTAINERS:
        if head.startswith(magic) and head[8:12] == form:
            return kind
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"FRM8" and head[12:16] == b"DSD ":
        return "dff"
    return _frame(head)


def _frame(head: bytes) -> str | None:
    """Tell MPEG audio from AAC by the layer bits of a frame header (ISO 11172-3, 13818-7)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004  a header
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004  MPEG-2 or 4 with layer 0
        return "aac"
    good = head[1] & 0x06 and head[1] & 0x18 != 0x08  # noqa: PLR2004  reserved version
    return "mpeg" if good and head[2] & 0xF0 != 0xF0 else None  # noqa: PLR2004  no such bit rate


def _ogg(head: bytes) -> str | None:
    at = [(found, kind) for word, kind in _OGG_CODECS if (found := head.find(word)) >= 0]
    heard = [pair for pair in at if pair[1] != "theora"]
    return min(heard or at, default=(0, None))[1]
