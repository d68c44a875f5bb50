"""How many slots are in use, and why: case by case, then for any history."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.engine.autoscale import (
    FORCED_EVERY_S,
    IDLE_S,
    Decision,
    Machine,
    QueueLoad,
    State,
    decide,
)
from soniq_tui.engine.guards import Guards, judge
from soniq_tui.engine.load import Reading
from soniq_tui.model.settings import EngineSettings, Scaling

LIMITS = EngineSettings()
WELL = Reading(memory_available_mib=4000.0, temperature_c=50.0)
WARM = Reading(memory_available_mib=4000.0, temperature_c=78.0)
HOT = Reading(memory_available_mib=4000.0, temperature_c=82.0)


class Desk:
    """One queue and its history; time passes by hand."""

    def __init__(self, scaling: Scaling = Scaling.CPU, slots: int = 4, target: int = 1) -> None:
        self.scaling, self.slots, self.target = scaling, slots, target
        self.state, self.guards, self.now_s = State(), Guards(), 1000.0
        self.child_mib = 100.0

    def look(
        self,
        reading: Reading = WELL,
        *,
        backlog: int = 0,
        active: int = 0,
        after_s: float = 1.0,
    ) -> tuple[int, str]:
        self.now_s += after_s
        self.guards = judge(reading, LIMITS, self.guards, self.now_s)
        decision = self.decide(reading, self.guards, backlog, active)
        self.target, self.state = decision.target, decision.state
        return decision.target, decision.reason

    def decide(
        self,
        reading: Reading,
        guards: Guards,
        backlog: int,
        active: int,
    ) -> Decision:
        queue = QueueLoad(
            name="q",
            scaling=self.scaling,
            slots=self.slots,
            target=self.target,
            backlog=backlog,
            active=active,
        )
        machine = Machine(reading=reading, guards=guards, limits=LIMITS, child_mib=self.child_mib)
        return decide(machine, queue, self.state, self.now_s)


# ------------------------------------------------------------------ up and down


def test_the_pool_jumps_to_what_the_backlog_wants() -> None:
    """All slots at once for a long backlog, only as many as needed for a short one."""
    assert Desk().look(backlog=40) == (4, "backlog of 40")
    assert Desk().look(backlog=1, active=1) == (2, "backlog of 1")
    assert Desk().look(backlog=1) == (1, "backlog of 1")
    assert Desk().look() == (1, "no work yet")
    plenty = Reading(memory_available_mib=50_000.0)
    assert Desk(slots=64).look(plenty, backlog=5000) == (64, "backlog of 5,000")


def test_it_shrinks_to_what_was_needed_after_half_a_minute() -> None:
    """Slots go out of use when none of the last 30 s needed them, never below what works."""
    desk = Desk()
    desk.look(backlog=40)
    for _ in range(29):
        assert desk.look(active=2)[0] == 4
    assert desk.look(active=2) == (2, "idle for 30 s")
    assert desk.look(active=2, after_s=500) == (2, "no more are needed")
    assert desk.look(after_s=1) == (2, "no more are needed")
    assert desk.look(after_s=IDLE_S) == (1, "idle for 30 s")


def test_a_gap_between_batches_costs_nothing() -> None:
    """A need for all slots within the half minute starts it anew."""
    desk = Desk()
    desk.look(backlog=40)
    for _ in range(10):
        assert desk.look(after_s=20)[0] == 4
        assert desk.look(backlog=4)[0] == 4


def test_it_shrinks_to_the_most_that_was_needed_meanwhile() -> None:
    """Three at work for a moment keep three slots, though one is at work at the end."""
    desk = Desk()
    desk.look(backlog=4)
    desk.look(active=3, after_s=10)
    desk.look(active=1, after_s=10)
    assert desk.look(active=1, after_s=10) == (3, "idle for 30 s")


def test_a_single_look_after_a_long_rest_shrinks() -> None:
    """Nobody looks while nothing works; the one look afterwards is enough."""
    desk = Desk()
    desk.look(backlog=9)
    desk.look(active=4)
    assert desk.look(after_s=31) == (1, "idle for 30 s")


def test_fewer_slots_by_hand_are_obeyed_at_once() -> None:
    """A target above the slots there are sinks with them, jobs at work or not."""
    desk = Desk(target=4)
    desk.look(backlog=9, active=4)
    desk.slots = 2
    assert desk.look(backlog=9, active=4)[0] == 2


# ------------------------------------------------------------------ guards


def test_warmth_holds_and_says_so() -> None:
    """Above 75 degrees nothing is added; below 72 it goes up one a second."""
    desk = Desk(target=2)
    assert desk.look(WARM, backlog=9, active=2) == (2, "held at 2: 78 °C")
    cool = msgspec.structs.replace(WELL, temperature_c=73.0)
    assert desk.look(cool, backlog=9, active=2)[0] == 2
    assert desk.look(backlog=9, active=2) == (3, "backlog of 9, one by one")
    assert desk.look(backlog=9, active=3, after_s=0.5)[0] == 3
    assert desk.look(backlog=9, active=3, after_s=0.5)[0] == 4


def test_after_a_while_without_guards_it_jumps_again() -> None:
    """Half a minute after the last guard held, slowness is forgotten."""
    desk = Desk()
    desk.look(WARM, backlog=9)
    assert desk.look(backlog=1)[0] == 1
    assert desk.look(backlog=9, after_s=31) == (4, "backlog of 9")


def test_heat_takes_one_slot_each_ten_seconds() -> None:
    """The first at once, the last never."""
    desk = Desk(target=4)
    seen = [desk.look(HOT, backlog=9, active=4)[0] for _ in range(35)]
    assert [seen.count(n) for n in (4, 3, 2, 1)] == [0, 10, 10, 15]
    assert desk.state.reason == "held at 1: 82 °C"
    assert Desk(target=4).look(HOT, backlog=9) == (3, "down to 3: 82 °C")


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (Reading(throttled=True), "down to 3: throttled by the firmware"),
        (Reading(psi_memory_full=7.0), "down to 3: all wait for memory 7 % of the time"),
    ],
)
def test_throttling_and_starving_take_slots_too(reading, reason) -> None:
    """The firmware's and the kernel's distress count as heat does."""
    assert Desk(target=4).look(reading, backlog=9, active=4) == (3, reason)


def test_low_voltage_leaves_one_slot_at_once() -> None:
    """Undervoltage means one child; when it is over it goes up one a second."""
    low = Reading(undervoltage=True)
    desk = Desk(target=4)
    assert desk.look(low, backlog=9, active=4) == (1, "held at 1: undervoltage")
    assert desk.look(Reading(), backlog=9, active=1, after_s=29)[0] == 1
    seen = [desk.look(Reading(), backlog=9, active=1)[0] for _ in range(4)]
    assert seen == [2, 3, 4, 4]


def test_memory_pressure_holds() -> None:
    """While processes wait for memory no slot is added."""
    desk = Desk(target=2)
    assert desk.look(Reading(psi_memory_some=14.0), backlog=9) == (
        2,
        "held at 2: memory pressure 14 %",
    )


@pytest.mark.parametrize(
    ("available", "expected"), [(660, 4), (556, 4), (555, 3), (456, 3), (300, 1), (0, 1)]
)
def test_no_slot_is_added_that_would_leave_too_little_memory(available, expected) -> None:
    """Each added slot reckons with a child's memory above the reserve of 256 MiB."""
    desk = Desk()
    target, reason = desk.look(Reading(memory_available_mib=float(available)), backlog=9)
    assert target == expected
    if expected < 4:
        left = available // 10 * 10
        assert reason == f"held at {expected}: {left} MiB of memory left"


