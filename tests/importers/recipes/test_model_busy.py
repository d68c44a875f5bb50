"""A model that is busy, or slow to begin, keeps the question that waits for it."""

import contextlib
import errno
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.base import RetryLater, Skip
from soniq_tui.importers.recipes import demo, faults, save, scrape, scraper, structure
from soniq_tui.importers.recipes.model import endpoint
from soniq_tui.importers.recipes.model.absence import Absence
from soniq_tui.importers.recipes.model.answers import is_of_llama_cpp
from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.endpoint import FIRST_TOKEN_S
from soniq_tui.importers.recipes.stored import Extract, Source
from soniq_tui.importers.recipes.words import FOLDER, Saved
from soniq_tui.model.job import ErrorKind
from tests.importers.recipes.shelf import found_of
from tests.importers.recipes.test_model_away import (
    AWAY,
    BODY,
    HEAD,
    MESSAGES,
    MUTE,
    SILENT_S,
    Clock,
    Silent,
    absence,
    clock,
    fault_of,
    recipe,
    silent,
)
from tests.importers.recipes.test_scrape import SAVED, Context

__all__ = ["absence", "clock", "silent"]
SILENT = MUTE.replace('"mute"', '"silent":true,"mute"')
MADE = Extract(path="llm", version="1")
ROLE = b'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n'


async def test_a_role_is_no_token(silent: tuple[Silent, Model]) -> None:
    """Some servers say at once who will speak, and then read for minutes."""
    double, model = silent
    model._endpoint = msgspec.structs.replace(model._endpoint, between_s=0.1)
    double.says = {"POST": [HEAD, ROLE, SILENT_S, BODY]}
    assert (await model.ask(MESSAGES, {})).text == "x"


@pytest.mark.parametrize(
    ("listed", "is_one"),
    [
        (b'{"data":[{"id":"m","owned_by":"llamacpp"}]}', True),
        (b'{"data":[{"id":"m","owned_by":"library"}]}', False),
        (b'{"data":["m"]}', False),
        (b'{"data":null}', False),
        (b"[]", False),
        (b"[" * 100_000, False),
        (b"\xff", False),
    ],
)
def test_who_tells_how_far_it_is(listed: bytes, is_one: bool) -> None:
    """Only llama.cpp is asked to: others refuse what they do not know."""
    assert is_of_llama_cpp(listed) is is_one


def test_how_long_a_first_token_is_waited_for() -> None:
    """By what there is to read, up to twenty minutes; after each silence half of that."""
    waits = endpoint.Endpoint(url="", model="m").waits_s
    assert [round(waits(chars) / 60) for chars in (0, 1000, 7000, 24_000)] == [3, 4, 10, 20]
    doubted = [
        endpoint.Endpoint(url="", model="m", silences=n).waits_s(24_000) for n in (1, 2, 3, 4, 5000)
    ]
    assert doubted == [600, 300, 150, 120, 120]
    assert endpoint.Endpoint(url="", model="m", first_token_s=60, silences=3).waits_s(9) == 60


def test_a_first_token_is_waited_for_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who knows how slow a model is says so, and has it waited for that long."""
    monkeypatch.setenv("SONIQ_LLM_URL", "http://a.fr/v1")
    for wait_s, chars, waits_s in (("0.0", 0, 180), ("3000", 9, 3000), ("30", 24_000, 30)):
        monkeypatch.setenv("SONIQ_LLM_WAIT_S", wait_s)
        made = endpoint.configured()
        assert made is not None
        assert made.waits_s(chars) == waits_s


async def test_between_tokens_there_is_less_patience(silent: tuple[Silent, Model]) -> None:
    """Who has begun to speak goes on."""
    double, model = silent
    model._endpoint = msgspec.structs.replace(model._endpoint, between_s=0.1, tries=1)
    double.says = {"POST": [HEAD, BODY.partition(b"\n\n")[0] + b"\n\n", 30.0]}
    assert "silent for too long" in str(await fault_of(model))


class Heard:
    """Keeps what is told of a question."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, event: str, *, most_s: int = 1, part: float = 0, **more: float) -> None:
        assert 0 < most_s <= max(1, FIRST_TOKEN_S)
        assert more.keys() == ({"count", "rate"} if event == "tokens" else set())
        words = {"waits": "somebody", "silence": "nobody", "tokens": "1 token"}
        self.said.append(words.get(event) or f"{part:.0%}")


