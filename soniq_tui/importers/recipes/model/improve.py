"""What a model told and what rules found become one recipe; the model may only make it better.

Where rules found a whole recipe, the model's is taken only when the page says (nearly) all of it.
Where they did not, the model's is kept, and every ingredient that the page does not have is marked.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.endpoint import Endpoint
from soniq_tui.importers.recipes.model.grounding import Ground
from soniq_tui.importers.recipes.model.structure import ask, found_in
from soniq_tui.importers.recipes.page.found import Found

MOST_UNGROUNDED = 0.1
"""Of the lines; more is another recipe, a translation, or invention."""


class Better(msgspec.Struct):
    """A recipe of a model."""

    found: Found
    ungrounded: list[str]
    """Its lines that the page does not have."""
    figures: dict[str, Any]
    """What it took."""


async def told_by(
    endpoint: Endpoint, text: str, rules: Found | None, tell: Callable[..., object]
) -> Better | None:
    """Ask a model for the recipe in a page's text; None where what rules found stands.

    Raises:
        ModelError: no usable answer.
    """
    language = rules.language if rules is not None else ""
    async with Model.session() as session:
        told, answer = await ask(Model(endpoint, session, tell), text, language)
    if not told.found and not told.ingredients:
        return None
    ground = ground_of(text, rules)
    taken = merged(rules, *found_in(told, ground))
    if taken is None:
        return None
    found, ungrounded = taken
    # A letter has no title, but words of whatever it is called.
    if found.title and not ground.has_a_word(found.title):
        ungrounded = [found.title, *ungrounded]
    figures = {
        "model": endpoint.model,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "ms": answer.ms,
        "attempts": answer.attempts,
        "finish": answer.finish,
    }
    return Better(found=found, ungrounded=ungrounded, figures=figures)


def merged(
    rules: Found | None, told: Found, ungrounded: list[str]
) -> tuple[Found, list[str]] | None:
    """Return the better recipe and its lines that the page does not have; None: the rules' stands.

    Args:
        rules: what rules found, if anything.
        told: what the model said.
        ungrounded: lines of ``told`` that are not on the page.
    """
    lines = len(told.ingredient_lines) + len(told.step_lines)
    if not told.ingredient_lines or not told.step_lines:
        return None
    doubtful = len(ungrounded) > max(1, lines * MOST_UNGROUNDED)
    if rules is not None and rules.complete:
        if doubtful or _lost(rules, told):
            return None
        invented = [line for line in told.ingredient_lines if line in set(ungrounded)]
        if invented:
            return None
    if rules is None:
        return told, ungrounded
    better = msgspec.structs.replace(
        rules,
        path=told.path,
        pieced=False,
        title=rules.title or told.title,
        ingredients=told.ingredients,
        steps=told.steps,
    )
    return better.with_rest_of(told), ungrounded


def _lost(rules: Found, told: Found) -> bool:
    """Return whether the model left out much of what rules had found."""
    had = sum(map(len, rules.step_lines))
    return sum(map(len, told.step_lines)) < had * 0.5


def ground_of(text: str, rules: Found | None) -> Ground:
    """Return what answers are held against: the page, for people and machines."""
    told = [*rules.ingredient_lines, *rules.step_lines, rules.title] if rules is not None else []
    return Ground("\n".join([text, *told]))
