"""What an importer author needs, and nothing else.

An importer is a list of stages. A stage is an ``async`` function ``(payload, context) -> payload
of the next stage``; both payloads are msgspec structs and their types are read from the
annotations. A stage may run twice (work is *at least once*), so it must be idempotent: upserts by
key, files written under a final name.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from importlib import import_module
from itertools import chain, pairwise
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, NamedTuple, Protocol, get_type_hints

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from soniq_tui.errors import PluginError
from soniq_tui.importers.context import (
    Context,
    GoBack,
    ItemFault,
    Onward,
    Ran,
    RetryLater,
    Skip,
    StageSignal,
    Stopped,
)
from soniq_tui.model.forms import FormSpec, Preview, option_fields
from soniq_tui.model.job import ErrorKind, ItemError, Spawn
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.words import mark

Run = Callable[[Any, Any], Awaitable[Any]]


def later(target: str) -> Callable[..., Any]:
    """Return a function that imports ``module:name`` when it is first called, and calls it.

    A process then loads what it does, and no more: the host of a scan needs no parsers, the one
    that looks for files no writer.
    """
    module, _, name = target.partition(":")

    def call(*args: Any) -> Any:
        return getattr(import_module(module), name)(*args)

    return call


def stage_later(target: str, accepts: type, returns: type = NoneType) -> Run:
    """Return the function of a stage that is imported when it first runs; see :func:`later`."""
    call = later(target)

    async def run(payload: Any, context: Context) -> Any:
        return await call(payload, context)

    run.__annotations__ = {"payload": accepts, "context": Context, "return": returns}
    return run


class Stage(msgspec.Struct, frozen=True):
    """One step of an importer.

    Attributes:
        name: unique within the importer; shown in the slot row and in error lists.
        queue: where it waits.
        run: ``async (payload: A, context: Context) -> B``.
        time_limit_s: how long it may run; None: as long as its queue allows, 0: no limit.
        ends: jobs end here and bring nothing further, though it is not the last in the list.
        optional: only some batches send jobs here; idle slots are not shown for it alone.
        accepts: A, read from the annotations.
        returns: B, or NoneType where the job ends.
    """

    name: str
    queue: str
    run: Run
    time_limit_s: float | None = None
    optional: bool = False
    ends: bool = False
    accepts: type = NoneType
    returns: type = NoneType

    def __post_init__(self) -> None:
        try:
            hints = get_type_hints(self.run)
            force_setattr(self, "returns", hints.pop("return"))
            force_setattr(self, "accepts", next(iter(hints.values())))
        except (KeyError, NameError, StopIteration) as exc:
            raise PluginError(f"stage {self.name}: payload types not annotated ({exc!r})") from exc


class Plan(msgspec.Struct, frozen=True):
    """The first jobs of a batch and what to call it."""

    label: str
    jobs: tuple[Spawn, ...]
    queue: str = ""
    """Whose slots a launch sets; empty: those of the importer's main queue."""
    note: str = ""
    """What of the sources is left out, in one line that is safe to show; empty: nothing is."""


class Planner(Protocol):
    """Turns options into the first jobs of a batch."""

    def __call__(self, options: Any, data_dir: Path) -> Plan:
        """Check the options against the real thing.

        Raises:
            UsageError: it cannot be launched; the message says why and what to do.
        """


Exporter = Callable[[Path], Iterator[dict[str, object]]]
"""From a data directory to the rows of one kind of thing, in the fields of the reference."""


class Written(msgspec.Struct, frozen=True):
    """What came of an export for another program."""

    count: int
    problems: tuple[str, ...] = ()
    """What could not be written, and why."""


class Writer(NamedTuple):
    """A format of another program."""

    write: Callable[[Path, Path], Written]
    """From a data directory to a new file, or into a new folder."""
    folder: bool = False
    """It is a folder with one file for each thing."""


_Count = Annotated[int, Meta(ge=1)]


class How(msgspec.Struct, frozen=True, kw_only=True):
    """What can be told to every launch, whatever the importer; its own options come first."""

    limit: Annotated[_Count | None, Meta(description=mark("Only the first so many items."))] = None
    slots: Annotated[
        _Count | None,
        Meta(description=mark("Slots of its main queue from now on, for every batch.")),
    ] = None
    priority: Annotated[
        int, Meta(ge=-1000, le=1000, description=mark("Larger starts sooner; 0 is usual."))
    ] = 0
    paused: Annotated[bool, Meta(description=mark("Begin paused: nothing runs until resumed."))] = (
        False
    )
    dry_run: Annotated[
        bool, Meta(description=mark("Only say what would be done; nothing is started."))
    ] = False


COMMON = tuple(option_fields(How, "common"))
WANTED: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)
"""Set around a preview, and around a deed, by whoever asks for it."""


def wanted() -> bool:
    """Say whether somebody still waits for the look that is being taken.

    A preview that looks for longer asks this now and then, and ends when nobody does; so does a
    deed of many steps.
    """
    return WANTED.get()()


