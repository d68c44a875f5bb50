"""Find importers by entry point; load each one only when first asked for.

Ours register as strangers' would, under the group ``soniq_tui.importers``.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from soniq_tui.errors import PluginError, UsageError
from soniq_tui.importers.base import Importer

GROUP = "soniq_tui.importers"


class Point(NamedTuple):
    """An entry point: ``name = module:attribute``."""

    name: str
    value: str

    @property
    def module(self) -> str:
        """Where it is."""
        return self.value.partition(":")[0].strip()

    def load(self) -> Any:
        """Import what it names."""
        found: Any = import_module(self.module)
        for attribute in self.value.partition(":")[2].strip().split("."):
            found = getattr(found, attribute)
        return found


@cache
def _points() -> tuple[Point, ...]:
    """Return all entry points of the group.

    They are read from the ``entry_points.txt`` of installed distributions (packaging.python.org,
    "Entry points specification"). ``importlib.metadata`` does the same and takes longer to import
    than all importers together, in each of two processes before anything begins; it is asked only
    where nothing is found, as in an archive.
    """
    found = dict.fromkeys(point for folder in sys.path for point in _points_in(folder or "."))
    if found:
        return tuple(found)
    from importlib.metadata import entry_points

    return tuple(Point(point.name, point.value) for point in entry_points(group=GROUP))


def _points_in(folder: str) -> Iterator[Point]:
    try:
        infos = [n for n in os.listdir(folder) if n.endswith((".dist-info", ".egg-info"))]  # noqa: PTH208  names alone, by the hundred
    except OSError:
        return  # folders on the module path need not exist
    for info in sorted(infos):
        try:
            with open(f"{folder}/{info}/entry_points.txt", encoding="utf-8") as file:  # noqa: PTH123  there may be hundreds
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue  # most have none
        group = ""
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                group = line.strip("[]").strip()
            elif group == GROUP and "=" in line and not line.startswith(("#", ";")):
                name, _, value = line.partition("=")
                yield Point(name.strip(), value.partition("[")[0].strip())


@cache
def names() -> tuple[str, ...]:
    """Return the names of all installed importers, in the order of their modules.

    So what goes over another one's results stands behind it.
    """
    points = sorted(_points(), key=lambda point: (point.module, point.name))
    return tuple(dict.fromkeys(point.name for point in points))


@cache
def load(name: str) -> Importer:
    """Return the importer called ``name``.

    Raises:
        UsageError: none of that name is installed.
        PluginError: it cannot be loaded, or is not what it says.
    """
    for point in _points():
        if point.name != name:
            continue
        try:
            importer = point.load()
        except PluginError:
            raise
        except Exception as exc:
            raise PluginError(
                f"importer {name} ({point.value}) cannot be loaded: {type(exc).__name__}: {exc}"
            ) from exc
        if not isinstance(importer, Importer) or importer.name != name:
            raise PluginError(f"importer {name} ({point.value}) is not an Importer called {name!r}")
        return importer
    raise UsageError(f"no importer is called {name!r}; installed: {', '.join(names()) or 'none'}")
