"""Pages that browsers save in one file: MHTML (RFC 2557) and the archives of Safari. Pure.

Imported where there is one: what reads letters and property lists takes as long as all else.
"""

import plistlib
import re
from email import message_from_bytes
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError

_WITHIN = re.compile(rb"^content-type:\s{0,9}multipart/", re.IGNORECASE | re.MULTILINE)
MOST_WITHIN = 20
"""Parts that have parts; a browser makes one."""


class SavedPage(NamedTuple):
    """The page of an archive, without what belongs to it."""

    body: bytes
    charset: str
    """As it was told; nothing where it was not."""
    url: str
    """As the browser noted it; to be looked at."""


def page_of(data: bytes) -> SavedPage | None:
    """Return the page of an archive; None where there is none in it."""
    lists = data.startswith((b"bplist00", b"<?xml", b"<plist"))
    try:
        return _of_safari(data) if lists else _of_mhtml(data)
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError, ExpatError):
        return None  # what reads it raises these of what strangers make


def _of_mhtml(data: bytes) -> SavedPage | None:
    if len(_WITHIN.findall(data)) > MOST_WITHIN:
        return None  # each line is held against the ends of all of them
    whole = message_from_bytes(data)
    for part in whole.walk():
        body = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(body, bytes):
            url = whole["Snapshot-Content-Location"] or part["Content-Location"] or ""
            return SavedPage(body, part.get_content_charset() or "", _clean(url))
    return None


def _of_safari(data: bytes) -> SavedPage | None:
    if data.startswith(b"bplist") and int.from_bytes(data[-24:-16]) > len(data):
        return None  # so many objects are no room for; the reader would make it first
    told: Any = plistlib.loads(data)
    main = told["WebMainResource"]
    body = main["WebResourceData"]
    if not isinstance(body, bytes) or not isinstance(main, dict):
        return None
    charset = str(main.get("WebResourceTextEncodingName") or "")
    return SavedPage(body, charset, _clean(main.get("WebResourceURL") or ""))


def _clean(url: object) -> str:
    return str(url).strip().encode("utf-8", "replace").decode()
