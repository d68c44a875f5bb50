"""The causes beside the batches of a wide dashboard: those of the batch in view come first."""

from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.snapshot import CauseRow, Query, Snapshot, View
from soniq_tui.ui.action_context import parts_failures
from soniq_tui.ui.screens.batch_list import BatchList

CAUSES_MOST = 100
"""So many are asked for: more than the highest screens have lines."""


class DashCauses(BatchList):
    """A screen with batches, and beside them why things failed."""

    def __init__(self) -> None:
        super().__init__()
        self.causes: tuple[CauseRow, ...] = ()
        self._causes_of: object = None
        """Of what they are: client, number of failures, the newest one; the batch in view."""
        self._causes_cut = False
        """There are more causes than were asked for."""
        self._asking_causes = False

    def show_causes(self, snapshot: Snapshot) -> None:
        """Show them, where there is room."""
        raise NotImplementedError

    def show_marked(self) -> None:
        """Show what is under the cursor."""
        raise NotImplementedError

    @property
    def own(self) -> int | None:
        """The batch under the cursor of its table, also while the other one has the focus."""
        batch, snapshot = self.marked_batch, self.console.snapshot
        return batch.id if batch and snapshot and parts_failures(batch, snapshot) else None

    @property
    def own_first(self) -> tuple[CauseRow, ...]:
        """The causes, those of the batch in view before others."""
        own = self.own
        return tuple(sorted(self.causes, key=lambda cause: cause.batch_id != own))

    def turn_causes(self, snapshot: Snapshot) -> None:
        """Put those first that are of another batch by now; ask for them where they may lack."""
        if self._causes_cut:
            self.look_at_causes(snapshot)
        self.show_causes(snapshot)

    def look_at_causes(self, snapshot: Snapshot) -> None:
        """Ask for the causes where something failed since, or fails no more.

        One answer is waited for at a time: where things fail at each tick and the engine is slow to
        list them, what is asked anew each time would never come.
        """
        own = self.own if self._causes_cut else None
        # Their number alone is not enough: one is retried, another one fails.
        of = self.console.client, snapshot.failures, snapshot.newest_failure, own
        if of != self._causes_of and not self._asking_causes:
            self._causes_of, self._asking_causes = of, True
            self.fetch_causes()

    @work(group="causes")
    async def fetch_causes(self) -> None:
        """Ask for the causes; they change only when something fails."""
        client, own = self.console.client, self.own
        if client is None:
            self._asking_causes = False
            return
        try:
            page = await client.browse(Query(view=View.CAUSES, limit=CAUSES_MOST))
            found, self._causes_cut = page.rows, page.total > len(page.rows)
            if self._causes_cut and own is not None:
                query = Query(view=View.CAUSES, batch_id=own, limit=CAUSES_MOST)
                found += (await client.browse(query)).rows
        except (SoniqError, OSError):
            self._causes_of = None
            return
        finally:
            self._asking_causes = False
        self.causes = tuple(dict.fromkeys(row for row in found if isinstance(row, CauseRow)))
        if (snapshot := self.console.snapshot) is not None:
            self.look_at_causes(snapshot)  # things may have failed meanwhile
            self.show_causes(snapshot)
            self.show_marked()
