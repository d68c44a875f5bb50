import errno
import io
import os
import random
import resource
import signal
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import run

import msgspec
import pytest
from mutagen import id3
from mutagen.apev2 import APEv2

from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags import read as reading
from soniq_tui.importers.music.tags.mutagen_files import KINDS
from soniq_tui.importers.music.tags.sniff import kind_of
from soniq_tui.importers.music.words import Track
from soniq_tui.model.job import ErrorKind
from tests.importers.music.tagging import MASTERS, master, read_bytes, tagged

STAT = {"path": b"/x", "size": 1, "mtime_ns": 1, "ctime_ns": 1, "inode": 1, "device": 1}
HTML = b"<html><body>404 not found</body></html>\n" * 200
SILENCE_FIRST = b"ID3\4\0\0\0\0\0\0" + bytes(100) + master("mp3")
"""A file that mutagen alone reads."""
GARBAGE = random.Random(4).randbytes(40_000)
SUFFIXES = (".mp3", ".flac", ".m4a", ".ogg", ".opus", ".wma", ".wav", ".wv", ".mpc", ".aac", ".tak")


def fault(call, *args):
    with pytest.raises(Unusable) as caught:
        call(*args)
    assert str(caught.value).strip()
    return caught.value


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_not_audio(tmp_path, suffix):
    """What is no audio is corrupt whatever it is called, with a reason that names no path."""
    for data in (b"", b"\0" * 5000, b"I", HTML, GARBAGE, b"fLaC", b"\xff\xd8\xff"):
        found = fault(read_bytes, tmp_path, data, "x" + suffix)
        assert found.kind is ErrorKind.CORRUPT
        assert str(tmp_path) not in str(found)


@pytest.mark.parametrize("name", sorted(set(MASTERS) - {"ape"}))
def test_cut_short(tmp_path, name):
    """The first 12 bytes of any format are corrupt."""
    assert fault(read_bytes, tmp_path, master(name)[:12]).kind is ErrorKind.CORRUPT


def test_kinds():
    """The first bytes tell the kind, behind ID3v2 tags too; a picture or a page tells none."""
    tag = b"ID3\4\0\0\0\0\0\x0a" + bytes(10)
    footed = b"ID3\4\0\x10\0\0\0\x0a" + bytes(20)
    ogg = b"OggS" + bytes(24)
    for start, kind in {
        b"\xff\xfb\x90\x64": "mpeg",
        b"\xff\xf1\x50\x80": "aac",
        b"\xff\xff\xff\xff": None,
        b"\xff\xd8\xff\xe0": None,
        tag + b"\0\0\0": "mpeg",
        tag + b"fLaC": "flac",
        tag + tag + footed + b"TTA1": "tta",
        tag + b"\xff\xf9\x50\x80": "aac",
        ogg + b"Speex   ": "speex",
        ogg + b"\x7fFLAC": "oggflac",
        ogg + b"\x80theora" + ogg + b"\x01vorbis": "vorbis",
        ogg + b"\x80theora": "theora",
        b"FRM8" + bytes(8) + b"DSD ": "dff",
        b"FORM\0\0\0\0AIFC": "aiff",
        b"RIFF\0\0\0\0AVI ": None,
        b"tBaK": "tak",
        b"OFR ": "optimfrog",
        b"\x0b\x77": "ac3",
        b"<html>": None,
        b"": None,
    }.items():
        assert kind_of(io.BytesIO(start))[0] == kind, start


def test_midi(tmp_path):
    """A MIDI file is read for what it has: a length."""
    track = b"\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xff\x2f\x00"
    data = b"MThd" + struct.pack(">I3H", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track))
    fields = read_bytes(tmp_path, data + track)
    assert (fields["codec"], fields["duration_s"]) == ("midi", 0.5)


def test_absurd_id3_size(tmp_path):
    """An ID3 tag that claims 256 MiB in a small file is corrupt, and reading it takes no memory."""
    data = b"ID3\4\0\0\x7f\x7f\x7f\x7f" + master("mp3")
    assert fault(read_bytes, tmp_path, data, "x.mp3").kind is ErrorKind.CORRUPT


def test_known_but_not_read(tmp_path):
    """Sound that no parser reads is unsupported and named."""
    for magic in (b"\x1a\x45\xdf\xa3", b".RMF", b"RIFF\0\0\0\0AVI ", b"caff"):
        assert fault(read_bytes, tmp_path, magic + bytes(500)).kind is ErrorKind.UNSUPPORTED


