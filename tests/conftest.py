"""Every test begins in the same world, and leaves nothing of itself behind.

What a person's shell would change (settings, colours, folders, language) is taken out before
anything of ours is imported, also for the processes that tests start.
"""

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leftovers import processes, rooms_in_memory

for _name in list(os.environ):
    # The snapshot plugin tells its workers by TEXTUAL_SNAPSHOT_* where they may write.
    if _name.startswith(("SONIQ_", "TEXTUAL", "XDG_", "LC_")) and "SNAPSHOT" not in _name:
        del os.environ[_name]
for _name in ("NO_COLOR", "COLORTERM", "COLORFGBG", "SSH_CONNECTION", "SSH_TTY", "TMUX"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"
# What tests start would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGCHLD):  # nohup, a parent that reaps nobody
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


def begin() -> None:
    """Give this process a home and a mark of its own; forks of one that had them do it anew."""
    home = Path(tempfile.mkdtemp(prefix="soniq-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # also of the process that only leads
    run = home / "run"
    run.mkdir(mode=0o700)
    # Not XDG_RUNTIME_DIR alone: /dev/shm would be shared with whatever else runs on this machine.
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(run), "TESTS_OF_SONIQ": uuid.uuid4().hex}
    os.environ.update(own)


begin()
# Else each worker would rewrite the assertions of all tests, each child compile what it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Screens are made of some hundred thousand small objects, most of which textual's caches keep: to
# look through them as often as Python does by itself takes a quarter of the time of all tests. The
# youngest are looked through while the processor's cache has them still: of 100,000 it has not, and
# each takes three times as long.
gc.set_threshold(20_000, 250, 100)
ROOM_BYTES = 2 << 30
"""So much room in memory is enough: a run makes a gigabyte, most of it gone with its test."""
NAME_MOST = 60
"""Characters of a text by which a case of a test is named."""
GONE_S = 5.0
"""So long a process that is ending may take until it is gone."""
LONG = (
    "tests/e2e/",
    "tests/ui/test_terminal.py",
    "tests/ui/test_result_terminal.py",
    "tests/ui/test_result_pictures.py",
    "tests/ui/test_snapshots.py",
    "tests/importers/music/test_watch.py",
    "tests/importers/music/test_same.py",
    "tests/engine/test_scheduler_machine.py",
)
"""Where the tests are that take seconds, most of them waiting for others."""


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case by the beginning of a text without end; megabytes of names take seconds."""
    if not isinstance(val, str | bytes) or len(val) <= NAME_MOST:
        return None
    begin = val[:NAME_MOST]
    text = begin if isinstance(begin, str) else begin.decode("ascii", "backslashreplace")
    return f"{text}... {len(val)}"


def has_room_in_memory(place: Path) -> bool:
    """Return whether files of tests may lie in memory: there is plenty, and programs run there."""
    try:
        found = os.statvfs(place)
        told = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return False
    free_bytes = int(told.partition("MemAvailable:")[2].split()[0]) << 10
    room_bytes = min(found.f_bavail * found.f_frsize, free_bytes // 2)
    return room_bytes >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def pytest_configure(config: pytest.Config) -> None:
    """Let files of the quick tests lie in memory, where nobody waits for a disk thousands of times.

    The slow ones, which kill in loops and try what disks do, have a disk. Where files lie can be
    said by ``--basetemp`` or ``PYTEST_DEBUG_TEMPROOT``, as ever.
    """
    said = config.option.basetemp or "PYTEST_DEBUG_TEMPROOT" in os.environ
    shared = Path("/dev/shm")  # noqa: S108  pytest makes a folder there that is its user's alone
    if not said and config.option.markexpr == "not slow" and has_room_in_memory(shared):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(shared)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Run four more workers than there are processors: tests often wait for what they started."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return len(os.sched_getaffinity(0)) + 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[object]) -> None:
    """Let workers be forks of this process."""
    from tests.workers import fork

    fork(config, len(specs), begin)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let every worker have its share of the long tests, and none end with one.

    Workers get the tests in as many runs as there are workers, and take over the last ones of each
    other. Every other one begins with what is long, the rest when half of theirs is done: what
    waits runs beside what does not.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.nodeid.startswith(LONG)]
    short = [item for item in items if not item.nodeid.startswith(LONG)]
    share = -(-len(short) // workers)
    items[:] = []
    for worker in range(workers):
        own = short[worker * share : (worker + 1) * share]
        before = worker % 2 * len(own) // 2
        items += own[:before] + long[worker::workers] + own[before:]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What hosts have left in memory and in the environment goes with their test."""
    place = getattr(item, "funcargs", {}).get("tmp_path")
    rooms = rooms_in_memory(place) if place else []
    try:
        return (yield)
    finally:
        for room in rooms:
            shutil.rmtree(room, ignore_errors=True)
        for name in [name for name in os.environ if name.startswith("SONIQ_")]:
            del os.environ[name]  # a host tells programs of stages by these
        if "soniq_tui.host.out" in sys.modules:  # the data directory that a command was given
            sys.modules["soniq_tui.host.out"]._folder.clear()


def pytest_collection_finish() -> None:
    """Leave what all tests share out of what is looked through for garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Find what was left open once; pytest looks five times, and all that tests have kept is there.

    What is found is told as ever: pytest asks for it after that.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """What runs on beside later tests makes them differ from run to run: a rescan forks alone."""
    before = set(threading.enumerate())
    yield
    until_s = time.monotonic() + GONE_S
    while left := [thread for thread in threading.enumerate() if thread not in before]:
        assert time.monotonic() < until_s, f"threads left behind: {left}"
        time.sleep(0.001)


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No process outlives the session, and nothing in memory that hosts were killed with."""
    yield
    until_s = time.monotonic() + GONE_S
    while (left := processes(os.environ["TESTS_OF_SONIQ"])) and time.monotonic() < until_s:
        time.sleep(0.05)
    for room in rooms_in_memory(tmp_path_factory.getbasetemp()):
        shutil.rmtree(room, ignore_errors=True)
    assert not left, f"processes left behind: {left}"
