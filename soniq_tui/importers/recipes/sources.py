"""What was named: addresses, texts, saved pages and files of other programs, each once."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import bodies, charset, left_out, links, pages
from soniq_tui.importers.recipes.formats import files
from soniq_tui.importers.recipes.save import SUFFIX
from soniq_tui.importers.recipes.words import PAGES, TEXTS, RecipeOptions

LIST_MOST_BYTES = 16 * 1024 * 1024
_IN_FOLDERS = PAGES | TEXTS | {".paprikarecipes", ".paprikarecipe", ".jsonld"}
_BLANKS = "\ufeff \n\r\t"


class Wanted(msgspec.Struct):
    """What was found in the sources."""

    urls: list[str] = msgspec.field(default_factory=list)
    files: list[Path] = msgspec.field(default_factory=list)
    packed: list[tuple[Path, list[str]]] = msgspec.field(default_factory=list)
    """Files of other programs, with the names of the recipes in each."""
    doubled: list[str] = msgspec.field(default_factory=list)
    """Named once more."""
    left_out: list[str] = msgspec.field(default_factory=list)
    """Lines of lists of addresses that have none."""
    below: int = 0
    """Folders in the folders that were named."""
    others: list[str] = msgspec.field(default_factory=list)
    """Names of files in them that are of no kind that is read."""

    def listed(self, text: str) -> list[str]:
        """Return the addresses in a list of them, and note the lines that have none."""
        if found := links.found_in(text):
            self.left_out += links.left_out(text)
        return found

    @property
    def note(self) -> str:
        """What was left out, in words; empty where it was nothing."""
        return left_out.note_of(self.below, self.left_out, self.others)

    @property
    def count(self) -> int:
        """How many recipes there may be."""
        return len(self.urls) + len(self.files) + sum(len(names) for _, names in self.packed)


def wanted(options: RecipeOptions) -> Wanted:
    """Return what the sources name, each once.

    Raises:
        UsageError: a source cannot be read or names nothing.
    """
    found, keys = Wanted(), set()
    for source in options.sources:
        for url, file in _read(source, found):
            key = links.key_of(url) if url else str(file)
            if key in keys:
                found.doubled.append(url or str(file))
                continue
            keys.add(key)
            if url:
                found.urls.append(url)
            elif file is None:
                continue
            elif _is_packed(file) or _has_several(file, options):
                found.packed.append((file, _entries(file, source)))
            else:
                found.files.append(file)
    return found


def _entries(file: Path, source: str) -> list[str]:
    """Return the names of the recipes in a file.

    One of a folder that cannot be read stays one, without a name: its job says why, and the others
    are read.

    Raises:
        UsageError: one that was named itself cannot be read.
    """
    try:
        return files.entries(file)
    except UsageError:
        if file == Path(os.path.expanduser(source)):
            raise
        return [""]


def _read(source: str, found: Wanted) -> Iterator[tuple[str, Path | None]]:
    if urls := found.listed(source):
        yield from ((url, None) for url in urls)
        return
    if "\n" in source:
        raise UsageError("no address in this text; one a line, https://…", "sources")
    if not exists(source):
        what = f"{source[:200]!r} is neither an address nor a file or folder that is there"
        raise UsageError(what, "sources")
    path = Path(os.path.expanduser(source))
    if path.is_dir():
        there = sorted(path.iterdir())
        inside = [file for file in there if _in_folder(file)]
        below = left_out.folders_below(path)
        if not inside:
            raise UsageError(
                f"{source}: no texts (.txt), saved pages (.html) or recipe files in this folder"
                + ("; name those below it" if below else "")
            )
        found.below += below
        found.others += left_out.other_kinds(there, inside)
        yield from (("", file) for file in inside)
    elif path.is_file() and (
        path.suffix.lower() in PAGES or pages.is_kept(path) or _is_packed(path)
    ):
        yield "", path
    else:
        yield from _of_file(path, source, found)


def _in_folder(file: Path) -> bool:
    name = file.name.lower()
    return (file.suffix.lower() in _IN_FOLDERS or name.endswith(SUFFIX)) and file.is_file()


def _of_file(path: Path, source: str, found: Wanted) -> Iterator[tuple[str, Path | None]]:
    """Yield the addresses of a file; a text without any is a recipe."""
    if not path.is_file():
        raise UsageError(f"{source} is no file", "sources")
    if path.stat().st_size > LIST_MOST_BYTES:
        raise UsageError(f"{source}: more than {LIST_MOST_BYTES // 1024 // 1024} MiB of addresses")
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UsageError(f"{source}: {exc.strerror or exc}", "sources") from exc
    if kind := bodies.no_text(data):
        what = "give addresses, a text, or the page saved as HTML alone"
        raise UsageError(f"{source} is no text, but {kind}; {what}", "sources")
    text = charset.text_of(data)
    if path.suffix.lower() in TEXTS and _is_recipe(text):
        yield "", path
    else:
        yield from ((url, None) for url in _urls(text, source, found))


def _is_recipe(text: str) -> bool:
    """Return whether a text is a recipe, and no list of addresses."""
    # They cost a parser of HTML.
    from soniq_tui.importers.recipes.formats import cooklang_reading
    from soniq_tui.importers.recipes.page import plaintext

    if cooklang_reading.is_cooklang(text):
        return True
    lines = sum(bool(line.strip()) for line in text.splitlines())
    return len(links.found_in(text)) < lines / 2 and plaintext.found_in(text) is not None


def _has_several(file: Path, options: RecipeOptions) -> bool:
    """Return whether a text has several recipes; who else reads texts takes one of each file."""
    elsewhere = options.server or options.scraper or options.url
    return not elsewhere and not pages.url_of(file) and files.has_several(file)


def _is_packed(file: Path) -> bool:
    """Return whether a file is one of recipes: by its name, and JSON by how it begins."""
    suffix = file.suffix.lower()
    if suffix not in files.SUFFIXES:
        return False
    if suffix != ".json":
        return True
    try:
        with file.open("rb") as source:
            head = charset.text_of(source.read(4096)).lstrip(_BLANKS)
    except OSError:
        return True  # reading its recipes says why it cannot be read
    return head.startswith("{") or (head[:1] == "[" and head[1:].lstrip()[:1] == "{")


def _urls(text: str, source: str, found: Wanted) -> list[str]:
    stripped = text.lstrip(_BLANKS)
    if stripped[:1] == "[" and stripped[1:].lstrip(_BLANKS)[:1] in {'"', "]"}:
        try:
            items = msgspec.json.decode(stripped, type=list[str])
        except msgspec.DecodeError as exc:
            raise UsageError(f"{source}: not a JSON array of addresses ({exc})") from exc
        text = "\n".join(items)
    urls = found.listed(text)
    if not urls:
        raise UsageError(f"{source}: no address in it; one a line, https://…")
    return urls


def exists(source: str) -> bool:
    """Return whether a source is the name of something that is there."""
    # Path.exists() raises where a name is too long to be one.
    return os.path.exists(os.path.expanduser(source))  # noqa: PTH110
