"""What a launch form means: entries, options, what is wrong with them, the same as a command.

The text of a field with several entries has one in each line. Plain functions; no Textual here.
"""

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from soniq_tui.model.bounds import INT_MOST, MOST_CHARS
from soniq_tui.model.forms import SEVERAL, FieldSpec, FormSpec
from soniq_tui.model.text import shown
from soniq_tui.words import _, figure, many, steps

YES = frozenset({"1", "yes", "true", "on", "y"})
OFFERED = 40
"""At most so many folders are offered for completion."""
MOST_PASTED = 4_000_000
"""Characters; a launch of them still goes to the engine in one piece."""
_OF_URL = r"[^\s<>\"'`\\^{}|\[\]]"
_URL = re.compile(rf"https?://(?:\[[\w:.%]{{2,60}}\]{_OF_URL}*|{_OF_URL}+)", re.IGNORECASE)
"""The brackets that belong to an address are those around a host of IPv6."""
_ADDRESS = re.compile(r"^[ \t]*(https?://.*)", re.IGNORECASE | re.MULTILINE)
"""A line that begins with one."""
_MARKUP = re.compile(
    r"<(?:!doctype|html|head|body|script|article|div|p|ul|ol|h\d)\b", re.IGNORECASE
)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[, \u00a0\u202f]\d{3})+")
"""A whole number as any of the languages writes it that numbers are shown in."""
_WHOLE = re.compile(r"(?:/(?!\.(?:/|\Z))[^/\0]+)+")
"""A path that is whole: to ask ``pathlib`` takes thirty times as long, and there may be 100,000."""
PAGE_LEAST_LINES = 4
"""A text with fewer lines is no recipe."""
_AFTER_URL = ".,;:!?"
_PAIRS = {")": "("}
_QUOTES = "'\""


class Problem(NamedTuple):
    """What is wrong with a field, why, and what to do about it."""

    field: str
    text: str
    missing: bool = False
    """It is only still empty."""


class Meant(NamedTuple):
    """What the fields of a form mean."""

    options: dict[str, object]
    """Without the empty ones, so that the importer's own defaults hold; flags are always there."""
    problem: Problem | None


class Pasted(NamedTuple):
    """What a pasted text brings to a field, and what was done to it."""

    entries: list[str]
    note: str = ""


def default_of(field: FieldSpec) -> str:
    """Return what a field holds at first; a flag ``yes`` or nothing."""
    if field.kind == "flag":
        return "yes" if field.default.lower() in YES else ""
    if field.kind == "choice" and field.default not in field.choices:
        return field.choices[0] if field.choices else ""
    return field.default


def is_untouched(form: FormSpec, values: Mapping[str, str]) -> bool:
    """Say whether fields hold what they hold at first."""
    return all(values.get(f.name, "") == default_of(f) for f in form.fields)


@lru_cache(maxsize=8)  # the fields that were not changed by the last key
def entries_of(kind: str, text: str) -> tuple[str, ...]:
    """Return the entries of a field of one of the kinds in ``SEVERAL``: one to a line.

    Blanks within a name belong to it; those around it do not, unless it stands in quotes. No
    address has blanks, so several may stand in one line.
    """
    lines = (line.strip() for line in text.split("\n"))
    if kind == "urls":
        return tuple(word for line in lines for word in _addresses(line))
    if kind == "paths":
        return tuple(path_of(line) for line in lines if line)
    return tuple(line for line in lines if line)


def _addresses(line: str) -> list[str]:
    words = line.split()
    if len(words) > 1 and all(_URL.match(word) for word in words):
        return words
    return [line] if line else []


def path_of(text: str) -> str:
    """Return the path that is meant by what file managers and shells put on the clipboard."""
    text = text.strip()
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]:
        text = text[1:-1]
    if text.startswith("file:///"):
        text = unquote(urlsplit(text).path, errors="surrogateescape")
    return text


def _whole_path(path: str) -> str:
    """Return a path from the root on: the engine may stand in another folder."""
    if _WHOLE.fullmatch(path):
        return path
    return str(Path(Path.cwd(), os.path.expanduser(path))) if path else ""


# -------------------------------------------------------------------- meaning


def meaning(form: FormSpec, values: Mapping[str, str]) -> Meant:
    """Return the options that ``values`` mean, and the first thing that is wrong with them."""
    options: dict[str, object] = {}
    problem: Problem | None = None
    for field in form.fields:
        found, wrong = _meaning_of(field, values.get(field.name, ""))
        if found is not None:
            options[field.name] = found
        if wrong and problem is None:
            problem = Problem(field.name, wrong, missing=not values.get(field.name, "").strip())
    return Meant(options, problem)


