"""The engine without a screen: ``soniq-tui serve``, for a service manager or a terminal."""

import asyncio
import os
import signal
import time
from contextlib import suppress

from soniq_tui.errors import HostBusyError
from soniq_tui.host import attach, out
from soniq_tui.host.host import Host
from soniq_tui.host.lock import checked, holder
from soniq_tui.host.notify import notify
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown
from soniq_tui.words import use

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit status by the signal that ends it. A hang-up is ignored: it needs no terminal."""
WAIT_MOST_S = 300.0
"""So long another host is waited for. A manager that begins the service anew then goes on waiting:
what a person began is not disturbed, and the service takes over when it has ended."""
LOOK_S = 0.5
"""Between two looks whether it has."""


def run(settings: Settings) -> int:
    """Be the host until a signal comes or a console ends it; return the exit status.

    Raises:
        EngineError: the data directory or the journal cannot be used, or the host that is there
            does not end.
    """
    use("en")  # it answers people of any language; each console has its own
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    loop, status = asyncio.get_running_loop(), 0
    host: Host | None = None
    signalled = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        nonlocal status
        if status and host is not None:
            host.stop_now()  # asked twice: wait no longer for what runs
        status = SIGNALS[number]
        signalled.set()

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    host = await _begun(settings, signalled)
    if host is None:
        return status
    try:
        place = shown(str(settings.data_path))
        notify("READY=1", f"STATUS=works in {place}")
        out.warn(f"soniq-tui: the engine works in {place}, process {os.getpid()}")
        waits = [asyncio.create_task(signalled.wait()), asyncio.create_task(host.asked.wait())]
        await asyncio.wait({*waits, host.failed}, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        notify("STOPPING=1")
        host.last_word = host.last_word or "the engine was ended; 'soniq-tui' begins another"
        host.finish = host.finish and not status
    finally:
        await host.close(finish=host.finish)
    return status


async def _begun(settings: Settings, signalled: asyncio.Event) -> Host | None:
    """Return a host that has begun here, as soon as no other is there; None after a signal.

    Raises:
        EngineError: see :func:`run`.
    """
    folder, told = checked(settings.data_path), False
    until_s = time.monotonic() + WAIT_MOST_S
    while not signalled.is_set():
        pid = holder(folder)
        if pid is None:
            with suppress(HostBusyError):  # one that began at the same moment
                return (await attach.take(settings, ask=True, alone=True)).host
            continue
        who = f"another soniq-tui (process {pid}) works in {folder}"
        if time.monotonic() > until_s:
            raise HostBusyError(f"{who} and does not end; 'soniq-tui' shows it")
        if not told:
            told = True
            notify(f"STATUS=waits: {shown(who)}")
            out.warn(f"soniq-tui: {shown(who)}; this one begins when it ends")
        with suppress(TimeoutError):
            await asyncio.wait_for(signalled.wait(), LOOK_S)
    return None
