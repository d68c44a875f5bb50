"""What an import tells of its recipes when it is over, counted."""

from pathlib import Path

from soniq_tui.importers.recipes import store
from soniq_tui.importers.recipes.words import LLM_CUT, LLM_FAILED
from soniq_tui.words import mark

WORDS = {
    LLM_FAILED: mark("without the language model"),
    LLM_CUT: mark("too long for the language model"),
}
"""What is told of recipes with a flag."""


def tally(data_dir: Path, since_s: float, done: int) -> dict[str, int]:
    """Return how many recipes a model did not make better, or read in part, since a moment.

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
        counts = {}
        for flag, word in WORDS.items():
            at = {"since_s": since_s, "flag": f" {flag} "}
            (counts[word.replace(" ", "_")],) = connection.execute(
                store.SQL["flagged"], at
            ).fetchone()
    return {word: count for word, count in counts.items() if count}
