"""What the machine has, what it suffers from, and what the engine takes of it.

Everything is read below a root folder, so that heat, undervoltage and want of memory can be played
with files. What cannot be read, or cannot be true, is None: a machine without a sensor is a healthy
machine. A sample of an engine with four children takes some 0.3 ms.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

MIB = 1024 * 1024
KIB_PER_MIB = 1024
FILE_BYTES = 8192
"""No file that is read here is longer; ``meminfo`` has some 1.5 KiB."""
SENSORS_MOST = 32
COLDEST_C, HOTTEST_C = -40.0, 150.0
"""Beyond, a sensor is broken: 0 K and 255 °C are usual words for "no figure"."""

# Documentation/accounting/psi.rst in the kernel's sources.
_PSI = re.compile(rb"^(some|full) avg10=(\d{1,3}\.\d{1,3}) ", re.MULTILINE)
_MEMORY = re.compile(rb"^(MemTotal|MemAvailable):\s+(\d{1,12}) kB$", re.MULTILINE)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_IDLE = slice(3, 5)
LEAST_TICKS = 25
"""Of all cores together; in less time what the processor did is no measure."""
_NUMBER = re.compile(rb"(-?\d{1,9})\s*\Z")
_HEX = re.compile(rb"(?:0x)?([0-9a-fA-F]{1,8})\s*\Z")

UNDERVOLTAGE, CAPPED, THROTTLED, SOFT_LIMIT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
"""Bits of the Raspberry Pi firmware's ``get_throttled``, as they are now (raspberrypi.com,
documentation/computers/os.html#get_throttled)."""
EARLIER = 16
"""Shifted up by so many bits the same stand for: at some time since the start."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at one moment; None where it does not tell."""

    memory_total_mib: float | None = None
    memory_available_mib: float | None = None
    psi_memory_some: float | None = None
    """Per cent of the last 10 s in which some process waited for memory."""
    psi_memory_full: float | None = None
    """Per cent of the last 10 s in which all of them did."""
    temperature_c: float | None = None
    """Of the hottest sensor."""
    power_bits: int | None = None
    """``get_throttled`` as the firmware gives it."""
    undervoltage: bool | None = None
    throttled: bool | None = None
    """Slowed down by the firmware, or kept at its soft temperature limit."""
    disk_free_mib: float | None = None
    """Free on the disk of the data directory, for us."""