def _meaning_of(field: FieldSpec, text: str) -> tuple[object, str]:
    """Return the value of one field, None where it is left out, and what is wrong with it."""
    if field.kind == "flag":
        return text.strip() in YES, ""
    if field.kind in SEVERAL:
        return _entered(field, text)
    text = text.strip()
    if not text:
        return None, _needed(field)
    if field.kind == "int":
        return _number(field, _(field.label), text)
    if field.kind == "choice" and text not in field.choices:
        words = ", ".join(field.choices)
        return None, _("{label}: choose one of {words}").format(label=_(field.label), words=words)
    return _whole_path(path_of(text)) if field.kind == "path" else text, ""


def _entered(field: FieldSpec, text: str) -> tuple[object, str]:
    """Return the entries of one of the kinds in ``SEVERAL``, and what is wrong with them."""
    address = _ADDRESS.search(text) if field.kind == "paths" and "://" in text else None
    if address is not None:
        wrong = _("{label}: {text} is an address and no path; another kind of batch may take it")
        return None, wrong.format(label=shown(_(field.label)), text=shown(address[1], 200))
    entries = list(entries_of(field.kind, text))
    if field.kind == "paths":
        entries = [_whole_path(entry) for entry in entries]
    return entries or None, "" if entries else _needed(field)


def _needed(field: FieldSpec) -> str:
    if not field.required:
        return ""
    how = {
        "paths": _("type or paste one"),
        "path": _("type or paste one"),
        "urls": _("paste addresses, one or many"),
    }.get(field.kind, _("type it"))
    return _("{label}: still empty; {how}").format(label=shown(_(field.label)), how=how)


