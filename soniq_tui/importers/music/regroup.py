"""A catalogue that was grouped by other rules than ours is grouped anew, once, unread.

Else what a rescan reads would stand beside what it left, under other keys.
"""

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.anew import regrouped
from soniq_tui.importers.music.group import RULES
from soniq_tui.importers.music.moving import group_anew
from soniq_tui.importers.music.store import SQL, Connection

SLICE = 1000
"""Tracks of one transaction, and as many again of albums that it would else tear apart."""
_json = msgspec.json.Encoder().encode


def regroup(connection: Connection) -> int:
    """Let some tracks belong to what our rules say; return how many were looked at."""
    rules, after = connection.execute(SQL["grouped"], (RULES,)).fetchone()
    if rules == RULES:
        return 0
    with store.transaction(connection):
        ids = connection.execute(SQL["tracks_after"], (after or 0, SLICE)).fetchall()
        if not ids:
            connection.execute(SQL["set_grouped"], (RULES,))
            connection.execute(SQL["regrouped"])
            return 0
        if after is None:
            connection.execute(SQL["regrouped"])  # of rules that came between, half-way
            connection.execute(SQL["unsettle_all_albums"])  # who made them may follow other rules
        (last,) = ids[-1]
        changed = list(regrouped(connection, ids))
        albums = sorted({each.album for each in changed if each.album is not None})
        # All of an album at once, for it keeps its number where most of its tracks go.
        more = connection.execute(SQL["tracks_of_albums"], (_json(albums), last, SLICE))
        group_anew(connection, [*changed, *regrouped(connection, more.fetchall())])
        connection.execute(SQL["set_regrouped"], (RULES, last))
    return len(ids)
