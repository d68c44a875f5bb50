"""Other programs that index music, each run once over a library as a whole process.

All start with an empty database in a folder of their own, have their network off or bound to a
unix socket, and are ended with all they have started.
"""

import contextlib
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.versus.environment import MissingError, bare, environment, output, versions
from benchmarks.versus.libraries import audio_files
from benchmarks.versus.trees import running

READERS = Path(__file__).with_name("readers.py")
WITHIN_S = 900.0
LOOK_S = 0.01
SETTLE_S = 0.3
PACKAGES = ("beets", "tinytag")

BEETS = """\
directory: {folder}/music
library: {folder}/library.db
statefile: {folder}/state.pickle
plugins: []
import:
  copy: no
  move: no
  write: no
  autotag: no
  resume: no
  incremental: no
  duplicate_action: keep
"""
MPD = """\
music_directory "{library}"
playlist_directory "{folder}"
db_file "{folder}/db"
log_file "{folder}/log"
bind_to_address "{socket}"
zeroconf_enabled "no"
auto_update "no"
audio_output {{
    type "null"
    name "none"
}}
"""
MINIDLNA = """\
media_dir=A,{library}
db_dir={folder}
log_dir={folder}
inotify=no
port=8200
network_interface=lo
"""


class Round(NamedTuple):
    """What one run did."""

    seconds: float
    """From the start of the process until all is indexed; of a program that ends: to its end."""
    indexed: int


class Peer(NamedTuple):
    """One program."""

    title: str
    run: Callable[[Path, Path], Round]
    """Takes a library and an empty folder; raises MissingError where it cannot be run."""


def makers(workers: int) -> dict[str, Callable[[], Peer]]:
    """Return what makes each peer, by name; raises MissingError where one cannot be had.

    Args:
        workers: processes of the pool.
    """

    def mutagen(program: str, title: str) -> Peer:
        command = [sys.executable, "-P", str(READERS), program, str(workers)]
        return Peer(f"mutagen {version('mutagen')}, {title}", _Reader(command))

    return {
        "beets": _beets,
        "mpd": _mpd,
        "minidlna": _minidlna,
        "tinytag loop": _tinytag,
        "mutagen pool": lambda: mutagen("mutagen_pool", f"a pool of {workers}"),
        "mutagen loop": lambda: mutagen("mutagen_loop", "a loop"),
    }


def read_bytes(name: str, paths: list[bytes], env: dict[str, str]) -> dict[str, int]:
    """Return what the reader ``ours`` or ``mutagen`` reads of every second file.

    Raises:
        MissingError: the kernel does not count, or a file cannot be read.
    """
    command = [sys.executable, "-P", str(READERS), f"bytes_of_{name}"]
    done = output(command, env=env, text=_joined(paths))
    found: dict[str, int] = json.loads(done)
    if found["read"] != len(paths[1::2]) or not found["bytes"]:
        raise MissingError(f"{name} read {found['read']} of {len(paths[1::2])} files: {found}")
    return found


class _Reader:
    """A loop or pool of ``readers.py``; what it is to read is known before its time begins."""

    def __init__(self, command: list[str]) -> None:
        self._command = command

    def __call__(self, library: Path, _folder: Path) -> Round:
        text = _joined(audio_files(library))
        began_s = time.perf_counter()
        said = output(self._command, env=bare(), text=text, within_s=WITHIN_S)
        return Round(time.perf_counter() - began_s, json.loads(said)["read"])


def _beets() -> Peer:
    python = environment("music", *PACKAGES)

    def run(library: Path, folder: Path) -> Round:
        (folder / "config.yaml").write_text(BEETS.format(folder=folder))
        env = {**bare(), "BEETSDIR": str(folder), "LANG": "C.UTF-8"}
        command = [str(python.with_name("beet")), "import", "-A", "-q", str(library)]
        began_s = time.perf_counter()
        output(command, env=env, within_s=WITHIN_S)
        seconds = time.perf_counter() - began_s
        return Round(seconds, _count(folder / "library.db", "SELECT count(*) FROM items"))

    return Peer(f"{versions(python, ['beets'])}, import -A -q", run)


