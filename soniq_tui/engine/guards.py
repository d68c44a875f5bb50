"""What the machine suffers from, judged with hysteresis. Pure.

Every guard lets go by itself, and later than it took hold, so that a figure that swings about its
limit does not make the engine swing with it. What cannot be measured guards nothing.

Figures: a Raspberry Pi 4 begins to slow itself down at 80 °C and does so hard at 85 °C, so slots
are given up from ``hot_c`` and nothing is started from 5 °C above. Pressure (PSI) of memory is a
share of time: in a tenth of it somebody waits for memory long before anything is killed, and where
all wait in a twentieth the machine does little else. The firmware reports low voltage for some two
seconds, and each new child may bring the next dip: the guard stays for half a minute.
"""

import msgspec

from soniq_tui.engine.load import Reading
from soniq_tui.model.settings import EngineSettings
from soniq_tui.model.text import shown

DISK_MARGIN = 1.2
"""Nothing is started before so many times the limit is free again."""
STOP_ABOVE_HOT_C = 5.0
COOL_C = 3.0
"""Warmth and heat are over when it is cooler than their limit by so much."""
PRESSED, PRESSED_NO_MORE = 10.0, 5.0
STARVED, STARVED_NO_MORE = 5.0, 2.0
VOLTAGE_KEPT_S = 30.0


class Guards(msgspec.Struct, frozen=True, kw_only=True):
    """Which guards hold."""

    disk: bool = False
    """Too little room for the journal: nothing is started."""
    heat: bool = False
    """So hot that nothing is started."""
    hot: bool = False
    """Slots are given up."""
    warm: bool = False
    """No slot is added."""
    pressed: bool = False
    """Processes wait for memory: no slot is added."""
    starved: bool = False
    """All processes wait for memory: slots are given up."""
    throttled: bool = False
    """The firmware slows the processor down: slots are given up."""
    undervoltage: bool = False
    """One child at a time."""
    voltage_low_s: float | None = None
    """When the voltage was last seen to be low, monotonic."""

    @property
    def may_start(self) -> bool:
        """Whether any job may be started."""
        return not (self.disk or self.heat)


def judge(reading: Reading, limits: EngineSettings, before: Guards, now_s: float) -> Guards:
    """Return which guards hold now; ``before`` are those that held at the last look."""
    hot_c = limits.hot_c
    warm_c = min(limits.warm_c, hot_c)
    low_s = now_s if reading.undervoltage else before.voltage_low_s
    enough = limits.min_free_disk_mib * (DISK_MARGIN if before.disk else 1.0)
    celsius, free = reading.temperature_c, reading.disk_free_mib
    stop_c = warm_c if before.heat else hot_c + STOP_ABOVE_HOT_C
    return Guards(
        disk=free is not None and free < enough,
        heat=celsius is not None and celsius >= stop_c,
        hot=_above(celsius, hot_c, hot_c - COOL_C, held=before.hot),
        warm=_above(celsius, warm_c, warm_c - COOL_C, held=before.warm),
        pressed=_above(reading.psi_memory_some, PRESSED, PRESSED_NO_MORE, held=before.pressed),
        starved=_above(reading.psi_memory_full, STARVED, STARVED_NO_MORE, held=before.starved),
        throttled=bool(reading.throttled),
        undervoltage=low_s is not None and now_s - low_s < VOLTAGE_KEPT_S,
        voltage_low_s=low_s,
    )


def _above(figure: float | None, limit: float, release: float, *, held: bool) -> bool:
    return figure is not None and figure > (release if held else limit)


def banner(guards: Guards, reading: Reading, limits: EngineSettings, data_dir: str) -> str:
    """Return in one line why the engine holds back; empty when nothing, or only warmth, does.

    Stays the same while the figures stay the same: whole degrees, tens of MiB.
    """
    if guards.disk and reading.disk_free_mib is not None:
        free = int(reading.disk_free_mib // 10 * 10)
        needed = int(limits.min_free_disk_mib * DISK_MARGIN)
        return (
            f"disk full: {free:,} MiB free at {shown(data_dir, 200)}, {needed:,} needed; "
            "free some space, work goes on by itself"
        )
    if guards.heat and reading.temperature_c is not None:
        cool = min(limits.warm_c, limits.hot_c)
        return f"held: {reading.temperature_c:.0f} °C, goes on below {cool:.0f} °C by itself"
    if guards.undervoltage:
        return "undervoltage: check the power supply; one child at a time"
    return ""


def trouble(guards: Guards) -> str:
    """Return what the machine suffers from, a few words; empty when it is well."""
    words = {
        "disk full": guards.disk,
        "undervoltage": guards.undervoltage,
        "throttled": guards.throttled,
        "hot": guards.hot or guards.heat,
        "out of memory": guards.starved,
    }
    return ", ".join(word for word, holds in words.items() if holds)
