"""Damaged and odd copies of files that still add up: what a lane may stumble over unseen.

Flipped bytes mostly break a size, and every reader gives up. These take a file to its parts
(blocks, atoms, pages, objects), change those, and put it together again with all sizes right.
"""

import random
import struct
from collections.abc import Callable

ODD = (0, 1, 2, 3, 4, 8, 13, 0x7F, 0x80, 0xFE, 0xFF)
CONTAINERS = frozenset(b"moov udta trak mdia meta ilst stbl minf ----".split())
META_HEAD = 4
ASF_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
ASF_ATTRIBUTES = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
ASF_FILED = (
    bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca"),
    bytes.fromhex("941c23449894d149a1411d134e457054"),
)

Rng = random.Random
Mutate = Callable[[Rng, bytes], bytes]


def flipped(rng: Rng, data: bytes, most: int = 4) -> bytes:
    """Change, drop, add or repeat a few bytes, mostly near the start."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, most)):
        if not changed:
            break
        near = min(len(changed), rng.choice((64, 600, 6000, len(changed))))
        at = rng.randrange(near) if rng.random() < 0.85 else len(changed) - 1 - rng.randrange(near)
        way = rng.randrange(8)
        if way < 3:
            changed[at] = rng.choice(ODD) if rng.random() < 0.5 else changed[at] ^ 1 << way
        elif way == 3:
            del changed[at : at + rng.choice((1, 2, 4, 8, 30))]
        elif way == 4:
            changed[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8)))
        elif way == 5:
            changed[at:at] = changed[at : at + rng.choice((4, 12, 40, 300))]
        elif way == 6:
            changed[at : at + 9] = rng.randbytes(min(9, len(changed) - at))
        elif rng.random() < 0.3:
            del changed[at:]
        else:
            _nudge(rng, changed, at)
    return bytes(changed)


def _nudge(rng: Rng, data: bytearray, at: int) -> None:
    """Add a little to a number of four bytes."""
    order = rng.choice(("big", "little"))
    number = int.from_bytes(data[at : at + 4], order)
    number += rng.choice((-256, -16, -8, -4, -1, 1, 4, 8, 16, 256, 1 << 24))
    data[at : at + 4] = (number % (1 << 32)).to_bytes(4, order)


def shuffled(rng: Rng, parts: list, one: Callable) -> None:
    """Repeat, drop, move or change a few of the parts; ``one`` changes one."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not parts:
            return
        at = rng.randrange(len(parts))
        way = rng.randrange(8)
        if way == 0:
            parts.insert(rng.randint(0, len(parts)), parts[at])
        elif way == 1:
            del parts[at]
        elif way == 2:
            parts.insert(rng.randint(0, len(parts) - 1), parts.pop(at))
        else:
            parts[at] = one(rng, parts[at])


def swapped_case(rng: Rng, data: bytes) -> bytes:
    """Change the case of letters, all or one."""
    if rng.random() < 0.5 or not data:
        return data.swapcase()
    at = rng.randrange(len(data))
    return data[:at] + data[at : at + 1].swapcase() + data[at + 1 :]


# --- Vorbis comments ---


def comment(rng: Rng, data: bytes) -> bytes:
    """Change the comments of a Vorbis comment, with its vendor at the start."""
    (vendor,) = struct.unpack_from("<I", data)
    (count,) = struct.unpack_from("<I", data, 4 + vendor)
    at, held = 8 + vendor, []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        held.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    shuffled(rng, held, _one_comment)
    made = [data[: 4 + vendor], struct.pack("<I", len(held) + (rng.random() < 0.02))]
    made += [struct.pack("<I", len(each)) + each for each in held]
    return b"".join(made) + data[at:]


def _one_comment(rng: Rng, held: bytes) -> bytes:
    name, equals, value = held.partition(b"=")
    way = rng.randrange(6)
    if way == 0:
        name = swapped_case(rng, name)
    elif way == 1:
        name = rng.choice(
            (b"", b"artist ", b"\xc3\xa9", b"genre~", b"Year", b"COVERART", b"lyrics")
        )
    elif way == 2:
        equals = rng.choice((b"", b"=="))
    elif way == 3:
        value = rng.choice((b"", b"\0a\0", b"\xff\xfe", b"\xed\xa0\x80x", b"3/0", value * 3))
    else:
        value = flipped(rng, value, 2)
    return name + equals + value


# --- FLAC ---


