"""What lies around the files of one folder, and what it adds to what they say of themselves."""

import os
from collections.abc import Callable, Sequence
from functools import cached_property

import msgspec

from soniq_tui.importers.music.charsets import charset
from soniq_tui.importers.music.sides import beside, cue, lyrics, together
from soniq_tui.importers.music.sides.folder_cover import choose_cover
from soniq_tui.importers.music.sides.together import VOTERS_MOST
from soniq_tui.importers.music.words import CoverRef, Track


class Around:
    """One folder; everything in it is looked at when it is first needed, and once.

    Args:
        folder: full path.
        names: what lies beside the music and belongs to it; None: to be found out.
        signature: of that.
    """

    def __init__(self, folder: bytes, names: Sequence[bytes] | None, signature: int = 0) -> None:
        self.folder, self.signature = folder, signature
        self._given = names

    def finish(self, read: list[Track], more: Callable[[bytes], Track | None]) -> list[Track]:
        """Return the tracks of some files as they are kept: each file's one, or its parts.

        Where neighbours have a say, those of the folder that are not among the files are read and
        returned too: they may become something else than they were.

        Args:
            read: files of this folder.
            more: reads another one by its path; None where it cannot be read.
        """
        needed = charset.needed(charset.suspicious(read))
        if needed is charset.Needed.TOGETHER:
            self.together = True
            have = {track.path for track in read}
            paths = [self.folder + b"/" + name for name in self._music[:VOTERS_MOST]]
            others = [more(path) for path in paths if path not in have]
            read = read + [track for track in others if track is not None]
        tracks = charset.repair(read) if needed else read
        if not self._names and all(track.cue is None for track in tracks):
            return self._signed(tracks)
        return self._signed([part for track in tracks for part in self._completed(track)])

    def _completed(self, track: Track) -> tuple[Track, ...]:
        """Add what lies beside a file."""
        if track.cover is None and (cover := self._cover) is not None:
            track = msgspec.structs.replace(track, cover=cover)
        if b".lrc" in self._endings:
            track = lyrics.added(track, self._lyrics)
        sheet = self._sheets.get(track.path.rpartition(b"/")[2]) if self._sheets else None
        return (track,) if sheet is None and track.cue is None else cue.parts(track, sheet)

    @cached_property
    def together(self) -> bool:
        """Whether its files are read together."""
        return any(name[-4:].lower() == b".cue" for name in self._names)

    def _signed(self, tracks: list[Track]) -> list[Track]:
        """Let tracks that were read together say so."""
        if not self.together:
            return tracks
        signature = together.signature(self.signature, self.folder)
        return [msgspec.structs.replace(track, beside=signature) for track in tracks]

    @cached_property
    def _names(self) -> Sequence[bytes]:
        if self._given is not None:
            return self._given
        try:
            names = os.listdir(self.folder)  # noqa: PTH208  names are bytes
        except OSError:
            return []  # the folder went away: so will its files, and they say it
        return [n for n in names if beside.belongs(n, n[n.rfind(b".") :].lower())]

    @cached_property
    def _endings(self) -> set[bytes]:
        return {name[-4:].lower() for name in self._names}

    @cached_property
    def _music(self) -> list[bytes]:
        return together.music(self.folder)

    @cached_property
    def _cover(self) -> CoverRef | None:
        return choose_cover(self.folder, self._names)

    @cached_property
    def _lyrics(self) -> lyrics.Find:
        return lyrics.beside(self.folder, self._names)

    @cached_property
    def _sheets(self) -> dict[bytes, cue.Sheet]:
        """Sheets by the file each is about; of two the one whose name comes first counts."""
        found: dict[bytes, cue.Sheet] = {}
        for name in sorted(self._names):
            if name[-4:].lower() == b".cue":
                sheet = cue.read(os.path.join(self.folder, name))  # noqa: PTH118
                if sheet is not None:
                    found = cue.matching(self._music, name, sheet) | found
        return found
