#!/usr/bin/env python3
"""Make the masters of the demo library: one tiny real audio file per format, and two pictures.

Needs these tools, all of them in Debian (``apt-get install ffmpeg lame flac vorbis-tools
opus-tools wavpack musepack-tools``): ffmpeg, lame, flac, oggenc, opusenc, wavpack, mpcenc. The
result is committed, so only a change of the masters themselves asks for a new run::

    .venv/bin/python scripts/make_masters.py [FOLDER]

Two formats are written by hand:

* ``dsf``: Debian has no DSD encoder. A valid header and two blocks of the DSD pattern of
  silence, 0.02 s: at 2.8 MHz anything longer would be the largest file here.
* ``ape``: Debian has no Monkey's Audio encoder. Descriptor, header and seek table are valid; the
  one frame carries no coded sound, only the flags that stand for silence.

Everything else is really encoded from 0.25 s of two quiet tones. The same versions of the tools
make the same bytes.
"""

import argparse
import math
import shutil
import struct
import subprocess
import sys
import tempfile
import wave
import zlib
from collections.abc import Iterable
from pathlib import Path

import mutagen

ROOT = Path(__file__).resolve().parent.parent
MASTERS = ROOT / "soniq_tui" / "importers" / "music" / "masters"

PACKAGES = {
    "ffmpeg": "ffmpeg",
    "lame": "lame",
    "flac": "flac",
    "oggenc": "vorbis-tools",
    "opusenc": "opus-tools",
    "wavpack": "wavpack",
    "mpcenc": "musepack-tools",
}
"""Debian package of each tool."""

SECONDS = 0.25
TONES = ((330.0, 0.04), (495.0, 0.03))
"""Hertz and amplitude (1.0 is full scale)."""