def test_a_reason_that_is_over_is_taken_back() -> None:
    """Once nothing more is wanted nobody reads of heat."""
    desk = Desk(target=2)
    desk.look(WARM, backlog=9, active=2)
    assert desk.look(WARM, active=2) == (2, "no more are needed")


def test_a_swinging_figure_does_not_chatter() -> None:
    """The same reason with another figure is said each ten seconds at most."""
    desk = Desk(target=2)
    said = []
    for second in range(60):
        reading = msgspec.structs.replace(WARM, temperature_c=77.0 + second % 3)
        said.append(desk.look(reading, backlog=9, active=2)[1])
    changes = sum(a != b for a, b in pairwise(said))
    assert changes <= 6
    assert len(set(said)) > 1


# ------------------------------------------------------------------ by memory


def memory_desk(slots: int = 8) -> Desk:
    desk = Desk(Scaling.MEMORY, slots)
    desk.child_mib = 300.0
    return desk


def free(mib: float) -> Reading:
    return Reading(memory_available_mib=mib)


def test_as_many_start_as_fit_into_memory() -> None:
    """(available - reserve) / what one takes, at least one, at most eight and the slots."""
    assert memory_desk().look(free(1356)) == (3, "3 fit into 1,100 MiB")
    assert memory_desk(64).look(free(90_000))[0] == 8
    assert memory_desk(2).look(free(90_000))[0] == 2
    assert memory_desk().look(free(300)) == (1, "1 at a time: 40 MiB of memory free")
    assert memory_desk().look(free(0))[0] == 1


