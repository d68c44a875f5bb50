"""The words of the covers batch: options, and what travels between its stages."""

from typing import Annotated

import msgspec
from msgspec import Meta

from soniq_tui.words import mark


class CoverOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a covers batch can be told."""

    all: Annotated[bool, Meta(description=mark("Look at all pictures again."))] = False
    limit: Annotated[int | None, Meta(description=mark("Stop after this many pictures."))] = None


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """What looking accepts: numbers of pictures in the catalogue."""

    ids: tuple[int, ...]
    again: bool = False
    """Make thumbnails anew also where there are some."""


class Finding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one picture turned out to be."""

    id: int
    width: int | None = None
    height: int | None = None
    mime: str | None = None
    sha256: str | None = None
    problem: str | None = None
    """Why it cannot be shown."""
    met: bool = True
    """Its bytes were read; else it is worth another try when it is there again."""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What looking returns and keeping accepts."""

    found: tuple[Finding, ...]
