"""Columns, tabs and pictures of results as the screen shows them."""

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from textual.strip import Strip

from soniq_tui.model.results import (
    Picture,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.ui import cells, result_rows
from soniq_tui.ui.glyphs import UNICODE
from soniq_tui.ui.rows import shares
from tests.ui.fake_results import COLUMNS, VIEWS, cover
from tests.ui.pilots import flat


def shown_at(width):
    """Return the titles of the columns of tracks that stand in a table of this width."""
    columns = result_rows.columns_of(COLUMNS["tracks"])
    return [c.label for c in columns if c.from_width <= width]


def test_columns_join_by_rank():
    """The larger its rank, the wider a screen has to be for a column; rank 0 is always there."""
    assert shown_at(20) == ["#", "TITLE"]
    assert shown_at(40) == ["#", "TITLE", "TIME"]
    assert shown_at(64) == ["#", "TITLE", "ARTIST", "TIME"]
    assert shown_at(70) == ["#", "TITLE", "ARTIST", "TIME", "FORMAT"]
    assert shown_at(80) == ["#", "TITLE", "ARTIST", "TIME", "FORMAT", "YEAR"]


RECIPES = (
    ResultColumn(name="title", title="Title"),
    ResultColumn(name="host", title="Site", width=24),
    ResultColumn(name="flags", title="Flags", width=18),
)


def seen_in(*rows, columns=RECIPES, before=()):
    """Return how wide the cells of such rows are, column by column."""
    found = tuple(ResultRow(key="k", kind="recipe", cells=cells) for cells in rows)
    return result_rows.seen_cells(ResultPage(columns=columns, rows=found), before)


def test_columns_are_as_wide_as_what_was_seen_in_them():
    """At the least as their title, at the most as declared; rows to come may widen them."""
    seen = seen_in(("Glasnudelsalat", "", "pieced"), ("猫舌電鉄", "", ""))
    assert seen == (14, 0, 6)
    assert [c.width for c in result_rows.columns_of(RECIPES, seen)] == [0, 4, 6]
    assert [c.most for c in result_rows.columns_of(RECIPES, seen)] == [14, 0, 0]
    seen = seen_in(("Salat", "a" * 40, ""), before=seen)
    assert [c.width for c in result_rows.columns_of(RECIPES, seen)] == [0, 24, 6]
    assert [c.width for c in result_rows.columns_of(RECIPES)] == [0, 24, 18]
    assert seen_in(("Salat",), columns=RECIPES[:1], before=seen) == (5,)


@pytest.mark.parametrize(
    ("room", "most", "shared"),
    [
        (60, [0, 0], [30, 30]),
        (60, [10, 0], [10, 50]),
        (60, [40, 10, 40], [25, 10, 25]),
        (60, [50, 20], [40, 20]),
        (60, [10, 10], [30, 30]),
        (20, [30, 30], [10, 10]),
    ],
)
def test_who_needs_less_leaves_room_to_the_others(room, most, shared):
    """Where all have enough what is left over is shared."""
    assert shares(room, most) == shared


def test_rows_have_as_many_cells_as_columns():
    """Missing cells are empty, further ones are left out, and none holds a control character."""
    row = ResultRow(key="a", kind="artist", cells=("a\x1b[2J", "b"))
    assert result_rows.table_row(row, 3, UNICODE).cells == ("a␛[2J", "b", "")
    assert result_rows.table_row(row, 1, UNICODE).cells == ("a␛[2J",)


def test_sorting_goes_around():
    """After the last column comes the natural order again."""
    columns = (ResultColumn(name="a", title="A"), ResultColumn(name="b", title="B"))
    assert [result_rows.next_sort(columns, s) for s in ("", "a", "b", "?")] == ["a", "b", "", "a"]


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80])
def test_tabs_show_the_one_in_view(width):
    """However narrow the screen, the list in view is named, and the line fits."""
    for name, title in VIEWS:
        line = flat(result_rows.tabs_line(VIEWS, name, width, UNICODE))
        assert f"[{title.lower()}]" in line
        assert cell_len(line) <= width


def test_a_title_tells_search_and_order():
    """Count, search and order stand in the title; the natural order is not named."""
    asked = ResultQuery(
        importer="music", view="albums", text="nina\n", sort="year", descending=True
    )
    text = result_rows.title_text(None, asked, 1204, 80, UNICODE)
    assert text == "  Albums  1,204  search: nina␊  sort: year ↓"


def test_details_wrap_and_tell_of_the_picture():
    """Labels stand at the left, long values go on below each other, the picture is in words."""
    detail = ResultDetail(facts=(("file", "/a/" + "b" * 40),), no_picture="no cover", text="x\n\ny")
    text = [flat(line).rstrip() for line in result_rows.detail_lines(detail, 30)]
    assert text[0].startswith(" file    /a/b")
    assert " Picture no cover" in text
    assert text[-3:] == [" x", "", " y"]


