"""From what a form or a command line says to options, plans and words."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from soniq_tui.engine.options import convert, how_of, limited, preview, rehearsed
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import COMMON, How, Plan
from soniq_tui.model.bounds import INT_MOST
from soniq_tui.model.forms import option_fields
from tests.engine.strategies import FAKE, Options, spawn


class All(msgspec.Struct, frozen=True, kw_only=True):
    """One option of each kind."""

    urls: Annotated[tuple[str, ...], Meta(title="url", description="Addresses.")]
    root: Annotated[str, Meta(title="path")]
    paths: Annotated[tuple[str, ...], Meta(title="path")] = ()
    words: tuple[str, ...] = ("a", "b c")
    depth: Annotated[int, Meta(ge=1, le=9)] | None = None
    pages: Annotated[int | None, Meta(description="Pages.")] = 5
    model: Literal["none", "small"] = "none"
    name: Annotated[str, Meta(extra={"label": "called", "group": "rest"})] = "x"
    force: Annotated[bool, Meta(extra={"once": True})] = True


def test_the_form_is_drawn_from_the_types() -> None:
    """Kind, default, group, bounds and choices of each field."""
    fields = {f.name: f for f in option_fields(All)}
    assert {name: f.kind for name, f in fields.items()} == {
        "urls": "urls",
        "root": "path",
        "paths": "paths",
        "words": "list",
        "depth": "int",
        "pages": "int",
        "model": "choice",
        "name": "text",
        "force": "flag",
    }
    assert [f.name for f in fields.values() if f.group == "what"] == ["urls", "root"]
    assert [f.name for f in fields.values() if f.once] == ["force"]
    assert (fields["name"].label, fields["name"].group) == ("called", "rest")
    assert (fields["depth"].least, fields["depth"].most, fields["depth"].default) == (1, 9, "")
    assert (fields["words"].default, fields["pages"].default) == ("a\nb c", "5")
    assert (fields["model"].choices, fields["force"].default) == (("none", "small"), "true")
    assert (fields["urls"].help, fields["urls"].required) == ("Addresses.", True)


def test_what_is_common_stands_behind_and_gives_way() -> None:
    """Each importer has the common options, but for what it calls so itself."""
    names = [f.name for f in FAKE.form().fields]
    assert names == ["names", "times", *(f.name for f in COMMON)]
    assert all(f.group == "common" for f in FAKE.form().fields[2:])
    assert FAKE.work_queue == "read", "not where it only looks for more"


def test_own_and_common_options_are_told_apart() -> None:
    """Both come in one table; empty text means the default."""
    given = {"names": "one", "times": "3", "priority": "-2", "limit": "", "dry_run": True}
    assert convert(FAKE, given) == Options(names=("one",), times=3)
    assert how_of(FAKE, given) == How(priority=-2, dry_run=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"times": "x"}, "times: expected int, got str"),
        ({"priority": "5000"}, "priority: 5000 is too large; 1000 is the most"),
        ({"priority": -5000}, "priority: -5000 is too small; -1000 is the least"),
        ({"slots": 0}, "slots: 0 is too small; 1 is the least"),
        ({"times": 2**63}, f"times: {2**63} is too large; {INT_MOST} is the most"),
        ({"times": -(10**30)}, f"times: -1{'0' * 17}… is too small; -{INT_MOST} is the least"),
        ({"limit": str(10**30)}, f"limit: 1{'0' * 18}… is too large; {INT_MOST} is the most"),
        ({"limit": "\x1b[2J0" * 9}, "limit: expected int | null, got str"),
    ],
)
def test_a_wrong_value_names_its_field(options: dict[str, object], said: str) -> None:
    """The text and the preview both say which one it is, and what it can be."""
    with pytest.raises(UsageError) as caught:
        _both(options)
    assert str(caught.value) == f"Fake: {said}"
    seen = preview(FAKE, options, Path())
    assert (seen.ok, seen.field) == (False, said.partition(":")[0])


def _both(options: dict[str, object]) -> None:
    convert(FAKE, options)
    how_of(FAKE, options)


def test_a_limit_takes_the_first_items() -> None:
    """Whole jobs, at least one; where items are found on the way there is nothing to count."""
    plan = Plan(label="x", jobs=tuple(spawn(str(i), stage="read", items=2) for i in range(5)))
    assert [len(limited("T", plan, n).jobs) for n in (None, 1, 2, 3, 4, 100)] == [5, 1, 1, 1, 2, 5]
    open_end = Plan(label="x", jobs=(spawn("a", stage="find", items=0),))
    with pytest.raises(UsageError, match="limit: how many items there are is found"):
        limited("T", open_end, 3)
    assert limited("T", open_end, None) is open_end


def test_a_dry_run_tells_all_of_it() -> None:
    """What would be started, with how much, and how."""
    lines = rehearsed(
        FAKE, {"names": [f"n{i}" for i in range(12)], "slots": 2, "paused": True}, Path()
    )
    assert "12 jobs; 12 items; read: 2 slots; paused); nothing was started" in lines[0]
    assert lines[1:3] == ["  label n0", "  label n1"]
    assert lines[-1] == "  and 2 more"
    assert "?token=********" in rehearsed(FAKE, {"names": ["http://a.fr/?token=x"]}, Path())[1]
    with pytest.raises(UsageError, match="leave it out"):
        rehearsed(FAKE, {"names": ["bad"]}, Path())
