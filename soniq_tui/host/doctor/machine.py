"""The machine: what its kernel accounts, its limits, heat, power and clock."""

import os
import resource
import time
from collections.abc import Iterator

from soniq_tui.engine import load
from soniq_tui.engine.load import CAPPED, EARLIER, SOFT_LIMIT, THROTTLED, UNDERVOLTAGE
from soniq_tui.host.doctor.findings import Finding, Probe, World, bad, ok, text, warn

CMDLINE = "the one line of /boot/firmware/cmdline.txt"
FILES_FEW, FILES_TOO_FEW = 512, 64
PROCESSES_FEW = 64
BUILT_AT_S = 1_704_067_200.0
"""The first of January 2024: no clock that is right shows an earlier time."""
_POWER = {
    UNDERVOLTAGE: "undervoltage",
    CAPPED: "clock rate capped",
    THROTTLED: "throttled",
    SOFT_LIMIT: "at the soft temperature limit",
}


def pressure(world: World) -> Iterator[Finding]:
    """Whether the kernel accounts pressure (PSI)."""
    reading = load.read(world.root)
    if reading.psi_memory_some is not None:
        some = reading.psi_memory_some
        yield ok(
            "pressure", f"the kernel tells it; {some:.0f} % of the last 10 s waited for memory"
        )
    elif "psi=1" in text(world.root / "proc/cmdline").split():
        yield warn("pressure", "this kernel does not account it; free memory alone is watched")
    else:
        yield warn(
            "pressure",
            "the kernel does not account it; free memory alone is watched",
            f"add psi=1 to {CMDLINE} and restart",
        )


def memory(world: World) -> Iterator[Finding]:
    """How much memory there is."""
    reading = load.read(world.root)
    available, needed = reading.memory_available_mib, world.settings.engine.min_free_memory_mib
    if available is None:
        yield warn("memory", "what is free cannot be read; slots are used as configured")
    elif available < needed:
        yield warn(
            "memory",
            f"{available:,.0f} MiB available, {needed:,} are to stay free: no slot is added",
            "end other programs, or lower engine.min_free_memory_mib",
        )
    else:
        yield ok(
            "memory", f"{available:,.0f} of {reading.memory_total_mib or 0:,.0f} MiB available"
        )


def cgroup(world: World) -> Iterator[Finding]:
    """Whether memory could be limited by the kernel; nothing of ours needs it."""
    groups = world.root / "sys/fs/cgroup"
    if "memory" in text(world.root / "sys/fs/cgroup/cgroup.controllers").split():
        yield ok("memory cgroup", "there")
    elif (groups / "memory").is_dir():
        yield ok("memory cgroup", "there, of the first version")
    else:
        yield ok(
            "memory cgroup",
            "off, as on Raspberry Pi OS; the engine watches the memory of its children itself",
        )


def processes(world: World) -> Iterator[Finding]:
    """Whether children can be held by descriptor and found with all they started."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError) as exc:
        yield bad(
            "pidfd", f"processes cannot be held by descriptor: {exc}", "use a kernel from 5.3 on"
        )
    else:
        yield ok("pidfd", "there")
    me = f"proc/self/task/{os.getpid()}/children"
    if (world.root / me).exists():
        yield ok("process tree", "the kernel lists children")
    else:
        yield ok(
            "process tree",
            "the kernel does not list children; all of /proc is looked through when one is ended",
        )


def limits(world: World) -> Iterator[Finding]:
    """Whether this user may open enough files and start enough processes."""
    del world
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    count = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    mend = "raise it with 'ulimit -n 1024' or in /etc/security/limits.conf"
    if files == resource.RLIM_INFINITY or files >= FILES_FEW:
        yield ok("open files", f"up to {_limit(files)}")
    elif files >= FILES_TOO_FEW:
        yield warn("open files", f"up to {files} only", mend)
    else:
        yield bad("open files", f"up to {files} only; the engine alone needs some 40", mend)
    if count == resource.RLIM_INFINITY or count >= PROCESSES_FEW:
        yield ok("user processes", f"up to {_limit(count)}")
    else:
        yield warn("user processes", f"up to {count} only", "raise it with 'ulimit -u 1024'")


def _limit(figure: int) -> str:
    return "any number" if figure == resource.RLIM_INFINITY else f"{figure:,}"


def heat(world: World) -> Iterator[Finding]:
    """How hot it is."""
    celsius, engine = load.read(world.root).temperature_c, world.settings.engine
    if celsius is None:
        yield ok("temperature", "no sensor; heat holds nothing back")
    elif celsius > engine.hot_c:
        yield warn(
            "temperature", f"{celsius:.0f} C: slots are given up", "give it a fan or more air"
        )
    elif celsius > engine.warm_c:
        yield warn("temperature", f"{celsius:.0f} C: no slot is added", "give it a fan or more air")
    else:
        yield ok("temperature", f"{celsius:.0f} C; held back from {engine.warm_c:.0f} C")


def power(world: World) -> Iterator[Finding]:
    """What the firmware says of voltage and throttling, now and since the start."""
    reading = load.read(world.root)
    bits = reading.power_bits
    if bits is None and reading.undervoltage is None:
        yield ok("power", "the firmware tells nothing of it, as on most machines")
        return
    now = [word for bit, word in _POWER.items() if (bits or 0) & bit]
    earlier = [word for bit, word in _POWER.items() if (bits or 0) >> EARLIER & bit]
    if reading.undervoltage:
        yield bad(
            "power",
            f"{', '.join(now) or 'undervoltage'} now: cards and disks lose data this way",
            "use the supply and cable made for this board; unplug disks without a supply",
        )
    elif now:
        yield warn("power", f"{', '.join(now)} now", "give it a fan or more air")
    elif earlier:
        mend = "use the supply and cable made for this board" if _low(bits) else ""
        yield warn("power", f"well now; since the start: {', '.join(earlier)}", mend)
    else:
        yield ok("power", "well, now and since the start")


def _low(bits: int | None) -> bool:
    return bool((bits or 0) >> EARLIER & UNDERVOLTAGE)


def clock(world: World) -> Iterator[Finding]:
    """Whether the wall clock can be right; the engine works by another, so only times look odd."""
    day = time.strftime("%Y-%m-%d", time.gmtime(world.now_at_s))
    if world.now_at_s < BUILT_AT_S:
        yield warn(
            "clock",
            f"it says {day}, which is long ago; times in lists will be wrong",
            "set it: sudo timedatectl set-ntp true",
        )
    elif (world.system / "run/systemd/timesync/synchronized").exists():
        yield ok("clock", f"{day}, set over the network")
    else:
        yield ok("clock", f"{day}; whether it is set over the network cannot be told")


PROBES: tuple[Probe, ...] = (
    pressure,
    memory,
    cgroup,
    processes,
    limits,
    heat,
    power,
    clock,
)
