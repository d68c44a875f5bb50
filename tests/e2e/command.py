"""The real command, in a world of its own: home, runtime directory and data below the test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from soniq_tui.host.lock import holder
from soniq_tui.host.status import Status
from soniq_tui.host.status import read as read_status
from soniq_tui.model.settings import Settings
from tests.e2e.warm import NO_USER, WARM, Heard

ROOT = Path(__file__).resolve().parents[2]
SONIQ = [sys.executable, "-m", "soniq_tui"]
WAIT_S = 30.0
MANY = 8000
"""So many files make a scan last a second or two."""
SOME = 2000
"""So many are enough where the last queue is held, so that no scan ends before it is released."""
LOOK_S = 0.02
"""To look at the status takes a tenth of that; the scan that is looked at needs the processor."""


class Soniq:
    """Runs ``soniq-tui`` as a person or a script would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        run = home / "run"
        run.mkdir(mode=0o700)
        # Else other tests would come before what this one waits for.
        at_once = {"SONIQ_ENGINE__NICE": "0"}
        self.env = os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(run)} | at_once
        self.started: list[subprocess.Popen[str] | Heard] = []

    def hint(self, command: str) -> str:
        """Return how a command is named that goes on with what is in this world."""
        return f"'soniq-tui {command} --data-dir {self.data}'"

    def end(self) -> None:
        """End what has been started and still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        if host := holder(self.data):  # of a console that a failed test has detached
            os.kill(host, signal.SIGKILL)

    def run(
        self,
        *words: object,
        env: dict[str, str] | None = None,
        before: tuple[str, ...] = (),
        data: Path | None = None,
        program: str = "command",
        **how: object,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; whatever it is, it never ends in a traceback."""
        place = [] if "--data-dir" in words else ["--data-dir", str(data or self.data)]
        words = (*map(str, words), *place)
        whole = self.env | (env or {})
        if not before and not how and WARM.can(whole):
            done = WARM.run(words, whole, WAIT_S, program)
        else:
            how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
            done = subprocess.run(
                [*before, *SONIQ, *words],
                cwd=ROOT,
                env=whole,
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                timeout=WAIT_S,
                check=False,
                **how,
            )
        assert "Traceback" not in (done.stderr or "")
        return done

    def run_as_user(self, *words: object, **how: object) -> subprocess.CompletedProcess[str]:
        """Run a command to which permissions apply, also where the tests are root's."""
        if os.geteuid() != 0:
            return self.run(*words, **how)
        done = self.run(*words, program="as a user", **how)
        if done.returncode == NO_USER:
            pytest.skip("root cannot give up its capabilities here")
        return done

    def start(
        self,
        *words: object,
        before: tuple[str, ...] = (),
        start_new_session: bool = False,
        **how: object,
    ) -> subprocess.Popen[str] | Heard:
        """Start a command and go on; it is ended with the test at the latest."""
        words = (*map(str, words), "--data-dir", str(self.data))
        if not before and not how and WARM.can(self.env):
            process = WARM.start(words, self.env, session=start_new_session)
        else:
            how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
            process = subprocess.Popen(
                [*before, *SONIQ, *words],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                start_new_session=start_new_session,
                **how,
            )
        self.started.append(process)
        return process

    def scan(self, *words: object, **how: object) -> dict:
        """Scan without a screen and return the report."""
        done = self.run("scan", *words, "--headless", "--json", **how)
        assert done.returncode in {0, 1}, done.stderr
        return one_line(done.stdout)

    def status(self) -> dict:
        """Return what ``status --json`` says."""
        return one_line(self.run("status", "--json").stdout)

    def export(self, what: str, *words: object, data: Path | None = None) -> list[dict]:
        """Return the rows of an export."""
        done = self.run("export", what, *words, data=data)
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    def wait_for(self, seen: Callable[[Status], object]) -> Status:
        """Return the status as soon as ``seen`` finds in it what it looks for."""
        settings = Settings(data_dir=str(self.data))
        until_s = time.monotonic() + WAIT_S
        while time.monotonic() < until_s:
            now = read_status(settings)
            if seen(now):
                return now
            time.sleep(LOOK_S)
        raise AssertionError("it never came")

    def interrupt(self, *words: object, by: int) -> tuple[int, str, str]:
        """Start a command, send it a signal in the middle, and return how it ended."""
        process = self.start(*words)
        self.wait_for(lambda now: any(b.items.ended for b in now.batches))
        process.send_signal(by)
        began_s = time.monotonic()
        output, errors = process.communicate(timeout=WAIT_S)
        assert time.monotonic() - began_s < 15  # 2 s by contract; this machine may be busy
        assert "Traceback" not in errors
        return process.returncode, output, errors


def one_line(text: str) -> dict:
    """Return the one JSON object that is the whole of ``text``."""
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return json.loads(text)
