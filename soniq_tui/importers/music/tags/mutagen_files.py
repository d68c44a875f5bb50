"""Files as mutagen parses them: the class for each kind, its stream's figures, tags merged.

Importing this imports mutagen (about 30 ms): children do it once, before their first job.
"""

import struct
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, BinaryIO, NamedTuple

from mutagen import File, MutagenError
from mutagen.aac import AAC
from mutagen.ac3 import AC3
from mutagen.aiff import AIFF
from mutagen.apev2 import APEBadItemError
from mutagen.asf import ASF
from mutagen.dsdiff import DSDIFF
from mutagen.dsf import DSF
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.monkeysaudio import MonkeysAudio
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Chapters
from mutagen.musepack import Musepack
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis
from mutagen.optimfrog import OptimFROG
from mutagen.smf import SMF
from mutagen.tak import TAK
from mutagen.trueaudio import TrueAudio
from mutagen.wave import WAVE

from soniq_tui.importers.music.tags import (
    Unusable,
    amended,
    behind,
    codecs,
    families,
    frames,
    rf64,
    wavpack,
)
from soniq_tui.importers.music.tags.ape_tag import sound_items
from soniq_tui.importers.music.tags.pictures import Picture, choose
from soniq_tui.importers.music.tags.sniff import foreign, kind_of
from soniq_tui.importers.music.tags.values import Fields, Texts, fields, measured, whole
from soniq_tui.model.job import ErrorKind


class _NoChapters(MP4Chapters):
    """Chapters that are not looked at: nothing is made of them.

    For one whose title is not UTF-8, as in old audio books, mutagen refuses all of a file.
    """

    def load(self, *_: object) -> None:
        """Read none."""


class _Mp4(MP4):
    """An MP4 file without its chapters."""

    MP4Chapters = _NoChapters


def _wavpack(file: BinaryIO) -> SimpleNamespace:
    """Return figures and tags of a WavPack file; mutagen refuses one of more than 192 kHz."""
    info = wavpack.figures(file)
    file.seek(0)
    return SimpleNamespace(info=info, tags=sound_items(file))


class Kind(NamedTuple):
    """How a kind of file is read."""

    parse: Any
    """The mutagen class, or what stands in for it."""
    held: Callable[[Any], families.Held] | None
    """What reads its tag object."""
    container: str
    codec: str
    exact: bool = False
    """Bits per sample mean something: the sound is kept as it was."""


_as_tagged = {"translate": False, "known_frames": frames.FRAMES}
"""``families.id3`` has old frames brought to those of ID3v2.4, once it has seen the years."""

KINDS = {
    "mpeg": Kind(partial(MP3, **_as_tagged), families.id3, "mp3", "mp3"),
    "flac": Kind(FLAC, families.vorbis, "flac", "flac", exact=True),
    "mp4": Kind(_Mp4, families.mp4, "mp4", "aac"),
    "vorbis": Kind(OggVorbis, families.vorbis, "ogg", "vorbis"),
    "opus": Kind(OggOpus, families.vorbis, "ogg", "opus"),
    "oggflac": Kind(OggFLAC, families.vorbis, "ogg", "flac", exact=True),
    "speex": Kind(OggSpeex, families.vorbis, "ogg", "speex"),
    "asf": Kind(ASF, families.asf, "asf", "wma"),
    "wav": Kind(partial(WAVE, **_as_tagged), families.id3, "wav", "pcm", exact=True),
    "rf64": Kind(rf64.parse, families.id3, "wav", "pcm", exact=True),
    "aiff": Kind(partial(AIFF, **_as_tagged), families.id3, "aiff", "pcm", exact=True),
    "dsf": Kind(partial(DSF, **_as_tagged), families.id3, "dsf", "dsd", exact=True),
    "dff": Kind(partial(DSDIFF, **_as_tagged), families.id3, "dff", "dsd", exact=True),
    "tta": Kind(partial(TrueAudio, **_as_tagged), families.id3, "tta", "tta", exact=True),
    "wavpack": Kind(_wavpack, families.ape, "wavpack", "wavpack", exact=True),
    "musepack": Kind(Musepack, families.ape, "musepack", "musepack"),
    "monkeys": Kind(MonkeysAudio, families.ape, "ape", "monkeys", exact=True),
    "tak": Kind(TAK, families.ape, "tak", "tak", exact=True),
    "optimfrog": Kind(OptimFROG, families.ape, "optimfrog", "optimfrog", exact=True),
    "aac": Kind(AAC, None, "aac", "aac"),
    "ac3": Kind(AC3, None, "ac3", "ac3"),
    "midi": Kind(SMF, None, "midi", "midi"),
}
"""Kinds that ``sniff`` tells."""