def _number(field: FieldSpec, label: str, text: str) -> tuple[int | None, str]:
    try:
        number = int(re.sub(r"[, \u00a0\u202f]", "", text) if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        return None, _(
            "{label}: {text} is not a whole number; write one in digits, or leave it empty"
        ).format(label=label, text=repr(shown(text, 20)))
    least = -INT_MOST if field.least is None else field.least
    most = INT_MOST if field.most is None else field.most
    n = shown(str(number), MOST_CHARS)
    if number < least:
        text = _("{label}: {n} is too small; {least} is the least")
        return None, text.format(label=label, n=n, least=least)
    if number > most:
        text = _("{label}: {n} is too large; {most} is the most")
        return None, text.format(label=label, n=n, most=most)
    return number, ""


# -------------------------------------------------------------------- many entries


def counted(field: FieldSpec, text: str) -> tuple[str, str]:
    """Return how many entries a field has and how many of them are there twice, in words."""
    entries = entries_of(field.kind, text)
    count, same = len(entries), len(entries) - len(set(entries))
    if not count:
        return "", ""
    if field.kind == "urls":
        words = many("{n} URL", "{n} URLs", count)
    elif field.kind == "paths":
        words = many("{n} path", "{n} paths", count)
    else:
        words = many("{n} entry", "{n} entries", count)
    twice = many("{n} duplicate", "{n} duplicates", same) if same else ""
    return words, twice


def pasted(field: FieldSpec, text: str) -> Pasted:
    """Return what a pasted text brings to a field.

    Each line is an entry. Where addresses are wanted they are found in whatever text they are
    buried in, unless each line is one or none is.
    """
    if len(text) > MOST_PASTED:
        note = _("that is too long to paste: {n} characters; put it into a file").format(
            n=figure(len(text))
        )
        return Pasted([], note)
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    if field.kind == "urls":
        return _pasted_addresses(lines)
    if field.kind in SEVERAL or len(lines) < 2:  # noqa: PLR2004  one line goes as it is
        return Pasted(lines)
    return Pasted(lines[:1], _("only the first line was taken: this field has one"))


def may_be_page(field: FieldSpec, text: str) -> bool:
    """Say whether what is pasted where addresses are wanted may be a page, or a recipe, itself.

    So says markup, or a text of some lines most of which have no address.
    """
    if field.kind != "urls" or len(text) > MOST_PASTED:
        return False
    if is_markup(text):
        return True
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    return len(lines) >= PAGE_LEAST_LINES and 2 * sum(map(_has_address, lines)) < len(lines)


def is_markup(text: str) -> bool:
    """Say whether a text is HTML, or a part of some."""
    return bool(_MARKUP.search(text))


def _has_address(line: str) -> bool:
    return bool(_URL.search(line))


def _pasted_addresses(lines: list[str]) -> Pasted:
    found = [list(_found_in(line)) for line in lines]
    entries = [address for addresses in found for address in addresses]
    buried = any(line.split() != there for line, there in zip(lines, found, strict=True))
    if not entries or not buried:
        return Pasted(entries or [line.strip() for line in lines])
    note = many("{n} URL taken out of the text", "{n} URLs taken out of the text", len(entries))
    if without := sum(not there for there in found):
        left = many("{n} line without one left out", "{n} lines without one left out", without)
        note = steps([note, left])
    return Pasted(entries, note)


def _found_in(line: str) -> Iterator[str]:
    """Yield the addresses in a line without the punctuation of the text around them."""
    for match in _URL.finditer(line):
        address = match[0]
        while address:
            last = address[-1]
            opening = _PAIRS.get(last)
            if last in _AFTER_URL or (opening and address.count(opening) < address.count(last)):
                address = address[:-1]
            else:
                break
        yield address


# -------------------------------------------------------------------- as a command


def command_line(
    form: FormSpec, values: Mapping[str, str], *, more: tuple[str, ...] = (), most: int = 0
) -> str:
    """Return the command that does the same as the form, quoted for a shell.

    ``more`` are words for its end. With ``most`` it is cut when it is that long: to be shown.
    """
    argument: list[str] = []
    named: list[str] = []
    for field in form.fields:
        found = [] if field.kind == "flag" else _words_of(field, values.get(field.name, ""))
        if field is form.argument:
            argument = found
        else:
            named += _option(field, values.get(field.name, ""), found)
    blank = [] if argument else [f"<{form.argument.name}>"] if form.argument else []
    dashed = any(word.startswith("-") for word in argument)
    words = ["soniq-tui", form.verb]
    words += [*named, *more, "--", *argument] if dashed else [*argument, *named, *more]
    line, size = [], 0
    for word in words:
        line.append(quoted(word))
        size += len(line[-1]) + 1
        if most and size > most:
            break
    return " ".join([*line, *blank])


def untold(form: FormSpec, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of fields that are not in ``values``, but for those of a launch alone."""
    own = (field.name for field in form.fields if field.group != "common")
    return tuple(name for name in own if name not in values)


def quoted(word: str) -> str:
    """Return a word as a shell takes it, exactly; nothing in it is obeyed by a terminal."""
    if shown(word, len(word) + 1) == word:
        return shlex.quote(word)
    parts = []
    for char in word:
        if char in "'\\":
            parts.append("\\" + char)
        elif shown(char) == char:
            parts.append(char)
        else:
            parts += [f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape")]
    return f"$'{''.join(parts)}'"


def _words_of(field: FieldSpec, text: str) -> list[str]:
    """Return the values of a field as the command line would give them to the importer."""
    found, wrong = _meaning_of(field, text)
    if wrong or found is None:
        return [text.strip()] if wrong and text.strip() else []
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def _option(field: FieldSpec, text: str, found: list[str]) -> list[str]:
    name = "--" + field.name.replace("_", "-")
    if field.kind == "flag":
        yes, usual = text.strip() in YES, default_of(field) in YES
        return [] if yes is usual else [name if yes else f"--no-{name[2:]}"]
    default = default_of(field)
    if field.kind in SEVERAL:
        usual_ones = list(entries_of(field.kind, default))
        if found == usual_ones:
            return []
    elif not found or found == [default]:
        return []
    words: list[str] = []
    for each in found:
        words += [f"{name}={each}"] if each.startswith("-") else [name, each]
    return words


# -------------------------------------------------------------------- folders


def complete_path(text: str, *, files: bool = False) -> tuple[str, list[str]]:
    """Return ``text`` completed as far as it is certain, and the folders that it may mean.

    With ``files`` it may mean files, too; folders are told from them by a slash then.

    Reads the disk; call it in a thread.
    """
    typed = os.path.expanduser(text)
    if text == "~":
        return "~/", []
    folder, _slash, start = typed.rpartition("/")
    where = folder + "/" if _slash else "."
    try:
        with os.scandir(where) as entries:
            fitting = {
                entry.name: entry.is_dir()
                for entry in entries
                if entry.name.startswith(start)
                and (start.startswith(".") or not entry.name.startswith("."))
                and (files or entry.is_dir())
            }
    except OSError:
        return text, []
    if not fitting:
        return text, []
    names = sorted(fitting)
    first, last = names[0], names[-1]  # sorted: what these two begin with, all begin with
    differ = (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    common = first[: next(differ, len(first))]
    found = text[: len(text) - len(start)] + common
    whole = "/" if len(names) == 1 and fitting[names[0]] else ""
    return found + whole, [n + "/" * (files and fitting[n]) for n in names[:OFFERED]]