class Importer(msgspec.Struct, frozen=True):
    """Everything soniq-tui needs to know of one kind of batch.

    Attributes:
        name: unique among importers; the word in lists.
        title: for people.
        about: what a batch of it does, in one sentence or two; the help of its command says so.
        verb: the command line word.
        options: a msgspec struct; its fields are the launch form and the command line's flags.
        stages: in the order of the work; each one's result is what the next accepts.
        plan: options to first jobs.
        preview: a quick look (about 3 s at the most) at what a launch would meet; runs in a thread.
        exports: what can be exported, by name.
        demo: makes a small real input in a folder that is empty or holds it already; returns the
            options.
        closing: the name of a stage that accepts the options and runs once when all other jobs of a
            batch have ended, whatever came of them; it stands for no items. Empty: there is none.
            It does not run for a batch that is cancelled. Stages behind it in the list are for
            jobs that it spawns; when these have ended it does not run again.
        results: what batches brought, list by list; reads only, runs in a thread.
        detail: everything about one thing; reads only, runs in a thread.
        deeds: what can be done with results, by name: from the data directory and words by name to
            a line that says what was done; runs in a thread.
        alone: names of deeds that are refused while a scan of it may yet find what seems gone.
        writers: formats of other programs, by what is exported and by their names.
        tally: what changed in what its batches keep, from a moment (seconds since 1970) and how
            many items were done: marked words, with ``_`` for blanks, and their counts, those of 0
            left out; reads only, runs in a thread.
        older: from the words of an earlier program's command line to ours; pure.
        preload: modules that children import before the first job, so that each fork has them for
            free.
    """

    name: str
    title: str
    verb: str
    options: type[msgspec.Struct]
    stages: tuple[Stage, ...]
    plan: Planner
    preview: Callable[[Any, Path], Preview]
    about: str = ""
    exports: dict[str, Exporter] = {}
    demo: Callable[[Path], msgspec.Struct] | None = None
    preload: tuple[str, ...] = ()
    closing: str = ""
    results: Callable[[Path, ResultQuery], ResultPage] | None = None
    detail: Callable[[Path, DetailQuery], ResultDetail] | None = None
    deeds: dict[str, Callable[[Path, dict[str, str]], str]] = {}
    alone: frozenset[str] = frozenset()
    writers: dict[str, dict[str, Writer]] = {}
    older: Callable[[list[str]], list[str]] | None = None
    tally: Callable[[Path, float, int], dict[str, int]] | None = None

    def __post_init__(self) -> None:
        if not self.stages:
            raise PluginError(f"importer {self.name}: no stages")
        if self.closing:
            self._check_closing()
        for a, b in self._pairs():
            if a.returns not in {NoneType, b.accepts}:
                raise PluginError(
                    f"importer {self.name}: {a.name} returns {a.returns}, "
                    f"but {b.name} accepts {b.accepts}"
                )
        if len({s.name for s in self.stages}) != len(self.stages):
            raise PluginError(f"importer {self.name}: two stages have the same name")

    def _check_closing(self) -> None:
        names = {s.name: s for s in self.stages}
        stage = names.get(self.closing)
        if stage is None or stage.accepts is not self.options or stage.returns is not NoneType:
            raise PluginError(
                f"importer {self.name}: the closing stage {self.closing!r} has to be one of its "
                f"stages, accept {self.options.__name__} and return None"
            )

    def _chains(self) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
        """Return the stages before the closing one and those behind it."""
        names = [s.name for s in self.stages]
        at = names.index(self.closing) if self.closing else len(names)
        return self.stages[:at], self.stages[at + 1 :]

    def _pairs(self) -> Iterator[tuple[Stage, Stage]]:
        """Yield each stage with the one that follows it."""
        return chain.from_iterable(map(pairwise, self._chains()))

    def late(self, name: str) -> bool:
        """Return whether a stage is for what the closing one spawns."""
        return any(s.name == name for s in self._chains()[1])

    def finds(self, name: str) -> bool:
        """Return whether a stage brings further items: its chain ends before the last stage."""
        first, late = self._chains()
        if name == self.closing:
            return bool(late)
        stage = self.stage(name)
        if stage.ends:
            return False
        return stage.returns is NoneType and stage is not (late if stage in late else first)[-1]

    def stage(self, name: str) -> Stage:
        """Return the stage called ``name``; raise KeyError where there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def after(self, name: str) -> Stage | None:
        """Return the stage that follows ``name``, None where the job ends with it."""
        if name == self.closing or self.stage(name).returns is NoneType:
            return None
        return next((b for a, b in self._pairs() if a.name == name), None)

    def form(self) -> FormSpec:
        """Return the launch form drawn from the options struct, and what is common to all."""
        common = {each.name: each for each in COMMON}
        own = [
            msgspec.structs.replace(each, group="common") if common.pop(each.name, None) else each
            for each in option_fields(self.options)
        ]
        return FormSpec(
            importer=self.name,
            title=self.title,
            verb=self.verb,
            fields=(*own, *common.values()),
        )

    @property
    def work_queue(self) -> str:
        """The queue in which most of the work waits: the one whose slots a launch may set."""
        usual = [s for s in self.stages if not s.optional and s.name != self.closing]
        working = [s for s in usual if not self.finds(s.name)]
        return (working or usual or self.stages)[0].queue


__all__ = [
    "Context",
    "ErrorKind",
    "Exporter",
    "GoBack",
    "How",
    "Importer",
    "ItemError",
    "ItemFault",
    "Onward",
    "Plan",
    "Planner",
    "Ran",
    "RetryLater",
    "Skip",
    "Spawn",
    "Stage",
    "StageSignal",
    "Stopped",
    "Writer",
    "Written",
    "later",
    "stage_later",
    "wanted",
]
