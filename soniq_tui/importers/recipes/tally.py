"""What an import tells of its recipes when it is over, counted."""

from pathlib import Path

from soniq_tui.importers.recipes import store
from soniq_tui.importers.recipes.words import LLM_FAILED
from soniq_tui.words import mark

WORD = mark("without the language model")


def tally(data_dir: Path, since_s: float, done: int) -> dict[str, int]:
    """Return how many recipes a model was to make better, and did not, since a moment.

    Args:
        data_dir: where the index is.
        since_s: the moment, seconds since 1970.
        done: so many recipes were saved; without any the index need not be looked at.

    Raises:
        DataDirError: the index cannot be read.
    """
    with store.reading(data_dir) as connection:
        if connection is None or not done:
            return {}
        at = {"since_s": since_s, "flag": f" {LLM_FAILED} "}
        (count,) = connection.execute(store.SQL["unbettered"], at).fetchone()
    return {WORD.replace(" ", "_"): count} if count else {}
