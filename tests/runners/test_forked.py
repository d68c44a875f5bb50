"""A template that is a fork of its host is as one that was begun by exec."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from soniq_tui.runners import forked
from soniq_tui.runners.processes import wait_for
from soniq_tui.runners.starting import MARK
from tests.runners.room import runs, state_of

ROOT = Path(__file__).parents[2]
BEGIN = """
import json, os, signal, socket, sys, tempfile
from soniq_tui.runners import forked
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
kept = tempfile.TemporaryFile()
library = open("libffi.so.9", "w")
os.unlink(library.name)
if "GONE" in os.environ:
    os.rmdir(os.getcwd())
if "ENDED" in os.environ:
    os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
os.set_inheritable(kept.fileno(), True)
begun = forked.start(sys.argv[1], "no such importer")
if begun is None:
    print("null", flush=True)
    sys.exit()
print(json.dumps({"pid": begun.process.pid}), flush=True)
sys.stdin.readline()
begun.socket.close()
print(json.dumps({"status": begun.process.wait(), "mark": os.environ.get("CHILD_OF_SONIQ")}))
"""


class Begun:
    """A process that has forked a template, and its words."""

    def __init__(self, folder: Path, mark: str, **env: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BEGIN, mark], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT), **env},
        )  # fmt: skip
        self.host = self._process.pid
        self.said = self._hear()
        self.pid = self.said["pid"] if self.said else 0

    def _hear(self) -> dict[str, int]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def end(self) -> dict[str, int]:
        """Let it close the template's socket; return what it says of the end."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._hear()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    """A template whose host has a file open that any program would inherit.

    Another is called as the one that newer libffis hold. In its environment is a variable
    without a name, which no C library would set.
    """
    env = {"SHORT": "1", "WORDS": "x" * 200, "": "nameless", MARK: "/an/outer/board:1.1:"}
    one = Begun(tmp_path, "/a/board:1.1:", **env)
    yield one
    one.close()


def settled(pid: int) -> None:
    """Wait until a template waits for its host."""
    while Path(f"/proc/{pid}/wchan").read_text() == "0" or state_of(pid) != "S":
        assert runs(pid)


def test_it_is_marked_and_by_itself(begun: Begun) -> None:
    """It bears its mark and no outer one, in a session of its own, with nothing of the host's."""
    settled(begun.pid)
    place = Path(f"/proc/{begun.pid}")
    words = (place / "environ").read_bytes().strip(b"\0").split(b"\0")
    assert [word for word in words if word.startswith(MARK.encode())] == words[:1]
    assert words[0] == f"{MARK}=/a/board:1.1:".encode()
    assert set(words[1:]) >= {f"PYTHONPATH={ROOT}".encode(), b"SHORT=1"}
    assert os.getsid(begun.pid) == begun.pid
    assert (place / "cmdline").read_bytes().rstrip(b"\0") == forked.NAME
    open_now = {fd.name: str(fd.readlink()).split(":")[0] for fd in (place / "fd").iterdir()}
    assert {open_now.pop(name) for name in "012"} == {"/dev/null"}
    libffis = {fd for fd, name in open_now.items() if Path(name).name.startswith("libffi.")}
    assert any("libffi.so.9" in open_now[fd] for fd in libffis)  # it is used by its number
    rest = sorted(open_now[fd] for fd in open_now.keys() - libffis)
    assert rest == ["pipe", "pipe", "socket"]  # of its own, and the host's


def test_the_host_is_as_it_was(begun: Begun) -> None:
    """The mark is the template's alone, which ends in order with its socket."""
    settled(begun.pid)
    assert b"/an/outer/board" in Path(f"/proc/{begun.host}/environ").read_bytes()
    assert begun.end() == {"status": 0, "mark": "/an/outer/board:1.1:"}


def test_it_ends_with_its_host(begun: Begun) -> None:
    """A host that is killed takes it along."""
    settled(begun.pid)
    begun.close()
    assert wait_for(begun.pid, 20.0)


def test_a_folder_that_is_gone_is_no_obstacle(tmp_path: Path) -> None:
    """A command may be given in a folder that has been removed meanwhile."""
    (tmp_path / "gone").mkdir()
    begun = Begun(tmp_path / "gone", "/a/board:1.1:", GONE="1", WORDS="x" * 200)
    settled(begun.pid)
    assert begun.end()["status"] == 0
    begun.close()


def test_a_signal_at_the_fork_is_not_lost(tmp_path: Path) -> None:
    """What its handler raises there, in a function that Python calls at a fork, would be."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN, "/a/board:1.1:"], cwd=tmp_path, text=True, input="\n",
        capture_output=True, check=False,
        env={"PYTHONPATH": str(ROOT), "ENDED": "1", "WORDS": "x" * 200},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_nothing_is_blocked_after_the_fork(begun: Begun) -> None:
    """Neither in the host nor in what it has forked."""
    settled(begun.pid)
    for pid in (begun.host, begun.pid):
        status = Path(f"/proc/{pid}/status").read_text()
        assert "SigBlk:\t0000000000000000\n" in status


def test_without_room_for_the_mark_there_is_none(tmp_path: Path) -> None:
    """Where the kernel could not tell the mark another way has to be taken."""
    cramped = Begun(tmp_path, "/" + "x" * 4000)
    cramped.close()
    assert cramped.said is None


def test_beside_threads_there_is_none() -> None:
    """A process with threads is never forked."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        assert forked.start("m", "music") is None
    finally:
        over.set()
        thread.join()


def test_its_end_is_waited_for_and_told() -> None:
    """``Twin`` does what ``Popen`` does."""
    twin = forked.Twin(os.posix_spawn("/bin/sleep", ["sleep", "60"], {}))
    assert twin.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        twin.wait(0.0)
    twin.kill()
    assert twin.wait() == twin.poll() == -signal.SIGKILL
    twin.kill()
