"""Launch forms as data: which fields there are, and what a launch would meet."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a launch form."""

    name: str
    label: str
    kind: str
    """``path``, ``text``, ``int``, ``flag``, ``choice``, or several: ``paths``, ``urls``, ``list``.

    The text of a field with several entries has one in each line.
    """
    default: str = ""
    help: str = ""
    required: bool = False
    group: str = "usual"
    """``what`` it is done with; ``usual`` options, the ``rest``, those ``common`` to all."""
    choices: tuple[str, ...] = ()
    """With ``choice``: what it may be."""
    least: int | None = None
    most: int | None = None
    """With ``int``: the bounds."""
    once: bool = False
    """What it agrees to holds for one launch: no later one is filled with it."""


SEVERAL = frozenset({"paths", "urls", "list"})
"""Kinds of fields that have several entries."""


class FormSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What the launch screen draws for one importer."""

    importer: str
    title: str
    verb: str
    """The command line word: ``scan``."""
    fields: tuple[FieldSpec, ...]

    @property
    def argument(self) -> FieldSpec | None:
        """The field that stands on the command line without its name."""
        return next((field for field in self.fields if field.required), None)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a launch would meet, found by looking for a moment at the real thing."""

    ok: bool
    text: str
    """One line: "1,204 audio files in the first 3 s", or why it cannot be launched."""
    doubt: bool = False
    """It can be launched and is likely a slip: nothing is there to be done."""
    field: str = ""
    """The name of the field that makes it impossible, where it is one."""


def option_fields(options: type[msgspec.Struct], group: str = "") -> Iterator[FieldSpec]:
    """Yield a form line for each field of an options struct.

    The kind comes from the type: ``bool`` flag, ``int`` int, ``Literal`` choice, ``str`` text,
    ``tuple[str, ...]`` list; ``msgspec.Meta(title="path")`` makes a path or paths of it, and
    ``"url"`` urls. ``Meta.description`` is the help, ``ge`` and ``le`` bound a number, and
    ``Meta.extra`` may have a ``label``, ``group="rest"`` for what is seldom needed, and
    ``once=True`` for what is not to be agreed to again without a thought.
    """
    for info in msgspec.structs.fields(options):
        hint, metas = _unwrapped(info.type)
        extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
        kind, choices = _kind(hint, next((m.title for m in metas if m.title), ""))
        yield FieldSpec(
            name=info.name,
            label=extra.get("label", info.name.replace("_", " ")),
            kind=kind,
            default=_default_text(info.default),
            help=next((m.description for m in metas if m.description), ""),
            required=info.required,
            group=group or ("what" if info.required else extra.get("group", "usual")),
            choices=choices,
            least=next((int(m.ge) for m in metas if m.ge is not None), None),
            most=next((int(m.le) for m in metas if m.le is not None), None),
            once=extra.get("once", False),
        )


def _unwrapped(hint: Any) -> tuple[Any, list[msgspec.Meta]]:
    """Return a type without its annotations and the None it may be, and the annotations."""
    metas: list[msgspec.Meta] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *rest = get_args(hint)
            metas += [m for m in rest if isinstance(m, msgspec.Meta)]
        elif get_origin(hint) in {Union, UnionType}:
            others = [each for each in get_args(hint) if each is not type(None)]
            if len(others) != 1:
                return hint, metas
            hint = others[0]
        else:
            return hint, metas


def _kind(hint: Any, title: str) -> tuple[str, tuple[str, ...]]:
    if get_origin(hint) in {tuple, list}:
        return {"path": "paths", "url": "urls"}.get(title, "list"), ()
    if get_origin(hint) is Literal:
        return "choice", tuple(map(str, get_args(hint)))
    return title or {bool: "flag", int: "int"}.get(hint, "text"), ()


def _default_text(default: object) -> str:
    if default is msgspec.NODEFAULT or default is None:
        return ""
    if isinstance(default, tuple | list):
        return "\n".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
