"""From bytes to the text of a page, as browsers do it: https://encoding.spec.whatwg.org. Pure."""

import codecs
import re

_TOLD = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_HEAD_BYTES = 4096
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
          (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949",
}  # fmt: skip
"""What is meant by names of narrower charsets: "œ" and "’" of cp1252 are told as Latin-1."""
_NEVER = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"}
"""Codecs of Python that no page is written in; some take time by the square."""


def text_of(body: bytes, told: str = "") -> str:
    """Return a page's text: by its mark, what the server told, or what it says itself.

    What is UTF-8 is that, whatever anybody says: no text of another charset has its form by chance.
    What is nothing of all this is read as browsers read what tells no charset, as cp1252.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if not body.isascii() and (text := _decoded(body, "utf-8")) is not None:
        return text
    own = _TOLD.search(body[:_HEAD_BYTES])
    said = own[1].decode("ascii") if own else ""
    # A page whose head can be read as ASCII is not in UTF-16, whatever it says of itself.
    for name in (told, "utf-8" if said.lower().startswith("utf-16") else said, "utf-8"):
        if (text := _decoded(body, name)) is not None:
            return text
    text = body.decode("utf-8", "replace")
    if text.replace("\ufffd", "").isascii():  # nothing in it is UTF-8
        return body.decode("cp1252", "replace")
    return text


def _decoded(body: bytes, name: str) -> str | None:
    try:
        known = codecs.lookup(name).name
        if known in _NEVER:
            return None
        return body.decode(_WIDER.get(known, known))
    except (LookupError, ValueError):  # no such charset, or it is not in it
        pass
    try:
        return body.decode(name) if name in {"latin-1", "iso-8859-1"} else None
    except ValueError:
        return None