_BY_CLASS = {getattr(kind.parse, "func", kind.parse): name for name, kind in KINDS.items()}
_BY_CLASS[MP4] = "mp4"  # what ``mutagen.File`` makes of one
_APE_TAILS = frozenset({"mpeg", "tta", "aac", "ac3"})
"""Kinds without APEv2 tags of their own that programs put some on."""
_ID3V1_TAILS = frozenset({"aac", "ac3", "monkeys", "musepack", "optimfrog", "tak", "wavpack"})
"""Kinds without ID3 tags of their own that old programs put ID3v1 on."""

_V1 = 1
"""Major version that mutagen gives a tag that is ID3v1 alone."""
_APE_FOOTER = 32
_ID3V1 = 128
_LYRICS3_END = 9
_HAS_HEADER = 1 << 31


class _Parsed(NamedTuple):
    """A file that has been read."""

    name: str
    """A key of KINDS."""
    info: Any
    """Figures of the stream, as mutagen has them."""
    texts: Texts
    pictures: list[Picture]
    cut: bool = False
    """The texts come from an ID3v1 tag alone."""


def load(file: BinaryIO, size: int) -> Fields:
    """Return the fields of Track that an open file holds.

    APEv2 on a format with ID3 fills what is absent, and wins over an ID3v1 tag, whose texts end at
    30 characters. ID3v2 before a format that has tags of its own fills what is absent, and so do
    the texts of WAV and AIFF themselves. ID3v1 behind such a format counts where no tag says
    anything.

    Args:
        file: open for reading, with ``name`` its path; the name is asked only where the content
            does not tell the kind.
        size: bytes of the file.

    Raises:
        Unusable: no parser takes it, with a reason.
        Exception: whatever mutagen lets out on damaged input.
    """
    name, front = kind_of(file)
    sound = behind.sound(file, name, front)
    name, info, texts, pictures, cut = _parsed(file, sound, name)
    spare_id3 = front and (sound is not file or KINDS[name].held is not families.id3)
    own_pictures = pictures
    surplus = ape_tail(file, size) if name in _APE_TAILS else 0
    if surplus:
        more, art = _spare(sound_items, families.ape, file)
        texts, pictures = {**texts, **more} if cut else {**more, **texts}, pictures + art
    if spare_id3:
        more, art = _spare(partial(ID3, **_as_tagged), families.id3, file)
        texts, pictures = {**more, **texts}, pictures + art
    if not texts and name in _ID3V1_TAILS:
        texts, _ = _spare(partial(ID3, **_as_tagged), families.id3, file)
    found = fields({**amended.texts(name, sound), **texts})
    found["cover"] = choose(pictures)
    found.update(_stream(name, KINDS[name], info))
    own_bytes = size if sound is file else size - front
    found.update(amended.figures(name, info, sound, (own_bytes, surplus)))
    if found["bitrate_kbps"] is None and found["duration_s"]:
        counted = pictures if sound is file else own_pictures  # others lie in front of it
        sound_bytes = own_bytes - sum(picture.length for picture in counted)
        found["bitrate_kbps"] = whole(8 * sound_bytes / found["duration_s"], per=1000)
    return found


def _parsed(file: BinaryIO, sound: BinaryIO, name: str | None) -> _Parsed:
    """Have mutagen read a file; ``sound`` is what is behind a tag that is none of its own."""
    if name == "theora":
        raise Unusable(ErrorKind.UNSUPPORTED, "an Ogg file with video and no sound we read")
    sound.seek(0)
    if name is None:
        parsed, name = _guess(file)
    else:
        parsed = parse(KINDS[name], sound)
    if name == "mp4" and not parsed.info.codec:
        raise Unusable(ErrorKind.UNSUPPORTED, "an MP4 file without sound")
    kind = KINDS[name]
    texts, pictures = _held(kind, parsed)
    read = _sound(name, parsed.info, texts, pictures)
    cut = name in _APE_TAILS and parsed.tags is not None and parsed.tags.version[0] == _V1
    return read._replace(cut=cut)


