"""Lines of the engine's log as rows and as lines; pure. Their text has passed the gate already."""

import time

from soniq_tui.model.snapshot import LogRow
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.view import Facts, Line
from soniq_tui.words import _, mark
from soniq_tui.words.told import told

COLUMNS = (
    Column(mark("AT"), 8),
    Column(mark("LEVEL"), 8, from_width=70),
    Column(mark("WORDS")),
    Column(mark("FROM"), 20, from_width=120),
)
TONES = {"critical": "bad", "error": "bad", "warning": "warn", "debug": "muted"}
LEVELS = {
    "debug": mark("debug"),
    "info": mark("info"),
    "warning": mark("warning"),
    "error": mark("error"),
    "critical": mark("critical"),
}


def clock(at_s: float) -> str:
    """Return the local time of day to the second."""
    return time.strftime("%H:%M:%S", time.localtime(at_s))


def sign_of(row: LogRow, glyphs: Glyphs) -> str:
    """Return the sign of a line's level."""
    if row.level in {"error", "critical"}:
        return glyphs.failed
    return "!" if row.level == "warning" else glyphs.queued


def log_row(row: LogRow, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one line."""
    return TableRow(
        id=row.id,
        mark=sign_of(row, glyphs),
        tone=TONES.get(row.level, "muted"),
        cells=(clock(row.at_s), _(LEVELS.get(row.level, row.level)), told(row.text), row.source),
        muted=row.level == "debug",
    )


def log_line(row: LogRow, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """Return one line of the tail."""
    head = f" {sign_of(row, glyphs)} {clock(row.at_s)} "
    text = formats.cut_right(told(row.text), width - len(head) - 1, glyphs)
    return ((head, TONES.get(row.level, "muted")), (text, ""))


def facts_of(row: LogRow) -> Facts:
    """Return everything of one line."""
    facts = [
        (_("words"), told(row.text)),
        (_("level"), _(LEVELS.get(row.level, row.level))),
        (_("at"), formats.moment(row.at_s)),
        (_("from"), row.source),
        (_("trace"), row.trace),
    ]
    return [(name, value) for name, value in facts if value]


def line_text(row: LogRow) -> str:
    """Return one line as it stands in the file of the log, nearly."""
    return f"{formats.moment(row.at_s)} {row.level} {row.source}: {row.text}"
