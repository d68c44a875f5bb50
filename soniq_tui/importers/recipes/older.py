"""The command lines of the importer before this one, in ours. Pure.

``-c 8 --api-url http://nas:3001 url -f urls.json`` is what scripts have; ``url`` and ``text``
are words of ours only where ``-f`` and ``-d`` follow. Its defaults are not taken over.
"""

from collections.abc import Iterator

_NAMES = {
    "-c": "--slots",
    "--concurrent": "--slots",
    "-a": "--server",
    "--api-url": "--server",
    "--max-per-domain": "--max-per-host",
}
"""Options that have a value, by their names of old."""
_SOURCES = {"url": ("-f", "--file"), "text": ("-d", "--directory", "--dir"), "": ("--html",)}
"""What names a source, by the word that goes before."""


def translated(words: list[str]) -> list[str]:
    """Return a command line in our options; what is not old stays as it is.

    ``--html FILE`` names a saved page, for ``--url`` to say where it came from.
    """
    mode = next((w for w in words if w in {"url", "text"}), "")
    named = {*_SOURCES[""], *_SOURCES[mode]}
    if mode and not any(w in _SOURCES[mode] for w in words):
        mode = ""  # a file of that name
    return list(_translated(words, mode, named))


def _translated(words: list[str], mode: str, named: set[str]) -> Iterator[str]:
    waiting = bool(mode)
    for number, word in enumerate(words):
        if word == "--":
            yield from words[number:]
            return
        name, equals, value = word.partition("=")
        if waiting and word == mode:
            waiting = False  # once: a file may have the same name
        elif word in named:
            continue  # its value is a source of ours
        elif name in _NAMES:
            yield f"{_NAMES[name]}{equals}{value}"
        elif word[:2] in {"-c", "-a"} and word[2:] and not word.startswith("--"):
            yield f"{_NAMES[word[:2]]}={word[2:]}"
        else:
            yield word
