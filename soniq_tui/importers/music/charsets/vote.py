"""The vote of the texts of a folder on the charset they were written in.

Costs are bits of a text under a reading of it, so differences of costs are log odds; where they
come from is said in ``scripts``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import NamedTuple

from soniq_tui.importers.music.charsets import scripts

CP1252 = {
    ord(char): code
    for code in range(0x80, 0xA0)
    if (char := bytes([code]).decode("cp1252", "ignore"))
}
"""What Windows makes of the bytes that are controls in Latin-1, and those bytes."""
FROM_1252 = {code: char for char, code in CP1252.items()}
_IN_WORD = re.compile(
    rf"(?<=[^\W\d_])[{''.join(scripts.PUNCTUATION - scripts.INSIDE_WORDS)}]+[^\W\d_]"
)
_LONG_RUN = re.compile(r"[^\W\d_\0-\x7f]{5}")
"""More accented letters in a row than any Western word has."""
_QUOTES = re.compile("[\x85\x91-\x97]")

_VOTE_BYTES = 400
"""Bytes of a text that are looked at; lyrics say no more in more."""
_VOTERS = 60
_MARGIN = 25.0
"""Bits by which the winner must beat the Western reading: odds of thirty million to one."""
_LONE = 35.0
"""Bits more where one text alone has a vote, half of them for two."""
_RIVAL = 14.0
"""Bits by which the winner must beat the next charset."""
_MOVED = 5
_DIFFERENT = 3
_UNLIKELY = 2
"""Letters of a Central European text that must be others than in Latin-1; how many different ones;
how many that are no letters in Latin-1."""
_MOST_PAIRS = 2048
"""Pairs of characters whose bits are remembered for each charset."""
_CUT = frozenset({30, _VOTE_BYTES})
"""Lengths at which a text may end within a character: that of an ID3v1 field, and ours."""
_STRIPPED = (b"\x85", b"\xa0")
"""Bytes that are white space in Latin-1 and were therefore taken off the end of a text."""


def voted(unsure: Mapping[str, bytes]) -> dict[str, str]:
    """Return what the texts become by the outcome of their vote."""
    voters = {text: raw for text, raw in unsure.items() if not fits(text)}
    if not voters:
        return {}
    heard = [
        (text[:_VOTE_BYTES], raw[:_VOTE_BYTES]) for text, raw in voters.items() if len(raw) > 1
    ]
    winner = _elect(heard[:_VOTERS])
    if winner is None:
        return _central(unsure, voters) or _windows(voters)
    better = {}
    for text, raw in unsure.items():
        begun = winner.read(raw[:_VOTE_BYTES])
        if begun is not None and begun[1] < _western(text[:_VOTE_BYTES]):
            new = strict(raw, winner.codec)
            if new is not None:
                better[text] = new
    return better


def strict(raw: bytes, codec: str) -> str | None:
    """Decode strictly, but for an end that was cut or stripped."""
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as exc:
        if not ends_early(exc) or raw[: exc.start].isascii():
            return None
        start = exc.start
    if len(raw) in _CUT:
        return raw[:start].decode(codec)
    ends = set()
    for byte in _STRIPPED:
        try:
            ends.add((raw[start:] + byte).decode(codec))
        except UnicodeDecodeError:
            continue  # that byte was not the one
    for test in (scripts.USUAL.__contains__, in_standard):
        likely = [end for end in ends if test(end.lower())]
        if len(likely) == 1:
            return raw[:start].decode(codec) + likely[0]
    return None


def ends_early(exc: UnicodeDecodeError) -> bool:
    """Say whether decoding failed because the last character is not whole."""
    return exc.end == len(exc.object) and exc.end - exc.start < 4  # noqa: PLR2004  UTF-8


def usual(char: str) -> bool:
    """Say whether any text may hold a character: Latin, punctuation, what titles are full of."""
    return char < "\u0180" or "\u2000" <= char < "\u2c00" or char.lower() in scripts.USUAL


def in_standard(char: str, *codecs: str) -> bool:
    """Say whether East Asian standards hold a character; they leave rare ones out."""
    return any(len(char.encode(codec, "ignore")) == 2 for codec in ("gb2312", "euc_kr", *codecs))  # noqa: PLR2004


_ascii = {char: 5 if char.isalnum() or char == " " else 9 for char in map(chr, range(0x80))}.get
"""Bits of a character of ASCII, None for any other."""


class _Pairs(dict[tuple[str, str], float]):
    """Bits of a character by what is before it and itself, each pair worked out once."""

    def __init__(self, cost: Callable[[str], float], apart: float) -> None:
        super().__init__()
        self._cost, self._apart = cost, apart

    def __missing__(self, pair: tuple[str, str]) -> float:
        before, char = pair
        known = _ascii(char)
        if known is not None:
            bits: float = known
        else:
            bits = self._cost(char)
            if char.isupper():
                bits += 8 if before.islower() else 0.5 if before.isupper() else 2
        if before.isalpha() and char.isalpha() and before.isascii() != char.isascii():
            bits += self._apart
        if len(self) >= _MOST_PAIRS:
            self.clear()
        self[pair] = bits
        return bits


class Reader(NamedTuple):
    """A charset that may win."""

    script: str
    """Readers of one script differ so little that they are no rivals."""
    codec: str
    pairs: _Pairs
    most: float
    """Bits of a character beyond ASCII, on average, above which it is none of this charset."""

    def read(self, raw: bytes) -> tuple[str, float] | None:
        """Return the text and its bits; None where the bytes are none of this charset."""
        text = strict(raw, self.codec)
        if text is None:
            return None
        return text, sum(map(self.pairs.__getitem__, zip(" " + text, text, strict=False)))


def _alphabet(letters: Mapping[str, float]) -> Callable[[str], float]:
    def cost(char: str) -> float:
        found = letters.get(char.lower())
        if found is None:
            found = 8.0 if char in scripts.SIGNS else 25.0
        return found

    return cost


def _zones(
    codec: str, common: Mapping[str, float], zones: Sequence[tuple[int, int, float]]
) -> Callable[[str], float]:
    """Return the cost by common characters, else by the row of the standard they stand in."""

    @cache
    def cost(char: str) -> float:
        if char in common:
            return common[char]
        code = int.from_bytes(char.encode(codec, "ignore"))
        return next((bits for first, last, bits in zones if first <= code <= last), 22.0)

    return cost


READERS = (
    Reader("windows", "cp1251", _Pairs(_alphabet(scripts.CYRILLIC), 8), 7.5),
    Reader("koi8", "koi8_u", _Pairs(_alphabet(scripts.CYRILLIC), 8), 7.5),
    Reader("greek", "cp1253", _Pairs(_alphabet(scripts.GREEK), 8), 7.5),
    Reader("greek", "iso8859_7", _Pairs(_alphabet(scripts.GREEK), 8), 7.5),
    *(
        Reader(codec, codec, _Pairs(_zones(inner, common, zones), 4), 14)
        for codec, inner, common, zones in scripts.EAST_ASIAN
    ),
)


def _western(text: str) -> float:
    """Return the bits of a text in a Western language."""
    bits = 0.0
    before = " "
    for i, char in enumerate(text):
        known = _ascii(char)
        if known is not None:
            bits += known
        elif char.isalpha():
            bits += 7 if before.isascii() or not before.isalpha() else 10
            if char.isupper() and before.islower():
                bits += 6
        elif char < "\xa0":
            bits += 20
        else:
            inside = before.isalpha() and text[i + 1 : i + 2].isalpha()
            bits += 12 if inside else 8
        before = char
    return bits


def fits(text: str) -> bool:
    """Say whether some Western language could spell a text so."""
    lower = text.lower()
    odd = {char for char in set(lower) if char > "\x7f"} - scripts.PUNCTUATION
    return (
        any(odd <= letters for letters in scripts.WESTERN)
        and not _IN_WORD.search(lower)
        and not _LONG_RUN.search(lower)
    )


def _elect(voters: Sequence[tuple[str, bytes]]) -> Reader | None:
    if not voters:
        return None
    results: list[tuple[float, Reader]] = []
    for reader in READERS:
        bits = spare = 0.0
        for _, raw in voters:
            found = reader.read(raw)
            if found is None:
                break
            text, of_text = found
            bits += of_text
            spare += sum(map(_ascii, text, repeat(reader.most))) - of_text
        else:
            if spare >= 0:
                results.append((bits, reader))
    if not results:
        return None
    bits, winner = min(results, key=lambda result: result[0])
    margin = sum(_western(text) for text, _ in voters) - bits
    rivals = (bits for bits, reader in results if reader.script != winner.script)
    sure = margin >= _MARGIN + _LONE / len(voters)
    return winner if sure and min(rivals, default=bits + _RIVAL) - bits >= _RIVAL else None


def _central(unsure: Mapping[str, bytes], voters: Mapping[str, bytes]) -> dict[str, str]:
    """Return texts of a Central European language: Latin, but other letters at some codes.

    There must be two voters, all of one alphabet, with no letter where its orthography forbids it.
    Five letters must be others than in Latin-1, three of them different, two of them no letters
    there; texts without a vote count too where all texts are of that alphabet.
    """
    results = []
    for codec in ("cp1250", "iso8859_2"):
        for language in scripts.CENTRAL:
            begun = (strict(raw[:_VOTE_BYTES], codec) for raw in voters.values())
            if any(language.spelt(text) is None for text in begun):
                continue
            read = {text: language.spelt(strict(raw, codec)) for text, raw in unsure.items()}
            meant = {text: new for text, new in read.items() if new is not None}
            if not voters.keys() <= meant.keys():
                continue
            alike = _moved(voters, meant)
            moved = _moved(unsure, meant) if len(meant) == len(unsure) else alike
            unlikely = sum(not old.isalpha() for old, _ in moved)
            different = {new for _, new in moved}
            if (
                len(voters) > 1
                and len(set(alike)) > 1
                and unlikely >= _UNLIKELY
                and len(moved) >= _MOVED
                and len(different) >= _DIFFERENT
            ):
                results.append({text: new for text, new in meant.items() if new != text})
    first = results[0] if results else {}
    return first if all(result == first for result in results) else {}


def _moved(texts: Iterable[str], meant: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the characters that are letters only, or others, in the new reading."""
    return [
        (old, new)
        for text in texts
        for old, new in zip(text.lower(), meant[text].lower(), strict=False)
        if old != new and new.isalpha()
    ]


def _windows(voters: Iterable[str]) -> dict[str, str]:
    better = {}
    for text in voters:
        begun = text[:_VOTE_BYTES]
        letters = sum(char.isascii() and char.isalpha() for char in begun)
        if 2 * letters > len(begun) and _QUOTES.search(text):
            new = _QUOTES.sub(lambda match: chr(FROM_1252[ord(match[0])]), text)
            if fits(new):
                better[text] = new
    return better
