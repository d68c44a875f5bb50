"""Archives of recipes: which of their files are recipes, and which picture belongs to each.

Paprika's has one packed file for each; Mealie's and ours keep them in folders, Nextcloud's in one
folder each, Tandoor's as archives in the archive.
"""

import io
import zipfile
from collections import Counter
from pathlib import PurePosixPath

MOST_ENTRY_BYTES = 32 * 1024 * 1024
_PICTURES = tuple(
    f"{place}.{kind}"
    for place in ("images/original", "full", "image")
    for kind in ("webp", "jpg", "jpeg", "png")
)
"""Beside a recipe: Mealie's, Nextcloud's, Tandoor's."""
_ONE = "recipe.json"
"""What the one recipe of a folder is called, in Nextcloud's folders and Tandoor's archives."""


class Archive:
    """An open archive, looked through once.

    Args:
        file: as ``zipfile`` has it.
    """

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._named: dict[str, zipfile.ZipInfo] = {}
        self._all = {each.filename: each for each in file.infolist()}
        met = Counter[str]()
        for each in file.infolist():
            if _is_recipe(each.filename):
                met[each.filename] += 1
                number = met[each.filename]  # a zip may have several files of one name
                name = each.filename if number == 1 else f"{each.filename} ({number})"
                self._named[name] = each

    @property
    def names(self) -> list[str]:
        """The recipes, in the order of the archive."""
        return list(self._named)

    def read(self, name: str) -> tuple[str, bytes, bytes]:
        """Return the file name, the bytes and the picture of a recipe.

        Raises:
            KeyError: there is none of this name.
            ValueError: it is an archive without a recipe.
            OSError: it is larger than any recipe.
            zipfile.BadZipFile: it is damaged.
        """
        entry = self._named[name]
        data = self._bytes(entry)
        if _suffix(entry.filename) == ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as inner:
                one = Archive(inner)
                if _ONE not in one.names:
                    raise ValueError(f"there is no {_ONE} in it")
                return one.read(_ONE)
        room = PurePosixPath(entry.filename).parent
        beside = ((room / place).as_posix() for place in _PICTURES)
        picture = next((self._all[place] for place in beside if place in self._all), None)
        return entry.filename, data, self._bytes(picture) if picture is not None else b""

    def _bytes(self, entry: zipfile.ZipInfo) -> bytes:
        with self._file.open(entry) as source:
            return within(source.read(MOST_ENTRY_BYTES + 1), entry.filename)


def within(data: bytes, name: str) -> bytes:
    """Return what is not too large.

    Raises:
        OSError: it is.
    """
    if len(data) > MOST_ENTRY_BYTES:
        raise OSError(f"{name}: more than {MOST_ENTRY_BYTES // 1024 // 1024} MiB")
    return data


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_recipe(name: str) -> bool:
    path = PurePosixPath(name)
    if path.name.startswith((".", "_")) or "__MACOSX" in path.parts:
        return False
    if path.suffix.lower() == ".paprikarecipe" or path.name == _ONE:
        return True
    if path.suffix.lower() == ".zip":
        return len(path.parts) == 1
    # Mealie: recipes/soup/soup.json; ours: recipes/soup.recipe.json
    return path.suffix.lower() == ".json" and "recipes" in path.parts[:-1]
