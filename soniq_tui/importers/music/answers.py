"""What the importer answers about its results; loaded when someone asks, never for a scan."""

from collections.abc import Callable
from pathlib import Path

from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery


def results(data_dir: Path, query: ResultQuery) -> ResultPage:
    """See ``library.results``."""
    from soniq_tui.importers.music import library

    return library.results(data_dir, query)


def detail(data_dir: Path, query: DetailQuery) -> ResultDetail:
    """See ``detail.detail``."""
    from soniq_tui.importers.music import detail as details

    return details.detail(data_dir, query)


def _deed(name: str) -> Callable[[Path, dict[str, str]], str]:
    def act(data_dir: Path, words: dict[str, str]) -> str:
        from soniq_tui.importers.music import playlists

        return playlists.DEEDS[name](data_dir, words)

    return act


DEEDS = {
    f"playlist.{name}": _deed(f"playlist.{name}")
    for name in ("save", "add", "delete", "rename", "export", "import")
}
"""What ``playlists.DEEDS`` holds."""