def parse(kind: Kind, file: BinaryIO) -> Any:
    """Return a file of some kind, read from its start: ``info`` and ``tags``, as mutagen has them.

    Of a tag with bad items those that are good are returned, in a ``dict``.

    Raises:
        Exception: whatever mutagen lets out on damaged input.
    """
    try:
        return kind.parse(file)
    except APEBadItemError:
        file.seek(0)
        figures = kind.parse._Info(file)  # noqa: SLF001  what the class makes of the stream
        return SimpleNamespace(info=figures, tags=sound_items(file))


def _sound(name: str, info: Any, texts: Texts, pictures: list[Picture]) -> _Parsed:
    if name == "mpeg" and info.sketchy and not texts:
        raise Unusable(ErrorKind.CORRUPT, "no run of MPEG audio frames in it")
    return _Parsed(name, info, texts, pictures)


def _guess(file: BinaryIO) -> tuple[Any, str]:
    """Let mutagen judge by name and content together, as with MPEG audio after stray bytes."""
    known = foreign(file)
    if known:
        raise Unusable(ErrorKind.UNSUPPORTED, f"{known} is not read")
    file.seek(0)
    try:
        parsed: Any = File(file)
    except MutagenError as exc:
        if exc.args and isinstance(exc.args[0], OSError):
            raise  # the disk, not the file
        parsed = None
    name = _BY_CLASS.get(type(parsed))
    if name is None:
        raise Unusable(ErrorKind.CORRUPT, "not audio: it begins like no format we know")
    return parsed, name


def _held(kind: Kind, parsed: Any) -> families.Held:
    if kind.held is None or parsed.tags is None:
        return {}, []
    texts, pictures = kind.held(parsed.tags)
    if kind.parse is FLAC:
        pictures = families.flac_pictures(parsed.pictures) + pictures
    return texts, pictures


def _spare(parse: Any, held: Callable[[Any], families.Held], file: BinaryIO) -> families.Held:
    """Read a tag of another family than the file's own."""
    file.seek(0)
    try:
        return held(parse(file))
    except amended.DAMAGE:
        return {}, []


def ape_tail(file: BinaryIO, size: int) -> int:
    """Return the bytes from the start of an APEv2 tag to the end of the file, 0 without one.

    It ends with a footer of 32 bytes, which an ID3v1 tag (128 bytes) may follow, before which a
    Lyrics3v2 tag may stand (wiki.hydrogenaud.io, "APEv2 specification").
    """
    file.seek(max(0, size - _ID3V1 - _APE_FOOTER))
    end = file.read(_ID3V1 + _APE_FOOTER)
    after = _ID3V1 if end[-_ID3V1:].startswith(b"TAG") else 0
    before = end[: len(end) - after]
    if before.endswith(b"LYRICS200"):
        digits = before[-_LYRICS3_END - 6 : -_LYRICS3_END]
        after += int(digits) + _LYRICS3_END + 6 if digits.isdigit() else 0
        file.seek(max(0, size - after - _APE_FOOTER))
        before = file.read(_APE_FOOTER)
    footer = before[-_APE_FOOTER:]
    if len(footer) < _APE_FOOTER or not footer.startswith(b"APETAGEX"):
        return 0
    length, _, flags = struct.unpack_from("<3I", footer, 12)
    return min(size, int(length) + (_APE_FOOTER if flags & _HAS_HEADER else 0) + after)


def _stream(name: str, kind: Kind, info: Any) -> Fields:
    codec, container, exact = kind.codec, kind.container, kind.exact
    if name == "mpeg" and info.layer != 3:  # noqa: PLR2004  mp3 is layer 3
        codec = container = f"mp{info.layer}"
    elif name == "mp4":
        codec = codecs.mp4(info.codec)
        exact = codec in codecs.MP4_EXACT
    elif name in {"wav", "rf64"}:
        codec = codecs.WAVE.get(info.audio_format, codec)
    elif name == "asf":
        codec = codecs.asf(info.codec_type)
        exact = codec == codecs.ASF_EXACT
    elif name == "dff" and info.compression == "DST":
        codec = "dst"
    elif name == "ac3" and info.codec == "ec-3":
        codec = "eac3"
    return {
        "duration_s": measured(info.length),
        "bitrate_kbps": whole(getattr(info, "bitrate", None), per=1000),
        "sample_rate_hz": whole(getattr(info, "sample_rate", None))
        or (48_000 if name == "opus" else None),
        "channels": whole(int(getattr(info, "channels", 0) or 0)),
        "bits_per_sample": whole(getattr(info, "bits_per_sample", None)) if exact else None,
        "codec": codec,
        "container": container,
    }
