"""A snapshot as Prometheus text, for whoever scrapes it. Pure.

The text exposition format 0.0.4:
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format. Units are base
units (seconds, bytes, ratios of one), names of counters end in ``_total``.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.snapshot import BatchView, HostView, QueueView, Snapshot
from soniq_tui.model.text import shown

ENDED_MOST = 50
"""So many ended batches are told of: every batch is a new time series for the one who scrapes."""
LABEL_CHARS = 120
"""A longer label value is cut."""
MIB = 1024 * 1024

Labels = Mapping[str, str]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _success(batch: BatchView) -> float | None:
    judged = batch.items.done + batch.items.failed
    return batch.items.done / judged if judged else None


QUEUE: tuple[tuple[str, str, Callable[[QueueView], float | None]], ...] = (
    ("slots", "Slots of the queue.", lambda q: q.slots),
    ("slots_target", "Slots that the engine uses now.", lambda q: q.target),
    ("slots_active", "Slots that run a job.", lambda q: q.active),
    ("depth", "Jobs that wait for a slot, delayed ones included.", lambda q: q.depth),
    ("reserved", "Waiting jobs that were handed to a child ahead of time.", lambda q: q.reserved),
    ("delayed", "Waiting jobs whose time or lane has not come.", lambda q: q.delayed),
    ("held", "Whether nothing is started from the queue.", lambda q: q.held),
    ("stages_ended_total", "Stages that ended since the engine started.", lambda q: q.ended),
    ("stages_failed_total", "Stages that failed since the engine started.", lambda q: q.failed),
    ("busy_ratio", "Time of slots in use over the last seconds.", lambda q: q.busy_share),
    ("stage_median_seconds", "Median time a stage took.", lambda q: q.median_s),
)
"""Figures of a queue: name, help, value; None is left out."""

BATCH: tuple[tuple[str, str, Callable[[BatchView], float | None]], ...] = (
    ("jobs_running", "Jobs that hold a slot.", lambda b: b.running),
    ("jobs_waiting", "Jobs that are queued or paused.", lambda b: b.waiting),
    ("worked_seconds", "Time during which at least one job ran.", lambda b: b.worked_s),
    ("items_per_second", "Items that end in a second.", lambda b: b.items_per_s),
    ("item_median_seconds", "Median time an item took.", lambda b: b.median_item_s),
    ("success_ratio", "Done items of those that are done or failed.", _success),
    ("eta_seconds", "Time left.", lambda b: b.eta_s),
    ("eta_low_seconds", "Lower edge of the band of the time left.", lambda b: b.eta_low_s),
    ("eta_high_seconds", "Upper edge of the band of the time left.", lambda b: b.eta_high_s),
)
"""Figures of a batch."""

HOST: tuple[tuple[str, str, Callable[[HostView], float | None]], ...] = (
    ("cpu_ratio", "Use of all processors of the machine.", lambda h: _times(h.cpu_percent, 0.01)),
    ("memory_rss_bytes", "Resident memory of the engine and its children.",
     lambda h: h.rss_mib * MIB),
    ("memory_available_bytes", "Memory that the machine has to give.",
     lambda h: _times(h.memory_available_mib, MIB)),
    ("temperature_celsius", "Of the hottest sensor.", lambda h: h.temperature_c),
    ("trouble", "Whether the machine suffers from heat or want of power.",
     lambda h: bool(h.trouble)),
)  # fmt: skip
"""Figures of the machine."""


def prometheus(snapshot: Snapshot) -> str:
    """Return a snapshot in the text exposition format 0.0.4."""
    return "".join(_lines(snapshot))


def _lines(snapshot: Snapshot) -> Iterator[str]:
    yield from _family("up", "The engine answers.", [({}, 1)])
    host = {"name": snapshot.host.name, "pid": str(snapshot.host.pid)}
    yield from _family("host_info", "The machine and the engine on it.", [(host, 1)])
    for name, text, of_host in HOST:
        yield from _family(f"host_{name}", text, [({}, of_host(snapshot.host))])
    yield from _family("held_back", "Whether the engine holds back.", [({}, bool(snapshot.banner))])
    for name, text, of_queue in QUEUE:
        rows = [({"queue": queue.name}, of_queue(queue)) for queue in snapshot.queues]
        yield from _family(f"queue_{name}", text, rows)
    scaled = {queue.name: 0 for queue in snapshot.queues}
    for row in snapshot.scaled:
        scaled[row.queue] = scaled.get(row.queue, 0) + 1
    yield from _family(
        "queue_scale_events_recent",
        "Scale events of the queue among the newest that the engine remembers.",
        [({"queue": name}, count) for name, count in scaled.items()],
    )
    yield from _batches(_told(snapshot))


def _told(snapshot: Snapshot) -> list[BatchView]:
    ended = [b.id for b in snapshot.batches if b.state in BATCH_ENDED]
    dropped = set(ended[:-ENDED_MOST])
    return [b for b in snapshot.batches if b.id not in dropped]


def _batches(batches: list[BatchView]) -> Iterator[str]:
    yield from _family(
        "batch_info",
        "What a batch is and where it stands.",
        [
            (
                {
                    "batch": str(b.id),
                    "importer": b.importer,
                    "label": b.label,
                    "state": b.state.value,
                },
                1,
            )
            for b in batches
        ],
    )
    states = ("done", "skipped", "failed", "left")
    yield from _family(
        "batch_items",
        "Items of a batch by how they ended; a retry takes some back.",
        [
            ({"batch": str(b.id), "state": state}, getattr(b.items, state))
            for b in batches
            for state in states
        ],
    )
    for name, text, of_batch in BATCH:
        rows = [({"batch": str(b.id)}, of_batch(b)) for b in batches]
        yield from _family(f"batch_{name}", text, rows)


def _family(name: str, text: str, samples: Iterable[tuple[Labels, float | None]]) -> Iterator[str]:
    """Yield one metric; nothing when nobody knows a value of it."""
    known = [(labels, value) for labels, value in samples if value is not None]
    if not known:
        return
    kind = "counter" if name.endswith("_total") else "gauge"
    yield f"# HELP soniq_{name} {text}\n# TYPE soniq_{name} {kind}\n"
    for labels, value in known:
        inner = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
        yield (
            f"soniq_{name}{{{inner}}} {_number(value)}\n"
            if inner
            else (f"soniq_{name} {_number(value)}\n")
        )


def escaped(text: str) -> str:
    """Return foreign text as the value of a label: bounded, on one line, escaped."""
    text = shown(text, LABEL_CHARS)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if isinstance(value, int):  # a bool too
        return str(int(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
