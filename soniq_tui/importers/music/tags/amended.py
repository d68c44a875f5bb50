"""What mutagen leaves out of files of single formats, or has otherwise than they are."""

import struct
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen._riff import RiffFile
from mutagen.aiff import AIFFFile
from mutagen.mp4._atom import Atoms

from soniq_tui.importers.music.tags import codecs, fragments, info_list, names, rf64
from soniq_tui.importers.music.tags.sniff import HEAD, id3_size
from soniq_tui.importers.music.tags.values import Fields, Texts, measured, whole

DAMAGE = (MutagenError, EOFError, ValueError, LookupError, struct.error)
"""What is let out on a damaged tag; a spare one is then left alone."""
_AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
"""By the mode of AC-3, without the one of low frequencies."""
_AC3_STEREO = 2


def texts(name: str, file: BinaryIO) -> Texts:
    """Return by field the texts of a file that stand in no tag.

    Args:
        name: a key of ``mutagen_files.KINDS``.
        file: has been parsed.
    """
    if name == "wav":
        return _info(file)
    if name == "rf64":
        return rf64.texts(file)
    return _text_chunks(file) if name == "aiff" else {}


def figures(name: str, info: Any, file: BinaryIO, sizes: tuple[int, int]) -> Fields:
    """Return fields of Track that are others than mutagen's figures make them.

    Args:
        name: a key of ``mutagen_files.KINDS``.
        info: figures of the stream, as mutagen has them.
        file: has been parsed.
        sizes: bytes of the file, and of an APEv2 tag at its end with all that is behind.
    """
    size, surplus = sizes
    if name == "tta":
        return _true_audio(file)
    if name == "ac3" and info.codec == "ac-3":
        return {"channels": _ac3_channels(file)}
    if name == "mp4":
        return _mp4(info, file)
    if name == "wav":
        return _sound(file, size)
    if name == "mpeg" and info.bitrate:
        return {"duration_s": measured(_reckoned(info, size, surplus))}
    return {}


def _info(file: BinaryIO) -> Texts:
    """Return what the first list of the form INFO says in a WAV file that has been parsed."""
    for chunk in RiffFile(file).root.subchunks():
        if chunk.id == "LIST" and chunk.name == "INFO":
            file.seek(chunk.data_offset + len(chunk.name))
            most = min(chunk.data_size - len(chunk.name), info_list.MAX_BYTES)
            return info_list.texts(file.read(most))
    return {}


def _text_chunks(file: BinaryIO) -> Texts:
    """Return what the text chunks of an AIFF file say that has been parsed."""
    chunks: dict[str, bytes] = {}
    for chunk in AIFFFile(file).root.subchunks():
        if chunk.id in names.AIFF.places and chunk.id not in chunks:
            file.seek(chunk.data_offset)
            chunks[chunk.id] = file.read(min(chunk.data_size, info_list.MAX_BYTES))
    return info_list.of_chunks(chunks)


def _sound(file: BinaryIO, size: int) -> Fields:
    """Return length and bit rate of a WAV file."""
    root = RiffFile(file).root
    said = there = 0
    if "data" in root:
        said, there = root["data"].data_size, size - root["data"].data_offset
    fact = b""
    if "fact" in root:
        file.seek(root["fact"].data_offset)
        fact = file.read(min(root["fact"].data_size, codecs.WAVE_FACT))
    file.seek(root["fmt"].data_offset)
    length_s, bitrate = codecs.wave(file.read(codecs.WAVE_FORM), said, there, fact)
    return {"duration_s": measured(length_s), "bitrate_kbps": whole(bitrate, per=1000)}


def _reckoned(info: Any, size: int, surplus: int) -> float:
    """Return a length: another one where a header says of no frame, or a tail tag was counted.

    Without a header mutagen reckons from bit rate and bytes to the end of the file. Whoever writes
    a header, and is stopped before the end, leaves one of no frames.
    """
    rate: int = info.bitrate
    guessed: float = 8 * (size - info.frame_offset) / rate
    if not info.length or abs(info.length - guessed) < 1e-6:  # noqa: PLR2004  rounding of a float
        return guessed - 8 * surplus / rate
    return float(info.length)


def _mp4(info: Any, file: BinaryIO) -> Fields:
    """Return the length of a file in fragments, and the one channel of plain AAC."""
    found: Fields = {}
    if measured(info.length) is None:
        found["duration_s"] = measured(_in_fragments(file))
    if (info.codec or "").startswith("mp4a") and codecs.MONO_AAC.search(_described(file)):
        found["channels"] = 1
    return found


def _described(file: BinaryIO) -> bytes:
    """Return the description of the first track of sound in an MP4 file."""
    for trak in Atoms(file)[b"moov"].findall(b"trak"):
        if trak[b"mdia", b"hdlr"].read(file)[1][8:12] == b"soun":
            data: bytes = trak[b"mdia", b"minf", b"stbl", b"stsd"].read(file)[1]
            return data
    return b""


def _in_fragments(file: BinaryIO) -> float:
    """Return the seconds of sound in the fragments of an MP4 file, 0 where that is not known."""
    try:
        return fragments.length_s(file)
    except DAMAGE:
        return 0.0


def _true_audio(file: BinaryIO) -> Fields:
    """Return what mutagen leaves out: channels and bits (TTA1 header, offsets 6 and 8)."""
    channels, bits = struct.unpack_from("<2H", _head(file), 6)
    return {"channels": whole(channels), "bits_per_sample": whole(bits)}


def _ac3_channels(file: BinaryIO) -> int:
    """Return the channels of AC-3, with the one of low frequencies (ATSC A/52, section 5.3.2).

    Before the bit that tells of that one stand fields of two bits, each with some modes alone;
    mutagen passes over one of them with all.
    """
    bits = int.from_bytes(_head(file)[6:8])
    mode = bits >> 13
    fields = bool(mode & 1 and mode > 1) + bool(mode & 4) + (mode == _AC3_STEREO)
    return _AC3_CHANNELS[mode] + (bits >> 12 - 2 * fields & 1)


def _head(file: BinaryIO) -> bytes:
    """Return the first bytes behind an ID3v2 tag, if there is one."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(b"ID3"):
        file.seek(id3_size(head))
        head = file.read(HEAD)
    return head
