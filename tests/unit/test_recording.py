"""Recordings as files: what is kept, what a crash leaves, what a stranger may send."""

import asyncio
import os
import random
import zlib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import record
from soniq_tui.host.record import ANSWER_EVERY_S, SNAPSHOT_EVERY_S, Recorder, recording
from soniq_tui.host.recording import (
    CHUNK_MOST_BYTES,
    FORMAT,
    HEAD,
    MAGIC,
    STREAM_CHUNKS,
    About,
    Kind,
    Reader,
    Writer,
    part_of,
    without_secrets,
)
from soniq_tui.host.replay import ABSENT, REFUSED, ReplayClient
from soniq_tui.model.commands import Pause, Target
from soniq_tui.model.settings import RecordSettings, Settings
from soniq_tui.model.snapshot import Query, View
from tests.power import Power
from tests.ui import fakes

MIB = 2**20
FIXTURE = Path(__file__).parents[1] / "data" / "recording_v1.rec"


class Clock:
    """Seconds that go when they are told to."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "night.rec"


def at(version: int, second: int):
    """Return the snapshot of a second."""
    return fakes.running(version=version, slots=fakes.slots(run_s=float(second)))


async def written(recorder: Recorder) -> None:
    """Return when the thread has taken what was handed over."""
    async with asyncio.timeout(5):
        while not recorder._queue.empty():  # noqa: ASYNC110  a thread tells nobody
            await asyncio.sleep(0.001)


async def record_some(path: Path, clock: Clock, count: int = 200, most: int = 64 * MIB) -> str:
    """Record so many seconds, one snapshot each."""
    recorder = Recorder(path, most, clock)
    fake = fakes.FakeClient(at(0, 0))
    client = recording(fake, recorder)
    for number in range(count):
        fake.now = at(number, number)
        await client.snapshot()
        if number == 10:
            await client.browse(Query(view=View.JOBS))
        clock.s += 1.0
        if number % 8 == 7:
            await written(recorder)
    return recorder.close()


async def test_a_recording_gives_back_what_was_seen(path, clock) -> None:
    """Every snapshot comes back at its moment, forwards, backwards and over streams."""
    said = await record_some(path, clock)
    assert said == f"recorded 3:20; see it with: soniq-tui replay {path}"
    assert not part_of(path).exists()
    assert path.stat().st_mode & 0o777 == 0o600
    player = ReplayClient(path, clock=clock)
    player.pause(on=True)
    assert (player.length_s, player.why_end) == (200.0, "")
    for moment in (0.0, 199.5, 63.2, 64.0, 65.9, 1.0, 128.5, 128.4):
        player.seek(moment)
        found = await player.snapshot()
        assert msgspec.structs.replace(found, version=0) == at(0, int(moment))
    player.close()


async def test_a_recording_survives_a_power_cut(path, clock, monkeypatch) -> None:
    """What was told to be there is, under the name that was told."""
    power = Power(monkeypatch)
    await record_some(path, clock, count=2)
    assert power.left(path.parent) == {path.name: path.read_bytes()}


async def test_what_did_not_change_is_kept_once(path, clock) -> None:
    """An engine at rest costs nothing, and no more than four snapshots a second are kept."""
    recorder = Recorder(path, 64 * MIB, clock)
    for number in range(100):
        recorder.saw(at(number, 7))
        clock.s += 1.0
    for number in range(100):
        recorder.saw(at(number, number))
        clock.s += 0.01
    recorder.close()
    reader = Reader(path)
    times = [chunk.at_s for chunk in reader.chunks if chunk.kind is Kind.SNAPSHOT]
    assert 5 <= len(times) <= 6
    assert all(b - a >= SNAPSHOT_EVERY_S - 1e-9 for a, b in pairwise(times[:-1]))
    reader.close()


async def test_what_was_over_at_once_is_not_how_it_ends(path, clock) -> None:
    """A picture that had to wait and has gone again meanwhile is not kept after the one it was."""
    recorder = Recorder(path, MIB, clock)
    for second in (7, 8, 7):
        recorder.saw(at(0, second))
        clock.s += SNAPSHOT_EVERY_S / 4
    recorder.close()
    player = ReplayClient(path, clock=clock)
    player.seek(player.length_s)
    assert (await player.snapshot()).slots == at(0, 7).slots
    player.close()


async def test_answers_are_those_of_their_moment(path, clock) -> None:
    """A list shows what it showed then; one that was opened later only a little before that."""
    recorder = Recorder(path, 64 * MIB, clock)
    fake = fakes.FakeClient(at(0, 0), jobs=3)
    client = recording(fake, recorder)
    for second in range(60):
        fake.now = at(second, second)
        await client.snapshot()
        if second in {20, 40}:
            fake.jobs = second
            await client.browse(Query(view=View.JOBS))
            await client.describe()
        clock.s += 1.0
    recorder.close()
    player = ReplayClient(path, clock=clock)
    player.pause(on=True)
    found = []
    for moment in (14.0, 16.0, 39.0, 59.0):
        player.seek(moment)
        try:
            found.append((await player.browse(Query(view=View.JOBS))).total)
        except UsageError as exc:
            found.append(str(exc))
    assert found == [ABSENT, 20, 20, 40]
    player.seek(0.0)
    assert await player.describe() == fakes.FORMS
    player.close()


async def test_the_newest_answer_is_kept_although_nothing_follows(path) -> None:
    """An answer that came too soon after the one before is kept a moment later."""
    recorder = Recorder(path, 64 * MIB)
    recorder.saw(at(0, 0))
    for total in (1, 2, 3):
        recorder.answered("browse", (Query(view=View.JOBS),), total)
    for known in recorder._known.values():
        known.at_s -= ANSWER_EVERY_S
    recorder._look()
    await written(recorder)
    recorder.close()
    reader = Reader(path)
    answers = [reader.body(c) for c in reader.chunks if c.kind is Kind.ANSWER]
    assert [msgspec.msgpack.decode(body) for body in answers] == [1, 3]
    reader.close()


async def test_nothing_can_be_changed_in_a_recording(path, clock) -> None:
    """Commands, launches and deeds are refused in words."""
    await record_some(path, clock, 3)
    player = ReplayClient(path, clock=clock)
    assert (await player.send(Pause(target=Target()))).text == REFUSED
    for asking in (player.launch("music", {}), player.deed("music", "x", {}), player.metrics()):
        with pytest.raises(UsageError, match="recording"):
            await asking
    assert (await player.end(finish=True)).ok is False
    player.close()


async def test_speed_pause_and_end(path, clock) -> None:
    """Time goes as fast as asked, stands while paused, and ends with a still picture."""
    await record_some(path, clock, 100)
    player = ReplayClient(path, 4.0, clock)
    clock.s += 5
    assert player.position_s == 20.0
    player.change_speed(1)
    clock.s += 2
    assert (player.speed, player.position_s) == (8.0, 36.0)
    player.pause(on=True)
    clock.s += 50
    version = (await player.snapshot()).version
    assert player.position_s == 36.0
    waiting = asyncio.create_task(player.changed(version))
    await asyncio.sleep(0.01)
    assert not waiting.done(), "a still picture asks for nothing"
    player.seek(50.0)
    await asyncio.wait_for(waiting, 20)
    player.pause(on=False)
    clock.s += 50
    assert (player.at_end, player.position_s) == (True, 100.0)
    assert player._until_next_s() is None
    player.close()


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf"), 1e9])
async def test_speeds_that_are_none_are_refused(path, clock, speed) -> None:
    """A speed is a number that time can go by."""
    await record_some(path, clock, 2)
    with pytest.raises(UsageError, match="a speed of"):
        ReplayClient(path, speed)


# ------------------------------------------------------------------ bounds, files, secrets


async def test_a_recording_is_bounded_and_says_where_it_stops(path, clock) -> None:
    """At its limit it ends; both ends say so."""
    said = await record_some(path, clock, 3000, most=64 * 1024)
    assert "it ends earlier: it reached its limit of" in said
    assert path.stat().st_size <= 64 * 1024
    player = ReplayClient(path, clock=clock)
    assert player.length_s < 3000
    assert "limit" in player.why_end
    player.close()


async def test_a_recording_has_so_many_pictures_at_most(path, clock, monkeypatch) -> None:
    """Also of small pictures there are no more than a replay reads."""
    monkeypatch.setattr(record, "CHUNKS_MOST", 50)
    assert "limit of 50 pictures" in await record_some(path, clock)
    player = ReplayClient(path, clock=clock)
    assert "limit of 50 pictures" in player.why_end
    player.close()


async def test_a_cut_file_replays_up_to_the_cut(path, clock) -> None:
    """After kill -9 what was written is there, wherever the file ends."""
    await record_some(path, clock)
    whole = path.read_bytes()
    cut = path.with_name("cut.rec")
    lengths = []
    for size in (len(whole) - 1, len(whole) * 2 // 3, len(whole) // 3, 1500):
        cut.write_bytes(whole[:size])
        player = ReplayClient(cut, clock=clock)
        player.pause(on=True)
        player.seek(player.length_s)
        found = await player.snapshot()
        assert msgspec.structs.replace(found, version=0) == at(0, int(player.length_s))
        assert player.why_end == "it was cut here"
        lengths.append(player.length_s)
        player.close()
    assert lengths == sorted(lengths, reverse=True)


async def test_other_files_are_left_alone(path, clock) -> None:
    """Only an older recording is replaced, and only by a whole one."""
    path.write_text("my thesis")
    with pytest.raises(UsageError, match="no recording; it is left alone"):
        Recorder(path, MIB)
    path.unlink()
    await record_some(path, clock, 5)
    before = path.read_bytes()
    recorder = Recorder(path, MIB)
    recorder.saw(at(0, 0))
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="one is being made"):
        Recorder(path, MIB)
    recorder.close()
    assert path.read_bytes() != before
    unseen = Recorder(path.with_name("unseen.rec"), MIB)
    assert unseen.close() == ""
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_folder_keeps_the_newest(tmp_path) -> None:
    """The setting records into a new file each time and forgets the oldest of its own."""
    folder = tmp_path / "seen"
    folder.mkdir()
    names = [f"soniq-2026-01-0{n}-000000.rec" for n in range(1, 6)]
    for name in [*names, "mine.rec", "notes.txt"]:
        (folder / name).write_text("x")
    settings = Settings(record=RecordSettings(folder=str(folder), keep=3))
    recorder = record.begin(settings, None)
    assert recorder is not None
    left = sorted(p.name for p in folder.iterdir() if p.suffix == ".rec")
    assert left == ["mine.rec", *names[3:]]
    recorder.close()
    assert record.begin(Settings(), None) is None


def test_the_home_of_nobody_is_a_name_as_any(tmp_path, monkeypatch) -> None:
    """``~nobody-here/x`` is no bug: below the current folder there is no such folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"~nobody-here/a\.rec cannot be recorded"):
        record.begin(Settings(), "~nobody-here/a.rec")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://me:s3cret@example.org/x", "https://me:***@example.org/x"),
        ("see http://h/?q=1&token=abc&x=2 there", "see http://h/?q=1&token=***&x=2 there"),
        ("http://h/?API_KEY=abc", "http://h/?API_KEY=***"),
        ("/music/AC:DC@home/x?.flac", "/music/AC:DC@home/x?.flac"),
        ("http://example.org:8080/a@b", "http://example.org:8080/a@b"),
    ],
)
def test_logins_and_tokens_are_not_kept(text, kept) -> None:
    """What an address tells in confidence is not written down."""
    body = msgspec.msgpack.encode([{"label": text}, 65, 64])
    assert msgspec.msgpack.decode(without_secrets(body)) == [{"label": kept}, 65, 64]


