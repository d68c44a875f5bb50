"""What the doctor finds: each finding in a world made for it."""

import errno
import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.engine import checkup
from soniq_tui.engine.load import CAPPED, SOFT_LIMIT, THROTTLED, UNDERVOLTAGE
from soniq_tui.host import doctor
from soniq_tui.host.doctor import disk, machine, program, session
from soniq_tui.host.doctor.findings import Finding, Mark, World, answer, bad
from soniq_tui.host.lock import HostLock
from soniq_tui.model.settings import EngineSettings, Settings
from tests.machines import FakeMachine

NOW_S = 1_790_000_000.0


class Bench:
    """A world that a test arranges before the doctor looks at it."""

    def __init__(self, folder: Path) -> None:
        self.machine = FakeMachine(folder / "machine")
        self.system = folder / "system"
        (self.system / "dev/shm").mkdir(parents=True)
        self.data = folder / "data"
        self.data.mkdir()
        self.env = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
        self.answers: dict[str, str] = {}
        self.limits: dict[str, Any] = {"min_free_disk_mib": 0}
        self.changes: dict[str, Any] = {}

    def world(self) -> World:
        engine = EngineSettings(machine_root=str(self.machine.root), **self.limits)
        given: dict[str, Any] = {
            "settings": Settings(data_dir=str(self.data), engine=engine),
            "env": self.env,
            "now_at_s": NOW_S,
            "config_file": "/nowhere/config.toml",
            "answer": lambda words: self.answers.get(words[-1]),
            "system": self.system,
        }
        return World(**(given | self.changes))

    def find(self, probe: Callable[[World], Iterator[Finding]], name: str = "") -> Finding:
        """Return the finding of a probe, or the one of that name; the last where there are more."""
        return [f for f in probe(self.world()) if not name or f.name == name][-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def seen(finding: Finding, *words: str) -> Mark:
    """Return how grave a finding is, once its fact or mend holds the words."""
    for word in words:
        assert word in f"{finding.fact}; {finding.mend}"
    assert bool(finding.mend) or finding.mark is not Mark.BAD
    return finding.mark


# ------------------------------------------------------------------ the whole


def test_a_healthy_machine_has_only_good_findings(bench, monkeypatch) -> None:
    """Every probe finds something, every name is there once, and nothing is to be mended."""
    monkeypatch.setattr(disk, "fsync_ms", lambda _folder: [1.0])
    findings = doctor.examine(bench.world())
    assert [f.line() for f in findings if f.mark is not Mark.OK] == []
    names = [f.name for f in findings]
    assert len(set(names)) == len(names) >= 20


def test_a_probe_that_breaks_is_a_finding(bench) -> None:
    """Whatever a probe raises, the others are asked and the report says so."""

    def one_thing(world: World) -> Iterator[Finding]:
        raise ZeroDivisionError("by nothing")

    def other_thing(world: World) -> Iterator[Finding]:
        raise OSError(errno.EIO, "Input/output error")

    found = doctor.examine(bench.world(), [one_thing, other_thing, program.python])
    assert [f.mark for f in found] == [Mark.WARN, Mark.BAD, Mark.OK]
    assert found[0].fact == "could not be looked at: ZeroDivisionError: by nothing"
    assert found[1].name == "other thing"


def test_foreign_text_is_neutralised_on_one_line() -> None:
    """A name with control characters, marks or lone surrogates neither commands nor breaks JSON."""
    finding = bad("x", "a\x1b[2J\nb\udcff", "c\rd")
    assert finding.line() == "x bad   x: a␛[2J␊b\ufffd; mend: c␍d"
    assert msgspec.json.encode(finding)
    assert len(bad("x", "y" * 9000).fact) == 400


def test_a_report_has_lines_and_a_status(tmp_path, capsys) -> None:
    """Bad findings make the exit status 1, and each line begins with mark and word."""
    given = {"data_dir": str(tmp_path), "config_file": str(tmp_path / "none.toml")}
    assert doctor.run(given, as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("x bad   settings: ") and "; mend: " in line for line in lines)
    assert lines[-1].endswith(" bad")
    assert all(line[:2] in {"+ ", "! ", "x "} for line in lines[:-1])


def test_the_command_prints_one_json_object(tmp_path) -> None:
    """``doctor --json`` works with a data directory that is not there, and makes none."""
    words = ["-m", "soniq_tui", "doctor", "--json", "--data-dir", str(tmp_path / "new")]
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0)
    assert {tuple(f) for f in report["findings"]} == {("name", "mark", "fact", "mend")}
    assert not (tmp_path / "new").exists()