def flac(rng: Rng, data: bytes) -> bytes:
    """Change the metadata blocks of a FLAC file."""
    blocks, at, last = [], 4, 0
    while not last:
        last, size = data[at] >> 7, int.from_bytes(data[at + 1 : at + 4])
        blocks.append((data[at] & 0x7F, data[at + 4 : at + 4 + size]))
        at += 4 + size
    shuffled(rng, blocks, _one_block)
    made = [data[:4]]
    for i, (kind, body) in enumerate(blocks):
        end = 0x80 if i == len(blocks) - 1 else 0
        made.append(bytes([kind | end]) + len(body).to_bytes(3) + body)
    return b"".join(made) + data[at:]


def _one_block(rng: Rng, block: tuple[int, bytes]) -> tuple[int, bytes]:
    kind, body = block
    way = rng.randrange(6)
    if kind == 4 and way < 4:
        return kind, comment(rng, body)
    if way == 4:
        return rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 126)), body
    if way == 5:
        return kind, body + bytes(rng.choice((1, 4, 400)))
    return kind, flipped(rng, body, 2)


# --- Ogg ---


def ogg(rng: Rng, data: bytes) -> bytes:
    """Change the comment packet of an Ogg file, spread it over other pages, change pages."""
    pages, at = [], 0
    while data[at : at + 4] == b"OggS":
        size = 27 + data[at + 26] + _body(data[at:])
        pages.append(data[at : at + size])
        at += size
    lacing, body, count = b"", b"", 1
    while not lacing.strip(b"\xff"):
        page = pages[count]
        lacing, body = lacing + page[27 : 27 + page[26]], body + page[27 + page[26] :]
        count += 1
    full = len(lacing) - len(lacing.lstrip(b"\xff"))
    size = 255 * full + lacing[full]
    packet = body[:size]
    mark = 8 if packet.startswith(b"OpusTags") else 7
    changed = packet[:mark] + comment(rng, packet[mark:])
    if rng.random() < 0.2:
        changed = flipped(rng, packet, 2)
    pages[1:count] = _paged(rng, changed, body[size:], pages[1])
    if rng.random() < 0.3:
        shuffled(rng, pages, _one_page)
    return b"".join(pages) + data[at:]


def _body(page: bytes) -> int:
    return sum(page[27 : 27 + page[26]])


