"""The language of filters: what may be typed in a list to see only some of its rows. Pure.

Words must occur, ``!word`` must not, ``"two words"`` occur side by side. ``state:failed`` narrows
down by a field, ``try>1`` and ``time>5s`` compare; ``one|other`` is one of them. Every list has
fields of its own; one that it does not have is an error and no text, so that nobody cancels what a
slip of the finger found.

The screen reads this while somebody types, the engine when it is asked.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.model.job import BatchState, ErrorKind, JobState
from soniq_tui.model.snapshot import View

TERMS_MOST = 50
CHARS_MOST = 1000
"""SQLite refuses deep expressions and long patterns; a filter beyond is refused as a whole."""

DEAD, OPEN, ENDED, ANY = "dead", "open", "ended", "any"
NUMBERED = frozenset({"whole", "number", "time"})
"""Forms of fields that take a number."""
UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class Field(msgspec.Struct, frozen=True):
    """One word that may stand before a colon, or between two things that are compared."""

    name: str
    form: str = "word"
    """``word``: the beginning of a word; ``one of``: of ``values`` exactly one; ``whole``: a whole
    number; ``number`` and ``time``: compared with ``<`` and ``>``."""
    values: tuple[str, ...] = ()
    """What it can be, where that is always the same."""

    @property
    def compares(self) -> bool:
        """Whether it stands before ``<`` or ``>``, and not before a colon."""
        return self.form in {"number", "time"}


STATE = Field("state", values=tuple(JobState))
QUEUE = Field("queue")
STAGE = Field("stage")
BATCH = Field("batch", "whole")
TRY = Field("try", "number")
LEVELS = ("debug", "info", "warning", "error", "critical")
_FAILURES = (Field("kind", values=tuple(ErrorKind)), STAGE, BATCH, TRY)
FIELDS: Mapping[View, tuple[Field, ...]] = {
    View.JOBS: (
        STATE,
        QUEUE,
        Field("kind"),
        STAGE,
        BATCH,
        TRY,
        Field("time", "time"),
        Field("is", "one of", (DEAD, OPEN, ENDED, ANY)),
        Field("id", "whole"),
    ),
    View.CAUSES: _FAILURES,
    View.ERRORS: _FAILURES,
    View.BATCHES: (Field("state", values=tuple(BatchState)), Field("kind")),
    View.HISTORY: (QUEUE,),
    View.SCALES: (QUEUE,),
    View.LOG: (Field("level", values=LEVELS), Field("source")),
}
"""The fields of each list. In the list of jobs ``kind`` is the importer, in those of failures the
kind of failure."""

SORTS: Mapping[View, tuple[str, ...]] = {
    View.JOBS: ("time", "queue", "job", "items", "step", "batch", "try", "state"),
    View.CAUSES: ("batch", "count", "last", "first", "kind", "step", "reason"),
    View.ERRORS: ("at", "item", "reason", "try", "step", "kind"),
}
"""What a list can be sorted by, besides its natural order."""


class Term(msgspec.Struct, frozen=True):
    """One condition; ``field`` None: free text."""

    field: Field | None
    value: str
    sign: str = ":"
    """``:``, ``<`` or ``>``."""
    negative: bool = False
    others: tuple[str, ...] = ()
    """What may stand there in place of the value, no comparison."""

    @property
    def values(self) -> tuple[str, ...]:
        """The value and what may stand in its place."""
        return (self.value, *self.others)

    @property
    def number(self) -> float:
        """The value of a comparison; of a time in seconds."""
        match = _NUMBER.fullmatch(self.value)
        if match is None:
            raise ValueError(self.value)
        return float(match["number"]) * UNITS_S[match["unit"].lower()]


class FilterError(UsageError):
    """A filter means nothing in this list; ``code`` and ``words`` say why, in any language.

    ``values`` are what a field can be, where the value is none of them.
    """

    def __init__(self, code: str, **words: str) -> None:
        super().__init__(PROBLEMS[code].format(**words))
        self.code, self.words = code, words
        self.values: tuple[str, ...] = ()


PROBLEMS = {
    "field": "there is no {field}: here, only {fields}; put text in quotes",
    "value": "{field}: cannot be {value}, only {values}",
    "empty": "{field}: wants a word after it",
    "no whole": "{field}: wants a whole number after it",
    "no number": "{field} wants a number after {sign}",
    "no time": "{field} wants a time after {sign}, like 5s or 2m",
    "whole": "{field}: wants a whole number, not {value}",
    "number": "{field} wants a number after {sign}, not {value}",
    "time": "{field} wants a time after {sign}, like 5s or 2m, not {value}",
    "compare": "{field} compares: {field}>1",
    "colon": "{field} takes a colon: {field}:",
    "nothing": "! wants a word after it",
    "long": "that is too long for a filter",
}
"""Why a filter means nothing, by code; ``words/refused.py`` has them to be translated."""

_ALTERNATIVE = re.compile(r'(?:[^|"]|"[^"]*"?)+')
_TOKEN = re.compile(r'(?:[^\s"]+|"[^"]*"?)+')
_FIELD = re.compile(r"(?P<name>[A-Za-z]+)(?P<sign>[:<>])(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<unit>[smhSMH]?)")


def tokens(text: str) -> Iterator[re.Match[str]]:
    """Give the parts of a filter as they stand in it; quotes hold blanks together."""
    return _TOKEN.finditer(text)


def parse(text: str, view: View) -> list[Term]:
    """Return what a filter asks of the rows of a list.

    Raises:
        FilterError: it means nothing there.
    """
    if len(text) > CHARS_MOST:
        raise FilterError("long")
    found = [_term(match[0], view) for match in tokens(text)]
    if len(found) > TERMS_MOST:
        raise FilterError("long")
    return found


def _term(token: str, view: View) -> Term:
    negative = token.startswith("!")
    word = token[negative:]
    match = _FIELD.fullmatch(word)
    if match is None or match["value"].startswith("//"):
        value, *others = _alternatives(word)
        if not value:
            raise FilterError("nothing")
        return Term(None, value, negative=negative, others=tuple(others))
    name, sign = match["name"].lower(), match["sign"]
    value, *others = _alternatives(match["value"])
    field = next((field for field in FIELDS.get(view, ()) if field.name == name), None)
    if field is None:
        names = " ".join(field.name for field in FIELDS.get(view, ()))
        raise FilterError("field", field=match["name"], fields=names)
    if field.compares and others:
        value, others = match["value"], []
    for each in (value, *others):
        _check(field, sign, each)
    return Term(field, value, sign, negative, tuple(others))


def _alternatives(text: str) -> list[str]:
    """Return what stands between bars, without quotes; one at least, maybe empty."""
    found = [each.replace('"', "") for each in _ALTERNATIVE.findall(text)]
    return [each for each in found if each] or [text.replace('"', "")]


def quoted(value: str) -> str:
    """Return a value as it stands in a filter."""
    return f'"{value}"' if any(c.isspace() or c in "|:<>!" for c in value) else value


class Reader(msgspec.Struct, frozen=True):
    """What is known of the language that a person reads and types."""

    values: Callable[[Iterable[str], str], list[str]]
    """Gives those of some English words that are shown as a word that begins so."""
    finds: Callable[[str], list[str]]
    """Gives the English that a list has where people read what was typed."""
    figures: Callable[[str, Collection[str]], str]
    """Gives a filter with the numbers behind these fields as English has them."""


def in_english(text: str, view: View, reader: Reader) -> str:
    """Return a filter that also finds what people see, where they see another language.

    One that means nothing means nothing then, either.
    """
    if len(text) > CHARS_MOST:  # to read a pasted book would take seconds
        return text
    numbered = {field.name for field in FIELDS.get(view, ()) if field.form in NUMBERED}
    read = reader.figures(text, numbered)
    made = " ".join(_in_english(match[0], view, reader) for match in tokens(read))
    # What gets too long to be read is looked for as it was typed.
    return made if len(made) <= CHARS_MOST else text


def _in_english(token: str, view: View, reader: Reader) -> str:
    before = "!" if token.startswith("!") else ""
    word = token.removeprefix("!")
    match = _FIELD.fullmatch(word)
    if match is None or match["value"].startswith("//"):
        typed = _alternatives(word)
        every = [each for one in typed for each in (one, *reader.finds(one))]
    else:
        name = match["name"].lower()
        field = next((field for field in FIELDS.get(view, ()) if field.name == name), None)
        if field is None or field.form != "word" or not field.values:
            return token
        before += name + match["sign"]
        typed = _alternatives(match["value"])
        own = [one for one in typed if any(v.startswith(one.lower()) for v in field.values)]
        also = [each for one in typed for each in reader.values(field.values, one)]
        every = own + also or typed
    if every == typed:
        return token
    return before + "|".join(quoted(each) for each in dict.fromkeys(every))


def _check(field: Field, sign: str, value: str) -> None:
    words = {"field": field.name, "sign": sign, "value": value}
    if field.compares != (sign != ":"):
        raise FilterError("compare" if field.compares else "colon", **words)
    if field.compares:
        match = _NUMBER.fullmatch(value)
        if match is None or (field.form == "number" and match["unit"]):
            raise FilterError(field.form if value else f"no {field.form}", **words)
    elif not value:
        raise FilterError("no whole" if field.form == "whole" else "empty", **words)
    elif field.form == "whole" and not re.fullmatch("[0-9]{1,18}", value):
        raise FilterError("whole", **words)
    elif field.values:
        low, exact = value.lower(), field.form == "one of"
        known = low in field.values if exact else any(v.startswith(low) for v in field.values)
        if not known:
            error = FilterError("value", values=" ".join(field.values), **words)
            error.values = field.values
            raise error
