"""What is said where everything can be searched: how to, and what makes no playlist."""

from soniq_tui.model.results import ResultColumn, ResultPage, ResultQuery, ResultRow
from soniq_tui.ui import result_rows
from soniq_tui.ui.action_context import EVERYTHING, ActionContext
from soniq_tui.ui.actions.can_results import savable
from soniq_tui.ui.keys import BY_ID

ASKED = ResultQuery(importer="music", view=EVERYTHING)


def test_an_empty_list_of_everything_names_the_key_that_searches() -> None:
    """It has rows only once somebody searches; nothing else on the screen says how."""
    page = ResultPage(
        columns=(ResultColumn(name="name", title="Name"),), empty="words find artists"
    )
    lines = result_rows.empty_lines(page, ASKED, 80)
    assert BY_ID["results.search"].key == "/"
    assert "words find artists; / searches" in "".join(text for line in lines for text, _ in line)


def test_what_makes_no_playlist_says_what_does() -> None:
    """Of everything there are rows that cannot be played."""
    row = ResultRow(key="1", kind="album", cells=("x",))
    asked = ResultQuery(importer="music", view=EVERYTHING, text="blue")
    said = savable(ActionContext(row=True, result=row, result_query=asked))
    assert said == "a playlist is made of tracks or albums; search in a list of those"
