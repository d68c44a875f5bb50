"""A model is believed as far as its page says the same."""

import msgspec
import pytest

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.model import improve
from soniq_tui.importers.recipes.model.answers import Answer
from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.endpoint import Endpoint
from soniq_tui.importers.recipes.model.grounding import Ground
from soniq_tui.importers.recipes.model.improve import ground_of, merged
from soniq_tui.importers.recipes.model.structure import Line, Told, found_in, read
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.page.text import text_of

TEXT = text_of(demo.for_people(demo.SOUP))


def told(*extra: str) -> Told:
    return Told(
        title=demo.SOUP.name,
        ingredients=[Line(i) for i in (*demo.SOUP.ingredients, *extra)],
        instructions=[Line(s) for s in demo.SOUP.steps],
        yields="for 400 people",
    )


def test_own_lines_are_there() -> None:
    """Every line of the page is found, in whatever blanks and case."""
    ground = Ground(TEXT)
    assert all(ground.has(line) for line in (*demo.SOUP.ingredients, *demo.SOUP.steps))
    assert ground.has("2 COURGETTES")


def test_others_are_not() -> None:
    """Other amounts, other foods and words from all over the page are not there."""
    ground = Ground(TEXT)
    for line in (
        "300 g de haricots blancs",
        "450 g of unobtainium",
        "2 gousses d'ail et basilic au four",
    ):
        assert not ground.has(line), line


def test_an_invented_line_is_marked_or_refused() -> None:
    """Beside a whole recipe of rules an invention is refused; without one it is kept and named."""
    rules = extract.recipe(demo.for_people(demo.SOUP), "https://kitchen.example/x")
    found, ungrounded = found_in(told("450 g of unobtainium"), ground_of(TEXT, rules))
    assert ungrounded == ["450 g of unobtainium"]
    assert merged(rules, found, ungrounded) is None
    taken = merged(None, found, ungrounded)
    assert taken is not None
    assert taken[1] == ["450 g of unobtainium"]


def test_a_true_answer_is_taken() -> None:
    """What the page says is taken; a yield that it does not say is dropped."""
    found, ungrounded = found_in(told(), Ground(TEXT))
    assert not ungrounded
    assert not found.yields
    assert merged(None, found, ungrounded) is not None


@pytest.mark.parametrize("title", [demo.SOUP.name, "The best burger"])
async def test_an_invented_title_is_marked(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    """Where rules found none, the page is asked whether it has the model's."""

    async def ask(_model: Model, _text: str, _language: str) -> tuple[Told, Answer]:
        return msgspec.structs.replace(told(), title=title), Answer(text="")

    monkeypatch.setattr(improve, "ask", ask)
    endpoint = Endpoint(url="http://a.example", model="m")
    better = await improve.told_by(endpoint, TEXT, None, print)
    assert better is not None
    assert (better.found.title, better.ungrounded) == (title, [] if title in TEXT else [title])


@pytest.mark.parametrize(
    ("page", "prep", "kept"),
    [
        ("Stir for 20 minutes.", 20, 20),
        ("Prep 15 | Cook 40", 15, 15),
        ("Cuire 1h30 au four.", 90, 90),
        ("Cuire une heure et demie au four.", 90, 90),
        ("Laisser reposer 1 h 10, puis servir.", 70, 70),
        ("Prep: 15 min\nCook: 40 min", 55, 55),
        ("Stir it, then wait.", 999, None),
        ("Stir it 20 minutes.", 35, None),
    ],
)
def test_invented_times_are_dropped(page: str, prep: int, kept: int | None) -> None:
    """A time is taken that the page tells in whatever words, or two of whose it is the sum."""
    found, _ = found_in(Told(title="a", prep_time=prep), Ground(page))
    assert found.prep_min == kept


def test_wrappings() -> None:
    """Answers come fenced, thought about and talked about."""
    body = '{"found": true, "title": "A", "ingredients": [{"text": "1 egg"}], "instructions": []}'
    for text in (
        body,
        f"```json\n{body}\n```",
        f"<think>hm {{}}</think>{body}",
        f"Here it is: {body} Enjoy!",
    ):
        assert read(text).ingredients[0].text == "1 egg"