def test_video_without_sound(tmp_path):
    """An MP4 file in which no sound is does not pass for AAC."""
    found = fault(read_bytes, tmp_path, master("m4a").replace(b"soun", b"vide"))
    assert (found.kind, str(found)) == (ErrorKind.UNSUPPORTED, "an MP4 file without sound")


def test_reason_names_no_path(tmp_path):
    """A parser's message is passed on without the path in it."""
    found = fault(read_bytes, tmp_path, b"ID3\x09\0\0\0\0\0\x0a" + bytes(10) + master("mp3"))
    assert str(found) == "damaged: ID3v2.9 not supported"


def test_files_that_end_too_soon_have_one_reason(tmp_path):
    """By how many bytes is of no use to anybody, and made a cause of failures of each file."""
    flac = master("flac")
    cut = [fault(read_bytes, tmp_path, flac[: 8 + n], "x.flac") for n in (1, 2, 9)]
    assert {str(found) for found in cut} == {"damaged or cut short"}
    assert {found.kind for found in cut} == {ErrorKind.CORRUPT}
    ogg = fault(read_bytes, tmp_path, master("ogg")[:90], "x.ogg")
    assert str(ogg) == "damaged or cut short"
    assert str(fault(read_bytes, tmp_path, master("wma")[:300], "x.wma")) == "damaged or cut short"
    later = master("ogg").replace(b"OggS", b"OgGs").replace(b"OgGs", b"OggS", 1)
    assert str(fault(read_bytes, tmp_path, later, "x.ogg")) == "damaged or cut short"


def test_named_pipe(tmp_path):
    """A named pipe is refused without waiting for a writer."""
    os.mkfifo(tmp_path / "x.mp3")
    found = fault(reading.read, bytes(tmp_path / "x.mp3"), 1)
    assert (found.kind, str(found)) == (ErrorKind.UNREADABLE, "a named pipe, not a file")


def test_folder_and_vanished(tmp_path):
    """A folder is unreadable; what is gone, or below a file, has vanished."""
    assert fault(reading.read, bytes(tmp_path), 1).kind is ErrorKind.UNREADABLE
    assert fault(reading.read, bytes(tmp_path / "x.mp3"), 1).kind is ErrorKind.VANISHED
    (tmp_path / "file").write_bytes(b"x")
    assert fault(reading.read, bytes(tmp_path / "file" / "x.mp3"), 1).kind is ErrorKind.VANISHED


def test_no_file_of_the_expected_length(tmp_path):
    """A folder that says it is as long as the file was is no file; one that grew is for mutagen."""
    for folder in (tmp_path, Path(__file__).parent):  # the one may be in memory, the other is not
        fd, size = os.open(folder, os.O_RDONLY), 1
        with suppress(OSError):  # in memory a folder has no end
            size = os.lseek(fd, 0, os.SEEK_END)
        os.close(fd)
        for said in {1, max(1, size)}:
            assert str(fault(reading.by_lane, bytes(folder), said)) == "a folder, not a file"
    path = tmp_path / "x.mp3"
    path.write_bytes(master("mp3"))
    size = path.stat().st_size
    assert reading.by_lane(bytes(path), size)
    assert reading.by_lane(bytes(path), size - 1) is None
    assert reading.by_lane(bytes(path), 0) is None


def test_disk_that_fails_for_good(tmp_path, monkeypatch):
    """Where nothing more can be learnt of a file that cannot be read, the disk is to blame."""
    path = tmp_path / "x.mp3"
    path.write_bytes(master("mp3"))

    def refuse(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    size = path.stat().st_size
    for names in (("pread",), ("pread", "fstat")):
        with monkeypatch.context() as patch:
            for name in names:
                patch.setattr(reading.os, name, refuse)
            found = fault(reading.by_lane, bytes(path), size)
        assert found.kind is ErrorKind.UNREADABLE


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EACCES, ErrorKind.UNREADABLE),
        (errno.EIO, ErrorKind.UNREADABLE),
        (errno.ESTALE, ErrorKind.VANISHED),
        (errno.ENOMEM, ErrorKind.MEMORY),
    ],
)
def test_system_errors(tmp_path, monkeypatch, code, kind):
    """What the system says while opening or reading decides the kind."""
    path = tmp_path / "x.mp3"
    path.write_bytes(master("mp3"))

    def refuse(*args):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(reading.os, "open", refuse)
        assert fault(reading.read, bytes(path), 1).kind is kind
    monkeypatch.setattr(reading._Bounded, "readinto", refuse)
    assert fault(reading.read, bytes(path), 1).kind is kind


