"""From the values of a form or a command line to an importer's options."""

from typing import Annotated, get_args, get_origin

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Importer


def convert(importer: Importer, options: dict[str, object]) -> msgspec.Struct:
    """Return the options of a form as the importer's struct; empty text means the default.

    Raises:
        UsageError: a value cannot be what it is said to be.
    """
    lists = {f.name for f in msgspec.structs.fields(importer.options) if _is_list(f.type)}
    given = {
        name: (value,) if name in lists and isinstance(value, str) else value
        for name, value in options.items()
        if value is not None and value != ""
    }
    try:
        return msgspec.convert(given, importer.options, strict=False)
    except msgspec.ValidationError as exc:
        raise UsageError(f"{importer.title}: {exc}") from exc


def _is_list(hint: object) -> bool:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return get_origin(hint) in {tuple, list}
