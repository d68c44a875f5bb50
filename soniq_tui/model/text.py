"""The one gate for foreign text: file names, tags, pages, output of children.

A terminal obeys control characters, so nothing from outside reaches a widget, a log line or a title
before it has passed :func:`shown`. What was taken out stays visible, so a name can still be
recognised.
"""

import re

MAX_CHARS = 4096
"""Longer text is cut: no name or title needs more, and megabytes would stall the screen."""

# Bidirectional controls, zero-width and other invisible marks. ZWJ (200D) and the variation
# selectors stay: emoji and some scripts need them, and they draw nothing by themselves.
_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb"
)
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f{_INVISIBLE}\ud800-\udfff\U000e0000-\U000e007f]")
_SCHEME = r"(\b[a-z][a-z\d+.-]{0,15}://)"
# Also one whose password has signs that would end a host: typed as it is, such an address is
# refused and told of. What begins with a number is a port.
_LOGIN = re.compile(
    rf"{_SCHEME}(?:[^\s/?#<>\"']{{1,500}}|[^\s/?#<>\"'@:]{{1,200}}:(?!\d*[/?#])[^\s<>\"']{{1,500}})@",
    re.IGNORECASE,
)
# Before a host that a port or a path follows: nothing else of that form is one, a mail address
# least of all. Within a path it may be a name.
_BARE_LOGIN = re.compile(
    r"(?<![^\s\"'(\[<=,;:])(?!\d\d?:\d\d@)[\w.+-]{1,64}:[^\s:@\"'<>]{1,200}@"
    r"(?=(?:localhost|\[[\da-f:]{2,40}\]|(?:[\w-]{1,63}\.){1,8}\w{1,24})(?::\d|/))",
    re.IGNORECASE,
)
_QUERY_SECRET = re.compile(
    r"([?&;](?:[\w.-]{0,30}?(?:token|passw(?:or)?d|secret|signature)|(?:api|access)[_-]?key"
    r"|pwd|jwt|sig|(?:php|j)?session_?id)=)[^&;#\s<>\"']+",
    re.IGNORECASE,
)
# These may mean anything; what is long and has digits and letters is no word.
_QUERY_KEY = re.compile(
    r"([?&;](?:key|auth|code|sid)=)(?=[^&;#\s\d]{0,200}\d)(?=[^&;#\sa-z]{0,200}[a-z])"
    r"[\w%.~+/-]{16,}",
    re.IGNORECASE,
)
MASK = "********"
_DEL = 0x7F
_C1_END = 0x9F


def shown(text: str, limit: int = MAX_CHARS) -> str:
    """Return ``text`` on one line without anything a terminal would obey.

    C0 controls and DEL become control pictures (U+2400 and up), other invisible marks
    their code in angle quotes, lone surrogates U+FFFD. At most ``limit`` characters, the
    last one ``…`` when cut.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:  # noqa: PLR2004  the C0 controls
        return chr(0x2400 + code)
    if code == _DEL:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  surrogates
        return "\ufffd"
    digits = f"{code:02X}" if code <= _C1_END else f"{code:04X}"
    return f"\u2039{digits}\u203a"


def plain(text: str) -> str:
    r"""Return text that UTF-8 can hold: lone surrogates, as in file names, become ``\udcNN``."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def without_logins(text: str) -> str:
    """Return a text in which no address tells a login before its host, or a secret in its query.

    Secrets are shown to nobody, and in lists, logs and reasons nobody needs them. What is left
    away is certain to be one; of what else may be one, as ``name:word@host`` alone or a short
    ``key=``, nobody can say.
    """
    if "@" in text:
        text = _BARE_LOGIN.sub("", _LOGIN.sub(r"\1", text))
    if "=" in text:
        text = _QUERY_KEY.sub(rf"\1{MASK}", _QUERY_SECRET.sub(rf"\1{MASK}", text))
    return text


def named(name: str) -> str:
    """Return what people call an item: a path as it is, of an address what may be shown."""
    return without_logins(name) if "://" in name else name


def path_text(path: bytes) -> str:
    r"""Return a path as text; bytes that are not UTF-8 stand as ``\xNN``.

    This is for storing and exporting: the result still has to pass :func:`shown` before it is
    painted.
    """
    return path.decode("utf-8", "backslashreplace")
