"""What went wrong with a request, in words for people: aiohttp tells programmers."""

import math
import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

DAY_S = 86_400.0
CUT_OFF = "what came was cut off"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a server asks for: as a number, a date, or in milliseconds."""
    told = {name.lower(): value.strip() for name, value in headers.items()}
    millis, text = told.get("retry-after-ms"), told.get("retry-after", "")
    try:
        if millis:
            return _patience(float(millis) / 1000)
        return _patience(float(text)) if text else None
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return _patience((then - datetime.now(UTC)).total_seconds())


def _patience(seconds: float) -> float | None:
    """Return a pause that somebody may ask for: a day at most; None: it is no number."""
    return min(DAY_S, max(0.0, seconds)) if not math.isnan(seconds) else None


def unreached(exc: BaseException) -> str:
    """Return why nobody is reached, as the system says it."""
    cause = getattr(exc, "os_error", None)
    if isinstance(cause, ssl.SSLError):
        return str(getattr(cause, "verify_message", "") or cause.strerror or cause)[:300]
    if not isinstance(cause, OSError):
        return (str(exc) or type(exc).__name__)[:300]
    # Of a connection the text has the address once more; those of names have numbers below zero.
    known = cause.errno is not None and cause.errno > 0
    return os.strerror(cause.errno or 0) if known else (cause.strerror or str(cause))[:300]


def words(exc: BaseException) -> str:
    """Return what went wrong; aiohttp tells programmers."""
    if isinstance(exc, aiohttp.ClientConnectorError):
        safe = isinstance(exc.os_error, ssl.SSLError)
        return f"{'no safe connection' if safe else 'cannot be reached'}: {unreached(exc)}"
    if isinstance(exc, aiohttp.ServerDisconnectedError):
        return "hung up before it had answered"
    if isinstance(exc, aiohttp.ClientPayloadError):
        return CUT_OFF
    if isinstance(exc, aiohttp.ClientResponseError):
        return "the answer is not HTTP, or too much of it"
    return " ".join((str(exc) or type(exc).__name__).split())[:300]


def may_pass(exc: BaseException) -> bool:
    """Return whether trying again may help; a certificate is the same in a minute."""
    return not isinstance(exc, aiohttp.ClientConnectorCertificateError)
