"""Addresses: found in whatever was pasted, and brought to the one key that equal pages share. Pure.

What is dropped from a key was counted on 1,110 canonical addresses of recipe pages: two true pairs
of duplicates, no two different pages with one key.
"""

import hashlib
import ipaddress
import re
import unicodedata
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

_URL = re.compile(
    r"https?://(?:(?![,;]https?://)[^\s<>\"'`|\\^{}\x00-\x1f\x7f-\x9f])+", re.IGNORECASE
)
"""One that another follows behind a comma ends there; without one it may be a part of it."""
_BARE = re.compile(r"^(?:www\.)?(?:[\w-]+\.)+[a-z]{2,24}/\S*$", re.IGNORECASE)
_AT_THE_END = ".,;:!?»’”*_"
_HOSTS = ("www.", "m.", "mobile.", "amp.")
_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|fb_\w+|gclid|gclsrc|gad_\w+|gbraid|wbraid|srsltid|msclkid|dclid|ttclid|"
    r"twclid|mc_cid|mc_eid|igshid|igsh|yclid|_ga|_gac|_gl|pk_\w+|mtm_\w+|si|"
    r"ref|ref_src|share|xtor|at_\w+|replytocom|amp|print|output|epik|cmpid|_hsenc|_hsmi)$",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:/(?:amp|print|index\.(?:html?|php)))+/*$", re.IGNORECASE)
_SESSION = re.compile(r";jsessionid=[\w.!-]*$", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?:[\w-]+\.)*[\w-]+\.?")
"""A host that is a name; one at home may have no dot."""
_DEVIATES = re.compile("[ßς\u200c\u200d]")
LONGEST = 2_000
"""Characters of an address; servers refuse longer ones."""


def found_in(text: str) -> list[str]:
    """Return the addresses in ``text``, in order, as written but for what closes a sentence."""
    return [url for line in text.splitlines() for url in _of_line(line)]


def left_out(text: str) -> list[str]:
    """Return the lines of a list of addresses that have none and are no remarks (``# soups``)."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line[:1] not in {"", "#"} and not _of_line(line)]


def _of_line(line: str) -> list[str]:
    # What is longer is none, and would take for ever to be cut.
    urls = [_cut(m[0]) for m in _URL.finditer(line) if len(m[0]) <= LONGEST * 2]
    if not urls and _BARE.match(word := line[: LONGEST * 2].strip().strip("<>\"'")):
        urls = [_cut(m[0]) for m in _URL.finditer(f"https://{word}")]
    return [url for url in urls if len(url) <= LONGEST and urlsplit_of(url)]


def _cut(url: str) -> str:
    url = url.rstrip(_AT_THE_END)
    while url.endswith((")", "]")) and url.count(url[-1]) > url.count(
        {")": "(", "]": "["}[url[-1]]
    ):
        url = url[:-1].rstrip(_AT_THE_END)
    return url


def urlsplit_of(url: str) -> tuple[str, str] | None:
    """Return scheme and host of a usable address, whatever its host is called, else None."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
        if ":" in host:
            ipaddress.IPv6Address(host)
    except ValueError:
        return None
    usable = parts.scheme in _PORTS and (":" in host or _NAME.fullmatch(host))
    return (parts.scheme, host) if usable else None


def joined(base: str, address: str) -> str:
    """Return an address that a page gives, as a whole one; nothing where it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def without_login(url: str) -> str:
    """Return an address without the name and password that may stand before its host."""
    return parted(url)[0]


def parted(url: str) -> tuple[str, str]:
    """Return an address and what stands before its host, ``user:password``, as written there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    login, at, netloc = parts.netloc.rpartition("@")
    return (parts._replace(netloc=netloc).geturl(), login) if at else (url, "")


def joint(url: str, login: str) -> str:
    """Return an address with a login again; the opposite of :func:`parted`."""
    if not login:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()


def pair_of(login: str) -> tuple[str, str]:
    """Return name and password of a login, decoded."""
    name, _, password = login.partition(":")
    return unquote(name), unquote(password)


def host_of(url: str) -> str:
    """Return the host that requests go to, in lower case and ASCII."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    try:
        return ".".join(map(_ascii, host.split(".")))
    except UnicodeError:
        return host


def _ascii(label: str) -> str:
    """Return a part of a host as it is asked for, by IDNA of 2008.

    Python's codec is of 2003, which makes ``fass`` of ``faß``: another host, and maybe another's.
    """
    if _DEVIATES.search(label):
        return f"xn--{unicodedata.normalize('NFC', label).encode('punycode').decode('ascii')}"
    return label.encode("idna").decode("ascii")


def key_of(url: str) -> str:
    """Return what all ways to write the address of one page have in common."""
    parts = urlsplit(url)
    host = host_of(url)
    host = f"[{host}]" if ":" in host else host
    while host.count(".") > 1 and (lead := next((h for h in _HOSTS if host.startswith(h)), "")):
        host = host[len(lead) :]
    port = parts.port if parts.port not in (None, _PORTS.get(parts.scheme.lower())) else None
    path = unicodedata.normalize("NFC", unquote(parts.path))
    path = _TAIL.sub("", re.sub(r"/{2,}", "/", _SESSION.sub("", path))).rstrip("/")
    told = parse_qsl(parts.query, keep_blank_values=True)  # "?17" may be all that names a recipe
    kept = [(n, v) for n, v in told if (n or v) and not _TRACKING.match(n)]
    query = urlencode(sorted(kept))
    return f"{host}{f':{port}' if port else ''}{quote(path)}{f'?{query}' if query else ''}"


def path_of(url: str) -> str:
    """Return what stands behind the host of an address, without a fragment."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}"


def item_of(url: str) -> str:
    """Return what people call it: an address, or for a file its path."""
    return unquote(urlsplit(url).path) if url.startswith("file:///") else url


def fingerprint(ingredients: list[str]) -> str:
    """Return a hash that recipes with equal ingredients share, in whatever order they list them."""
    folded = sorted(
        " ".join(unicodedata.normalize("NFKC", line).casefold().split()) for line in ingredients
    )
    return f"sha1:{hashlib.sha1(chr(10).join(folded).encode('utf-8', 'replace')).hexdigest()}"  # noqa: S324


def digest(text: str) -> str:
    """Return eight hexadecimal digits that stand for a text in a file's name."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
