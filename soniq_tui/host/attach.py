"""Finds the engine of a data directory: in another process, or else in this one.

Looking and taking the lock are two steps, and a host may begin or end between them; so both are
tried in turn for a while.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from soniq_tui.errors import HostBusyError
from soniq_tui.host.lock import closed, holder
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.api.client import RemoteClient
    from soniq_tui.host.host import Host

PATIENCE_S = 10.0
"""A host that begins, or ends, is waited for so long."""
REST_S = 0.05


class Seat:
    """A client of the engine; ``host`` is set where the engine is in this process."""

    def __init__(self, client: Client, host: "Host | None" = None) -> None:
        self.client, self.host = client, host

    async def close(self, *, finish: bool = False) -> None:
        """End the host (when what runs has ended, with ``finish``), or leave it where it is.

        Raises:
            EngineError: the engine had failed.
        """
        if self.host is not None:
            await self.host.close(finish=finish)
        else:
            await cast("RemoteClient", self.client).close()


async def take(
    settings: Settings,
    *,
    only: tuple[int, ...] | None = None,
    ask: bool = False,
    dispatch: bool = True,
    alone: bool = False,
    soon: bool = False,
) -> Seat:
    """Return a client of the engine that is there, or of one that begins here.

    ``only``, ``ask``, ``dispatch`` and ``soon`` are for an engine that begins here; see ``Host``.
    With ``alone`` it has to begin here.

    Raises:
        EngineError: the data directory or the journal cannot be used, a host does not answer, or
            one does that should not be there.
    """
    folder = settings.data_path
    until_s = time.monotonic() + PATIENCE_S
    while True:
        busy = holder(folder) is not None
        if busy:
            client = await _there(folder)
            if client is not None and alone:
                await client.close()
                raise HostBusyError(
                    _("another soniq-tui (process {pid}) works in {folder} already").format(
                        pid=client.pid, folder=folder
                    )
                )
            if client is not None:
                return Seat(client)
        else:
            # Only now: who finds an engine elsewhere need not load one.
            from soniq_tui.host.host import Host

            host = Host(settings, only=only, ask=ask, dispatch=dispatch, soon=soon)
            try:
                await host.__aenter__()  # closed with the seat
            except HostBusyError:
                busy = True
            else:
                return Seat(host.client, host)
        if time.monotonic() > until_s:
            text = _(
                "another soniq-tui (process {pid}) works in {folder} and does not answer; end it, "
                "or choose another place with --data-dir"
            )
            raise HostBusyError(text.format(pid=holder(folder), folder=folder))
        await asyncio.sleep(REST_S)


def pid_of(seat: Seat) -> int:
    """Return the process of the engine."""
    return os.getpid() if seat.host is not None else cast("RemoteClient", seat.client).pid


async def runs_other_code(seat: Seat) -> bool:
    """Say whether the engine is another process's that runs other code than this one."""
    return seat.host is None and await cast("RemoteClient", seat.client).runs_other_code()


async def _there(folder: Path) -> "RemoteClient | None":
    from soniq_tui.api.client import RemoteClient  # here: who is the host needs none of it

    try:
        return await RemoteClient.connect(folder)
    except OSError as exc:
        if why := closed(exc, folder):
            raise why from exc
        return None  # it begins, it ends, or it is stopped