class Load:
    """Figures of the machine and of our processes.

    Args:
        root: where ``proc`` and ``sys`` lie.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.name = os.uname().nodename
        self.pid = os.getpid()
        self.cpu_percent: float | None = None
        """None until it was measured for a while; see :meth:`rest`."""
        self.rss_mib = 0.0
        self.peak_rss_mib = 0.0
        self.reading = read(root)
        self._root = root
        self._data_dir: Path | None = None
        self._ticks = _ticks()  # the first figure is since now

    def watch_disk(self, data_dir: Path) -> None:
        """Let ``reading`` tell from now on how much is free on the disk of ``data_dir``."""
        self._data_dir = data_dir

    def sample(self, pids: Iterable[int]) -> None:
        """Measure the machine, and this process with the given children."""
        before, now = self._ticks, _ticks()
        if before is None or now is None or now[1] - before[1] >= LEAST_TICKS:
            self.cpu_percent, self._ticks = _share(before, now), now
        self.rss_mib = sum(_rss_bytes(pid) for pid in (self.pid, *pids)) / MIB
        self.peak_rss_mib = max(self.peak_rss_mib, self.rss_mib)
        self.reading = read(self._root, self._data_dir)

    def rest(self) -> None:
        """Forget what the processor did: it says nothing of the work that comes next."""
        self.cpu_percent = self._ticks = None


def read(root: Path, data_dir: Path | None = None) -> Reading:
    """Return the machine as it is now; never raises."""
    memory = _memory(root)
    pressure = _pressure(root / "proc/pressure/memory")
    bits = power_bits(root)
    alarm = _alarm(root)
    undervoltage = alarm if bits is None else bool(bits & UNDERVOLTAGE) or bool(alarm)
    return Reading(
        memory_total_mib=memory.get(b"MemTotal"),
        memory_available_mib=memory.get(b"MemAvailable"),
        psi_memory_some=pressure.get(b"some"),
        psi_memory_full=pressure.get(b"full"),
        temperature_c=_temperature(root),
        power_bits=bits,
        undervoltage=undervoltage,
        throttled=None if bits is None else bool(bits & (THROTTLED | SOFT_LIMIT)),
        disk_free_mib=None if data_dir is None else free_mib(data_dir),
    )


def _ticks() -> tuple[int, int] | None:
    """Return how long all cores have worked since the start, and how long they could have.

    In clock ticks: proc_stat(5), whose first line has user, nice, system, idle, iowait, irq,
    softirq, steal, and then times of guests that are counted among user and nice already.
    """
    name, *fields = content(Path("/proc/stat")).partition(b"\n")[0].split()[:9] or [b""]
    if name != b"cpu" or len(fields) < _IDLE.stop or not all(map(bytes.isdigit, fields)):
        return None
    times = [int(field) for field in fields]
    total = sum(times)
    return total - sum(times[_IDLE]), total


def _share(before: tuple[int, int] | None, now: tuple[int, int] | None) -> float | None:
    """Return per cent of what all cores could have worked between two moments."""
    if before is None or now is None:
        return None
    worked, could = now[0] - before[0], now[1] - before[1]
    return min(100.0, max(0.0, 100.0 * worked / could)) if could > 0 else None


def _rss_bytes(pid: int) -> int:
    """Return how much memory a process has now (proc_pid_statm(5)); 0 when it has ended."""
    pages = content(Path(f"/proc/{pid}/statm")).split()[1:2]
    return int(pages[0]) * _PAGE_BYTES if pages else 0


def free_mib(folder: Path) -> float | None:
    """Return how much is free for us on the disk of ``folder``; None when that cannot be told."""
    try:
        disk = os.statvfs(folder)
    except (OSError, ValueError):
        return None
    return disk.f_bavail * disk.f_frsize / MIB


def content(path: Path) -> bytes:
    """Return the first bytes of a file of the kernel; nothing when it cannot be read."""
    try:
        # Not blocking: a pipe without a writer would hold up the event loop.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(fd, FILE_BYTES)
    except OSError:
        return b""  # pressure files of a kernel that does not account it
    finally:
        os.close(fd)


def power_bits(root: Path) -> int | None:
    """Return the firmware's ``get_throttled``; hexadecimal, with or without ``0x``."""
    # The Raspberry Pi 5 calls its "soc" by its address: soc@107c000000.
    for soc in _entries(root / "sys/devices/platform", "soc"):
        for firmware in (soc / "soc:firmware", soc / f"{soc.name}:firmware"):
            if match := _HEX.match(content(firmware / "get_throttled")):
                return int(match[1], 16)
    return None


def _memory(root: Path) -> dict[bytes, float]:
    found = _MEMORY.findall(content(root / "proc/meminfo"))
    return {name: int(kib) / KIB_PER_MIB for name, kib in found}


def _pressure(path: Path) -> dict[bytes, float]:
    shares = {name: float(share) for name, share in _PSI.findall(content(path))}
    return {name: share for name, share in shares.items() if share <= 100.0}  # noqa: PLR2004  %


def _temperature(root: Path) -> float | None:
    hottest = None
    for zone in _entries(root / "sys/class/thermal", "thermal_zone"):
        match = _NUMBER.match(content(zone / "temp"))
        celsius = int(match[1]) / 1000 if match else HOTTEST_C
        if COLDEST_C < celsius < HOTTEST_C and (hottest is None or celsius > hottest):
            hottest = celsius
    return hottest


def _alarm(root: Path) -> bool | None:
    """Return what ``raspberrypi-hwmon`` says: was the voltage low in the last two seconds?"""
    for chip in _entries(root / "sys/class/hwmon", "hwmon"):
        if content(chip / "name").strip() == b"rpi_volt":
            match = _NUMBER.match(content(chip / "in0_lcrit_alarm"))
            return int(match[1]) == 1 if match else None
    return None


def _entries(folder: Path, prefix: str) -> list[Path]:
    try:
        with os.scandir(folder) as listed:
            names = [entry.name for entry in listed if entry.name.startswith(prefix)]
    except (OSError, ValueError):
        return []
    return [folder / name for name in sorted(names)[:SENSORS_MOST]]
