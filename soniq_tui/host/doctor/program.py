"""The installation: Python, SQLite, settings, host, journal and its backup."""

import sys
from collections.abc import Iterator
from os import uname
from pathlib import Path

from soniq_tui.engine import checkup
from soniq_tui.engine.journal_errors import BACKUP
from soniq_tui.host.doctor.findings import Finding, Probe, World, bad, ok, warn
from soniq_tui.host.lock import holder
from soniq_tui.words import _, figure, many, mark
from soniq_tui.words.told import told

SETTINGS = mark("settings")
ENGINE = mark("engine")
JOURNAL = mark("journal")
COPY = mark("backup")
CHECK_S = 0.6
"""So long a look at the journal may take, and one at its backup."""
DAY_S = 86400.0
RACE_FROM, RACE_UNTIL = (3, 7, 0), (3, 51, 3)
RACE_MENDED: dict[tuple[int, ...], tuple[int, ...]] = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}
"""Older lines into which the mend was taken over (sqlite.org/wal.html, "the WAL-reset bug")."""


def python(world: World) -> Iterator[Finding]:
    """Which interpreter this is."""
    del world
    yield ok(
        "python",
        _("{version} on {machine}").format(
            version=sys.version.split(maxsplit=1)[0], machine=uname().machine
        ),
    )


def sqlite(world: World) -> Iterator[Finding]:
    """Which SQLite this is, and whether its WAL-reset race could meet us."""
    del world
    version = checkup.sqlite_version()
    text = ".".join(map(str, version))
    if has_race(version):
        fact = _(
            "{version} has the WAL-reset race of 3.7.0 to 3.51.2; the journal is safe from it, as "
            "one connection alone writes and checkpoints"
        )
        yield ok("sqlite", fact.format(version=text))
    else:
        yield ok("sqlite", text)


def has_race(version: tuple[int, ...]) -> bool:
    """Say whether a version of SQLite can lose a commit when two connections share a WAL."""
    mended = RACE_MENDED.get(version[:2])
    return RACE_FROM <= version < RACE_UNTIL and not (mended and version >= mended)


def settings(world: World) -> Iterator[Finding]:
    """Whether the settings can be loaded."""
    if world.config_error:
        yield bad(
            SETTINGS,
            told(world.config_error, whole=True),
            _("correct it there; what follows uses defaults"),
        )
    elif Path(world.config_file).is_file():
        yield ok(SETTINGS, _("loaded from {file}").format(file=world.config_file))
    else:
        yield ok(SETTINGS, _("defaults; there is no {file}").format(file=world.config_file))


def host(world: World) -> Iterator[Finding]:
    """Whether an engine runs."""
    pid = holder(world.settings.data_path) if world.settings.data_dir else None
    runs = _("runs as process {pid}").format(pid=pid or _("unknown"))
    yield ok(ENGINE, _("none runs") if pid is None else runs)


def journal(world: World) -> Iterator[Finding]:
    """Whether the journal and its backup are whole, and how old the backup is."""
    path = world.settings.journal_path
    copy = path.with_name(BACKUP)
    if not world.settings.data_dir or not path.exists():
        yield ok(JOURNAL, _("none yet"))
        return
    where = f"{path} ({figure(path.stat().st_size / 1024**2, 1)} MiB)"
    broken = checkup.damage(path, CHECK_S)
    if broken:
        yield bad(
            JOURNAL,
            _("{file} is damaged: {why}").format(file=where, why=broken),
            _(
                "stop the engine, move journal.db and journal.db-wal away and copy {file} to "
                "journal.db, or begin anew without; what was imported is kept"
            ).format(file=BACKUP),
        )
    elif broken is None:
        fact = _("{file} is there; it was not checked to its end, being large or busy")
        yield ok(JOURNAL, fact.format(file=where))
    else:
        yield ok(JOURNAL, _("{file} is whole").format(file=where))
    yield from _backup(world, path, copy)


def _backup(world: World, path: Path, copy: Path) -> Iterator[Finding]:
    every = world.settings.engine.backup_every_min
    if not copy.exists():
        if every:
            fact = many(
                "none yet; one is made after {n} minute of work",
                "none yet; one is made after {n} minutes of work",
                every,
            )
            yield ok(COPY, fact)
        else:
            yield warn(COPY, _("off"), _("set engine.backup_every_min to 60"))
        return
    made_s = copy.stat().st_mtime
    broken = checkup.damage(copy, CHECK_S)
    age = figure(max(0.0, world.now_at_s - made_s) / DAY_S, 1)
    behind_s = path.stat().st_mtime - made_s
    if broken:
        fact = _("{file} is damaged: {why}").format(file=copy, why=broken)
        yield warn(COPY, fact, _("delete it; the next one replaces it"))
    elif behind_s > max(DAY_S, 2 * 60.0 * every):
        fact = _("{file} is {n} days older than the journal")
        days = figure(behind_s / DAY_S, 1)
        yield warn(COPY, fact.format(file=copy.name, n=days), _("look for 'backup' in the log"))
    else:
        yield ok(COPY, _("{file} is {n} days old").format(file=copy.name, n=age))


PROBES: tuple[Probe, ...] = (python, sqlite, settings, host, journal)
