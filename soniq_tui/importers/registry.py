"""Find importers by entry point; load each one only when first asked for.

Ours register as strangers' would, under the group ``soniq_tui.importers``.
"""

from functools import cache
from importlib.metadata import entry_points

from soniq_tui.errors import PluginError, UsageError
from soniq_tui.importers.base import Importer

GROUP = "soniq_tui.importers"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all installed importers, in the order of their modules.

    So what goes over another one's results stands behind it.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.module, point.name))
    return tuple(dict.fromkeys(point.name for point in points))


@cache
def load(name: str) -> Importer:
    """Return the importer called ``name``.

    Raises:
        UsageError: none of that name is installed.
        PluginError: it cannot be loaded, or is not what it says.
    """
    for point in entry_points(group=GROUP, name=name):
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
