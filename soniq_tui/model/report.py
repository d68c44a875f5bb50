"""What came of a batch, as scripts read it."""

import msgspec

from soniq_tui.model.job import ItemError, Items

ERRORS_MOST = 1000
"""So many errors a report holds; ``export errors`` has them all."""


class SlotUse(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue's slots were used."""

    peak: int
    limit: int
    busy_share: float
    """Of the time of ``peak`` slots while this host worked on the batch, 0..1."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One batch, ended or interrupted. Fields as in the command line's reference."""

    batch: str
    importer: str
    label: str
    """Foreign text."""
    state: str
    items: Items
    started_at: str
    """UTC, ISO 8601."""
    duration_s: float
    """Time during which at least one job of it ran."""
    items_per_s: float
    median_item_s: float | None
    success_rate: float | None
    """Done of done and failed; skipped items do not count."""
    peak_rss_mib: float
    """The engine with its children."""
    slots: dict[str, SlotUse]
    errors: list[ItemError]
    """At most :data:`ERRORS_MOST`."""
    failed_by_kind: dict[str, int] = {}
    """How many items failed by :class:`~soniq_tui.model.job.ErrorKind`, the most frequent first."""
    changes: dict[str, int] = {}
    """What has changed since it began in what its importer keeps: a word, and how many. Empty where
    another batch may have had a part in it."""