def read(processed: object, total: object = 200) -> bytes:
    told = {"choices": [], "prompt_progress": {"processed": processed, "total": total}}
    return b"data: %s\n\n" % json.dumps(told).encode()


async def test_who_reads_is_no_silent_one(silent: tuple[Silent, Model]) -> None:
    """A server that tells how far it has read is waited for as long as it gets on."""
    double, model = silent
    model._endpoint = msgspec.structs.replace(model._endpoint, first_token_s=0.6, tries=1)
    model._tell = heard = Heard()
    listed = b'{"data":[{"id":"m","owned_by":"llamacpp"}]}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(listed)
    steps = [read(50), 0.25, read("x"), read(100), 0.25, read(200, 0), read(True), read(200)]
    double.says = {"GET": [head, listed], "POST": [HEAD, *steps, 0.25, BODY]}
    assert (await model.ask(MESSAGES, {})).text == "x"
    assert heard.said == ["somebody", "25%", "50%", "100%", "1 token", "1 token"]
    double.says["POST"] = [HEAD, *[part for _ in range(40) for part in (read(50), 0.02)]]
    assert (await fault_of(model)).silent


async def test_silence_is_told(silent: tuple[Silent, Model]) -> None:
    """That not a word has come yet is said while it is waited for."""
    double, model = silent
    model._tell = heard = Heard()
    double.says = {"POST": [SILENT_S / 3, HEAD, BODY]}
    await model.ask(MESSAGES, {})
    assert heard.said == ["nobody", "somebody", "1 token", "1 token"]


@pytest.mark.parametrize("url", ["localhost:11434/v1", "http://[", "ftp://a.fr/v1", "http://"])
async def test_an_address_that_is_none(url: str) -> None:
    """What is wrong with the settings is said at once, by its name."""
    async with Model.session() as session:
        fault = await fault_of(Model(endpoint.Endpoint(url=url, model="m"), session))
    assert "SONIQ_LLM_URL" in str(fault)
    assert not fault.unreachable


