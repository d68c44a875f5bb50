"""The recipes for scripts and for other programs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from soniq_tui.importers.base import Written
from soniq_tui.importers.recipes import save, store
from soniq_tui.importers.recipes.formats import folders, reading
from soniq_tui.importers.recipes.formats.reading import Recipe
from soniq_tui.importers.recipes.words import FOLDER


def recipes(data_dir: Path) -> Iterator[dict[str, object]]:
    """Yield every recipe as it is stored, with its name and file; of unreadable ones why."""
    for slug, file, recipe in _all(data_dir):
        if isinstance(recipe, str):
            yield {"slug": slug, "file": str(file), "problem": recipe}
        else:
            yield {"slug": slug, "file": str(file), **recipe}


def write(form: str, data_dir: Path, place: Path) -> Written:
    """Write all recipes in a format of another program; see ``Importer.writers``."""
    problems: list[str] = []

    def readable() -> Iterator[tuple[str, Recipe, bytes | None]]:
        for slug, file, recipe in _all(data_dir):
            if isinstance(recipe, str):
                problems.append(f"{file}: {recipe}")
            else:
                yield slug, recipe, _image(file.parent, recipe)

    count = folders.write(form, place, readable())
    return Written(count=count, problems=tuple(problems))


jsonld, markdown, cooklang = (partial(write, form) for form in ("jsonld", "markdown", "cooklang"))
legacy, mealie, paprika = (partial(write, form) for form in ("legacy", "mealie", "paprika"))


def _all(data_dir: Path) -> Iterator[tuple[str, Path, Recipe | str]]:
    """Yield all recipes in the order in which they were saved, or why one cannot be read."""
    store.mend(data_dir)
    for slug in store.slugs(data_dir):
        file = data_dir / FOLDER / f"{slug}{save.SUFFIX}"
        try:
            yield slug, file, save.read(file)
        except (OSError, ValueError) as exc:
            yield slug, file, str(exc)


def _image(folder: Path, recipe: Recipe) -> bytes | None:
    """Return the picture that was kept; a recipe without one is exported all the same."""
    name = reading.picture(recipe)
    file = (folder / name).resolve()  # a link may lead elsewhere
    if not name or not file.is_relative_to(folder.resolve()):
        return None
    return file.read_bytes() if file.is_file() else None
