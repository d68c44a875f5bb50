"""When guards take hold, when they let go, and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.engine.guards import Guards, banner, judge, trouble
from soniq_tui.engine.load import Reading
from soniq_tui.model.settings import EngineSettings

LIMITS = EngineSettings()


def after(*readings: Reading, limits: EngineSettings = LIMITS) -> list[Guards]:
    """Return the guards after each reading, one a second."""
    guards, found = Guards(), []
    for now_s, reading in enumerate(readings):
        guards = judge(reading, limits, guards, now_s)
        found.append(guards)
    return found


def test_a_full_disk_holds_until_there_is_a_fifth_more() -> None:
    """Below the limit nothing is started; at 1.2 times the limit it goes on."""
    mib = [300, 199, 210, 239, 240, 210, 150]
    found = after(*(Reading(disk_free_mib=m) for m in mib))
    assert [g.disk for g in found] == [False, True, True, True, False, False, True]
    assert [g.may_start for g in found] == [not g.disk for g in found]


def test_the_banner_of_a_full_disk_tells_figures_and_hope() -> None:
    """What is free, where, what is needed, and that nobody has to do anything else."""
    reading = Reading(disk_free_mib=156.7)
    guards = judge(reading, LIMITS, Guards(), 0)
    assert banner(guards, reading, LIMITS, "/srv/\x1b[2Jx") == (
        "disk full: 150 MiB free at /srv/␛[2Jx, 240 needed; free some space, work goes on by itself"
    )


def test_no_limit_means_no_guard() -> None:
    """With a limit of 0 even a full disk holds nothing."""
    limits = EngineSettings(min_free_disk_mib=0)
    assert after(Reading(disk_free_mib=0.0), limits=limits)[0].may_start


def test_heat_stops_and_lets_go_when_it_is_no_longer_warm() -> None:
    """At 85 degrees nothing is started, until it is below 75."""
    found = after(*(Reading(temperature_c=c) for c in (84.9, 85, 80, 75, 74.9)))
    assert [g.heat for g in found] == [False, True, True, True, False]
    assert [g.may_start for g in found] == [True, False, False, False, True]
    reading = Reading(temperature_c=85.4)
    assert banner(found[1], reading, LIMITS, "/d") == ("held: 85 °C, goes on below 75 °C by itself")


def test_warmth_and_heat_let_go_later_than_they_take_hold() -> None:
    """Three degrees lie between taking hold and letting go."""
    found = after(*(Reading(temperature_c=c) for c in (75, 75.1, 72.1, 72, 80.1, 77.1, 77)))
    assert [g.warm for g in found] == [False, True, True, False, True, True, True]
    assert [g.hot for g in found] == [False] * 4 + [True, True, False]


def test_pressure_lets_go_later_than_it_takes_hold() -> None:
    """Memory pressure holds from above 10 % until 5 %, of all processes from 5 % until 2 %."""
    some = after(*(Reading(psi_memory_some=p) for p in (10, 10.1, 5.1, 5)))
    full = after(*(Reading(psi_memory_full=p) for p in (5, 5.1, 2.1, 2)))
    assert [g.pressed for g in some] == [False, True, True, False]
    assert [g.starved for g in full] == [False, True, True, False]


def test_low_voltage_counts_for_half_a_minute() -> None:
    """A dip of a moment keeps its guard, and its banner, for 30 s."""
    guards = judge(Reading(undervoltage=True), LIMITS, Guards(), 100)
    assert guards.undervoltage
    guards = judge(Reading(undervoltage=False), LIMITS, guards, 129.9)
    assert guards.undervoltage
    assert guards.may_start
    assert banner(guards, Reading(), LIMITS, "/d") == (
        "undervoltage: check the power supply; one child at a time"
    )
    guards = judge(Reading(undervoltage=False), LIMITS, guards, 130)
    assert not guards.undervoltage
    assert not banner(guards, Reading(), LIMITS, "/d")


def test_what_cannot_be_measured_guards_nothing() -> None:
    """A sensor that falls silent lets go of what it held."""
    bad = Reading(
        temperature_c=99.0,
        disk_free_mib=1.0,
        psi_memory_some=90.0,
        psi_memory_full=90.0,
        throttled=True,
    )
    held, free = after(bad, Reading())
    assert trouble(held) == "disk full, throttled, hot, out of memory"
    assert free == Guards()
    assert not trouble(free)


@pytest.mark.parametrize("warm_c", [60.0, 80.0, 95.0])
def test_limits_in_the_wrong_order_still_let_go(warm_c) -> None:
    """Even with ``warm_c`` above ``hot_c`` what is held at 86 degrees goes on at 50."""
    limits = EngineSettings(warm_c=warm_c)
    held, free = after(Reading(temperature_c=86.0), Reading(temperature_c=50.0), limits=limits)
    assert (held.may_start, held.warm, held.hot) == (False, True, True)
    assert free == Guards()


@given(
    st.lists(
        st.builds(
            Reading,
            temperature_c=st.none() | st.floats(-40, 150),
            disk_free_mib=st.none() | st.floats(0, 1e6),
            undervoltage=st.none() | st.booleans(),
            psi_memory_full=st.none() | st.floats(0, 100),
        ),
        max_size=20,
    )
)
def test_whatever_held_a_healthy_machine_goes_on(readings) -> None:
    """After any history one healthy look, half a minute later, frees everything."""
    guards = (after(*readings) or [Guards()])[-1]
    well = Reading(temperature_c=40.0, disk_free_mib=1e4, undervoltage=False, psi_memory_full=0.0)
    guards = judge(well, LIMITS, guards, 1000)
    assert guards.may_start
    assert not trouble(guards)
    assert not banner(guards, well, LIMITS, "/d")