# ------------------------------------------------------------------ from a stranger


async def replayed(path: Path) -> list[str]:
    """Play a file at some moments; returns what was refused, and raises nothing else."""
    said = []
    try:
        player = ReplayClient(path)
    except UsageError as exc:
        return [str(exc)]
    player.pause(on=True)
    for share in (0.0, 0.3, 0.7, 1.0):
        player.seek(player.length_s * share)
        for asking in (player.snapshot(), player.browse(Query(view=View.JOBS))):
            try:
                await asking
            except (UsageError, EngineError) as exc:
                said.append(str(exc))
    player.close()
    return said


async def test_flipped_bytes_never_do_harm(path, clock, tmp_path) -> None:
    """Whatever is changed in a file, it plays up to there or is refused in words."""
    await record_some(path, clock, 70)
    whole = path.read_bytes()
    dice = random.Random(1)
    bad = tmp_path / "bad.rec"
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            changed[dice.randrange(len(whole))] = dice.randrange(256)
        bad.write_bytes(changed)
        await replayed(bad)


def chunk(kind: int, body: bytes, at_s: float = 0.0, *, fresh: int = 1) -> bytes:
    """Return a chunk as a forger makes it: its checksum fits."""
    stream = zlib.compressobj(1)
    data = stream.compress(body) + stream.flush(zlib.Z_SYNC_FLUSH)
    return HEAD.pack(kind, fresh, len(data), zlib.crc32(data), at_s, bytes(8)) + data