def _mpd() -> Peer:
    mpd = _which("mpd")

    def run(library: Path, folder: Path) -> Round:
        # The path of a socket has room for some 100 bytes.
        with tempfile.TemporaryDirectory() as short:
            address = f"{short}/mpd"
            config = folder / "mpd.conf"
            config.write_text(MPD.format(library=library, folder=folder, socket=address))
            command = [mpd, "--no-daemon", str(config)]
            began_s = time.perf_counter()
            with running(command, env=bare(), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT):
                return _updated(address, began_s)

    said = output([mpd, "--version"]).splitlines()[0]
    return Peer(f"mpd {said.split()[-1].strip('()')}, full update", run)


def _updated(address: str, began_s: float) -> Round:
    """Wait until a daemon that has just been started has its whole database."""
    with contextlib.closing(_connected(address)) as connection, connection.makefile("rwb") as file:
        file.readline()  # OK MPD 0.23.5

        def ask(command: str) -> dict[str, str]:
            file.write(command.encode() + b"\n")
            file.flush()
            said = {}
            while not (line := file.readline().decode()).startswith("OK"):
                if not line or line.startswith("ACK"):
                    raise MissingError(f"mpd, asked for {command}: {line or 'it ended'}")
                key, _, value = line.partition(": ")
                said[key] = value.strip()
            return said

        if "updating_db" not in ask("status") and ask("stats").get("db_update", "0") == "0":
            ask("update")  # without a database it begins by itself
        while "updating_db" in ask("status"):
            if time.perf_counter() > began_s + WITHIN_S:
                raise MissingError("its update does not end")
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - began_s
        return Round(seconds, int(ask("stats")["songs"]))


def _connected(address: str) -> socket.socket:
    for _ in range(1000):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            time.sleep(LOOK_S)
        else:
            connection.settimeout(WITHIN_S)
            return connection
    raise MissingError("it does not start")


def _minidlna() -> Peer:
    daemon = _which("minidlnad")
    # It binds to all addresses and calls out to the network: here it has one of its own, empty.
    alone = [_which("unshare"), "--net", "--map-root-user"]
    output([*alone, "true"])

    def run(library: Path, folder: Path) -> Round:
        config = folder / "minidlna.conf"
        config.write_text(MINIDLNA.format(library=library, folder=folder))
        pid_file = str(folder / "pid")
        command = [*alone, daemon, "-f", str(config), "-S", "-P", pid_file]
        log = folder / "minidlna.log"
        log.touch()
        env, quiet = {**bare(), "LC_ALL": "C"}, subprocess.DEVNULL
        began_s = time.perf_counter()
        with (
            running(command, env=env, stdout=quiet, stderr=quiet) as process,
            log.open("rb") as lines,
        ):
            seen = b""

            def until(words: bytes) -> float:
                nonlocal seen
                while words not in seen:
                    if process.poll() is not None or time.perf_counter() > began_s + WITHIN_S:
                        raise MissingError(f"it does not come to {words.decode().strip()!r}")
                    time.sleep(LOOK_S)
                    seen += lines.read()
                return time.perf_counter() - began_s

            seconds = until(b" finished (")
            # Killed before, it leaves a database that nobody can read. Its scanner is a process of
            # its own, which has yet to end.
            until(b"Finished parsing playlists")
            time.sleep(SETTLE_S)
        query = "SELECT count(*) FROM DETAILS WHERE MIME LIKE 'audio/%'"
        return Round(seconds, _count(folder / "files.db", query))

    said = output([daemon, "-V"]).split()
    return Peer(f"minidlna {said[-1] if said else ''}, new database", run)


def _tinytag() -> Peer:
    python = environment("music", *PACKAGES)
    command = [str(python), "-P", str(READERS), "tinytag_loop"]
    return Peer(f"{versions(python, ['tinytag'])}, a loop", _Reader(command))


def _which(name: str) -> str:
    # Daemons lie where the path of people does not go.
    if found := shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin"):
        return found
    raise MissingError(f"there is no {name} on this machine")


def _count(path: Path, query: str) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute(query).fetchone()[0])


def _joined(paths: list[bytes]) -> str:
    return b"\0".join(paths).decode(errors="surrogateescape")
