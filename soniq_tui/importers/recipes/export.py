"""The recipes as rows for scripts: each as it is stored, with its name and file."""

from collections.abc import Iterator
from pathlib import Path

from soniq_tui.importers.recipes import save, store
from soniq_tui.importers.recipes.words import FOLDER


def recipes(data_dir: Path) -> Iterator[dict[str, object]]:
    """Yield every recipe whose file can be read."""
    store.mend(data_dir)
    for slug in store.slugs(data_dir):
        file = data_dir / FOLDER / f"{slug}{save.SUFFIX}"
        try:
            recipe = save.read(file)
        except (OSError, ValueError) as exc:
            yield {"slug": slug, "file": str(file), "problem": str(exc)}
            continue
        yield {"slug": slug, "file": str(file), **recipe}