def test_a_picture_is_bounded_and_keeps_its_shape():
    """Never larger than its pixels, the room or the bound; two pixels share a cell's height."""
    assert cells.fits(400, 400, 60, 50) == (40, 20)
    assert cells.fits(40, 40, 24, 30) == (24, 12)
    assert cells.fits(8, 6, 40, 20) == (8, 3)
    assert cells.fits(1000, 10, 40, 20) == (40, 1)
    assert cells.fits(0, 0, 40, 20) == (0, 0)
    assert cells.pixels_wanted(60, 10) == 20
    assert cells.pixels_wanted(60, -3) == 1


def painted(picture, system, name):
    """Return the bytes of a picture on a terminal."""
    console = Console(color_system=name, force_terminal=True)
    lines = cells.segments(picture, 40, 20, system)
    return b"".join(Strip(line).render(console).encode() for line in lines)


@pytest.mark.parametrize(
    ("system", "name", "most"),
    [(ColorSystem.TRUECOLOR, "truecolor", 18_000), (ColorSystem.EIGHT_BIT, "256", 10_000)],
    ids=["truecolor", "256"],
)
def test_a_paint_of_a_cover_has_its_price(system, name, most):
    """A cover of 40 by 20 cells costs a second or two of a slow link, and not more."""
    assert len(painted(cover(40), system, name)) < most


def test_one_colour_costs_one_run():
    """Equal cells share one change of colour, and a plain one is a blank."""
    picture = Picture(width=4, height=4, rgb=bytes((200, 0, 0)) * 16)
    (first, second) = cells.segments(picture, 40, 20, ColorSystem.EIGHT_BIT)
    assert [s.text for s in first] == [s.text for s in second] == ["    "]


def test_a_picture_without_its_bytes_is_none():
    """Fewer bytes than the size needs give no lines instead of an error."""
    assert cells.segments(Picture(width=9, height=9, rgb=b"x"), 40, 20, ColorSystem.TRUECOLOR) == []


def test_long_labels_go_on_below_themselves():
    """No label is cut at its beginning: what does not fit into its column stands below it."""
    facts = (
        ("MusicBrainz album artist", "x"),
        ("Album sorted as", "Hurting, The"),
        ("Pneumonoultramicroscopic", "y"),
    )
    text = [flat(line).rstrip() for line in result_rows.detail_lines(ResultDetail(facts=facts), 40)]
    assert text == [
        " MusicBrainz      x",
        " album artist",
        " Album sorted as  Hurting, The",
        " Pneumonoultramic y",
        " roscopic",
    ]
    wide = [flat(line).rstrip() for line in result_rows.detail_lines(ResultDetail(facts=facts), 80)]
    assert wide[0] == " MusicBrainz album artist x"


def test_all_of_a_thing_for_the_pager():
    """Labels in a column, long values below each other, the text at the end; nothing is cut."""
    detail = ResultDetail(
        title="Sinnerman", facts=(("Artist", "Nina"), ("Also", "a\nb"), ("", "c")), text="x\n\ny"
    )
    assert result_rows.full_text(detail) == (
        "Sinnerman\n\nArtist  Nina\nAlso    a\n        b\n        c\n\nx\n\ny"
    )


def test_tabs_say_whose_they_are():
    """The importer stands before its lists, and the line still fits."""
    line = flat(result_rows.tabs_line(VIEWS, "tracks", 40, UNICODE, "Music library"))
    assert line.startswith("  Music library:")
    assert "[tracks]" in line
    assert cell_len(line) <= 40


@pytest.mark.parametrize("ramp", [cells.RAMP, cells.SHADES], ids=["ascii", "blocks"])
def test_shades_of_a_picture(ramp):
    """The darkest place is the first sign, the lightest the last; the shape is that of colours."""
    picture = cover(40)
    coloured = cells.segments(picture, 40, 20, ColorSystem.EIGHT_BIT)
    found = cells.shades(picture, 40, 20, ramp)
    assert [sum(s.cell_length for s in line) for line in found] == [
        sum(s.cell_length for s in line) for line in coloured
    ]
    text = "".join(line[0].text for line in found)
    assert {ramp[0], ramp[-1]} <= set(text) <= set(ramp)
    flat_one = Picture(width=2, height=2, rgb=bytes(12))
    assert cells.shades(flat_one, 9, 9, ramp)[0][0].text == ramp[0] * 2
    assert cells.shades(Picture(width=9, height=9, rgb=b"x"), 9, 9, ramp) == []


def test_an_empty_list_of_playlists_names_the_keys_that_make_one():
    """Not in other lists, not where one was opened that is empty, nor where nothing was scanned."""
    head = ResultPage(columns=COLUMNS["tracks"], empty="there are none")

    def said(view, key="", head=head):
        asked = ResultQuery(importer="music", view=view, key=key)
        return " ".join(flat(line).strip() for line in result_rows.empty_lines(head, asked, 80))

    assert "there are none; / searches, p keeps what is found as a playlist" in said("playlists")
    others = said("playlists", key="3") + said("albums") + said("playlists", head=ResultPage())
    assert "keeps" not in others
