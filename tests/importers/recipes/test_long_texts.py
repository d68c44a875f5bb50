"""Of a text that is too long for a language model it reads the recipe's part, and that is told."""

import os
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.recipes import demo, save, scraper, store, tally
from soniq_tui.importers.recipes.model import improve
from soniq_tui.importers.recipes.model.answers import Answer
from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.excerpt import MOST_CHARS, excerpt_of
from soniq_tui.importers.recipes.model.structure import Line, Told
from soniq_tui.importers.recipes.words import LLM_CUT, flag_text
from tests.importers.recipes.test_scrape import kept

CHAT = "\n".join(f"{year} was the year in which we saw {year} sheep." for year in range(1000, 1800))
FOOD = "200 g lentils\n1 onion\n2 tbsp oil\n1 tsp salt"


@pytest.mark.parametrize("text", ["", "short", "x" * MOST_CHARS])
def test_what_is_short_is_read_whole(text: str) -> None:
    """A text that fits stays as it is."""
    assert excerpt_of(text) == text


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (f"{CHAT}\n{FOOD}\n{CHAT}", FOOD),
        (f"{CHAT}\n{FOOD}", FOOD),
        (f"{FOOD}\n{CHAT}", FOOD),
        (CHAT, CHAT[:20_000]),
        ("x" * 60_000, "x" * MOST_CHARS),
        (f"{'x' * 60_000}\n{FOOD}", FOOD),
    ],
)
def test_the_part_with_the_recipe(text: str, has: str) -> None:
    """The part is read that has the most lines with an amount of something, and what is around."""
    part = excerpt_of(text)
    assert has in part
    assert part in text
    assert MOST_CHARS * 0.8 < len(part) <= MOST_CHARS


def test_what_rules_found_is_in_it() -> None:
    """Lines that rules found tell where the recipe is, too, in whatever language."""
    food = "linser\nløk\nsalt"
    text = f"{CHAT}\n{food}\n{CHAT}"
    assert food not in excerpt_of(text)
    assert food in excerpt_of(text, food.split())


async def _asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, **told: Any
) -> scraper.Work:
    async def ask(_model: Model, text: str, _language: str) -> tuple[Told, Answer]:
        assert FOOD in text
        return Told(**told), Answer(text="")

    monkeypatch.setenv("SONIQ_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setattr(improve, "ask", ask)
    monkeypatch.setattr(scraper.given, "recipe", lambda *_: None)
    file = tmp_path / "page.txt"
    file.write_text(text)
    return scraper.Work(file=file, folder=tmp_path, text=True, structure=True, quiet=True)


@pytest.mark.parametrize("talk", [CHAT, ""], ids=["long", "short"])
async def test_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, talk: str) -> None:
    """A recipe that a model made of a part of its text says so of itself; others do not."""
    lines = [Line(text=line) for line in FOOD.splitlines()]
    steps = [Line(text=demo.STEW.steps[0])]
    text = f"{talk}\n{FOOD}\n{demo.STEW.steps[0]}\n{talk}"
    work = await _asked(tmp_path, monkeypatch, text, title="x", ingredients=lines,
                        instructions=steps)  # fmt: skip
    slug = await scraper.scrape(work)
    flags = save.read(tmp_path / f"{slug}.recipe.json")["soniq"]["extract"]["flags"]
    assert (LLM_CUT in flags) is bool(talk)
    assert flag_text(LLM_CUT) == "read in part"


async def test_nothing_in_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That no recipe was found in a part of a text is not said of all of it."""
    work = await _asked(tmp_path, monkeypatch, f"{CHAT}\n{FOOD}", found=False)
    with pytest.raises(scraper.ScrapeError, match=r"the model read 2\d,\d+ of \d+,\d+ characters"):
        await scraper.scrape(work)


def test_the_report_tells_of_it(tmp_path: Path) -> None:
    """A batch tells of how many recipes a model did not read the whole text."""
    for number, flags in enumerate((["llm_cut"], ["llm_cut", "pieced"], ["llm_failed"])):
        file = kept(tmp_path, f"x{number}", extract={"structured": "llm", "flags": flags})
        os.utime(file, (1000, 1000))
    store.mend(tmp_path)
    assert tally.tally(tmp_path, 0.0, 3) == {
        "too_long_for_the_language_model": 2,
        "without_the_language_model": 1,
    }