def test_what_the_running_ones_hold_is_counted_back_in() -> None:
    """A queue that has filled memory up with its own jobs stays as it is."""
    desk = memory_desk()
    assert desk.look(free(1256 + 200))[0] == 3
    for _ in range(60):
        assert desk.look(free(1456 - 900), backlog=9, active=3)[0] == 3


def test_it_grows_slowly_while_they_grow() -> None:
    """Jobs that have just begun seem to leave room: one more in ten seconds, not all at once."""
    desk = memory_desk()
    assert desk.look(free(1356))[0] == 3
    assert desk.look(free(1356), active=3)[0] == 3
    assert desk.look(free(1356), active=3, after_s=10)[0] == 4
    assert desk.look(free(1356), active=4)[0] == 4


def test_less_memory_shrinks_it_only_by_not_starting() -> None:
    """When others take memory the target sinks below the jobs at work, which drain."""
    desk = memory_desk()
    assert desk.look(free(2056))[0] == 5
    assert desk.look(free(56), active=5)[0] == 4
    assert desk.look(free(56), active=5)[1] == "4 fit into 1,300 MiB"


def test_memory_that_swings_does_not_swing_the_target() -> None:
    """A slot is added only with a tenth to spare, so a small swing moves it once at most."""
    desk = memory_desk()
    seen = [desk.look(free(1150 + 20 * (n % 2)))[0] for n in range(40)]
    assert len(set(seen[1:])) == 1


def test_without_a_figure_of_free_memory_all_memory_counts() -> None:
    """Total memory stands in for free memory, and where even that is unknown the slots."""
    assert memory_desk().look(Reading(memory_total_mib=1000.0)) == (
        2,
        "2 fit into 740 MiB in all: what is free cannot be read",
    )
    assert memory_desk(5).look(Reading()) == (5, "all 5: memory cannot be read")


def test_guards_hold_a_queue_by_memory_too() -> None:
    """Warmth adds nothing, heat takes away, low voltage leaves one."""
    hot = msgspec.structs.replace(HOT, memory_available_mib=9000.0)
    warm = msgspec.structs.replace(WARM, memory_available_mib=9000.0)
    assert memory_desk().look(warm, backlog=5) == (1, "held at 1: 78 °C")
    desk = memory_desk()
    desk.look(free(9000))
    assert desk.look(hot, active=8) == (7, "down to 7: 82 °C")
    assert desk.look(Reading(undervoltage=True), active=8)[0] == 1


# ------------------------------------------------------------------ whatever happens

