"""The engine without a screen: ``soniq-tui serve``, for a service manager or a terminal."""

import asyncio
import logging
import os
import signal

from soniq_tui.host import attach, out
from soniq_tui.host.host import Host
from soniq_tui.host.notify import notify
from soniq_tui.model.settings import Settings

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit status by the signal that ends it. A hang-up is ignored: it needs no terminal."""
log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Be the host until a signal comes or a console ends it; return the exit status."""
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
    host = (await attach.take(settings, ask=True, alone=True)).host
    assert host is not None  # noqa: S101  or it would not be alone
    try:
        place = settings.data_path
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
