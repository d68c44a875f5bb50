"""Hold the quick lanes against mutagen on damaged copies of the files of a folder.

usage: python scripts/lane_trial.py FOLDER [COUNT] [--seed N] [--suffix .mp3 ...] [--clean]

Each round copies a file, damages the copy (or not, with --clean) and reads it both ways. A lane may
give up, it may not say what mutagen does not say. Differing copies are kept in --keep.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from soniq_tui.importers.music.tags import Unusable
from tests.importers.music.differential import by_lane, by_mutagen, diff

NEAR = 6000
"""Bytes at each end of a file where most of the damage is done."""
LARGEST = 4 << 20
ODD = (0, 1, 2, 3, 4, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (b"\0", b"\0\0", b"\xff\xfe", b"\xfe\xff", b"TPE1", b"TXXX", b"APIC", b"Xing", b"APETAGEX")


def place(rng: random.Random, data: bytearray) -> int:
    """Return where to damage: mostly near the start or the end, often beside a name in capitals."""
    size = len(data)
    way = rng.random()
    if way < 0.6:
        low, high = 0, min(NEAR, size)
    elif way < 0.85:
        low, high = max(0, size - NEAR), size
    else:
        low, high = 0, size
    at = rng.randrange(low, high)
    if rng.random() < 0.5:
        for near in range(at, min(at + 400, size - 8)):
            if data[near : near + 4].isalpha():
                return near + rng.randrange(12)
    return at


def damage(rng: random.Random, data: bytearray) -> None:
    """Change a few bytes, a number, the length, or the order of things."""
    at = min(place(rng, data), len(data) - 1)
    way = rng.randrange(10)
    if way < 2:
        data[at] ^= 1 << rng.randrange(8)
    elif way < 4:
        data[at] = rng.choice(ODD) if rng.random() < 0.5 else rng.randrange(256)
    elif way == 4:
        del data[at : at + rng.choice((1, 2, 4, 5, 40))]
    elif way == 5:
        data[at:at] = rng.choice((*WORDS, rng.randbytes(rng.randrange(1, 9))))
    elif way == 6:
        order = rng.choice(("big", "little"))
        number = int.from_bytes(data[at : at + 4], order)
        number += rng.choice((-300, -8, -4, -2, -1, 1, 2, 4, 10, 128, 1 << 16, 1 << 31))
        data[at : at + 4] = (number % (1 << 32)).to_bytes(4, order)
    elif way == 7:
        part = data[at : at + rng.choice((8, 10, 30, 200, 1000))]
        to = min(place(rng, data), len(data))
        data[to:to] = part
    elif way == 8:
        count = rng.choice((1, 2, 4, 16, 100))
        data[at : at + count] = bytes([rng.choice((0, 0xFF))]) * min(count, len(data) - at)
    elif rng.random() < 0.3:
        del data[rng.randrange(len(data)) :]
    else:
        data[at:at] = bytes(rng.choice((1, 10, 128, 2000)))


def mutant(rng: random.Random, good: bytes) -> bytes:
    """Return a damaged copy."""
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        if not data:
            break
        damage(rng, data)
    return bytes(data)


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--suffix", nargs="*", default=[])
    parser.add_argument("--keep", type=Path, help="a folder for the copies that differ")
    parser.add_argument("--clean", action="store_true", help="read the files as they are")
    return parser.parse_args()


def main() -> int:
    """Run the trial; the status is 1 where a lane said what mutagen does not."""
    given = options()
    rng = random.Random(given.seed)
    files = sorted(
        path
        for path in given.folder.rglob("*")
        if path.is_file() and (not given.suffix or path.suffix in given.suffix)
    )
    chosen = files if given.clean else [rng.choice(files) for _ in range(given.count)]
    counts: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    slowest = {"lane": (0.0, ""), "mutagen": (0.0, "")}
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(chosen):
            path = source
            if not given.clean:
                if source.stat().st_size > LARGEST:
                    continue
                path = Path(folder, f"x{source.suffix}")
                path.write_bytes(mutant(rng, source.read_bytes()))
            times = [time.perf_counter()]
            lane = by_lane(path)
            times.append(time.perf_counter())
            mutagen = by_mutagen(path)
            times.append(time.perf_counter())
            kind = source.suffix or "none"
            for who, took in (("lane", times[1] - times[0]), ("mutagen", times[2] - times[1])):
                spent[f"{kind} {who}"] += took
                slowest[who] = max(slowest[who], (took, str(source)))
            counts["read"] += 1
            counts["mutagen refused"] += isinstance(mutagen, Unusable)
            counts[f"{kind} read"] += 1
            if lane is None:
                counts["gave up"] += 1
                counts[f"{kind} gave up"] += 1
                continue
            counts["accepted"] += 1
            found = diff(lane, mutagen)
            if found:
                counts["differing"] += 1
                counts[f"{kind} differing"] += 1
                print(f"{number} {source}: {str(found)[:400]}")
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{given.seed}-{number}{kind}").write_bytes(path.read_bytes())
    report(counts, spent, slowest)
    return 1 if counts["differing"] else 0


def report(
    counts: Counter[str], spent: Counter[str], slowest: dict[str, tuple[float, str]]
) -> None:
    """Print what was counted."""
    for name in ("read", "accepted", "gave up", "differing", "mutagen refused"):
        print(f"{name:16} {counts[name]:8}")
    for kind in sorted({name.rpartition(" ")[0] for name in spent}):
        read = counts[f"{kind} read"]
        lane, mutagen = (1e6 * spent[f"{kind} {who}"] / read for who in ("lane", "mutagen"))
        print(
            f"{kind:8} {read:7} read {counts[f'{kind} gave up']:7} gave up"
            f" {counts[f'{kind} differing']:5} differing; on the clock: lane {lane:.0f} µs,"
            f" mutagen {mutagen:.0f} µs"
        )
    for who, (took, path) in slowest.items():
        print(f"slowest of {who}: {1000 * took:.1f} ms, from {path}")


if __name__ == "__main__":
    sys.exit(main())