def _paged(rng: Rng, packet: bytes, spill: bytes, like: bytes) -> list[bytes]:
    """Spread a packet, and one behind it, over pages of some size."""
    lacing = b"".join(
        b"\xff" * (len(each) // 255) + bytes([len(each) % 255]) for each in (packet, spill) if each
    )
    body = packet + spill
    most = rng.choice((2, 16, 17, 255, 255))
    pages, at = [], 0
    for number, start in enumerate(range(0, len(lacing), most)):
        part = lacing[start : start + most]
        flags = 1 if start and lacing[start - 1] == 255 else 0
        (sequence,) = struct.unpack_from("<I", like, 18)
        head = like[:5] + bytes([flags]) + like[6:18] + struct.pack("<I", sequence + number)
        page = head + like[22:26] + bytes([len(part)]) + part
        pages.append(page + body[at : at + sum(part)])
        at += sum(part)
    return pages


def _one_page(rng: Rng, page: bytes) -> bytes:
    at = rng.choice((4, 5, 5, 6, 13, 14, 18, 26))
    to = rng.choice((0, 1, 2, 3, 4, 5, 6, 0xFF, page[at] ^ 1))
    return page[:at] + bytes([to]) + page[at + 1 :]


# --- MP4 ---


def mp4(rng: Rng, data: bytes) -> bytes:
    """Change the atoms of an MP4 file, anywhere in the tree."""
    tree = _atoms(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        atoms = tree
        while rng.random() < 0.9:
            inner = [atom for atom in atoms if isinstance(atom[2], list) and atom[2]]
            if not inner:
                break
            inner.sort(key=lambda atom: atom[0] in {b"moov", b"udta", b"meta", b"ilst"})
            atoms = (inner[-1] if rng.random() < 0.6 else rng.choice(inner))[2]
        shuffled(rng, atoms, _one_atom)
    return _rendered(tree)


def _atoms(data: bytes, at: int = 0) -> list:
    found = []
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = META_HEAD if name == b"meta" else 0
        body = data[at + 8 + head : at + size]
        inner = _atoms(body) if name in CONTAINERS else body
        found.append([name, data[at + 8 : at + 8 + head], inner])
        at += max(8, size)
    return found


def _rendered(atoms: list) -> bytes:
    made = []
    for name, head, inner in atoms:
        body = head + (_rendered(inner) if isinstance(inner, list) else inner)
        made.append(struct.pack(">I4s", len(body) + 8, name) + body)
    return b"".join(made)


def _one_atom(rng: Rng, atom: list) -> list:
    name, head, inner = atom
    way = rng.randrange(8)
    if way == 0:
        return [swapped_case(rng, name), head, inner]
    if way == 1:
        named = (b"\xa9gen", b"gnre", b"trkn", b"tmpo", b"cpil", b"covr", b"free", b"meta", b"chpl")
        return [rng.choice((*named, b"ac-3", b"trak", b"data", b"name")), head, inner]
    if isinstance(inner, list):
        return [name, head, inner + inner if way == 2 else inner[:-1] if way == 3 else inner]
    if name == b"data" and way < 5:
        at = rng.choice((0, 3, 3, 7))
        return [name, head, inner[:at] + bytes([rng.choice(ODD)]) + inner[at + 1 :]]
    if way == 5:
        return [name, head, inner[: rng.randrange(len(inner) + 1)]]
    return [name, head, flipped(rng, inner[:200], 2) + inner[200:]]


# --- ASF ---


def asf(rng: Rng, data: bytes) -> bytes:
    """Change the objects of the header of an ASF file, and their attributes."""
    size, count = struct.unpack_from("<QI", data, 16)
    objects = _objects(data[30:size])
    if rng.random() < 0.2:
        shuffled(rng, objects, lambda _rng, each: each)
    for i, (guid, body) in enumerate(objects):
        if rng.random() < 0.4:
            objects[i] = (guid, _one_object(rng, guid, body))
    made = b"".join(map(_object, objects))
    count += len(objects) - count if rng.random() < 0.98 else 1
    return data[:16] + struct.pack("<QI", len(made) + 30, count) + data[28:30] + made + data[size:]


def _objects(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        guid, size = struct.unpack_from("<16sQ", data, at)
        found.append((guid, data[at + 24 : at + size]))
        at += max(24, size)
    return found


def _object(held: tuple[bytes, bytes]) -> bytes:
    guid, body = held
    return guid + struct.pack("<Q", len(body) + 24) + body


def _one_object(rng: Rng, guid: bytes, body: bytes) -> bytes:
    if guid == ASF_EXTENSION:
        objects = [(g, _one_object(rng, g, b)) for g, b in _objects(body[22:])]
        made = b"".join(map(_object, objects))
        return body[:18] + struct.pack("<I", len(made)) + made
    if guid != ASF_ATTRIBUTES and guid not in ASF_FILED:
        return flipped(rng, body, 2)
    form = "<H" if guid == ASF_ATTRIBUTES else "<4sHHI"
    attributes, at = [], 2
    for _ in range(struct.unpack_from("<H", body)[0]):
        if guid == ASF_ATTRIBUTES:
            (name_size,) = struct.unpack_from(form, body, at)
            name = body[at + 2 : at + 2 + name_size]
            kind, size = struct.unpack_from("<HH", body, at + 2 + name_size)
            start = at + 6 + name_size
            before = b""
        else:
            before, name_size, kind, size = struct.unpack_from(form, body, at)
            name, start = body[at + 12 : at + 12 + name_size], at + 12 + name_size
        attributes.append((before, name, kind, body[start : start + size]))
        at = start + size
    shuffled(rng, attributes, _one_attribute)
    made = [struct.pack("<H", len(attributes))]
    for before, name, kind, value in attributes:
        if guid == ASF_ATTRIBUTES:
            made += [
                struct.pack("<H", len(name)),
                name,
                struct.pack("<HH", kind, len(value)),
                value,
            ]
        else:
            made += [struct.pack(form, before, len(name), kind, len(value)), name, value]
    return b"".join(made)


def _one_attribute(
    rng: Rng, held: tuple[bytes, bytes, int, bytes]
) -> tuple[bytes, bytes, int, bytes]:
    before, name, kind, value = held
    way = rng.randrange(5)
    if way == 0:
        name = swapped_case(rng, name)
    elif way == 1:
        kind = rng.randrange(8)
    elif way == 2:
        value = rng.choice(
            (b"", b"\1\0", b"\1\0\0\0", b"\2\0\0\0\0\0\0\0", b"a\0b\0\0\0", b"\0\xd8")
        )
    else:
        value = flipped(rng, value[:300], 2)[:60_000] + value[300:]
    return before, name, kind, value


WAYS: dict[str, Mutate] = {
    ".flac": flac,
    ".ogg": ogg,
    ".opus": ogg,
    ".m4a": mp4,
    ".wma": asf,
}


def mutant(rng: Rng, data: bytes, suffix: str) -> bytes:
    """Return a changed copy of a file."""
    way = rng.random()
    if way < 0.35:
        return flipped(rng, data)
    try:
        changed = WAYS[suffix](rng, data)
    except (struct.error, LookupError):  # what was changed first cannot be taken to parts again
        changed = data
    return flipped(rng, changed, 1) if way > 0.93 else changed
