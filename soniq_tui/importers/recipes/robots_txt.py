"""The rules of a ``robots.txt``, as RFC 9309 reads them; ``Crawl-delay`` besides. Pure.

The parser of Python's library takes the first rule that fits where the longest counts, knows no
``*`` and no ``$``, and only the first of several groups for one robot.
"""

import math
import re
from urllib.parse import quote, urlsplit

LONGEST_DELAY_S = 60.0
_LINE = re.compile(r"\s*([\w-]+)\s*:\s*([^#]*)")
_TOKEN = re.compile(r"[\w-]+|\*")
_CODED = re.compile("%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Letters that an address may write as numbers, too: RFC 3986, 2.3."""
_AS_IT_IS = "".join(map(chr, range(33, 127)))


class Rules:
    """What a text allows to one robot.

    Args:
        text: of the file.
        name: of the robot.
    """

    def __init__(self, text: str, name: str) -> None:
        ours = _Group()
        everybodys = _Group()
        named, open_ = set[str](), False
        for line in text.removeprefix("\ufeff").splitlines():
            if (found := _LINE.match(line)) is None:
                continue
            key, value = found[1].lower(), found[2].strip()
            if key == "user-agent":
                token = _TOKEN.match(value)
                named = (named if open_ else set()) | {token[0].lower() if token else ""}
                ours.there |= name.lower() in named
            elif key in {"allow", "disallow", "crawl-delay"}:
                for group, robot in ((ours, name.lower()), (everybodys, "*")):
                    if robot in named:
                        group.note(key, value)
            # Other lines, such as Sitemap, belong to nobody and divide nothing.
            open_ = key == "user-agent" or (open_ and key not in _OF_GROUPS)
        self._group = ours if ours.there else everybodys

    @property
    def delay_s(self) -> float:
        """The pause that is asked for, a minute at most."""
        return self._group.delay_s

    def allow(self, url: str) -> bool:
        """Return whether the robot may ask for an address: by the longest rule that fits."""
        parts = urlsplit(url)
        path = _normal(
            f"{parts.path or '/'}{'?' if parts.query or '?' in url else ''}{parts.query}"
        )
        if path == "/robots.txt":
            return True
        best, allowed = 0, True
        for pattern, allows in self._group.rules.items():
            longer = len(pattern) > best or (len(pattern) == best and allows)
            if longer and _fits(pattern, path):
                best, allowed = len(pattern), allows
        return allowed


_OF_GROUPS = {"allow", "disallow", "crawl-delay"}


class _Group:
    """What is said to one robot, in however many places."""

    def __init__(self) -> None:
        self.there = False
        self.rules: dict[str, bool] = {}
        """Whether each pattern allows."""
        self.delay_s = 0.0

    def note(self, key: str, value: str) -> None:
        if key == "crawl-delay":
            self.delay_s = _seconds(value)
        elif value.startswith(("/", "*")):
            pattern = _normal(value)
            self.rules[pattern] = key == "allow" or self.rules.get(pattern, False)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return 0.0 if math.isnan(seconds) else min(LONGEST_DELAY_S, max(0.0, seconds))


def _normal(path: str) -> str:
    """Return a path in the one way to write it that others are brought to."""
    coded = quote(path, safe=_AS_IT_IS, errors="replace")
    return _CODED.sub(_decoded, coded)


def _decoded(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _PLAIN else found[0].upper()


def _fits(pattern: str, path: str) -> bool:
    """Return whether a path begins as a pattern says, or is as it says where that ends with $."""
    whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not others:
        return not whole or at == len(path)
    for part in others[:-1]:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    last = others[-1]
    if whole:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
