"""From the values of a form or a command line to an importer's options, and how it is launched."""

import re
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec.structs import replace

from soniq_tui.errors import SoniqError, UsageError
from soniq_tui.importers.base import COMMON, How, Importer, Plan
from soniq_tui.model import bounds
from soniq_tui.model.forms import Preview
from soniq_tui.model.text import named
from soniq_tui.words import _, many, steps

_AT = re.compile(r"(?P<what>.*?) - at `\$\.?(?P<name>\w*)(?P<entry>\[\d*\.*\])?.*`", re.DOTALL)
"""What msgspec says of a value: "Expected `int`, got `str` - at `$.limit`"."""
_EMPTY: tuple[object, ...] = ("", [], ())
LABELS_MOST = 10
"""So many jobs are named by a dry run."""


def convert(importer: Importer, options: dict[str, object]) -> msgspec.Struct:
    """Return the options of a form as the importer's struct; what is empty means the default.

    What is common to all launches is left out; see :func:`how_of`.

    Raises:
        UsageError: a value cannot be what it is said to be.
    """
    common = _common(importer)
    own = {name: value for name, value in options.items() if name not in common}
    made: msgspec.Struct = _converted(importer.title, importer.options, own)
    return made


def how_of(importer: Importer, options: dict[str, object]) -> How:
    """Return what the options of a form say about the launch itself.

    Raises:
        UsageError: a value cannot be what it is said to be.
    """
    common = _common(importer)
    given = {name: value for name, value in options.items() if name in common}
    made: How = _converted(importer.title, How, given)
    return made


def _common(importer: Importer) -> set[str]:
    """Return the names that are common to all; what an importer calls so itself is its own."""
    own = {info.name for info in msgspec.structs.fields(importer.options)}
    return {field.name for field in COMMON} - own


def _converted(title: str, into: type[Any], options: dict[str, object]) -> Any:
    lists = {f.name for f in msgspec.structs.fields(into) if _is_list(f.type)}
    given = {
        name: (value,) if name in lists and isinstance(value, str) else value
        for name, value in options.items()
        if value is not None and value not in _EMPTY
    }
    try:
        made = msgspec.convert(given, into, strict=False)
    except msgspec.ValidationError as exc:
        raise _wrong(title, str(exc), given) from exc
    for name in given:
        number = getattr(made, name, None)
        if isinstance(number, int) and number > bounds.INT_MOST:
            said = bounds.too_large(number, bounds.INT_MOST)
            raise UsageError(f"{title}: {name}: {said}", name)
        if isinstance(number, int) and number < -bounds.INT_MOST:
            said = bounds.too_small(number, -bounds.INT_MOST)
            raise UsageError(f"{title}: {name}: {said}", name)
    return made


def _wrong(title: str, said: str, given: dict[str, object]) -> UsageError:
    """Return what msgspec says in the words of the form."""
    found = _AT.fullmatch(said)
    if found is None:
        missing = re.search(r"missing required field `(\w+)`", said)
        name = missing[1] if missing else ""
        return UsageError(f"{title}: {said}", name)
    what = bounds.refused(said, given.get(found["name"]))
    if not what:
        what = found["what"].replace("`", "")
        what = what[:1].lower() + what[1:]
    return UsageError(f"{title}: {found['name']}: {what}", found["name"])


def _is_list(hint: object) -> bool:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return get_origin(hint) in {tuple, list}


def limited(title: str, plan: Plan, limit: int | None) -> Plan:
    """Return a plan for the first ``limit`` items, or somewhat fewer where jobs have several.

    Raises:
        UsageError: what it begins with stands for no items, so that there is nothing to count.
    """
    if limit is None:
        return plan
    if any(not job.items for job in plan.jobs):
        raise UsageError(
            _("{title}: limit: how many items there are is found on the way; leave it out").format(
                title=title
            ),
            "limit",
        )
    items = 0
    for number, job in enumerate(plan.jobs):
        items += job.items
        if items > limit and number:
            return replace(plan, jobs=plan.jobs[:number])
    return plan


def preview(importer: Importer, options: dict[str, object], data_dir: Path) -> Preview:
    """Return what a launch would meet, or which field makes it impossible."""
    try:
        how_of(importer, options)
        return importer.preview(convert(importer, options), data_dir)
    except SoniqError as exc:
        return Preview(ok=False, text=str(exc), field=getattr(exc, "field", ""))


def rehearsed(importer: Importer, options: dict[str, object], data_dir: Path) -> list[str]:
    """Return what a launch would do, line by line, the first of which says the most.

    Plans like a launch and starts nothing.

    Raises:
        UsageError: it could not be launched.
    """
    how = how_of(importer, options)
    plan = importer.plan(convert(importer, options), data_dir)
    plan = limited(importer.title, plan, how.limit)
    jobs = len(plan.jobs)
    items = sum(job.items for job in plan.jobs)
    parts = [many("{n} job", "{n} jobs", jobs)]
    if items:
        parts.append(many("{n} item", "{n} items", items))
    if any(not job.items for job in plan.jobs):
        parts.append(_("what else there is to do is found on the way"))
    if how.slots is not None:
        slots = many("{n} slot", "{n} slots", how.slots)
        parts.append(f"{plan.queue or importer.work_queue}: {slots}")
    if how.priority:
        parts.append(_("priority {priority}").format(priority=f"{how.priority:+d}"))
    if how.paused:
        parts.append(_("paused"))
    title, label = _(importer.title), named(plan.label)
    head = _("would start {title}: {label}").format(title=title, label=label)
    labels = [f"  {named(job.label)}" for job in plan.jobs[:LABELS_MOST]]
    more = jobs - len(labels)
    if more > 0:
        labels.append("  " + many("and {n} more", "and {n} more", more))
    return [steps([f"{head} ({steps(parts)})", _("nothing was started")]), *labels]
