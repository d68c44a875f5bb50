"""The figures as Prometheus text, read by a strict parser of the format's grammar."""

import math
import re
from typing import NamedTuple

import pytest

from soniq_tui.engine.metrics import ENDED_MOST, LABEL_CHARS, prometheus
from soniq_tui.model.job import BatchState, Items
from soniq_tui.model.snapshot import BatchView, HostView, QueueView, ScaleRow, Snapshot
from soniq_tui.model.text import shown

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_HELP = re.compile(rf"# HELP ({_NAME}) ((?:[^\\\n]|\\\\|\\n)+)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram|summary|untyped)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? ([^ ]+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|\Z)')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Family(NamedTuple):
    """One metric as it was read."""

    kind: str
    samples: dict[frozenset[tuple[str, str]], float]


def parsed(text: str) -> dict[str, Family]:
    """Read the text exposition format 0.0.4; raises ``AssertionError`` where it is broken."""
    assert text.endswith("\n")
    text.encode("utf-8")
    families: dict[str, Family] = {}
    helped = current = ""
    for line in text[:-1].split("\n"):
        if match := _HELP.fullmatch(line):
            helped = match[1]
            assert helped not in families, f"{helped} comes twice"
        elif match := _TYPE.fullmatch(line):
            assert match[1] == helped, "HELP and TYPE belong together"
            current = match[1]
            families[current] = Family(match[2], {})
        else:
            match = _SAMPLE.fullmatch(line)
            assert match, f"no sample: {line!r}"
            assert match[1] == current, f"{match[1]} among the samples of {current}"
            key = frozenset(_labels(match[2] or "").items())
            assert key not in families[current].samples, f"twice: {line}"
            families[current].samples[key] = float(match[3])
    assert all(family.samples for family in families.values())
    return families


def _labels(text: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _LABEL.match(text, at)
        assert match, f"no label: {text[at:]!r}"
        assert match[1] not in labels
        labels[match[1]] = re.sub(r"\\.", lambda m: _UNESCAPED[m[0]], match[2])
        at = match.end()
    return labels


def value(families: dict[str, Family], name: str, /, **labels: str) -> float:
    return families[name].samples[frozenset(labels.items())]


def a_batch(batch_id: int, state: BatchState = BatchState.RUNNING, label: str = "") -> BatchView:
    items = Items(total=10, done=3, skipped=2, failed=1)
    return BatchView(id=batch_id, importer="music", label=label, state=state, items=items)


FULL = Snapshot(
    batches=(
        BatchView(
            id=7,
            importer="music",
            label="/srv/music",
            state=BatchState.RUNNING,
            items=Items(total=10, done=3, skipped=2, failed=1),
            running=2,
            waiting=5,
            eta_s=20.5,
            eta_low_s=10.0,
            eta_high_s=40.0,
            median_item_s=0.25,
            worked_s=3.0,
        ),
    ),
    queues=(
        QueueView(name="read", depth=4, active=2, slots=4, target=3, reserved=1, delayed=2,
                  ended=100, failed=3, busy_share=0.5, median_s=1.5, held=True),
        QueueView(name="store"),
    ),
    scaled=(ScaleRow(at_s=1.0, queue="read", before=1, after=2, reason="backlog of 4"),),
    host=HostView(name="pi", pid=42, cpu_percent=25.0, rss_mib=2.0, memory_available_mib=1.0,
                  temperature_c=55.5, trouble="throttled"),
    banner="78 degrees",
)  # fmt: skip


def test_every_figure_is_there() -> None:
    """Queues, batches and the machine are told of in base units."""
    read = parsed(prometheus(FULL))
    assert value(read, "soniq_up") == 1
    assert value(read, "soniq_host_info", name="pi", pid="42") == 1
    assert value(read, "soniq_host_cpu_ratio") == 0.25
    assert value(read, "soniq_host_memory_rss_bytes") == 2 * 1024 * 1024
    assert value(read, "soniq_host_memory_available_bytes") == 1024 * 1024
    assert value(read, "soniq_host_temperature_celsius") == 55.5
    assert value(read, "soniq_host_trouble") == value(read, "soniq_held_back") == 1
    figures = {"slots": 4, "slots_target": 3, "slots_active": 2, "depth": 4, "reserved": 1,
               "delayed": 2, "held": 1, "stages_ended_total": 100, "stages_failed_total": 3,
               "busy_ratio": 0.5, "stage_median_seconds": 1.5,
               "scale_events_recent": 1}  # fmt: skip
    for name, expected in figures.items():
        assert value(read, f"soniq_queue_{name}", queue="read") == expected
    for state, expected in {"done": 3, "skipped": 2, "failed": 1, "left": 4}.items():
        assert value(read, "soniq_batch_items", batch="7", state=state) == expected
    for name, expected in {"eta": 20.5, "eta_low": 10, "eta_high": 40, "item_median": 0.25}.items():
        assert value(read, f"soniq_batch_{name}_seconds", batch="7") == expected
    assert value(read, "soniq_batch_success_ratio", batch="7") == 0.75
    info = {"batch": "7", "importer": "music", "label": "/srv/music", "state": "running"}
    assert value(read, "soniq_batch_info", **info) == 1


def test_what_is_not_known_is_left_out() -> None:
    """An engine that has just begun tells no figure it does not have, and breaks no rule."""
    read = parsed(prometheus(Snapshot()))
    assert value(read, "soniq_up") == 1
    assert not {name for name in read if name.startswith(("soniq_batch", "soniq_queue"))}
    assert "soniq_host_temperature_celsius" not in read
    queue = frozenset({("queue", "store")})
    assert queue not in parsed(prometheus(FULL))["soniq_queue_stage_median_seconds"].samples


def test_counters_and_units() -> None:
    """Names of counters, and of nothing else, end in ``_total``; all are ours."""
    for name, family in parsed(prometheus(FULL)).items():
        assert name.startswith("soniq_")
        assert (family.kind == "counter") == name.endswith("_total")
        assert not re.search(r"_(ms|mib|percent|s)$", name)


@pytest.mark.parametrize(
    "label",
    [
        'say "hi"',
        "back\\slash",
        "two\nlines",
        "\r\0\x1b[31m",
        '\\"} 1\nsoniq_up 0',
        "x" * 10_000,
        "\\" * 500,
        "\udce9t\u202e\u2028",
        "}{,=#",
        "é 🎵",
    ],
)
def test_hostile_labels(label: str) -> None:
    """Foreign text stays the value of one label: escaped, bounded, in valid UTF-8."""
    read = parsed(prometheus(Snapshot(batches=(a_batch(1, label=label),))))
    assert value(read, "soniq_up") == 1
    (key,) = read["soniq_batch_info"].samples
    told = dict(key)["label"]
    assert told == shown(label, LABEL_CHARS)
    assert len(told) <= LABEL_CHARS
    assert "\n" not in told


@pytest.mark.parametrize(
    ("figure", "expected"),
    [(0.1, 0.1), (1e-9, 1e-9), (math.inf, math.inf), (-math.inf, -math.inf), (1e300, 1e300)],
)
def test_numbers(figure: float, expected: float) -> None:
    """A number is read as it was written."""
    read = parsed(prometheus(Snapshot(host=HostView(temperature_c=figure))))
    assert value(read, "soniq_host_temperature_celsius") == expected


def test_not_a_number() -> None:
    """What is no number is called so."""
    assert "soniq_host_temperature_celsius NaN\n" in prometheus(
        Snapshot(host=HostView(temperature_c=math.nan))
    )


def test_ended_batches_are_bounded() -> None:
    """All open batches are told of, and the newest of those that ended."""
    batches = [a_batch(n, BatchState.DONE if n % 2 else BatchState.PAUSED) for n in range(300)]
    read = parsed(prometheus(Snapshot(batches=tuple(batches))))
    told = {int(dict(key)["batch"]) for key in read["soniq_batch_info"].samples}
    ended = sorted(n for n in told if n % 2)
    assert len(told) - len(ended) == 150
    assert ended == [n for n in range(300) if n % 2][-ENDED_MOST:]


@pytest.mark.parametrize(
    "broken",
    [
        "soniq_up 1",
        "soniq_up 1\n",
        '# HELP a x\n# TYPE a gauge\na{b="c} 1\n',
        '# HELP a x\n# TYPE a gauge\na{b="\\x"} 1\n',
        "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a x\n# TYPE b gauge\nb 1\n",
        "# HELP a x\n# TYPE a gauge\n",
    ],
)
def test_the_parser_is_strict(broken: str) -> None:
    """What breaks the grammar is not taken by the parser of these tests."""
    with pytest.raises(AssertionError):
        parsed(broken)
