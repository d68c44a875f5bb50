"""Pictures of the screens, from frozen snapshots."""

import pytest

from tests.ui import fakes
from tests.ui.pilots import console, settle

PLAIN, WIDE, SMALL = (80, 24), (120, 40), (60, 16)
STATES = {
    "running": fakes.running,
    "empty": fakes.idle,
    "hostile": fakes.hostile,
}


def picture(snap_compare, client, size, *keys, **how):
    """Compare one screen with its picture."""

    async def press(pilot):
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        await pilot.pause(0.1)
        assert pilot.app.snapshot is not None

    return snap_compare(console(client, **how), terminal_size=size, run_before=press)


@pytest.mark.parametrize("size", [PLAIN, WIDE, SMALL], ids=["80x24", "120x40", "60x16"])
@pytest.mark.parametrize("state", ["running", "empty"])
def test_dash(snap_compare, state, size):
    """The dashboard, whole at every size."""
    assert picture(snap_compare, fakes.FakeClient(STATES[state]()), size)


@pytest.mark.parametrize("size", [PLAIN, (100, 30), WIDE], ids=["80x24", "100x30", "120x40"])
def test_dash_held(snap_compare, size):
    """Held back by heat, one job stopped where it is; from 100 columns on a band of time left."""
    assert picture(snap_compare, fakes.FakeClient(fakes.held()), size)


@pytest.mark.parametrize("size", [PLAIN, WIDE], ids=["80x24", "120x40"])
def test_dash_banner(snap_compare, size):
    """A full disk is said in one line below the header."""
    assert picture(snap_compare, fakes.FakeClient(fakes.full()), size)


@pytest.mark.parametrize("size", [PLAIN, WIDE, SMALL], ids=["80x24", "120x40", "60x16"])
def test_queues(snap_compare, size):
    """The queues: held back, held by hand, draining, unused; the newest scale events."""
    assert picture(snap_compare, fakes.FakeClient(fakes.held()), size, "Q")


def test_dash_hostile(snap_compare):
    """Names that would command a terminal are shown as what they are."""
    client = fakes.FakeClient(fakes.hostile(), names=fakes.HOSTILE)
    assert picture(snap_compare, client, WIDE)


@pytest.mark.parametrize("theme", ["soniq-light", "ansi", "high-contrast", "mono"])
def test_themes(snap_compare, theme):
    """Each theme once; mono and ASCII go together on the poorest terminal."""
    client = fakes.FakeClient()
    glyphs = "ascii" if theme == "mono" else "unicode"
    assert picture(snap_compare, client, PLAIN, theme=theme, glyphs=glyphs)


@pytest.mark.parametrize("size", [PLAIN, WIDE, SMALL], ids=["80x24", "120x40", "60x16"])
def test_jobs_100_000(snap_compare, size):
    """A list of 100,000 jobs, its cursor on the last one."""
    client = fakes.FakeClient(jobs=100_000)
    assert picture(snap_compare, client, size, "2", "end")


@pytest.mark.parametrize(
    "keys",
    [
        ["e"],
        ["e", "enter"],
        ["e", "enter", "enter"],
        ["2", "enter"],
        ["n"],
        ["question_mark"],
        ["colon"],
        ["c"],
        ["q"],
        ["X"],
    ],
    ids=["errors", "cause", "item", "job", "launch", "help", "palette", "confirm", "quit", "dead"],
)
def test_screens(snap_compare, keys):
    """Every other screen at 80x24."""
    assert picture(snap_compare, fakes.FakeClient(), PLAIN, *keys)


def test_leaving_by_detach(snap_compare):
    """Where the host can go on without a screen, that is the first choice."""
    assert picture(snap_compare, fakes.FakeClient(), PLAIN, "q", can_detach=True)


LARGE = (160, 50)


def told(**how):
    """Return an engine that tells of jobs, minutes and its log, and whose jobs say something."""
    client = fakes.FakeClient(fakes.held(), **how)
    client.minutes = 60
    for number, row in [(n + 1, client.job_row(n)) for n in range(8)]:
        client.details[number] = fakes.detail(row)
        client.outputs[number] = [f"line {n}" for n in range(40)]
    return client


@pytest.mark.parametrize(
    "size", [PLAIN, WIDE, SMALL, LARGE], ids=["80x24", "120x40", "60x16", "160x50"]
)
@pytest.mark.parametrize("keys", [["L"], ["6"], ["2", "enter"]], ids=["log", "trends", "job"])
def test_told(snap_compare, size, keys):
    """The log, what was done over time and one job in full, at every size."""
    assert picture(snap_compare, told(), size, *keys)


@pytest.mark.parametrize("keys", [[], ["tab"]], ids=["batches", "slots"])
def test_dash_large(snap_compare, keys):
    """The largest dashboard has no half that is empty."""
    assert picture(snap_compare, told(), LARGE, *keys)