def test_no_memory(tmp_path, monkeypatch):
    """A lane that finds no memory says so."""

    def refuse(*_):
        raise MemoryError

    monkeypatch.setattr(reading, "quick", refuse)
    assert fault(read_bytes, tmp_path, master("mp3")).kind is ErrorKind.MEMORY


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    """A file that may not be read is unreadable."""
    path = tmp_path / "x.mp3"
    path.write_bytes(master("mp3"))
    path.chmod(0)
    assert fault(reading.read, bytes(path), 1).kind is ErrorKind.UNREADABLE


@pytest.mark.parametrize("name", ["flac", "tta"])
def test_nothing_is_written_for_what_is_read(tmp_path, monkeypatch, name):
    """A scan leaves the time a file was last read alone, whoever reads it: a lane or mutagen."""
    monkeypatch.setattr(reading, "_unstamped", [os.O_NOATIME])  # no file of others was read yet
    file = tmp_path / "x"
    file.write_bytes(master(name))
    os.utime(file, ns=(10**18, 10**18 + 1))  # older than the content: else it would not be renewed
    reading.read(os.fsencode(file), file.stat().st_size)
    assert file.stat().st_atime_ns == 10**18


def test_files_of_others_are_read_all_the_same(tmp_path, monkeypatch):
    """Where the time of reading cannot be left alone nobody asks for that again."""
    monkeypatch.setattr(reading, "_unstamped", [os.O_NOATIME])
    opened = []
    file = tmp_path / "x"
    file.write_bytes(master("flac"))

    def as_a_stranger(path, flags, *args, **how):
        if path != bytes(file):
            return os_open(path, flags, *args, **how)  # of whoever else opens one meanwhile
        opened.append(bool(flags & os.O_NOATIME))
        if flags & os.O_NOATIME:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return os_open(path, flags)

    os_open = os.open
    with monkeypatch.context() as patched:
        patched.setattr(reading.os, "open", as_a_stranger)
        for _ in range(2):
            assert reading.read(bytes(file), file.stat().st_size)["codec"] == "flac"
    assert opened == [True, False, False]


def test_reading_is_bounded(tmp_path, monkeypatch):
    """A file whose tags do not end is too big."""
    monkeypatch.setattr(reading._Bounded, "left", 20_000)
    data = tagged("mp3", {"lyrics": ["x" * 100_000]})
    assert fault(read_bytes, tmp_path, SILENCE_FIRST[:10] + data).kind is ErrorKind.TOO_BIG


@pytest.mark.parametrize("error", [MemoryError, RecursionError, OverflowError, struct.error])
def test_whatever_a_parser_raises(tmp_path, monkeypatch, error):
    """Anything a parser lets out becomes a fault with a reason."""

    def parse(_):
        raise error

    monkeypatch.setitem(KINDS, "mpeg", KINDS["mpeg"]._replace(parse=parse))
    found = fault(read_bytes, tmp_path, SILENCE_FIRST)
    assert found.kind is (ErrorKind.MEMORY if error is MemoryError else ErrorKind.CORRUPT)


def spin(_file):
    while True:
        pass


def test_time_is_bounded(tmp_path, monkeypatch):
    """A parser that does not come to an end is left, whatever it makes of the alarm."""
    calls = []

    def swallow(_file):
        calls.append(1)
        while len(calls) < 3:
            try:
                spin(_file)
            except Unusable:
                calls.append(1)
        spin(_file)

    monkeypatch.setattr(reading, "MAX_CPU_S", 0.05)
    monkeypatch.setattr(reading, "_AGAIN_S", 0.01)
    for parse in (spin, swallow):
        monkeypatch.setitem(KINDS, "mpeg", KINDS["mpeg"]._replace(parse=parse))
        found = fault(read_bytes, tmp_path, SILENCE_FIRST)
        assert (found.kind, str(found)) == (
            ErrorKind.TIMEOUT,
            "its tags took more than 0.05 s to read",
        )
    assert len(calls) == 3


