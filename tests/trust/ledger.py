"""Drives a host that gets killed, and keeps the books it is judged by outside its reach."""

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.runners.room import offer

STAGES = Path(__file__).parent / "stages"
ROOT = Path(__file__).resolve().parents[2]
ANSWER_S = 20.0
SLOTS = 5
"""Pool and writer together never run more at once here."""
WINDOW_MS = 100.0
"""Ends of idempotent jobs ride a group commit: what ended so shortly before a kill runs again."""


class Effect(NamedTuple):
    """One line of the file that stages write to."""

    kind: str
    stage: str
    attempt: int
    at_s: float
    name: str


class Trial:
    """A data directory, the host in it, and what the host has promised.

    Args:
        base: a folder for everything but the data.
        data: the data directory; by default below ``base``.
        env: more environment for the host.
    """

    def __init__(self, base: Path, data: Path | None = None, **env: str) -> None:
        self.data = data or base / "data"
        self.effects = base / "effects"
        self.mark = f"trial-{random.randrange(2**48):x}"
        path = os.pathsep.join([str(ROOT), offer(base / "offer", "ledger", STAGES)])
        self.env = {**os.environ, "PYTHONPATH": path, "TRIAL_MARK": self.mark, **env}
        self.acked: dict[int, int] = {}
        """Batch to number of jobs, of everything that was answered."""
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.restarts_s: list[float] = []
        """From starting the process to the first job that starts."""
        self.least_ms = WINDOW_MS
        """How long the shortest job takes."""
        self._names = 0

    # ---------------------------------------------------------------- the host

    def start(self, **env: str) -> bool:
        """Start the host; return whether it came up (it may be told to die before)."""
        self.began_s = time.time()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.trust.host", str(self.data), str(self.effects)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.env, **env},
            cwd=ROOT,
            bufsize=0,
        )
        return self.hear() is not None

    def ask(self, *words: object, within_s: float = ANSWER_S) -> dict[str, Any] | None:
        """Tell the host something; None when it died before it answered."""
        process = self.alive()
        try:
            process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return None
        return self.hear(within_s)

    def hear(self, within_s: float = ANSWER_S) -> dict[str, Any] | None:
        """Return the next answer; None when the host died."""
        out = self.alive().stdout
        assert select.select([out], [], [], within_s)[0], f"no answer within {within_s} s"
        line = out.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def submit(self, count: int, ms: float) -> bool:
        """Ask for a batch; what is answered is promised."""
        self._names += 1
        self.least_ms = min(self.least_ms, ms)
        reply = self.ask("submit", f"b{self._names}-{self.kills}", count, ms)
        if reply is not None:
            self.acked[reply["batch"]] = count
        return reply is not None

    def kill(self) -> None:
        """Kill the host, and note how long the jobs took to run after its start."""
        process = self.alive()
        process.kill()
        self.died()

    def died(self) -> None:
        """The host is dead, or about to be: wait for it and for all it started."""
        process = self.alive()
        process.wait(10)
        self.complaints = process.stderr.read().decode()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        self.process = None
        self.kills += 1
        first = next((e.at_s for e in self.lines() if e.at_s >= self.began_s), None)
        if first is not None:
            self.restarts_s.append(first - self.began_s)
        until_s = time.monotonic() + 3.0
        while self.left() and time.monotonic() < until_s:
            time.sleep(0.01)
        assert not self.left(), "processes outlived the host"

    def alive(self) -> "subprocess.Popen[bytes]":
        """Return the host's process."""
        assert self.process is not None
        return self.process

    def left(self) -> list[int]:
        """Return live processes that carry our mark."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                mine = folder.name.isdigit() and self.mark.encode() in (
                    (folder / "environ").read_bytes()
                )
                if mine and b") Z " not in (folder / "stat").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def end(self) -> None:
        """End the host in order, or whatever is left of it."""
        if self.process is not None:
            self.process.stdin.close()
            try:
                assert self.process.wait(20) == 0, self.process.stderr.read().decode()[-2000:]
            finally:
                self.process.stdout.close()
                self.process.stderr.close()
                self.process = None
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)

    # ---------------------------------------------------------------- the books

    def lines(self) -> list[Effect]:
        """Return what stages did, in order."""
        if not self.effects.exists():
            return []
        words = [line.split() for line in self.effects.read_text().splitlines()]
        return [Effect(w[0], w[1], int(w[2]), float(w[3]), w[4]) for w in words]

    def outstanding(self) -> int:
        """Return how many promised jobs have not been done."""
        done = {e.name for e in self.lines() if (e.kind, e.stage) == ("end", "store")}
        return sum(self.acked.values()) - len(done)

    def finish(self, within_s: float = 120.0) -> None:
        """Let the host do all that is left, and end it."""
        until_s = time.monotonic() + within_s
        while True:
            view = self.ask("view")
            assert view is not None, "the host died"
            if all(batch[0] == "done" for batch in view["batches"].values()):
                break
            assert time.monotonic() < until_s, f"not finished: {view}"
            time.sleep(0.05)
        self.end()

    def judge(self) -> None:
        """Assert that every promise was kept."""
        db = sqlite3.connect(f"file:{self.data / 'journal.db'}?mode=ro", uri=True)
        try:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            states = Counter(
                {
                    (batch, state): count
                    for batch, state, count in db.execute(
                        "SELECT batch_id, state, count(*) FROM job GROUP BY 1, 2"
                    )
                }
            )
            names = [row[0] for row in db.execute("SELECT key FROM job")]
        finally:
            db.close()
        for batch, count in self.acked.items():
            assert states[batch, "done"] == count, f"batch {batch} of {count} jobs: {states}"
        assert {state for _, state in states} <= {"done"}, "each job has one end, and it is done"
        starts: Counter[tuple[str, str]] = Counter()
        ends: Counter[tuple[str, str]] = Counter()
        # A job counts as begun a moment before its stage can leave a line.
        unseen = 0
        for each in self.lines():
            place = each.name, each.stage
            if each.kind == "start":
                unseen += max(0, each.attempt - starts[place])
                starts[place] += 1
            else:
                ends[place] += 1
        assert unseen <= self.kills // 10, f"{unseen} attempts burnt by jobs that nobody began"
        for name in names:
            for stage in ("work", "store"):
                assert ends[name, stage] >= 1, f"{name} was never done at {stage}"
        twice = starts.total() - len(starts)
        most = SLOTS * self.kills * (1 + WINDOW_MS / self.least_ms)
        assert twice <= most, f"{twice} double starts in {self.kills} kills"
