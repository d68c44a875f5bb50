"""The machine: what its kernel accounts, its limits, heat, power and clock."""

import os
import resource
import time
from collections.abc import Iterator

from soniq_tui.engine import load
from soniq_tui.engine.load import CAPPED, EARLIER, SOFT_LIMIT, THROTTLED, UNDERVOLTAGE
from soniq_tui.host.doctor.findings import Finding, Probe, World, bad, ok, text, warn
from soniq_tui.words import _, figure, mark

PRESSURE = mark("pressure")
MEMORY = mark("memory")
CGROUP = mark("memory cgroup")
TREE = mark("process tree")
FILES = mark("open files")
PROCESSES = mark("user processes")
TEMPERATURE = mark("temperature")
POWER = mark("power")
CLOCK = mark("clock")
AIR = mark("give it a fan or more air")
FILES_FEW, FILES_TOO_FEW = 512, 64
PROCESSES_FEW = 64
BUILT_AT_S = 1_704_067_200.0
"""The first of January 2024: no clock that is right shows an earlier time."""
_POWER = {
    UNDERVOLTAGE: mark("undervoltage"),
    CAPPED: mark("clock rate capped"),
    THROTTLED: mark("throttled"),
    SOFT_LIMIT: mark("at the soft temperature limit"),
}


def pressure(world: World) -> Iterator[Finding]:
    """Whether the kernel accounts pressure (PSI)."""
    reading = load.read(world.root)
    if reading.psi_memory_some is not None:
        fact = _("the kernel tells it; {share} % of the last 10 s waited for memory")
        yield ok(PRESSURE, fact.format(share=f"{reading.psi_memory_some:.0f}"))
    elif "psi=1" in text(world.root / "proc/cmdline").split():
        fact = _("this kernel does not account it; free memory alone is watched")
        yield warn(PRESSURE, fact)
    else:
        yield warn(
            PRESSURE,
            _("the kernel does not account it; free memory alone is watched"),
            _("add psi=1 to the one line of /boot/firmware/cmdline.txt and restart"),
        )


def memory(world: World) -> Iterator[Finding]:
    """How much memory there is."""
    reading = load.read(world.root)
    available, needed = reading.memory_available_mib, world.settings.engine.min_free_memory_mib
    if available is None:
        yield warn(MEMORY, _("what is free cannot be read; slots are used as configured"))
    elif available < needed:
        fact = _("{mib} MiB available, {needed} are to stay free: no slot is added")
        yield warn(
            MEMORY,
            fact.format(mib=figure(available), needed=figure(needed)),
            _("end other programs, or lower engine.min_free_memory_mib"),
        )
    else:
        fact = _("{mib} of {total} MiB available")
        total = figure(reading.memory_total_mib or 0)
        yield ok(MEMORY, fact.format(mib=figure(available), total=total))


def cgroup(world: World) -> Iterator[Finding]:
    """Whether memory could be limited by the kernel; nothing of ours needs it."""
    groups = world.root / "sys/fs/cgroup"
    if "memory" in text(world.root / "sys/fs/cgroup/cgroup.controllers").split():
        yield ok(CGROUP, _("there"))
    elif (groups / "memory").is_dir():
        yield ok(CGROUP, _("there, of the first version"))
    else:
        yield ok(
            CGROUP,
            _("off, as on Raspberry Pi OS; the engine watches the memory of its children itself"),
        )