def main() -> None:
    """Make all masters in the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=MASTERS)
    folder: Path = parser.parse_args().folder
    missing = [tool for tool in PACKAGES if shutil.which(tool) is None]
    if missing:
        packages = " ".join(PACKAGES[tool] for tool in missing)
        sys.exit(f"make_masters: {', '.join(missing)} not found; apt-get install {packages}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        stereo, mono = Path(scratch, "stereo.wav"), Path(scratch, "mono.wav")
        write_wav(stereo, rate=44100, channels=2)
        write_wav(mono, rate=22050, channels=1)
        encode(folder, stereo, mono)
    (folder / "dsf.dsf").write_bytes(dsf(blocks=2))
    (folder / "ape.ape").write_bytes(ape(samples=round(44100 * SECONDS), rate=44100))
    pictures(folder)
    made = sorted(folder.iterdir())
    for file in made:
        print(f"{file.stat().st_size:7} {file.name}")
    print(f"{sum(file.stat().st_size for file in made):7} in all")


def write_wav(path: Path, rate: int, channels: int) -> None:
    """Write the two tones as 16 bit PCM; the right channel is a little quieter."""
    frames = bytearray()
    for at in range(round(rate * SECONDS)):
        value = sum(level * math.sin(2 * math.pi * tone * at / rate) for tone, level in TONES)
        for channel in range(channels):
            frames += struct.pack("<h", round(value * (1 - 0.25 * channel) * 32767))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(frames))


def run(*words: str | Path) -> None:
    """Run a tool; its own words are shown only when it fails."""
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"make_masters: {words[0]} failed with {done.returncode}: {done.stderr.strip()}")


def ffmpeg(source: Iterable[str | Path], out: Path, *options: str) -> None:
    """Run ffmpeg without metadata and without its version in the result."""
    plain = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
    run("ffmpeg", "-v", "error", "-y", *source, *plain, *options, out)


def encode(folder: Path, stereo: Path, mono: Path) -> None:
    """Encode one file per format; the uncompressed ones from the mono source, to stay small."""
    # -t writes no Xing or Info header: the length has to be guessed from the bit rate.
    run("lame", "--quiet", "-t", "-b", "64", stereo, folder / "mp3.mp3")
    run("lame", "--quiet", "-V", "2", stereo, folder / "mp3vbr.mp3")
    run("flac", "--silent", "--force", "--no-padding", "-o", folder / "flac.flac", stereo)
    run("oggenc", "-Q", "--serial", "1", "-q", "2", "-o", folder / "ogg.ogg", stereo)
    small = ("--bitrate", "48", "--padding", "0")
    run("opusenc", "--quiet", "--serial", "1", *small, stereo, folder / "opus.opus")
    run("wavpack", "-q", "-y", "-h", stereo, "-o", folder / "wv.wv")
    run("mpcenc", "--silent", "--overwrite", stereo, folder / "mpc.mpc")
    aac = ("-c:a", "aac", "-b:a", "64k")
    ffmpeg(("-i", stereo), folder / "m4a.m4a", *aac, "-movflags", "+faststart")
    ffmpeg(("-i", stereo), folder / "aac.aac", *aac)
    ffmpeg(("-i", stereo), folder / "alac.m4a", "-c:a", "alac")
    ffmpeg(("-i", stereo), folder / "wma.wma", "-c:a", "wmav2", "-b:a", "64k")
    ffmpeg(("-i", mono), folder / "tta.tta", "-c:a", "tta")
    ffmpeg(("-i", mono), folder / "wav.wav")
    ffmpeg(("-i", mono), folder / "aiff.aiff")
    # The encoders name themselves in comments that no switch turns off.
    for name in ("ogg.ogg", "opus.opus", "flac.flac", "wma.wma", "m4a.m4a", "alac.m4a"):
        audio = mutagen.File(folder / name)
        audio.delete()


def dsf(blocks: int) -> bytes:
    """Return a mono DSF file of silence: ``blocks`` of 4096 bytes at 2.8224 MHz.

    Source: DSF File Format Specification 1.01, Sony.
    """
    # 0x69 holds as many ones as zeros: silence in DSD, where a byte of zeros would be a click.
    body = b"\x69" * (4096 * blocks)
    form = (52, 1, 0, 1, 1, 2822400, 1, len(body) * 8, 4096, 0)
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + 52 + 12 + len(body), 0)
    head += struct.pack("<4sQIIIIIIQII", b"fmt ", *form)
    return head + struct.pack("<4sQ", b"data", 12 + len(body)) + body


def ape(samples: int, rate: int) -> bytes:
    """Return a stereo 16 bit Monkey's Audio file (3.99) of one frame of silence.

    Source: APE_DESCRIPTOR and APE_HEADER of the Monkey's Audio SDK. A frame starts with a checksum;
    its top bit says that flags follow, and flag bits 1 and 2 say that left and right are silent.
    """
    checksum = zlib.crc32(bytes(samples * 4)) >> 1
    frame = struct.pack("<II", checksum | 0x80000000, 3) + bytes(8)
    create_wav_header = 32
    header = struct.pack("<HHIIIHHI", 2000, create_wav_header, 73728, samples, 1, 16, 2, rate)
    seek_table = struct.pack("<I", 52 + len(header) + 4)
    sizes = (52, len(header), len(seek_table), 0, len(frame), 0, 0)
    descriptor = struct.pack("<4sHH7I16s", b"MAC ", 3990, 0, *sizes, b"")
    return descriptor + header + seek_table + frame


def pictures(folder: Path) -> None:
    """Draw a front cover (JPEG) and a back cover (PNG) of 64 x 64."""
    shades = "gradients=size=64x64:c0=0xe8a33d:c1=0x1d3557:nb_colors=2:x0=0:y0=0:x1=63:y1=63:seed=1"
    once = ("-frames:v", "1", "-flags:v", "+bitexact")
    front = ("-f", "lavfi", "-i", "mandelbrot=size=64x64")
    ffmpeg(front, folder / "front.jpg", *once, "-pix_fmt", "yuvj420p", "-q:v", "8")
    ffmpeg(("-f", "lavfi", "-i", shades), folder / "back.png", *once)


if __name__ == "__main__":
    main()
