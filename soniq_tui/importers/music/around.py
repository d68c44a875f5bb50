"""What lies around the files of one folder, and what it adds to what they say of themselves."""

import os
from collections.abc import Sequence
from functools import cached_property

import msgspec

from soniq_tui.importers.music import beside, charset, cue, lyrics
from soniq_tui.importers.music.folder_cover import choose_cover
from soniq_tui.importers.music.words import CoverRef, Track


class Around:
    """One folder; everything in it is looked at when it is first needed, and once.

    Args:
        folder: full path.
        names: what lies beside the music and belongs to it; None: to be found out.
    """

    def __init__(self, folder: bytes, names: Sequence[bytes] | None) -> None:
        self._folder, self._given = folder, names

    def finish(self, track: Track) -> tuple[Track, ...]:
        """Return the tracks of a file as they are kept, one or the parts of a cue sheet.

        Each depends on its own file and on what lies beside it alone, so it comes out the same
        whatever else is read with it.
        """
        (track,) = charset.repair((track,))
        if self._names:
            if track.cover is None and (cover := self._cover) is not None:
                track = msgspec.structs.replace(track, cover=cover)
            track = lyrics.added(track, self._lyrics)
            sheet = self._sheets.get(track.path.rpartition(b"/")[2])
        else:
            sheet = None
        if sheet is None and track.cue is None:
            return (track,)
        return cue.parts(track, sheet)

    @cached_property
    def _names(self) -> Sequence[bytes]:
        if self._given is not None:
            return self._given
        return [n for n in self._listing if beside.belongs(n, n[n.rfind(b".") :].lower())]

    @cached_property
    def _listing(self) -> list[bytes]:
        try:
            return os.listdir(self._folder)  # noqa: PTH208  names are bytes
        except OSError:
            return []  # the folder went away: so will its files, and they say it

    @cached_property
    def _cover(self) -> CoverRef | None:
        return choose_cover(self._folder, self._names)

    @cached_property
    def _lyrics(self) -> lyrics.Find:
        return lyrics.beside(self._folder, self._names)

    @cached_property
    def _sheets(self) -> dict[bytes, cue.Sheet]:
        """Sheets by the file each is about; of two the one whose name comes first counts."""
        found: dict[bytes, cue.Sheet] = {}
        for name in sorted(self._names):
            if name[-4:].lower() == b".cue":
                sheet = cue.read(os.path.join(self._folder, name))  # noqa: PTH118
                if sheet is not None:
                    found = cue.matching(self._listing, name, sheet) | found
        return found
