"""Launch forms as data: which fields there are, and what a launch would meet."""

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
    """``what`` it is done with; ``usual`` options, the ``rest`` of them, those ``common`` to all."""
    choices: tuple[str, ...] = ()
    """With ``choice``: what it may be."""
    least: int | None = None
    most: int | None = None
    """With ``int``: the bounds."""


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
    field: str = ""
    """The name of the field that makes it impossible, where it is one."""
