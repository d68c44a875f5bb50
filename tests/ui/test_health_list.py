"""The report on a library: names whole at 80 cells, and why it matters of the one in view."""

import pytest

from soniq_tui.importers.music.library.health import CHECKS, columns
from soniq_tui.model.results import ResultRow
from soniq_tui.ui import result_rows

WHY = CHECKS[-1].why


@pytest.mark.parametrize(("width", "seen"), [(60, 3), (80, 3), (100, 3), (120, 4), (160, 4)])
def test_a_sentence_has_a_column_where_there_is_room_for_one(width: int, seen: int) -> None:
    """Else the names of checks have it, which were cut for the beginnings of sentences."""
    cells = (max(len(check.title) for check in CHECKS), 3, 6, 100)
    made = result_rows.columns_of(columns(), cells)
    shown = [c for c in made if c.from_width <= width]
    assert len(shown) == seen


def test_of_the_row_under_the_cursor_the_sentence_is_said_whole() -> None:
    """Other lists have no such column, and an empty one has no row."""
    row = ResultRow(key="x", kind="check", cells=("Name", "1", "files", WHY))
    assert result_rows.note_of(row, columns()) == WHY
    assert result_rows.note_of(row, columns()[:3]) == ""
    assert result_rows.note_of(None, columns()) == ""