def test_how_long_silence_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a busy server waits as for a slow model."""
    monkeypatch.setenv("SONIQ_LLM_URL", "http://a.fr/v1")
    short, long = endpoint.configured(), endpoint.configured(patient=True)
    assert short is not None
    assert long is not None
    assert (short.patient, long.patient) == (False, True)


async def test_who_is_patient_waits_longer_for_nobody(silent: tuple[Silent, Model]) -> None:
    """One that has answered before may be at another question, and say nothing meanwhile."""
    double, model = silent
    double.says = {"POST": [SILENT_S * 1.3, HEAD, BODY]}
    assert (await fault_of(model)).unreachable
    model._endpoint = msgspec.structs.replace(model._endpoint, patient=True)
    assert (await model.ask(MESSAGES, {})).text == "x"


async def test_a_silent_model_holds_its_slot_for_long_once(
    tmp_path: Path, absence: Absence
) -> None:
    """Whoever asks next is told how often it was waited for in vain, until it answers."""
    said: list[str] = []
    for silences, says in ((0, SILENT), (1, SILENT), (2, MUTE), (2, SAVED), (0, SILENT)):
        context = Context(tmp_path, says, int(says is not SAVED))
        page = Saved(url="https://a.fr/x", page=__file__, token=str(len(said)))
        with contextlib.suppress(scrape.ItemFault):
            await structure.run(page, context)
        said.append(" ".join(context.ran[0]))
        assert ("--model-silences" in said[-1]) is bool(silences)
        assert f"--model-silences {silences}" in said[-1] or not silences


async def test_who_keeps_a_place(tmp_path: Path, absence: Absence, clock: Clock) -> None:
    """Pages that need a model wait long for a word; others do of a model that has answered."""
    asked: list[bool] = []

    async def run(saved: Saved, says: str, status: int) -> None:
        context = Context(tmp_path, says, status)
        with contextlib.suppress(RetryLater, Skip):
            await structure.run(saved, context)
        asked.extend("--model-patient" in argv for argv in context.ran)
        clock.s += 3600

    needs = Saved(url="https://a.fr/x", page=__file__)
    await run(recipe(tmp_path, 1), AWAY, 1)
    await run(needs, AWAY, 1)
    await run(needs, SAVED, 0)
    await run(recipe(tmp_path, 2), AWAY, 1)  # it has answered before
    await run(recipe(tmp_path, 3), SAVED, 0)
    assert asked == [False, True, True, True, False]


async def test_one_hung_server_holds_a_slot_for_long_once(
    tmp_path: Path, absence: Absence, clock: Clock
) -> None:
    """Who asks a server that kept silent for long gives the slot back soon, until it answers."""
    patient: list[bool] = []
    for batch, says in (("a", AWAY), ("b", AWAY), ("c", SAVED), ("d", AWAY)):
        context = Context(tmp_path, says, int(says is AWAY))
        with contextlib.suppress(RetryLater, Skip):
            await structure.run(Saved(url="https://a.fr/x", page=__file__, token=batch), context)
        patient.extend("--model-patient" in argv for argv in context.ran)
        clock.s += 60
    assert patient == [True, False, False, True]


@pytest.mark.parametrize(("url", "there"), [("http://a.fr/v1", True), ("", False)])
async def test_no_recipe_is_an_answer(
    tmp_path: Path, absence: Absence, monkeypatch: pytest.MonkeyPatch, url: str, there: bool
) -> None:
    """A model that finds no recipe is there; where none is set up nobody was asked."""
    monkeypatch.setenv("SONIQ_LLM_URL", url)
    absence.in_vain("other", "refused", 0.0, unreachable=True)
    says = '>>> {"v":1,"ev":"error","kind":"no_recipe","reason":"none"}'
    with pytest.raises(scrape.ItemFault):
        await structure.run(Saved(url="https://a.fr/x", page=__file__), Context(tmp_path, says, 1))
    assert absence.doubted is not there


def test_silence_is_shown(tmp_path: Path) -> None:
    """The slot says what it waits for."""
    context = Context(tmp_path)
    scrape.Heard(context).line('>>> {"v":1,"ev":"step","step":"model"}')
    scrape.Heard(context).line('>>> {"v":1,"ev":"silence"}')
    assert context.now == ["asking the model", "no word from the model's server yet"]
    del context.now[:]
    for event in (
        '"ev":"silence","most_s":120',
        '"ev":"waits","most_s":601',
        '"ev":"waits","most_s":1e99',
        '"ev":"waits","most_s":"x"',
        '"ev":"reads","part":0.456',
        '"ev":"reads","part":1e99',
        '"ev":"reads","part":null',
    ):
        scrape.Heard(context).line(f'>>> {{"v":1,{event}}}')
    assert context.now == [
        "no word from the model's server yet, 2 min at most",
        "model silent so far, 11 min at most",
        "model silent so far",
        "model silent so far",
        "model reads, 46 %",
        "model reads, 100 %",
    ]
    assert context.logged == []


@pytest.mark.parametrize(
    ("exc", "kind", "words", "passing"),
    [
        (OSError(errno.ENOSPC, "No space left", "x"), ErrorKind.DISK_FULL, "x: No space", True),
        (OSError(errno.EFBIG, "more than 8 MiB", "x"), ErrorKind.TOO_BIG, "more than", False),
        (FileNotFoundError(errno.ENOENT, "gone", "x"), ErrorKind.VANISHED, "x: gone", False),
        (PermissionError(errno.EACCES, "no", "x"), ErrorKind.UNREADABLE, "x: no", False),
        (OSError("bad"), ErrorKind.UNREADABLE, "bad", False),
    ],
)  # fmt: skip
def test_what_the_system_refuses(exc: OSError, kind: ErrorKind, words: str, passing: bool) -> None:
    """Each way has its kind; room on a disk comes again."""
    fault = faults.of_system(exc)
    assert (fault.kind, fault.passing) == (kind, passing)
    assert str(fault).startswith(words)


async def test_edited_while_a_model_thinks(tmp_path: Path, absence: Absence) -> None:
    """What a person does to a recipe meanwhile stays, and the job says so."""
    saved = recipe(tmp_path, 1)
    file = scrape.file_of(tmp_path / FOLDER, saved.slug)
    before: dict[str, Any] = save.read(file)

    class Edits(Context):
        async def run(self, argv: list[str], **how: Any) -> Any:
            save.replace(file, {**before, "soniq": {**before["soniq"], "edited": True}})
            return await super().run(argv, **how)

    with pytest.raises(Skip, match="edited by hand"):
        await structure.run(saved, Edits(tmp_path, '>>> {"v":1,"ev":"duplicate","slug":"x1"}', 100))
    work = scraper.Work(folder=tmp_path / FOLDER, update=file, structure=True)
    with pytest.raises(save.HereAlreadyError):
        scraper._save(work, found_of(demo.TART), Source(url=saved.url), MADE, None)
    assert save.read(file)["soniq"]["edited"]
