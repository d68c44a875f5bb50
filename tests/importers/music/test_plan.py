"""Planning a scan: what may be scanned, and the first look."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.music import importer, store
from soniq_tui.importers.music import plan as planning
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.words import Root, ScanOptions
from tests.importers.music.library import many, root_of, scan, tree


def roots(*paths: object) -> list[str]:
    plan = planning.plan(ScanOptions(paths=tuple(map(str, paths))), Path("/nowhere"))
    return [job.key for job in plan.jobs]


def test_one_job_per_root(tmp_path: Path) -> None:
    """Each folder becomes one discovery without items, with its real path and all options."""
    tree(tmp_path, "a/1.mp3", "b/2.mp3")
    (tmp_path / "link").symlink_to("b")
    options = ScanOptions(paths=(f"{tmp_path}/a/", f"{tmp_path}/link"), force=True)
    plan = planning.plan(options, tmp_path)
    assert plan.label == f"{tmp_path}/a, {tmp_path}/b"
    assert [(j.key, j.label, j.stage, j.items) for j in plan.jobs] == [
        (f"{tmp_path}/{x}", f"{tmp_path}/{x}", "discover", 0) for x in "ab"
    ]
    root = msgspec.msgpack.decode(plan.jobs[1].payload, type=Root)
    assert root.path == os.fsencode(tmp_path / "b")
    assert root.options.force
    assert not root.options.paths
    linked = planning.plan(msgspec.structs.replace(options, follow_symlinks=True), tmp_path)
    root = msgspec.msgpack.decode(linked.jobs[1].payload, type=Root)
    assert root.options.paths == (f"{tmp_path}/a", f"{tmp_path}/b")


def test_thousands_of_folders(tmp_path: Path) -> None:
    """However many folders are given, a job carries its own; links among so many are refused."""
    names = [f"{n:04} {'x' * 100}" for n in range(1000)]
    tree(tmp_path, *(f"{name}/" for name in names))
    options = ScanOptions(paths=tuple(f"{tmp_path}/{name}" for name in names))
    plan = planning.plan(options, tmp_path)
    assert len(plan.jobs) == 1000
    assert max(len(job.payload) for job in plan.jobs) < 1000
    with pytest.raises(UsageError, match="more folders and globs than one scan can follow"):
        planning.plan(msgspec.structs.replace(options, follow_symlinks=True), tmp_path)


def test_label_of_many(tmp_path: Path) -> None:
    """More than two folders are called by their number."""
    tree(tmp_path, "a/", "b/", "c/")
    options = ScanOptions(paths=tuple(f"{tmp_path}/{x}" for x in "abc"))
    assert planning.plan(options, tmp_path).label == "3 folders"


def test_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde stands for the home folder."""
    tree(tmp_path, "Music/")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert roots("~/Music") == [f"{tmp_path}/Music"]


def test_inside_another(tmp_path: Path) -> None:
    """A folder given twice, or inside another, is scanned once; a sibling is another."""
    tree(tmp_path, "a/b/", "ab/")
    assert roots(tmp_path / "a/b", tmp_path / "a", tmp_path / "ab", tmp_path / "a") == [
        f"{tmp_path}/a",
        f"{tmp_path}/ab",
    ]


def test_refusals(tmp_path: Path) -> None:
    """What cannot be scanned is refused in one line that names it."""
    tree(tmp_path, "dir/a.mp3")
    for path, said in (
        (f"{tmp_path}/x", f"{tmp_path}/x does not exist"),
        (
            f"{tmp_path}/dir/a.mp3",
            f"{tmp_path}/dir/a.mp3 is a file; scan its folder: {tmp_path}/dir",
        ),
        ("/proc", "/proc belongs to the system; scan the folder that holds your music"),
        ("", "no folder given; name the folder that holds your music"),
    ):
        with pytest.raises(UsageError) as caught:
            roots(path)
        assert str(caught.value) == said
    with pytest.raises(UsageError, match="no folder given"):
        roots()
    with pytest.raises(UsageError, match="limit"):
        planning.plan(ScanOptions(paths=(str(tmp_path),), limit=0), tmp_path)


def test_a_folder_that_is_gone_for_good(data: Path, music: Path) -> None:
    """With --force its files are found to be gone, where the library has any."""
    root = tree(music, "a/1.mp3", "a/2.mp3", "b/3.mp3")
    scan(data, root_of(root))
    (music / "b").rename(music.parent / "b")
    shutil.rmtree(music)
    options = ScanOptions(paths=(str(music),))
    with pytest.raises(UsageError, match=r"gone for good, a scan with --force says so"):
        planning.plan(options, data)
    forced = msgspec.structs.replace(options, force=True)
    with pytest.raises(UsageError, match=r"does not exist$"):
        planning.plan(forced, data / "other")
    with pytest.raises(UsageError, match=r"does not exist;"):
        planning.plan(msgspec.structs.replace(forced, watch=True), data)
    assert planning.preview(forced, data).text == f"no audio files under {music}"
    (job,) = planning.plan(forced, data).jobs
    ctx, _ = scan(data, msgspec.msgpack.decode(job.payload, type=Root))
    assert not ctx.failed
    assert all(row[4] for row in store.known(data, root).values())
    with pytest.raises(UsageError, match=r"does not exist$"):
        planning.plan(options, data)


