"""Workers of xdist as forks of the process that leads them, which has imported all tests.

To import them takes a worker two seconds, and four times as long where their assertions are not
compiled yet; there are more workers than processors.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable

import pytest
from _pytest.pathlib import ImportMode, import_path
from execnet import gateway_io
from execnet.gateway_base import Popen2IO
from hypothesis.internal.conjecture.providers import _get_local_constants


def import_all(config: pytest.Config) -> None:
    """Import the tests that were asked for, in each folder first what all there use."""
    root = config.rootpath
    for word in config.args:
        path = (config.invocation_params.dir / word.partition("::")[0]).resolve()
        found = [file for kind in ("conftest", "test_*") for file in path.rglob(f"{kind}.py")]
        for file in sorted(found) if path.is_dir() else [path]:
            import_path(
                file, mode=ImportMode.importlib, root=root, consider_namespace_packages=False
            )


class Forked:
    """A fork of this process as ``subprocess.Popen`` shows one, which waits for its first line."""

    def __init__(self, others: "list[Forked]", begin: Callable[[], None]) -> None:
        """``others``: those forked before, whose ends of pipes are not for this one."""
        (reading, ours), (theirs, writing) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(ours)
            os.close(theirs)
            for other in others:
                other.stdin.close()
                other.stdout.close()
            self._be(reading, writing, begin)
        os.close(reading)
        os.close(writing)
        self.stdin, self.stdout = os.fdopen(ours, "wb"), os.fdopen(theirs, "rb")

    def _be(self, reading: int, writing: int, begin: Callable[[], None]) -> None:
        """Do as ``python -c`` with what execnet gives a worker to begin with, then end."""
        status = 1
        try:
            atexit._clear()  # what is to be done at the end of who leads
            for number, end, mode in ((0, reading, "r"), (1, writing, "w")):
                os.dup2(end, number)
                os.close(end)
                name = ("stdin", "stdout")[number]
                setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
            sys.argv = ["-c"]
            begin()
            exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # noqa: S102, S307
            status = 0
        finally:
            atexit._run_exitfuncs()
            os._exit(status)

    def wait(self) -> int:
        """Wait until it has ended."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)


def fork(config: pytest.Config, count: int, begin: Callable[[], None]) -> None:
    """Have the next ``count`` workers be forks, each of which calls ``begin`` first.

    All are forked now: this process has one thread until it speaks to the first of them. Where a
    test cannot be imported none is forked: workers that begin by themselves tell of it, as ever.
    """
    try:
        import_all(config)
    except (Exception, pytest.skip.Exception):  # noqa: BLE001  whatever a module raises
        return
    _get_local_constants()  # which Hypothesis takes from all modules
    gc.collect()
    gc.freeze()
    sys.stdout.flush()  # else each would say it again
    forks: list[Forked] = []
    for _ in range(count):
        forks.append(Forked(forks, begin))

    class Io(gateway_io.Popen2IOMaster):
        """Where none is left, as after a crash, a worker begins by itself."""

        def __init__(self, args: list[str], execmodel: object) -> None:
            if not forks:
                super().__init__(args, execmodel)
                return
            self.popen = forks.pop(0)
            Popen2IO.__init__(self, self.popen.stdin, self.popen.stdout, execmodel)

    gateway_io.Popen2IOMaster = Io