def test_nothing_heavy_is_loaded() -> None:
    """The doctor needs neither screen nor event loop."""
    code = "import sys; import soniq_tui.host.doctor; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"textual", "rich", "asyncio", "aiohttp", "mutagen"}


@pytest.mark.parametrize("broken", ["file", "link", "below a file"])
def test_a_data_directory_that_is_none_is_found_bad(bench, broken) -> None:
    """Whatever stands in its place, every probe answers and one of them is bad."""
    place = bench.data / "x"
    if broken == "link":
        place.symlink_to("nowhere")
    else:
        place.touch()
    bench.data = place / "deeper" if broken == "below a file" else place
    found = {f.name: f for f in doctor.examine(bench.world())}
    assert seen(found["data directory"], "is no folder", "--data-dir") is Mark.BAD


def test_without_any_home_everything_still_answers(bench) -> None:
    """Where nobody can tell the data directory that is said, and the rest is looked at."""
    bench.changes = {"settings": Settings(), "config_error": "there is no home directory"}
    found = {f.name: f for f in doctor.examine(bench.world())}
    assert seen(found["data directory"], "nobody can tell", "--data-dir") is Mark.BAD
    assert seen(found["settings"], "there is no home") is Mark.BAD
    assert found["journal"].fact == "none yet"


def test_settings_that_cannot_be_loaded_do_not_end_the_examination(tmp_path) -> None:
    """A file with a mistake is a finding; the data directory that was named still counts."""
    file = tmp_path / "c.toml"
    file.write_text("engin.nice = 3")
    given = {"data_dir": str(tmp_path), "config_file": str(file)}
    world = doctor.world_of(given, {"HOME": str(tmp_path), "SONIQ_ENGINE__NICE": "loud"})
    assert "engin" in world.config_error
    assert world.settings.data_path == tmp_path
    world = doctor.world_of({"config_file": ""}, {"HOME": "nowhere"})
    assert world.config_error
    assert world.settings == Settings()
    world = doctor.world_of({}, {"HOME": str(tmp_path), "SONIQ_DATA_DIR": "a\0b"})
    assert "null" in world.config_error
    assert world.settings.data_path == tmp_path / ".local/share/soniq-tui"


# ------------------------------------------------------------------ installation


