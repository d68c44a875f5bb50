"""The words people read, in their language.

English is written where it is used, as ``_("text")``; other languages are gettext catalogues beside
this file (``fr/LC_MESSAGES/soniq_tui.po``, and the ``.mo`` made from it by ``make words``). What is
put into a text is named, so that a translation may change the order::

    _("{queue} held").format(queue=name)
    many("{n} file", "{n} files", n)  # fills in {n}

Texts in tables that are made at import are only marked there and translated when shown::

    LABEL = mark("pause")
    ...
    _(LABEL)

Numbers go through :func:`figure`; units and ids are the same in every language, and foreign text
never goes through here.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial

TYPE_CHECKING = False  # to import typing for it takes time in every command
if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES = ("en", "fr")
"""What there is a catalogue for; English needs none."""
NARROW, PLAIN = "\u202f", "\u00a0"
"""No-break spaces. The console of the Linux kernel has no narrow one in its fonts."""
FIGURES: Mapping[str, Mapping[int, str]] = {"fr": {ord(","): NARROW, ord("."): ","}}
"""What stands in a number in place of the English signs: in French a narrow no-break space between
thousands and a comma before decimals (Unicode CLDR, fr.xml, ``group`` and ``decimal``)."""


def _same(text: str) -> str:
    return text


def _plain_plural(one: str, more: str, count: int) -> str:
    return one if count == 1 else more


_language = "en"
_text: Callable[[str], str] = _same
_plural: Callable[[str, str, int], str] = _plain_plural
_figures: Mapping[int, str] | None = None


def _(text: str) -> str:
    """Return ``text`` in the language in use; itself where the catalogue lacks it."""
    return _text(text) if text else text


def many(one: str, more: str, count: int) -> str:
    """Return the form that ``count`` things need in the language in use, ``{n}`` filled in."""
    return _plural(one, more, count).replace("{n}", figure(count))


def everywhere(text: str) -> tuple[str, ...]:
    """Return ``text`` as each language has it, English first."""
    return text, *(_in(_catalogue(each), text) for each in LANGUAGES if each != "en")


def figure(number: float, digits: int = 0) -> str:
    """Return a number with so many decimals: ``71,204``, in French ``71 204``."""
    text = f"{number:,.{digits}f}"
    return text if _figures is None else text.translate(_figures)


def spelt(number: str) -> str:
    """Return a number that is written in English as the language in use writes it."""
    return number if _figures is None else number.translate(_figures)


def clock(seconds: float) -> str:
    """Return how long something is, to the second below: ``2:03`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def steps(parts: Iterable[str]) -> str:
    """Return texts as one, with a semicolon as the language in use writes it between them."""
    all_of_it = ""
    for part in parts:
        all_of_it = _("{one}; {other}").format(one=all_of_it, other=part) if all_of_it else part
    return all_of_it


def labelled(label: str, text: str) -> str:
    """Return a text behind what it is called, with a colon as the language in use writes it."""
    return _("{name}: {fact}").format(name=label, fact=text)


def heading(label: str) -> str:
    """Return what the lines below are called, with its colon."""
    return _("{name}:").format(name=label)


def mark(text: str) -> str:
    """Return ``text`` unchanged: the catalogue has it, and ``_`` is called where it is shown."""
    return text


def use(language: str) -> None:
    """Speak ``language`` from now on; one of :data:`LANGUAGES`.

    Its catalogue is read when the first word is said: most commands say none, or not many.
    """
    global _text, _plural, _language, _figures  # noqa: PLW0603
    _language, _figures = language, FIGURES.get(language)
    if _figures is not None and os.environ.get("TERM") == "linux":
        _figures = {sign: new.replace(NARROW, PLAIN) for sign, new in _figures.items()}
    english = language == "en"
    _text, _plural = (_same, _plain_plural) if english else (_first_text, _first_plural)


def _first_text(text: str) -> str:
    _read()
    return _text(text)


def _first_plural(one: str, more: str, count: int) -> str:
    _read()
    return _plural(one, more, count)


def _read() -> None:
    global _text, _plural
    found = _catalogue(_language)
    _text, _plural = partial(_in, found), found.ngettext


def _in(found: "NullTranslations", text: str) -> str:
    """Return ``text`` in a language; where it has a plural Python 3.11.2 does not find it alone."""
    said = found.gettext(text)
    return found.ngettext(text, text, 1) if said == text else said


def _catalogue(language: str) -> "NullTranslations":
    import gettext

    place = os.path.dirname(__file__)  # noqa: PTH120  pathlib takes long to import
    return gettext.translation("soniq_tui", place, languages=[language])


def in_use() -> str:
    """Return the language in use."""
    return _language


def wanted(chosen: str = "", environ: Mapping[str, str] | None = None) -> str:
    """Return the language: the one that was chosen, else that of the locale, else English.

    A locale without UTF-8 has not the letters that other languages need.
    """
    env = os.environ if environ is None else environ
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    if not chosen and "utf" not in locale.lower():
        return "en"
    language = (chosen or locale).replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else "en"