BEGIN = MAGIC + FORMAT.to_bytes(2, "big") + chunk(0, msgspec.msgpack.encode(About()))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no recording of soniq-tui"),
        (b"\x7fELF" + bytes(100), "is no recording of soniq-tui"),
        (MAGIC + b"\0\2" + bytes(50), "in format 2; this soniq-tui"),
        (MAGIC + b"\0\1", "no recording that can be read"),
        (BEGIN, "holds nothing that was seen"),
        (lambda: BEGIN + chunk(1, bytes(64 * MIB)), "a chunk has no end"),
        (BEGIN + chunk(1, b"\xc1rubbish"), "the recording is damaged"),
        (BEGIN + chunk(1, b"\x81\xa5slots\xdd\xff\xff\xff\xff"), "the recording is damaged"),
        (BEGIN + chunk(1, b"\x91" * 100_000), "the recording is damaged"),
        (BEGIN + chunk(1, b"\x80", float("nan")), "holds nothing that was seen"),
        (BEGIN + chunk(1, b"\x80", -1.0), "holds nothing that was seen"),
        (BEGIN + chunk(1, b"\x80", 1e30), "holds nothing that was seen"),
        (BEGIN + chunk(9, b"\x80"), "holds nothing that was seen"),
        (BEGIN + HEAD.pack(1, 1, CHUNK_MOST_BYTES + 1, 0, 0.0, bytes(8)), "holds nothing"),
        (BEGIN + chunk(1, msgspec.msgpack.encode({"eta_s": 1e300})), "holds the number 1e+300"),
        (BEGIN + chunk(1, msgspec.msgpack.encode({"rates": [float("nan")]})), "the number nan"),
        (BEGIN + chunk(1, msgspec.msgpack.encode({"rates": [1.0] * 20_000})), "rates of 20,000"),
        (
            MAGIC + b"\0\1" + chunk(0, msgspec.msgpack.encode({"began_at_s": float("inf")})),
            "the number inf",
        ),
    ],
    ids=[
        "empty",
        "elf",
        "newer",
        "no_about",
        "no_snapshot",
        "bomb",
        "rubbish",
        "huge_list",
        "deep",
        "nan_time",
        "negative_time",
        "far_time",
        "kind",
        "long_chunk",
        "huge_float",
        "nan",
        "long_list",
        "inf_about",
    ],
)
async def test_files_of_a_stranger(path, data, said) -> None:
    """No file crashes, hangs or fills the memory; each is refused in words.

    What takes long to make is made here, and not by each worker that gathers the tests.
    """
    path.write_bytes(data() if callable(data) else data)
    found = await replayed(path)
    assert any(said in text for text in found), found