def test_memory_is_bounded(tmp_path, monkeypatch):
    """A frame that unpacks to more than a file may take fails; then all is allowed as before."""
    packing = zlib.compressobj(1)
    packed = b"".join(packing.compress(bytes(1 << 20)) for _ in range(24)) + packing.flush()
    size = bytes((24 << 20) >> shift & 127 for shift in (21, 14, 7, 0))
    body = size + packed
    frame = b"TXXX" + bytes(len(body) >> shift & 127 for shift in (21, 14, 7, 0)) + b"\0\x09" + body
    tag = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    data = b"ID3\4\0\0" + tag + frame + master("mp3")
    monkeypatch.setattr(reading, "MAX_MEMORY_BYTES", 8 << 20)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    assert fault(read_bytes, tmp_path, data).kind is ErrorKind.MEMORY
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_a_size_beyond_the_file_takes_no_memory(tmp_path, monkeypatch):
    """A damaged size that asks for gigabytes is one that ends with the file, as ever."""
    sound = master("wav")
    at = sound.index(b"fmt ") + 4
    data = (
        sound[:4] + b"\xff\xff\xff\x7f" + sound[8:at] + struct.pack("<I", 3 << 28) + sound[at + 4 :]
    )
    monkeypatch.setattr(reading, "MAX_MEMORY_BYTES", 8 << 20)
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    assert reading.by_mutagen(bytes(path), len(data))["codec"] == "pcm"


def test_alarm_of_others(tmp_path):
    """The alarm and the timer that somebody else has set are as they were after a file."""

    def theirs(*_):
        raise AssertionError

    before = signal.signal(signal.SIGPROF, theirs)
    try:
        signal.setitimer(signal.ITIMER_PROF, 500, 30)
        read_bytes(tmp_path, SILENCE_FIRST)
        assert signal.getsignal(signal.SIGPROF) is theirs
        left, again = signal.setitimer(signal.ITIMER_PROF, 0)
        assert (490 < left <= 501, again) == (True, 30)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    read_bytes(tmp_path, SILENCE_FIRST)
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_reading_in_a_thread(tmp_path):
    """Outside the main thread, where no alarm can ring, files are read all the same."""
    with ThreadPoolExecutor(1) as pool:
        for data in (SILENCE_FIRST, master("mp3")):
            assert pool.submit(read_bytes, tmp_path, data).result()["codec"] == "mp3"


def test_grown_since_discovery(tmp_path):
    """A file that has another size than discovery saw is read as it is now."""
    path = tmp_path / "x.mp3"
    path.write_bytes(master("mp3"))
    size = len(master("mp3"))
    assert reading.read(bytes(path), size - 100) == reading.by_mutagen(bytes(path), size - 100)


