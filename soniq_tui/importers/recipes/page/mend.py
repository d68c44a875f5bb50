"""JSON that is none becomes some, where it is plain what was meant. Pure.

What people write by hand, and what programs put together of texts, has comments, commas too many or
too few, names without quotes, other quotes, and quotes within texts that nobody marked. All of it
is read in one pass, whose time goes by the length. Where more than the last bracket is missing a
text was cut, and what else is missing of it nobody knows: it stays broken.
"""

import json
import re
from collections import Counter

MOST_CHARS = 100_000
"""Of one page: it takes a fifth of a second; the largest real block seen has 16,000."""
_BLANKS = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|\Z))*", re.DOTALL)
_WORD = re.compile(r"[^\s,:{}\[\]\"'“”]+|.", re.DOTALL)
_KNOWN = re.compile(r"(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z")
_NOTHING = {"undefined", "NaN", "None", "Infinity", "-Infinity"}
_QUOTES = {'"': '"', "'": "'", "“": '”“"', "”": '”“"'}
"""Which of them end a text that begins with one."""
_STOPS = {ends: re.compile(rf"[\\{ends}]") for ends in _QUOTES.values()}
_BRACKETS = {"{": "}", "[": "]"}
_OPENING = {"}": "{", "]": "["}
_QUOTE = "[\"'“”]"
_NAME = rf"{_QUOTE}[\w@:/.-]{{1,100}}{_QUOTE}\s{{0,99}}:"
_BARE_NAME = r"\w{1,50}\s{0,9}:\s{0,9}[\"'“”\[{\d]"
_OVER = {
    "name": re.compile(r"\s{0,99}:"),
    "{": re.compile(
        rf"\s{{0,99}}(?:[}}]|,?\s{{0,99}}(?:{_NAME}|\}}|/[/*])|,\s{{0,99}}{_BARE_NAME}|\Z)"
    ),
    "[": re.compile(
        rf"\s{{0,99}}(?:\]|\Z|,?\s{{0,99}}(?:\]|/[/*])|,\s{{0,99}}(?:[{{\[]|{_QUOTE}))"
        rf"|[ \t\r]{{0,99}}\n\s{{0,99}}{_QUOTE}"
    ),
    "": re.compile(r"\s{0,99}"),
}
"""What stands behind the quote that ends a text, by what the text is or stands in."""


class _Mender:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._made: list[str] = []
        self._open: list[str] = []
        self._depth = Counter[str]()
        """How many of each bracket are open."""
        self._last = ""
        """What came last: a ``value``, ``,`` or ``:``; nothing behind an opening bracket."""

    def all(self) -> str:
        """Return the values of the text as a list; nothing where too much is missing."""
        at, end = 0, len(self._text)
        while at < end:
            at = _matched(_BLANKS, self._text, at)
            if at < end:
                at = self._token(at)
        if len(self._open) > 1 or (self._open and self._last != "value"):
            return ""
        self._close("")
        return f"[{''.join(self._made)}]"

    def _token(self, at: int) -> int:
        """Take what begins here; returns where the next begins."""
        sign = self._text[at]
        if sign in _QUOTES:
            return self._string(at + 1, _QUOTES[sign])
        if sign in _BRACKETS:
            self._value(sign)
            self._open.append(sign)
            self._depth[sign] += 1
            self._last = ""
        elif sign in "}]":
            self._close(sign)
        elif sign == ",":
            if self._last == "value":
                self._add(",")
        elif sign == ":":
            self._add(":")
        else:
            end = _matched(_WORD, self._text, at)
            self._value(_word(self._text[at:end]))
            return end
        return at + 1

    def _add(self, sign: str) -> None:
        self._made.append(sign)
        self._last = sign

    def _value(self, json_text: str) -> None:
        if self._last == "value":
            self._made.append(",")
        self._made.append(json_text)
        self._last = "value"

    def _close(self, sign: str) -> None:
        """Close the innermost bracket of this kind and all within; nothing: all that are open."""
        wanted = _OPENING.get(sign, "")
        if wanted and not self._depth[wanted]:
            return
        while True:
            if self._last == ",":
                self._made.pop()
            elif self._last == ":":
                self._made.append("null")
            self._last = "value"
            if not self._open:
                return
            opened = self._open.pop()
            self._depth[opened] -= 1
            self._made.append(_BRACKETS[opened])
            if opened == wanted:
                return

    def _string(self, at: int, ends: str) -> int:
        """Take a text whose first letter is here; returns what stands behind its last quote."""
        inside = self._open[-1] if self._open else ""
        if inside == "{" and self._last != ":":
            inside = "name"
        stops, over, parts, text = _STOPS[ends], _OVER[inside], list[str](), self._text
        while stop := stops.search(text, at):
            parts.append(text[at : stop.start()])
            at = stop.end()
            if stop[0] == "\\":
                parts.append(text[at - 1 : at + 1])
                at += 1
            elif over.match(text, at):
                break
            else:
                parts.append(f"\\{stop[0]}" if stop[0] == '"' else stop[0])
        else:
            parts.append(text[at:])
            at = len(text)
        body = "".join(parts)
        self._value('"' + (body if ends == '"' else _escaped(body)) + '"')
        return at


_BARE = re.compile(r'(\\.)|"', re.DOTALL)


def _escaped(body: str) -> str:
    """Return what stood between other quotes as it stands between JSON's."""
    return _BARE.sub(lambda found: found[1] or r"\"", body)


def _word(word: str) -> str:
    if word in _NOTHING:
        return "null"
    return word if _KNOWN.match(word) else json.dumps(word)


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def mended(text: str) -> str:
    """Return the values of ``text`` as a list in JSON; escapes in its texts stay as they are.

    Returns:
        What may still be no JSON; nothing where too much is missing.
    """
    return _Mender(text).all()