async def test_a_stream_without_an_end_is_not_followed(path) -> None:
    """A stream of more chunks than ours have would make seeking slow: it counts as cut."""
    writer = Writer(path, About())
    for number in range(STREAM_CHUNKS - 1):
        writer.add(Kind.SNAPSHOT, float(number), b"\x80")
    writer._in_stream = 0
    writer.add(Kind.SNAPSHOT, 1000.0, b"\x80")
    writer.close()
    reader = Reader(path)
    assert (len(reader.chunks), reader.cut) == (STREAM_CHUNKS, True)
    reader.close()


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_folder_without_a_name_is_no_recording(name) -> None:
    """It is refused in words, as any other folder is."""
    with pytest.raises(UsageError, match="directory"):
        Reader(Path(name))


def test_what_is_no_file_is_refused(tmp_path) -> None:
    """A pipe does not block, a folder and nothing are named."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="it is no file"):
        Reader(pipe)
    with pytest.raises(UsageError, match=r"Is a directory|it is no file"):
        Reader(tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        Reader(tmp_path / "none.rec")
    (tmp_path / "left.rec.part").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"soniq-tui replay .*left\.rec\.part"):
        Reader(tmp_path / "left.rec")


async def test_the_recording_of_the_first_format_still_plays() -> None:
    """A demo batch that this format's first version recorded is there to its end."""
    player = ReplayClient(FIXTURE)
    player.pause(on=True)
    player.seek(player.length_s)
    snapshot = await player.snapshot()
    (batch,) = snapshot.batches
    assert (batch.importer, batch.state, batch.items.done, batch.items.failed) == (
        "music",
        "done",
        391,
        9,
    )
    assert len((await player.browse(Query(view=View.ERRORS))).rows) == 9
    assert {form.importer for form in await player.describe()} >= {"music", "covers"}
    player.close()


@pytest.mark.parametrize(
    ("words", "said"), [(2, {"word0": 1, "word1": 1}), (101, "changes of 101")]
)
async def test_what_a_batch_changed_is_recorded_and_bounded(path, words, said) -> None:
    """The line below the dashboard is the same in a replay; no stranger makes it endless."""
    items = {"total": 1, "done": 1, "skipped": 0, "failed": 0}
    report = {
        "batch": "3", "importer": "music", "label": "/m", "state": "done", "items": items,
        "started_at": "", "duration_s": 1.0, "items_per_s": 1.0, "median_item_s": None,
        "success_rate": None, "peak_rss_mib": 1.0, "slots": {}, "errors": [],
        "changes": {f"word{n}": 1 for n in range(words)},
    }  # fmt: skip
    recorder = Recorder(path, MIB)
    recorder.saw(fakes.held())
    recorder.answered("report", (3,), report)
    recorder.close()
    player = ReplayClient(path)
    try:
        found = (await player.report(3)).changes
    except EngineError as exc:
        found = str(exc)
    player.close()
    assert said == found if isinstance(said, dict) else said in found
