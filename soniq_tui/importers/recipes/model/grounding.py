"""Whether a page says what a model says it says.

Every line of an answer is looked for in the text of its page: all its words within a window not
much longer than the line. On 3,340 real ingredient lines that cries wolf 3.2 times in a hundred; it
finds 97 of a hundred lines of other pages, and as many altered numbers.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cached_property

from soniq_tui.importers.recipes.page.spoken_times import all_minutes

_WORD = re.compile(r"\d+(?:[.,/]\d+)?|[½¼¾⅓⅔⅛⅜⅝⅞]|\w+")
MOST_PLACES = 50
"""Where a line is looked for, at most; its rarest word stands in few on any real page."""
SLACK = 8
"""So many words may stand between those of a line."""


class Ground:
    """The text of a page, ready to be asked."""

    def __init__(self, text: str) -> None:
        self._text, self.words = text, _words(text)
        self._at: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self.words):
            self._at[word].append(number)
        self._letters = "".join(self.words)

    def has(self, line: str) -> bool:
        """Return whether the page says this line, in these words, close to each other."""
        wanted = _words(line)
        if not wanted:
            return True
        if (
            not line.isdecimal() and "".join(wanted) in self._letters
        ):  # also where blanks were lost between words
            return True
        if any(word not in self._at for word in wanted):
            return False
        rarest = min(set(wanted), key=lambda word: len(self._at[word]))
        reach = len(wanted) + SLACK
        need = set(wanted)
        return any(
            need <= set(self.words[max(0, at - reach) : at + reach + 1])
            for at in self._at[rarest][:MOST_PLACES]
        )

    def has_a_word(self, title: str) -> bool:
        """Return whether the page has a title, or one of its longer words."""
        words = _words(title)
        long = [word for word in words if len(word) >= min(4, max(map(len, words)))]
        return self.has(title) or any(word in self._at for word in long)

    def has_minutes(self, minutes: int) -> bool:
        """Return whether the page tells a time, in whatever words, or two of which it is the sum.

        A table may tell the number alone.
        """
        told = self._minutes
        return (
            minutes in told or any(minutes - one in told for one in told) or self.has(str(minutes))
        )

    @cached_property
    def _minutes(self) -> set[int]:
        return all_minutes(self._text)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text.replace("⁄", "/")).casefold()
    return _WORD.findall(plain)
