"""Tells line by line what an engine does that runs elsewhere; begins none and stops none."""

import asyncio
from typing import Any

from soniq_tui.api.client import RemoteClient
from soniq_tui.errors import EngineError
from soniq_tui.host import out, record, report, status
from soniq_tui.host.exits import Stopped
from soniq_tui.host.lock import checked, closed
from soniq_tui.host.plain import Teller
from soniq_tui.host.replay import ReplayClient
from soniq_tui.host.verbs import known, no_batch
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown
from soniq_tui.words import _, mark
from soniq_tui.words.told import label, told

REST_S = 0.25
CLOCK_S = 1.0
NOTHING_LEFT = mark("nothing is left to do")
NOBODY = mark(
    "no engine runs; 'soniq-tui resume' finishes what is left, 'soniq-tui status' tells of it"
)


def run(settings: Settings, batch: int | None, file: str | None) -> int:
    """Tell what happens until all is done, or one batch is; return the exit status.

    Raises:
        EngineError: no engine runs, or it ended while something was left to do.
        UsageError: there is no such batch.
    """
    known(batch)
    recorder = record.begin(settings, file)
    try:
        return asyncio.run(_watch(settings, batch, recorder))
    finally:
        if recorder is not None and (words := recorder.close()):
            out.warn(words)


async def _watch(settings: Settings, batch: int | None, recorder: record.Recorder | None) -> int:
    folder = checked(settings.data_path)
    try:
        remote = await RemoteClient.connect(folder)
    except OSError as exc:
        if why := closed(exc, folder):
            raise why from exc
        raise EngineError(_(NOBODY)) from exc
    stopped = Stopped()
    over = asyncio.create_task(stopped.event.wait())
    looking: list[asyncio.Task[None]] = []
    try:
        if batch is not None and await remote.report(batch) is None:
            raise no_batch(batch)
        client = record.recording(remote, recorder)
        if recorder is not None:
            looking.append(asyncio.create_task(record.look_again(client)))
        following = asyncio.create_task(_follow(client, batch))
        ends: set[asyncio.Task[Any]] = {following, over}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if stopped.status:
            following.cancel()
            out.warn(_("no longer watched; the work goes on, 'soniq-tui status' tells of it"))
            return stopped.status
        await following
        return await _end(remote, batch)
    except OSError as exc:
        # An engine that has nothing left to do ends at once: the journal has what came of it.
        found = await asyncio.to_thread(_left, settings, batch)
        if found is None:
            text = _("{why}; 'soniq-tui status' tells what became of the work")
            raise EngineError(text.format(why=exc)) from exc
        return found
    finally:
        for task in (over, *looking):
            task.cancel()
        await remote.close()
        stopped.over()


async def _follow(client: Client, batch: int | None) -> None:
    """Tell until nothing more will come."""
    teller = Teller()
    before: set[int] | None = None
    while True:
        view = await client.snapshot()
        if before is None:  # what had ended by then is no news
            before = {b.id for b in view.batches if b.state in BATCH_ENDED}
        meant = [b for b in view.batches if b.id == batch or (batch is None and b.id not in before)]
        over = all(b.state in BATCH_ENDED for b in meant)
        await teller.look(client, view, meant, last=over)
        if over:
            return
        await asyncio.sleep(REST_S)
        try:
            async with asyncio.timeout(CLOCK_S):
                await client.changed(view.version)
        except TimeoutError:
            continue  # the clocks have moved


def _left(settings: Settings, batch: int | None) -> int | None:
    """Say how what was watched has ended; None where something of it is left to do."""
    found = status.read(settings).batches
    meant = [each for each in found if batch is None or each.batch == str(batch)]
    if any(each.state not in BATCH_ENDED for each in meant):
        return None
    if batch is None:
        out.say(out.hinted(_(NOTHING_LEFT)) + "\n")
        return 0
    code = 0
    for each in meant:
        items = each.items
        name = f"{each.importer} {shown(label(each.label))}"
        out.say(_("{batch}: {state}").format(batch=name, state=_(each.state)) + "\n")
        out.say(f"  {report.counts(items)}\n")
        code = report.exit_status(each)
    return code


async def _end(client: Client, batch: int | None) -> int:
    if batch is None:
        out.say(out.hinted(_(NOTHING_LEFT)) + "\n")
        return 0
    found = await client.report(batch)
    if found is None:
        raise no_batch(batch)
    out.tell("\n".join(report.lines(found, blank=out.GLUE)))
    return report.exit_status(found)


def replay(player: ReplayClient) -> int:
    """Tell a recording line by line, at once; return the exit status."""
    moment_s = 0.0

    def now_s() -> float:
        return player.about.began_at_s + moment_s

    async def tell() -> None:
        nonlocal moment_s
        teller = Teller(clock=now_s)
        player.pause(on=True)
        for moment_s in player.moments():
            player.seek(moment_s)
            view = await player.snapshot()
            await teller.look(player, view, list(view.batches), last=moment_s >= player.length_s)

    try:
        asyncio.run(tell())
    finally:
        player.close()
    if player.why_end:
        out.warn(_("the recording ends here: {why}").format(why=told(player.why_end)))
    return 0
