"""Deeds that take for gone what a scan may yet find elsewhere wait until none is open."""

from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers import registry
from soniq_tui.model.commands import Cancel, Target
from soniq_tui.words.told import told
from tests.engine.strategies import FAKE, spawn
from tests.engine.worlds import World, world


def forgetting(here: World) -> list[str]:
    """Let the importer have a deed that has to be alone, and one that has not; note both."""
    done: list[str] = []

    def deed(_folder: Path, words: dict[str, str]) -> str:
        done.append(words["what"])
        return "done"

    rich = msgspec.structs.replace(
        FAKE, deeds={"forget": deed, "save": deed}, alone=frozenset({"forget"})
    )
    here.engine.importer = lambda _: rich
    return done


async def test_a_scan_that_began_meanwhile_refuses_the_deed(tmp_path: Path) -> None:
    """The deed itself looks: whoever asked before may have been asked for long. Others go on."""
    async with world(tmp_path, going=False) as here:
        done = forgetting(here)
        batch = await here.submit(spawn("x", stage="group"))
        with pytest.raises(UsageError, match="a scan has not ended and may find some") as refused:
            await here.client.deed("fake", "forget", {"what": "a"})
        assert told(str(refused.value)) == str(refused.value)
        await here.client.deed("fake", "save", {"what": "b"})
        await here.client.send(Cancel(target=Target(batches=(batch,))))
        await here.client.deed("fake", "forget", {"what": "c"})
        assert done == ["b", "c"]


def test_what_is_gone_is_forgotten_beside_no_scan() -> None:
    """Music has one deed of that kind."""
    music = registry.load("music")
    assert music.alone == {"missing.forget"} <= set(music.deeds)
