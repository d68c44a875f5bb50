"""Python environments of peers, made by pip below the cache folder; commands that may fail."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

INSTALL_S = 600.0


class MissingError(Exception):
    """A peer cannot be installed or started; the message says why."""


def environment(name: str, *packages: str) -> Path:
    """Return the interpreter of an environment with the packages; make it when it is not there.

    Raises:
        MissingError: pip fails, or the folder is somebody else's.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir())
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = cache / f"soniq-bench-{os.getuid()}-{name}-{version}"
    if folder.exists() and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise MissingError(f"{folder} belongs to somebody else")
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"   installing {' '.join(packages)} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        output([sys.executable, "-m", "venv", str(folder)])
        pip(python, *packages)
        (folder / "complete").touch()
    return python


def pip(python: Path, *packages: str) -> None:
    """Install packages.

    Raises:
        MissingError: pip fails.
    """
    output([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])


def versions(python: Path, names: Sequence[str]) -> str:
    """Return packages of an environment with their versions, as one text.

    Raises:
        MissingError: one is not there.
    """
    code = (
        "from importlib.metadata import version\n"
        f"print(', '.join(f'{{n}} {{version(n)}}' for n in {tuple(names)}))"
    )
    return output([python, "-c", code])


def output(
    command: Sequence[Path | str],
    *,
    env: Mapping[str, str] | None = None,
    text: str | None = None,
    within_s: float = INSTALL_S,
) -> str:
    """Return what a command prints; ``text`` is its standard input.

    Raises:
        MissingError: it failed; the message is the last line that it printed.
    """
    try:
        done = subprocess.run(
            command,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            env=env,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=within_s,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise MissingError(str(exc)) from exc
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise MissingError(f"{Path(command[0]).name} {command[1]}: {lines[-1]}")
    return done.stdout.strip()


def bare() -> dict[str, str]:
    """Return the environment without what steers this Python or this program."""
    steering = ("PYTHON", "SONIQ_", "TEXTUAL", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(steering)}