def test_a_folder_that_is_back_before_it_is_looked_for(
    data: Path, music: Path, forbidden: set[bytes]
) -> None:
    """Then nothing of it is gone, and what cannot be read of it is told."""
    root = tree(music, "a/1.mp3", "b/2.mp3")
    scan(data, root_of(root))
    forbidden.add(root + b"/b")
    ctx, _ = scan(data, msgspec.structs.replace(root_of(root, force=True), gone=True))
    assert len(ctx.failed) == 1
    assert not any(row[4] for row in store.known(data, root).values())


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be read is refused (permissions do not stop root)."""

    def scandir(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(planning.os, "scandir", scandir)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        roots(tmp_path)


def test_name_that_is_no_text(tmp_path: Path) -> None:
    """A root whose name is not UTF-8 is refused, for options are text."""
    tree(tmp_path, b"caf\xe9/a.mp3")
    with pytest.raises(UsageError, match=r"caf\\xe9 is not UTF-8; scan the folder above"):
        roots(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/proc",
        "/proc/1",
        "/sys/class",
        "/dev",
        "/dev/mapper",
        "/run",
        "/run/lock",
        "/etc",
        "/etc/x",
        "/usr",
        "/usr/lib",
        "/usr/local",
        "/usr/share",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
        "/boot",
        "/boot/efi",
        "/var",
        "/var/lib",
        "/run/media",
    ],
)
def test_system_folders(path: str) -> None:
    """The system's own folders are refused."""
    assert planning.is_system(path)


@pytest.mark.parametrize(
    "path",
    [
        "/home",
        "/home/x",
        "/srv",
        "/srv/music",
        "/mnt",
        "/mnt/nas",
        "/media/x",
        "/opt/music",
        "/root",
        "/var/tmp/x",  # noqa: S108  a name to look at, nothing is written
        "/var/lib/music",
        "/var/music",
        "/usr/local/music",
        "/usr/share/sounds",
        "/run/media/x/DISK",
        "/run/user/1000/gvfs/smb",
        "/data",
        "/library",
        "/etcetera",
        "/users",
        "/boots",
    ],
)
def test_places_for_music(path: str) -> None:
    """Folders where people keep music are not."""
    assert not planning.is_system(path)


def look(*paths: object) -> tuple[bool, str]:
    preview = planning.preview(ScanOptions(paths=tuple(map(str, paths))), Path("/nowhere"))
    return preview.ok, preview.text


def test_preview(tmp_path: Path) -> None:
    """A preview counts files and their folders, or says why there is nothing to scan."""
    tree(tmp_path, *many(1204, 96), "one/", "two/1.mp3")
    assert look(tmp_path) == (True, "1,205 audio files in 97 folders")
    assert look(tmp_path / "two") == (True, "1 audio file in 1 folder")
    assert look(tmp_path / "one") == (True, f"no audio files under {tmp_path}/one")
    assert look(tmp_path / "x") == (False, f"{tmp_path}/x does not exist")


def test_a_folder_without_music_is_a_likely_slip(tmp_path: Path) -> None:
    """It may be scanned all the same."""
    tree(tmp_path, "one/", "two/1.mp3")
    of = {name: ScanOptions(paths=(str(tmp_path / name),)) for name in ("one", "two")}
    seen = {name: planning.preview(options, tmp_path) for name, options in of.items()}
    assert {name: (each.ok, each.doubt) for name, each in seen.items()} == {
        "one": (True, True),
        "two": (True, False),
    }


def test_preview_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview of a large library ends after its time and says so."""
    tree(tmp_path, *many(30, 3))
    seconds = iter([0.0, 1.0, 2.0, 3.0])
    monkeypatch.setattr(planning.time, "monotonic", lambda: next(seconds))
    assert look(tmp_path) == (True, "20 audio files, 300 bytes in the first 3 s")


def test_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch is a job of its own for each folder; label and preview say how changes are known."""
    tree(tmp_path, "a/1.mp3", "b/1.mp3")
    paths = (f"{tmp_path}/a", f"{tmp_path}/b")
    options = ScanOptions(paths=paths, watch=True)
    plan = planning.plan(options, tmp_path)
    assert plan.label == f"{tmp_path}/a, {tmp_path}/b (watched)"
    assert [job.stage for job in plan.jobs] == ["watch", "watch"]
    assert planning.preview(options, tmp_path).text == "2 audio files in 2 folders; then watched"
    monkeypatch.setattr(disks, "notifies", lambda path: path.endswith(b"/a"))
    monkeypatch.setattr(disks, "kind", lambda _: "nfs4")
    said = "looked through every 10 minutes: nfs4 does not tell of changes"
    assert planning.plan(options, tmp_path).label.endswith(f" ({said})")
    assert planning.preview(options, tmp_path).text.endswith(f"; then {said}")
    with pytest.raises(UsageError, match="limit"):
        planning.plan(ScanOptions(paths=paths, watch=True, limit=3), tmp_path)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234_567, "1.2 MB"),
        (12_345_678_901, "12 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    """Sizes are told in decimal units with at most one digit after the point."""
    assert planning._size(size) == text


def test_importer() -> None:
    """The importer's stages fit together, and its form knows a path, a number and flags."""
    assert [(s.name, s.queue) for s in importer.stages] == [
        ("discover", "scan"),
        ("watch", "watch"),
        ("extract", "extract"),
        ("group", "batch"),
        ("insert", "insert"),
        ("close", "insert"),
        ("look", "covers"),
        ("keep", "insert"),
    ]
    own = [f for f in importer.form().fields if f.group != "common" or f.name == "limit"]
    assert {f.name: f.kind for f in own} == {
        "paths": "paths",
        "force": "flag",
        "limit": "int",
        "include": "list",
        "exclude": "list",
        "follow_symlinks": "flag",
        "covers": "flag",
        "watch": "flag",
    }


def test_light() -> None:
    """Importing the importer brings in no tag library and no client of any network."""
    code = "import sys, soniq_tui.importers.music; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"mutagen", "asyncio", "socket", "ssl", "aiohttp"} & set(done.stdout.split())