@pytest.mark.parametrize(
    ("version", "race"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_the_wal_reset_race_is_known_by_version(bench, monkeypatch, version, race) -> None:
    """Versions with the race are named with the reason why it cannot meet us."""
    monkeypatch.setattr(checkup, "sqlite_version", lambda: version)
    finding = bench.find(program.sqlite)
    assert ("WAL-reset race" in finding.fact) is race
    assert ("one connection" in finding.fact) is race
    assert finding.mark is Mark.OK


def test_where_settings_come_from_is_told(bench, tmp_path) -> None:
    """A file that was loaded is named, and one that is not there too."""
    assert seen(bench.find(program.settings), "defaults", "/nowhere/config.toml") is Mark.OK
    file = tmp_path / "config.toml"
    file.touch()
    bench.changes = {"config_file": str(file)}
    assert seen(bench.find(program.settings), f"loaded from {file}") is Mark.OK


def test_a_running_engine_is_told(bench) -> None:
    """The process that holds the data directory is named."""
    assert bench.find(program.host).fact == "none runs"
    lock = HostLock(bench.data)
    try:
        assert bench.find(program.host).fact == f"runs as process {os.getpid()}"
    finally:
        lock.release()


def database(path: Path, *, at_s: float = NOW_S, wal: bool = True) -> Path:
    """Make a database of some pages."""
    db = sqlite3.connect(path)
    if wal:
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE t (a TEXT)")
    db.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
    db.commit()
    db.close()
    os.utime(path, (at_s, at_s))
    return path


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    path.write_bytes(data)


def test_a_whole_journal_and_its_backup(bench) -> None:
    """Both are checked, and the age of the backup is told."""
    database(bench.data / "journal.db")
    assert seen(bench.find(program.journal, "journal"), "is whole") is Mark.OK
    assert seen(bench.find(program.journal, "backup"), "none yet", "60 minutes") is Mark.OK
    database(bench.data / "journal.backup.db", at_s=NOW_S - 43_200, wal=False)
    assert seen(bench.find(program.journal, "backup"), "0.5 days old") is Mark.OK


def test_a_damaged_journal_is_bad_and_a_damaged_backup_is_not_good(bench) -> None:
    """Damage is told with what to do."""
    spoil(database(bench.data / "journal.db"))
    spoil(database(bench.data / "journal.backup.db", wal=False))
    found = bench.find(program.journal, "journal")
    assert seen(found, "is damaged", "journal.backup.db") is Mark.BAD
    assert seen(bench.find(program.journal, "backup"), "is damaged", "delete it") is Mark.WARN
    (bench.data / "journal.db").write_bytes(b"no database at all" * 100)
    assert seen(bench.find(program.journal, "journal"), "not a database") is Mark.BAD


def test_a_journal_that_takes_too_long_to_check_is_said_to(bench, monkeypatch) -> None:
    """Time runs out before damage is found: that is told, and is not called whole."""
    database(bench.data / "journal.db")
    monkeypatch.setattr(program, "CHECK_S", -1.0)
    monkeypatch.setattr(checkup, "STEPS", 1)
    assert seen(bench.find(program.journal, "journal"), "not checked to its end") is Mark.OK


def test_a_look_at_the_journal_leaves_no_trace(bench) -> None:
    """No log and no index appear beside a journal that nobody has open."""
    database(bench.data / "journal.db")
    assert bench.find(program.journal, "journal").mark is Mark.OK
    assert [file.name for file in bench.data.iterdir()] == ["journal.db"]


def test_a_journal_in_use_is_read_with_its_log(bench) -> None:
    """What an engine has just written is checked too, and the engine is not held up."""
    path = database(bench.data / "journal.db")
    db = sqlite3.connect(path)
    db.execute("INSERT INTO t VALUES ('y')")
    db.commit()
    db.execute("INSERT INTO t VALUES ('z')")
    assert seen(bench.find(program.journal, "journal"), "is whole") is Mark.OK
    db.commit()
    db.close()


def test_an_engine_that_begins_meanwhile_is_not_damage(bench, monkeypatch) -> None:
    """Where a log appears during the look, what looked like damage is looked at again."""
    path = database(bench.data / "journal.db")
    look = checkup._damage

    def disturbed(path: Path, most_s: float, *, alone: bool) -> str | None:
        if alone:
            path.with_name("journal.db-wal").touch()
            return "page 3: changed under our feet"
        return look(path, most_s, alone=alone)

    monkeypatch.setattr(checkup, "_damage", disturbed)
    assert checkup.damage(path, 1.0) == ""


def test_a_folder_in_place_of_the_journal_is_bad(bench) -> None:
    """What cannot be opened is a finding of the journal."""
    (bench.data / "journal.db").mkdir()
    (finding,) = doctor.examine(bench.world(), [program.journal])
    assert finding.mark is Mark.BAD
    assert "could not be looked at" in finding.fact


def test_an_old_backup_or_none_by_wish_is_warned_of(bench) -> None:
    """A backup days behind its journal, and backups that are off."""
    database(bench.data / "journal.db")
    copy = database(bench.data / "journal.backup.db", at_s=NOW_S - 5 * 86_400, wal=False)
    finding = bench.find(program.journal, "backup")
    assert seen(finding, "5.0 days older than the journal") is Mark.WARN
    copy.unlink()
    bench.limits["backup_every_min"] = 0
    finding = bench.find(program.journal, "backup")
    assert seen(finding, "engine.backup_every_min") is Mark.WARN


# ------------------------------------------------------------------ machine


def test_pressure_that_is_not_accounted(bench) -> None:
    """The mend is psi=1, unless that is there already."""
    bench.machine.pressure(12.3)
    assert seen(bench.find(machine.pressure), "12 %") is Mark.OK
    bench.machine.remove("proc/pressure/memory")
    assert seen(bench.find(machine.pressure), "psi=1", "cmdline.txt") is Mark.WARN
    bench.machine.write("proc/cmdline", "root=/dev/x psi=1 quiet\n")
    finding = bench.find(machine.pressure)
    assert seen(finding, "this kernel does not") is Mark.WARN
    assert not finding.mend


def test_memory(bench) -> None:
    """Too little, enough, and unknown."""
    assert seen(bench.find(machine.memory), "4,000 of 8,000 MiB") is Mark.OK
    bench.machine.memory(255)
    assert seen(bench.find(machine.memory), "no slot is added") is Mark.WARN
    bench.machine.write("proc/meminfo", "nonsense")
    assert seen(bench.find(machine.memory), "cannot be read") is Mark.WARN


def test_memory_cgroups_of_both_versions(bench) -> None:
    """They are told, and never needed."""
    assert seen(bench.find(machine.cgroup), "off") is Mark.OK
    (bench.machine.root / "sys/fs/cgroup/memory").mkdir(parents=True)
    assert seen(bench.find(machine.cgroup), "first version") is Mark.OK
    bench.machine.write("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n")
    assert bench.find(machine.cgroup).fact == "there"


def test_what_the_kernel_knows_of_processes(bench, monkeypatch) -> None:
    """Without pidfd the engine cannot work; without lists of children it can."""
    assert bench.find(machine.processes, "pidfd").mark is Mark.OK
    assert seen(bench.find(machine.processes, "process tree"), "does not list") is Mark.OK
    bench.machine.write(f"proc/self/task/{os.getpid()}/children", "")
    assert seen(bench.find(machine.processes, "process tree"), "lists children") is Mark.OK

    def refuse(pid: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert seen(bench.find(machine.processes, "pidfd"), "not implemented", "5.3") is Mark.BAD


@pytest.mark.parametrize(
    ("files", "count", "marks"),
    [
        (1024, 4096, (Mark.OK, Mark.OK)),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, (Mark.OK, Mark.OK)),
        (256, 32, (Mark.WARN, Mark.WARN)),
        (32, 4096, (Mark.BAD, Mark.OK)),
    ],
)
def test_limits_of_the_user(bench, monkeypatch, files, count, marks) -> None:
    """Few open files or processes are told with how to raise them."""
    figures = {resource.RLIMIT_NOFILE: files, resource.RLIMIT_NPROC: count}
    monkeypatch.setattr(resource, "getrlimit", lambda which: (figures[which], -1))
    found = list(machine.limits(bench.world()))
    assert tuple(f.mark for f in found) == marks
    assert all(("ulimit" in f.mend) is (f.mark is not Mark.OK) for f in found)


@pytest.mark.parametrize(
    ("celsius", "mark", "words"),
    [(50, Mark.OK, "50 C"), (76, Mark.WARN, "no slot is added"), (81, Mark.WARN, "given up")],
)
def test_temperature(bench, celsius, mark, words) -> None:
    """Warmth and heat are told with what they do to the engine."""
    bench.machine.temperature(celsius)
    assert seen(bench.find(machine.heat), words) is mark


def test_a_machine_without_sensors(bench) -> None:
    """No sensor is no trouble."""
    bench.machine.remove("sys/class/thermal/thermal_zone0/temp")
    bench.machine.remove("sys/devices/platform/soc/soc:firmware/get_throttled")
    assert seen(bench.find(machine.heat), "no sensor") is Mark.OK
    assert seen(bench.find(machine.power), "tells nothing") is Mark.OK


@pytest.mark.parametrize(
    ("bits", "mark", "words"),
    [
        (0, Mark.OK, ["well, now and since the start"]),
        (UNDERVOLTAGE | THROTTLED, Mark.BAD, ["undervoltage, throttled now", "supply"]),
        (CAPPED | SOFT_LIMIT, Mark.WARN, ["clock rate capped, at the soft", "fan"]),
        (UNDERVOLTAGE << 16, Mark.WARN, ["since the start: undervoltage", "supply"]),
        (THROTTLED << 16, Mark.WARN, ["since the start: throttled"]),
    ],
)
def test_power(bench, bits, mark, words) -> None:
    """What the firmware says now and of earlier, in words."""
    bench.machine.power(bits)
    assert seen(bench.find(machine.power), *words) is mark


def test_power_by_hwmon_alone(bench) -> None:
    """The alarm of the voltage sensor is enough."""
    bench.machine.remove("sys/devices/platform/soc/soc:firmware/get_throttled")
    bench.machine.alarm(1)
    assert seen(bench.find(machine.power), "undervoltage now") is Mark.BAD


def test_clock(bench) -> None:
    """A clock that stands before this program was written is wrong."""
    assert seen(bench.find(machine.clock), "2026-", "cannot be told") is Mark.OK
    (bench.system / "run/systemd/timesync").mkdir(parents=True)
    (bench.system / "run/systemd/timesync/synchronized").touch()
    assert seen(bench.find(machine.clock), "set over the network") is Mark.OK
    bench.changes = {"now_at_s": 0.0}
    assert seen(bench.find(machine.clock), "1970-01-01", "timedatectl") is Mark.WARN


# ------------------------------------------------------------------ disk


def test_the_data_directory(bench, monkeypatch) -> None:
    """There, not yet there, and closed to writing."""
    assert bench.find(disk.data_directory, "data directory").fact == str(bench.data)
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    finding = bench.find(disk.data_directory, "data directory")
    assert seen(finding, "cannot be written") is Mark.BAD
    monkeypatch.undo()
    bench.data = bench.data / "a" / "b"
    finding = bench.find(disk.data_directory, "data directory")
    assert seen(finding, "is not there yet") is Mark.OK
    assert seen(bench.find(disk.disk_speed), "not measured") is Mark.OK


@pytest.mark.parametrize(
    ("free", "mark", "words"),
    [
        (100.0, Mark.BAD, "nothing is started"),
        (900.0, Mark.WARN, "900 MiB free"),
        (1000.0, Mark.OK, "1,000 MiB free"),
        (None, Mark.BAD, "cannot be told"),
    ],
)
def test_room_on_the_disk(bench, monkeypatch, free, mark, words) -> None:
    """Below the limit it is bad, below five times the limit it is told."""
    bench.limits = {"min_free_disk_mib": 200}
    monkeypatch.setattr(disk, "free_mib", lambda _place: free)
    assert seen(bench.find(disk.data_directory, "disk space"), words) is mark


def test_a_disk_that_takes_no_more_files(bench, monkeypatch) -> None:
    """Free room without free inodes is told."""
    real = os.statvfs(bench.data)
    few = os.statvfs_result((*real[:5], 100_000, 500, 500, *real[8:]))
    monkeypatch.setattr(os, "statvfs", lambda _place: few)
    finding = bench.find(disk.data_directory, "disk space")
    assert seen(finding, "500 more files") is Mark.WARN


def test_the_room_in_memory(bench, monkeypatch, tmp_path) -> None:
    """Shared memory, else the log-in's own; little room and no room are told."""
    assert seen(bench.find(disk.memory_room), "dev/shm has") is Mark.OK
    (bench.system / "dev/shm").rmdir()
    assert seen(bench.find(disk.memory_room), "mount /dev/shm") is Mark.WARN
    bench.env["XDG_RUNTIME_DIR"] = str(tmp_path)
    assert seen(bench.find(disk.memory_room), f"{tmp_path} has") is Mark.OK
    monkeypatch.setattr(disk, "free_mib", lambda _place: 63.0)
    assert seen(bench.find(disk.memory_room), "63 MiB free only") is Mark.WARN


@pytest.mark.parametrize(
    ("kind", "options", "mark", "words"),
    [
        ("ext4", "rw,noatime", Mark.OK, "ext4 at /"),
        ("btrfs", "rw", Mark.OK, "btrfs at /"),
        ("ext4", "ro,noatime", Mark.BAD, "read-only"),
        ("nfs4", "rw", Mark.BAD, "WAL"),
        ("cifs", "rw", Mark.BAD, "network"),
        ("fuse.sshfs", "rw", Mark.BAD, "network"),
        ("vfat", "rw", Mark.WARN, "no sockets"),
        ("overlay", "rw", Mark.WARN, "may be gone"),
        ("tmpfs", "rw", Mark.WARN, "gone at the next start"),
    ],
)
def test_the_file_system_of_the_data_directory(bench, kind, options, mark, words) -> None:
    """Network and read-only ones are bad, passing and plain ones are told."""
    (bench.system / "proc/self").mkdir(parents=True)
    point = str(bench.data.parent)
    (bench.system / "proc/self/mountinfo").write_text(
        f"1 0 8:1 / / rw - xfs /dev/root rw\n2 1 8:2 / {point} {options} shared:1 - {kind} x rw\n"
    )
    assert seen(bench.find(disk.file_system), words) is mark


def test_the_mount_that_counts_is_the_nearest_and_the_last() -> None:
    """Longest mount point first, the later of two at one point, names with blanks, whole names."""
    info = (
        "1 0 8:1 / / rw - ext4 /dev/root rw\n"
        "2 1 8:2 / /srv/my\\040disk rw - xfs /dev/a rw\n"
        "3 1 8:3 / /srv/my\\040disk rw - btrfs /dev/b rw,ro\n"
        "4 1 8:4 / /srv/my rw - nfs host:/x rw\n"
        "broken line\n - \n"
    )
    assert disk.mount_of("/srv/my disk/data", info) == disk.Mount(
        "/srv/my disk", "btrfs", frozenset({"rw", "ro"})
    )
    for path, kind in (("/srv/mystery", "ext4"), ("/", "ext4"), ("/srv/my/x", "nfs")):
        mount = disk.mount_of(path, info)
        assert mount is not None
        assert mount.kind == kind
    assert disk.mount_of("/x", "") is None


@pytest.mark.parametrize(
    ("ms", "mark", "words"),
    [
        (0.2, Mark.OK, "fast"),
        (12.0, Mark.OK, "usual for an SD card"),
        (40.0, Mark.WARN, "slow even for an SD card"),
        (200.0, Mark.WARN, "will lag"),
    ],
)
def test_the_speed_of_the_disk_is_judged(bench, monkeypatch, ms, mark, words) -> None:
    """The median decides; the worst is told."""
    monkeypatch.setattr(disk, "fsync_ms", lambda _folder: [ms, ms, 900.0])
    finding = bench.find(disk.disk_speed)
    assert seen(finding, words, f"{ms:.1f} ms, at worst 900.0 ms") is mark


def test_the_speed_is_measured_and_leaves_nothing(bench) -> None:
    """At most twenty fsyncs, and no file stays."""
    times = disk.fsync_ms(bench.data)
    assert 1 <= len(times) <= 20
    assert all(ms >= 0 for ms in times)
    assert list(bench.data.iterdir()) == []


def test_a_slow_disk_is_measured_for_two_seconds(bench, monkeypatch) -> None:
    """With half a second for each fsync there are four."""
    now = {"s": 0.0}
    monkeypatch.setattr(os, "fsync", lambda _fd: now.update(s=now["s"] + 0.5))
    assert disk.fsync_ms(bench.data, lambda: now["s"]) == [500.0] * 4


def test_a_disk_that_refuses_is_bad(bench, monkeypatch) -> None:
    """An I/O error at writing through is a finding."""

    def refuse(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    assert seen(bench.find(disk.disk_speed), "Input/output error") is Mark.BAD


# ------------------------------------------------------------------ the log-in


@pytest.mark.parametrize(
    ("env", "mark", "words"),
    [
        ({"LANG": "de_DE.UTF-8"}, Mark.OK, "de_DE.UTF-8"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, Mark.WARN, "C is not UTF-8"),
        ({"LC_CTYPE": "C.utf8", "LANG": "C"}, Mark.OK, "C.utf8"),
        ({}, Mark.WARN, "none is not UTF-8"),
    ],
)
def test_the_locale(bench, env, mark, words) -> None:
    """LC_ALL wins over LC_CTYPE, that over LANG."""
    bench.env = env
    assert seen(bench.find(session.locale), words) is mark


@pytest.mark.parametrize(
    ("env", "mark", "words"),
    [
        ({}, Mark.WARN, "not set"),
        ({"TERM": "dumb"}, Mark.WARN, "ssh -t"),
        ({"TERM": "linux"}, Mark.OK, "16 colours"),
        ({"TERM": "xterm-256color"}, Mark.OK, "256 colours"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Mark.OK, "16 million"),
        ({"TERM": "xterm", "NO_COLOR": ""}, Mark.OK, "NO_COLOR"),
    ],
)
def test_the_terminal(bench, env, mark, words) -> None:
    """What it is and how many colours it shows."""
    bench.env = env
    assert seen(bench.find(session.terminal), words) is mark


@pytest.mark.parametrize(
    ("options", "mark", "words"),
    [
        ({"set-clipboard": "external", "allow-passthrough": "off"}, Mark.WARN, "is external"),
        ({"set-clipboard": "on"}, Mark.OK, "reaches"),
        ({"set-clipboard": "external", "allow-passthrough": "on"}, Mark.OK, "reaches"),
        ({}, Mark.OK, "does not tell"),
    ],
)
def test_tmux(bench, options, mark, words) -> None:
    """OSC 52 passes with set-clipboard on or with passthrough."""
    assert list(session.tmux(bench.world())) == []
    bench.env["TMUX"] = "/tmp/tmux-0/default,1,0"  # noqa: S108
    bench.answers = options
    assert seen(bench.find(session.tmux), words) is mark


@pytest.mark.parametrize(
    ("kills", "mark", "words"),
    [
        ("b true", Mark.WARN, "KillUserProcesses=yes"),
        ("b false", Mark.OK, "goes on"),
        (None, Mark.WARN, "cannot be told"),
    ],
)
def test_what_is_left_after_a_log_out(bench, monkeypatch, kills, mark, words) -> None:
    """Without lingering logind's setting decides; the mend names the user."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert seen(bench.find(session.log_out), "nothing ends") is Mark.OK
    (bench.system / "run/systemd/system").mkdir(parents=True)
    bench.answers = {"KillUserProcesses": kills}
    assert seen(bench.find(session.log_out), words, "enable-linger 4000000") is mark
    (bench.system / "var/lib/systemd/linger").mkdir(parents=True)
    (bench.system / "var/lib/systemd/linger/4000000").touch()
    assert seen(bench.find(session.log_out), "lingers") is Mark.OK


def test_other_programs_that_fail_or_hang_answer_nothing(monkeypatch) -> None:
    """A missing program, a failing one and one that does not end are no answer."""
    assert answer(["echo", "a"]) == "a"
    assert answer(["false"]) is None
    assert answer(["soniq-no-such-program"]) is None
    monkeypatch.setattr("soniq_tui.host.doctor.findings.COMMAND_S", 0.05)
    assert answer(["sleep", "20"]) is None
