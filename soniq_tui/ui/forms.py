"""What a launch form means: values, the equivalent command line, folder completion."""

import os
import shlex
from pathlib import Path

from soniq_tui.model.forms import FieldSpec, FormSpec

YES = frozenset({"1", "yes", "true", "on", "y"})
OFFERED = 40
"""At most so many folders are offered for completion."""


def default_of(field: FieldSpec) -> str:
    """Return what a field holds at first; a flag ``yes`` or nothing."""
    if field.kind == "flag":
        return "yes" if field.default.lower() in YES else ""
    return field.default


def words_of(text: str) -> list[str]:
    """Return the entries of a list field; quotes hold blanks together."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def options_of(form: FormSpec, values: dict[str, str]) -> tuple[dict[str, object], str]:
    """Return the options that ``values`` mean, and what is wrong with them (empty: nothing).

    Empty fields are left out, so that the importer's own defaults hold; flags are always there.
    """
    options: dict[str, object] = {}
    wrong = ""
    for field in form.fields:
        text = values.get(field.name, "").strip()
        if field.kind == "flag":
            options[field.name] = text in YES
        elif not text:
            wrong = wrong or (f"{field.label} is needed" if field.required else "")
        elif field.kind == "int":
            try:
                options[field.name] = int(text.replace(",", ""))
            except ValueError:
                wrong = wrong or f"{field.label}: {text!r} is not a whole number"
        elif field.kind == "list":
            options[field.name] = words_of(text)
        elif field.kind == "path":
            options[field.name] = str(Path(os.path.expanduser(text)))
        else:
            options[field.name] = text
    return options, wrong


def command_line(form: FormSpec, values: dict[str, str]) -> str:
    """Return the command that does the same as the form."""
    words = ["soniq-tui", form.verb]
    named = []
    for field in form.fields:
        text = values.get(field.name, "").strip()
        if text == default_of(field) and not field.required:
            continue
        parts = words_of(text) if field.kind == "list" else [text] if text else []
        if field.required:
            words += parts or [f"<{field.label.lower()}>"]
            continue
        option = "--" + field.name.replace("_", "-")
        if field.kind == "flag":
            named.append(option if text in YES else "--no-" + option[2:])
        else:
            for part in parts:
                named += [option, part]
    return " ".join(w if w.startswith("<") else shlex.quote(w) for w in words + named)


def complete_folder(text: str) -> tuple[str, list[str]]:
    """Return ``text`` completed as far as it is certain, and the folders that it may mean.

    Reads the disk; call it in a thread.
    """
    typed = Path(os.path.expanduser(text)) if text else Path.cwd()
    folder, start = (typed, "") if text.endswith("/") or not text else (typed.parent, typed.name)
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(start)
                and (start.startswith(".") or not entry.name.startswith("."))
                and entry.is_dir()
            )
    except OSError:
        return text, []
    if not names:
        return text, []
    common = os.path.commonprefix(names)  # noqa: RUF071  of names in one folder, by character
    found = str(folder / common) if common else str(folder).rstrip("/") + "/"
    if len(names) == 1:
        found += "/"
    return (found if len(found) > len(str(typed)) else text), names[:OFFERED]
