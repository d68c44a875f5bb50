"""What lies below a path, by the files in which the kernel says it."""

import os
from pathlib import Path

import pytest

from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.words import FileRef

MOUNTS = r"""22 27 0:21 / /proc rw,nosuid - proc proc rw
27 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
40 27 0:40 / /mnt/nas rw,relatime shared:9 master:1 - nfs4 nas:/music rw,vers=4.2
41 27 0:41 / /mnt/my\040disk rw - exfat /dev/sda1 rw
42 27 0:42 / /mnt/win rw - cifs //win/music rw,serverino
43 27 0:43 / /mnt/old rw - cifs //old/music rw
44 27 0:44 / /home/x/ssh rw - fuse.sshfs x@y:/m rw
45 27 8:17 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw
46 27 0:46 /@music /srv/btrfs rw - btrfs /dev/sdc1 rw
47 40 8:33 / /mnt/nas/local rw - ext4 /dev/sdc1 rw
48 27 0:48 / /over rw - overlay overlay rw
49 27 0:49 / /hidden rw - nfs nas:/x rw
50 49 8:33 / /hidden rw - ext4 /dev/sdc1 rw
51 40 0:51 / /mnt/nas/auto rw - autofs systemd-1 rw
52 51 8:49 / /mnt/nas/auto rw - ext4 /dev/sdd1 rw
53 52 8:65 / /mnt/nas/auto/a rw - ext4 /dev/sde1 rw
a line that is none
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTS)
    return tmp_path / "proc"


@pytest.mark.parametrize(
    ("root", "below"),
    [
        (b"/mnt/nas", {b"/mnt/nas/local"}),
        (b"/mnt/nas/local", set()),
        (b"/mnt/na", set()),
        (b"/mnt/my", set()),
    ],
)
def test_what_is_mounted_below_a_folder(proc: Path, root: bytes, below: set[bytes]) -> None:
    """Each with its device: another one may be there. What comes when it is looked at is none."""
    found = disks.below(root, proc)
    assert {point for point, _ in found} == below
    assert all(device for _, device in found)


@pytest.mark.parametrize(
    ("path", "kind", "notifies", "lasting"),
    [
        (b"/srv/music", "ext4", True, True),
        (b"/mnt/nas", "nfs4", False, True),
        (b"/mnt/nas/a/b", "nfs4", False, True),
        (b"/mnt/nasty", "ext4", True, True),
        (b"/mnt/nas/local/a", "ext4", True, True),
        (b"/mnt/my disk/a", "exfat", True, False),
        (b"/mnt/win/a", "cifs", False, True),
        (b"/mnt/old/a", "cifs", False, False),
        (b"/home/x/ssh/a", "fuse.sshfs", False, False),
        (b"/mnt/ntfs/a", "fuseblk", True, False),
        (b"/srv/btrfs/a", "btrfs", True, True),
        (b"/over/a", "overlay", True, True),
        (b"/hidden/a", "ext4", True, True),
    ],
)
def test_mounts(proc: Path, path: bytes, kind: str, *, notifies: bool, lasting: bool) -> None:
    """A path is on the mount that is nearest and latest; its kind says what to expect of it."""
    assert disks.kind(path, proc) == kind
    assert disks.notifies(path, proc) is notifies
    assert disks.lasting_inodes(path, proc) is lasting


def test_nobody_says(tmp_path: Path) -> None:
    """Without the kernel's word a path is on an ordinary disk."""
    assert disks.kind(b"/x", tmp_path) == ""
    assert disks.notifies(b"/x", tmp_path)
    assert disks.lasting_inodes(b"/x", tmp_path)
    assert not disks.rotating(os.makedev(8, 1), tmp_path, tmp_path)


def device(sys: Path, number: str, name: str, part: str = "", turns: str = "") -> None:
    """Make a block device, or a partition of one, as sysfs shows it."""
    folder = sys / "devices" / name / part
    folder.mkdir(parents=True, exist_ok=True)
    if turns:
        (sys / "devices" / name / "queue").mkdir()
        (sys / "devices" / name / "queue/rotational").write_text(f"{turns}\n")
    (sys / "dev/block").mkdir(parents=True, exist_ok=True)
    (sys / "dev/block" / number).symlink_to(folder)


def test_rotating(tmp_path: Path) -> None:
    """Partitions turn as their disks do, volumes as what they are made from."""
    sys = tmp_path / "sys"
    device(sys, "8:0", "sda", turns="1")
    device(sys, "8:1", "sda", "sda1")
    device(sys, "179:0", "mmcblk0", turns="0")
    device(sys, "179:2", "mmcblk0", "mmcblk0p2")
    device(sys, "252:0", "virtio1/block/vda", turns="1")
    device(sys, "254:0", "dm-0", turns="0")
    device(sys, "254:1", "dm-1", turns="0")
    for volume, below in (("dm-0", "dm-1"), ("dm-1", "sda/sda1")):
        (sys / "devices" / volume / "slaves").mkdir()
        (sys / "devices" / volume / "slaves" / below.rpartition("/")[2]).symlink_to(
            sys / "devices" / below
        )
    turning = {
        (major, minor): disks.rotating(os.makedev(major, minor), sys, tmp_path)
        for major, minor in (
            (8, 0),
            (8, 1),
            (179, 0),
            (179, 2),
            (252, 0),
            (254, 0),
            (254, 1),
            (9, 9),
        )
    }
    assert [number for number, turns in turning.items() if turns] == [
        *((8, 0), (8, 1), (254, 0), (254, 1)),
    ]


def test_rotating_without_a_device(tmp_path: Path, proc: Path) -> None:
    """A file system with a number of no device is asked for by what is mounted."""
    assert not disks.rotating(os.makedev(0, 40), tmp_path, proc)
    assert not disks.rotating(os.makedev(0, 46), tmp_path, proc)


def test_reading_order() -> None:
    """On a disk that turns files are read in the order of their inodes."""
    files = [FileRef(b"%d" % n, 1, 1, 1, inode, 1) for n, inode in enumerate((7, 3, 5))]
    assert disks.reading_order(files, turns=True) == [1, 2, 0]
    assert disks.reading_order(files, turns=False) == [0, 1, 2]
    assert disks.reading_order([], turns=True) == []


def test_mounting_is_told_once(tmp_path: Path) -> None:
    """Nothing has right after it was asked, and nothing ever where the kernel does not say."""
    for proc in (Path("/proc"), tmp_path):
        mounting = disks.Mounting(proc)
        mounting.changed()
        assert not mounting.changed()
        mounting.close()
        assert not mounting.changed()