def processes(world: World) -> Iterator[Finding]:
    """Whether children can be held by descriptor and found with all they started."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError) as exc:
        fact = _("processes cannot be held by descriptor: {why}").format(why=exc)
        yield bad("pidfd", fact, _("use a kernel from 5.3 on"))
    else:
        yield ok("pidfd", _("there"))
    me = f"proc/self/task/{os.getpid()}/children"
    if (world.root / me).exists():
        yield ok(TREE, _("the kernel lists children"))
    else:
        fact = _(
            "the kernel does not list children; all of /proc is looked through when one is ended"
        )
        yield ok(TREE, fact)


def limits(world: World) -> Iterator[Finding]:
    """Whether this user may open enough files and start enough processes."""
    del world
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    count = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    mend = _("raise it with 'ulimit -n 1024' or in /etc/security/limits.conf")
    few = _("up to {n} only")
    if files == resource.RLIM_INFINITY or files >= FILES_FEW:
        yield ok(FILES, _limit(files))
    elif files >= FILES_TOO_FEW:
        yield warn(FILES, few.format(n=files), mend)
    else:
        yield bad(FILES, _("up to {n} only; the engine alone needs some 40").format(n=files), mend)
    if count == resource.RLIM_INFINITY or count >= PROCESSES_FEW:
        yield ok(PROCESSES, _limit(count))
    else:
        yield warn(PROCESSES, few.format(n=count), _("raise it with 'ulimit -u 1024'"))


def _limit(most: int) -> str:
    if most == resource.RLIM_INFINITY:
        return _("up to any number")
    return _("up to {n}").format(n=figure(most))


def heat(world: World) -> Iterator[Finding]:
    """How hot it is."""
    celsius, engine = load.read(world.root).temperature_c, world.settings.engine
    if celsius is None:
        yield ok(TEMPERATURE, _("no sensor; heat holds nothing back"))
        return
    now = f"{celsius:.0f} C"
    if celsius > engine.hot_c:
        yield warn(TEMPERATURE, _("{degrees}: slots are given up").format(degrees=now), _(AIR))
    elif celsius > engine.warm_c:
        yield warn(TEMPERATURE, _("{degrees}: no slot is added").format(degrees=now), _(AIR))
    else:
        fact = _("{degrees}; held back from {warm}")
        yield ok(TEMPERATURE, fact.format(degrees=now, warm=f"{engine.warm_c:.0f} C"))


def power(world: World) -> Iterator[Finding]:
    """What the firmware says of voltage and throttling, now and since the start."""
    reading = load.read(world.root)
    bits = reading.power_bits
    if bits is None and reading.undervoltage is None:
        yield ok(POWER, _("the firmware tells nothing of it, as on most machines"))
        return
    now = [_(word) for bit, word in _POWER.items() if (bits or 0) & bit]
    earlier = [_(word) for bit, word in _POWER.items() if (bits or 0) >> EARLIER & bit]
    if reading.undervoltage:
        yield bad(
            POWER,
            _("{what} now: cards and disks lose data this way").format(
                what=", ".join(now) or _("undervoltage")
            ),
            _("use the supply and cable made for this board; unplug disks without a supply"),
        )
    elif now:
        yield warn(POWER, _("{what} now").format(what=", ".join(now)), _(AIR))
    elif earlier:
        mend = _("use the supply and cable made for this board") if _low(bits) else ""
        fact = _("well now; since the start: {what}")
        yield warn(POWER, fact.format(what=", ".join(earlier)), mend)
    else:
        yield ok(POWER, _("well, now and since the start"))


def _low(bits: int | None) -> bool:
    return bool((bits or 0) >> EARLIER & UNDERVOLTAGE)


def clock(world: World) -> Iterator[Finding]:
    """Whether the wall clock can be right; the engine works by another, so only times look odd."""
    day = time.strftime("%Y-%m-%d", time.gmtime(world.now_at_s))
    if world.now_at_s < BUILT_AT_S:
        yield warn(
            CLOCK,
            _("it says {day}, which is long ago; times in lists will be wrong").format(day=day),
            _("set it: sudo timedatectl set-ntp true"),
        )
    elif (world.system / "run/systemd/timesync/synchronized").exists():
        yield ok(CLOCK, _("{day}, set over the network").format(day=day))
    else:
        fact = _("{day}; whether it is set over the network cannot be told")
        yield ok(CLOCK, fact.format(day=day))


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