def test_no_descriptor_leaks(tmp_path):
    """Files are closed whether they could be read or not."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for data in (master("mp3"), b"", HTML):
        for _ in range(5):
            try:
                read_bytes(tmp_path, data)
            except Unusable:
                continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def ape_on_mp3(fields, *, v1=b"", front=b""):
    tail = io.BytesIO()
    tags = APEv2()
    tags.update(fields)
    tags.save(tail)
    return front + master("mp3") + tail.getvalue() + v1


def id3v1(title):
    return b"TAG" + title.encode().ljust(30, b"\0") + bytes(94) + b"\xff"


LONG = "A title that is longer than thirty characters"


def test_ape_beats_id3v1(tmp_path):
    """On an MP3 with APEv2 and only ID3v1, whose texts are cut at 30 characters, APEv2 wins."""
    data = ape_on_mp3({"Title": LONG, "Artist": "A\0B"}, v1=id3v1(LONG[:30]))
    fields = read_bytes(tmp_path, data)
    assert fields["title"] == LONG
    assert fields["artists"] == ("A", "B")


def test_ape_fills_id3v2(tmp_path):
    """On an MP3 with ID3v2, APEv2 fills only what is absent."""
    front = io.BytesIO()
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text="From ID3"))
    tags.save(front)
    data = ape_on_mp3({"Title": "From APE", "Album": "Album"}, front=front.getvalue())
    fields = read_bytes(tmp_path, data)
    assert (fields["title"], fields["album"]) == ("From ID3", "Album")


def test_ape_does_not_stretch_time(tmp_path):
    """A tail tag is not counted as sound."""
    plain = read_bytes(tmp_path, master("mp3"))["duration_s"]
    data = ape_on_mp3({"Lyrics": "la " * 30_000}, v1=id3v1("x"))
    assert read_bytes(tmp_path, data)["duration_s"] == pytest.approx(plain, abs=0.05)


def test_lyrics3_between(tmp_path):
    """APEv2 is found before a Lyrics3v2 tag and ID3v1."""
    lyrics3 = b"LYRICSBEGIN" + b"LYR00005hello"
    lyrics3 += b"%06d" % len(lyrics3) + b"LYRICS200"
    fields = read_bytes(tmp_path, ape_on_mp3({"Title": LONG}, v1=lyrics3 + id3v1("x")))
    assert fields["title"] == LONG


def test_id3_before_flac(tmp_path):
    """An ID3v2 tag before FLAC fills what the comment lacks."""
    front = io.BytesIO()
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text="From ID3"))
    tags.add(id3.TALB(encoding=3, text="Album"))
    tags.save(front)
    fields = read_bytes(tmp_path, front.getvalue() + tagged("flac", {"title": ["Comment"]}))
    assert (fields["codec"], fields["title"], fields["album"]) == ("flac", "Comment", "Album")


@pytest.mark.parametrize(
    ("bits", "channels"),
    [
        ("0010", 1),
        ("0011", 2),
        ("010110", 2),
        ("011110", 3),
        ("100111", 4),
        ("11100001", 6),
        ("11111110", 5),
        ("0001", 3),
    ],
)
def test_channels_of_ac3(tmp_path, bits, channels):
    """The channel of low frequencies is counted where it is, whatever stands before its bit."""
    mode = int(bits.ljust(16, "0"), 2).to_bytes(2)
    frame = b"\x0b\x77\0\0\x1c\x40" + mode + bytes(900)
    assert read_bytes(tmp_path, frame, "x.ac3")["channels"] == channels


def test_genres_by_number(tmp_path):
    """Numeric genres of ID3 become their names."""
    data = tagged("mp3", {"genres": ["(17)", "4"]})
    assert read_bytes(tmp_path, data)["genres"] == ("Rock", "Disco")


def test_old_id3_versions(tmp_path):
    """ID3v2.3 dates and joined artists are understood: TYER with TDAT, a slash parts nothing."""
    tags = id3.ID3()
    tags.add(id3.TDRC(encoding=0, text="2004-05-12"))
    tags.add(id3.TPE1(encoding=1, text="AC/DC"))
    tags.update_to_v23()
    front = io.BytesIO()
    tags.save(front, v2_version=3)
    fields = read_bytes(tmp_path, front.getvalue() + master("mp3"))
    assert (fields["date"], fields["artists"]) == ("2004-05-12", ("AC/DC",))


def test_junk_before_mpeg(tmp_path):
    """An MP3 after stray bytes is read by its name."""
    data = b"stray bytes " * 20 + master("mp3vbr")
    assert read_bytes(tmp_path, data, "x.mp3")["codec"] == "mp3"


@pytest.mark.parametrize("name", MASTERS)
def test_hostile_tags(tmp_path, name):
    """Megabyte texts, NULs and control characters come out bounded and carry through msgpack."""
    fields = {
        "title": ["x" * 1_000_000],
        "album": ["\x1b]0;owned\x07\u202e"],
        "lyrics": ["la\n" * 100_000],
        "date": ["9" * 10_000],
        "isrc": ["\ufffe\U000e0001"],
    }
    track = Track(**STAT, **read_bytes(tmp_path, tagged(name, fields)))
    assert len(track.title) == 4096
    assert track.album == "\x1b]0;owned\x07\u202e"
    assert track.date is None
    assert len(msgspec.msgpack.encode(track)) < 80_000


@pytest.mark.parametrize("name", MASTERS)
def test_mutated_files(tmp_path, name):
    """A file with flipped bytes gives a valid Track or a fault, and nothing else."""
    full = {"title": ["Title"], "artists": ["A", "B"], "track": ["3/12"], "lyrics": ["la"]}
    good = tagged(name, full, b"\xff\xd8\xff" + bytes(300))
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 12)):
            near = chance.random() < 0.7
            at = chance.randrange(min(600, len(data)) if near else len(data))
            data[at] = chance.choice((0, 255, 127, 128, chance.randrange(256)))
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            fields = read_bytes(tmp_path, bytes(data), "x." + name)
        except Unusable as found:
            assert str(found).strip()  # noqa: PT017  either outcome is right
            continue
        track = Track(**STAT, **fields)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(track), type=Track) == track


def test_mutagen_is_lazy():
    """Importing the stage imports no parser: the host only reads its annotations."""
    code = (
        "import sys; from soniq_tui.importers.music import extract; "
        "sys.exit(any(name.startswith('mutagen') for name in sys.modules))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0