READINGS = st.builds(
    Reading,
    memory_total_mib=st.none() | st.floats(0, 1e5),
    memory_available_mib=st.none() | st.floats(0, 1e5),
    psi_memory_some=st.none() | st.floats(0, 100),
    psi_memory_full=st.none() | st.floats(0, 100),
    temperature_c=st.none() | st.floats(-40, 150),
    undervoltage=st.none() | st.booleans(),
    throttled=st.none() | st.booleans(),
)
LOOKS = st.lists(
    st.tuples(
        READINGS,
        st.integers(0, 100),
        st.integers(0, 10),
        st.floats(0.01, 100),
    ),
    max_size=25,
)
DESKS = st.builds(
    Desk, st.sampled_from([Scaling.CPU, Scaling.MEMORY]), st.integers(1, 64), st.integers(1, 64)
)


@given(DESKS, LOOKS)
def test_targets_stay_in_bounds_and_have_their_reason(desk, looks) -> None:
    """1 to slots, and moves only for a cause: work upwards; distress or idleness downwards."""
    for reading, backlog, active, after_s in looks:
        before, state = min(desk.target, desk.slots), desk.state
        target, reason = desk.look(reading, backlog=backlog, active=active, after_s=after_s)
        guards = desk.guards
        assert 1 <= target <= desk.slots
        assert reason
        assert "\n" not in reason
        assert len(reason) < 60
        forced = guards.hot or guards.throttled or guards.starved or guards.undervoltage
        if target > before:
            assert not any((forced, guards.warm, guards.pressed))
            if desk.scaling is Scaling.CPU:
                assert target <= backlog + active
        if target < before and desk.scaling is Scaling.CPU:
            idle = state.busy_s is not None and desk.now_s - state.busy_s >= IDLE_S
            assert forced or idle
            assert forced or target >= min(before, active)
        if target < before and desk.scaling is Scaling.MEMORY and reading == Reading():
            assert target == min(desk.slots, 8)


@given(DESKS, READINGS, st.integers(0, 100), st.integers(0, 10))
def test_it_settles(desk, reading, backlog, active) -> None:
    """With the same figures look after look the target turns round at most once and rests."""
    seen = [desk.look(reading, backlog=backlog, active=active)[0] for _ in range(1000)]
    steps = [b - a for a, b in pairwise(seen) if b != a]
    turns = sum((a > 0) != (b > 0) for a, b in pairwise(steps))
    assert turns <= 1
    assert len(set(seen[-200:])) == 1


@given(
    DESKS,
    LOOKS,
    READINGS,
    st.integers(0, 100),
    st.integers(0, 10),
    st.floats(-40, 150),
    st.floats(0, 100),
)
def test_a_machine_that_suffers_more_never_gets_more(
    desk, looks, reading, backlog, active, hotter, starving
) -> None:
    """After any history a hotter, more starved or less powered machine has no larger target."""
    for look in looks:
        desk.look(look[0], backlog=look[1], active=look[2], after_s=look[3])
    desk.now_s += 1
    worse = msgspec.structs.replace(
        reading,
        temperature_c=max(reading.temperature_c or -40.0, hotter),
        psi_memory_full=max(reading.psi_memory_full or 0.0, starving),
        undervoltage=True if hotter > 100 else reading.undervoltage,
    )
    target, other = (
        desk.decide(r, judge(r, LIMITS, desk.guards, desk.now_s), backlog, active).target
        for r in (reading, worse)
    )
    assert other <= target


@given(DESKS, st.integers(0, 100), st.integers(0, 10), st.floats(0, 1e5), st.floats(0, 1e5))
def test_more_memory_never_gives_less(desk, backlog, active, mib, more) -> None:
    """With more memory available the target is at least as large."""
    small, large = (
        desk.decide(free(figure), Guards(), backlog, active).target for figure in (mib, mib + more)
    )
    assert small <= large


def test_slots_are_given_up_no_faster_than_one_in_ten_seconds() -> None:
    """However often one looks, heat takes one slot in ``FORCED_EVERY_S``."""
    desk = Desk(slots=64, target=64)
    seen = [desk.look(HOT, backlog=90, active=64, after_s=0.05)[0] for _ in range(600)]
    assert max(a - b for a, b in pairwise(seen)) == 1
    assert seen[0] - seen[-1] <= 600 * 0.05 / FORCED_EVERY_S
