"""How many slots of a queue are in use: decided once a second, pure, with the reason in words."""

import math

import msgspec
from msgspec import structs

from soniq_tui.engine.guards import Guards
from soniq_tui.engine.load import Reading
from soniq_tui.model.settings import EngineSettings, Scaling

IDLE_S = 30.0
"""A slot that nobody needed for so long goes out of use."""
FORCED_EVERY_S = 10.0
"""While the machine suffers, a slot is given up this often."""
SLOW_S = 30.0
"""So long after something held back, slots are added one a second."""
STEP_S = 1.0
SETTLED_S = 10.0
"""A job has taken most of its memory after this time."""
SAY_AGAIN_S = 10.0
"""A reason whose figure alone has changed is said anew this often at most."""
MEMORY_SLOTS_MOST = 8
HOLDING = frozenset({"held", "forced", "undervoltage"})
"""Kinds of reasons that hold the queue back."""
MARGIN = 1.1
"""A slot is added when so many times what it takes is free."""


class QueueLoad(msgspec.Struct, frozen=True, kw_only=True):
    """One queue at this moment."""

    name: str
    scaling: Scaling
    slots: int
    target: int
    """Slots in use now, as decided before."""
    backlog: int
    """Jobs that could start if there were a slot."""
    active: int
    """Jobs at work."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a queue from one look to the next; times are monotonic."""

    busy_s: float | None = None
    """When all slots in use were last needed."""
    peak: int = 0
    """The most slots needed at any look since."""
    held_s: float | None = None
    """When something last held back."""
    moved_s: float | None = None
    """When the target last changed."""
    forced_s: float | None = None
    """When a slot was last given up under force."""
    said_s: float = 0.0
    kind: str = ""
    reason: str = "no work yet"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """How many slots of a queue to use."""

    target: int
    reason: str
    """Never empty: "backlog of 40", "held at 2: 78 °C"."""
    state: State = State()
    """To be handed in at the next look."""


class _Step(msgspec.Struct, frozen=True):
    target: int
    kind: str = ""
    """Empty: nothing new to say."""
    reason: str = ""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue has to come to terms with."""

    reading: Reading
    guards: Guards
    limits: EngineSettings
    child_mib: float
    """What one child, or one job, of the queue takes."""


def decide(machine: Machine, queue: QueueLoad, before: State, now_s: float) -> Decision:
    """Return how many slots of a queue to use from now on, and why.

    * **Up** at once, to what the backlog wants: a pool that grows one by one wastes seconds of
      every batch, and Celery's, which grows when messages arrive, was often seen to stick at its
      minimum. Guards slow only what comes after: while it is warm, memory is pressed or too
      little of it would be left, nothing is added, and for ``SLOW_S`` afterwards one a second.
    * **Down** to what was needed at most in the last ``IDLE_S`` (Celery's keepalive is 30 s too):
      short gaps between batches cost nothing.
    * **Down under force**, one each ``FORCED_EVERY_S``, while it is hot, throttled or starved of
      memory: the effect of one slot shows on a sensor after some seconds. With low voltage to one,
      at once.
    * A target may lie below the jobs at work: no job is stopped for it (Celery kills children to
      shrink, and busy ones were lost that way); a slot drains when its job ends.

    It settles: with the same figures look after look the target turns round at most once.
    """
    if queue.scaling is Scaling.MEMORY:
        most, fit_kind, fit_reason = _fitting(machine, queue, before, now_s)
        want = most
    else:
        most, fit_kind, fit_reason = queue.slots, "", ""
        want = max(1, min(queue.backlog + queue.active, most))
    target = max(1, min(queue.target, queue.slots))
    if target > most:
        step = _Step(most, fit_kind or "slots", fit_reason or f"{most} slots")
    elif want > target:
        step = _up(machine, structs.replace(queue, target=target), want, before, now_s)
    else:
        step = _down(structs.replace(queue, target=target), want, before, now_s)
    if fit_kind and step.kind in {"", "up", "enough"}:
        step = _Step(step.target, fit_kind, fit_reason)
    forced = _forced(machine, target, before, now_s)
    if forced is not None and (forced.target == 1 or step.target >= target):
        step = forced
    return _decided(queue, step, before, want, now_s)


def _forced(machine: Machine, target: int, before: State, now_s: float) -> _Step | None:
    """Return what the machine's suffering demands, or None when it demands nothing."""
    guards, reading = machine.guards, machine.reading
    if guards.undervoltage:
        return _Step(1, "undervoltage", "held at 1: undervoltage")
    if guards.hot:
        why = f"{reading.temperature_c or 0:.0f} °C"
    elif guards.throttled:
        why = "throttled by the firmware"
    elif guards.starved:
        why = f"all wait for memory {reading.psi_memory_full or 0:.0f} % of the time"
    else:
        return None
    due = before.forced_s is None or now_s - before.forced_s >= FORCED_EVERY_S
    if due and target > 1:
        return _Step(target - 1, "forced", f"down to {target - 1}: {why}")
    return _Step(target, "forced", f"held at {target}: {why}")


def _up(machine: Machine, queue: QueueLoad, want: int, before: State, now_s: float) -> _Step:
    target = queue.target
    why, room = _holding_back(machine, queue, want - target)
    if why and room == 0:
        return _Step(target, "held", f"held at {target}: {why}")
    backlog = _wanted(queue)
    if before.held_s is not None and now_s - before.held_s < SLOW_S:
        if before.moved_s is not None and now_s - before.moved_s < STEP_S:
            return _Step(target)
        return _Step(target + 1, "up", f"{backlog}, one by one")
    if why:
        return _Step(target + room, "held", f"held at {target + room}: {why}")
    return _Step(want, "up", backlog)


def _holding_back(machine: Machine, queue: QueueLoad, wanted: int) -> tuple[str, int]:
    """Return why fewer slots than ``wanted`` may be added ("": no reason), and how many may."""
    guards, reading = machine.guards, machine.reading
    if guards.warm:
        return f"{reading.temperature_c or 0:.0f} °C", 0
    if guards.pressed:
        return f"memory pressure {reading.psi_memory_some or 0:.0f} %", 0
    available = reading.memory_available_mib
    if available is None or queue.scaling is Scaling.MEMORY:
        return "", wanted
    room = math.floor((available - machine.limits.min_free_memory_mib) / machine.child_mib)
    if room >= wanted:
        return "", wanted
    return f"{available // 10 * 10:,.0f} MiB of memory left", max(0, room)


def _wanted(queue: QueueLoad) -> str:
    return f"backlog of {queue.backlog:,}" if queue.backlog else f"{queue.active:,} at work"


def _down(queue: QueueLoad, want: int, before: State, now_s: float) -> _Step:
    """Return what becomes of slots that are enough for now, or more than enough."""
    target = queue.target
    if want < target and before.busy_s is not None and now_s - before.busy_s >= IDLE_S:
        needed = max(want, before.peak)
        if needed < target:
            return _Step(needed, "idle", f"idle for {IDLE_S:.0f} s")
    at_work = queue.backlog + queue.active > 0
    if not before.kind and at_work:
        return _Step(target, "up", _wanted(queue))
    if before.kind in HOLDING or (before.kind == "idle" and at_work and want == target):
        return _Step(target, "enough", "no more are needed")
    return _Step(target)


def _fitting(
    machine: Machine, queue: QueueLoad, before: State, now_s: float
) -> tuple[int, str, str]:
    """Return how many jobs fit into memory, the kind of reason and the reason.

    What runs has already taken its share, so that is counted back in: without it the queue would
    sink to one as soon as it is full, empty itself and begin anew. Each at work is taken to hold
    what one was seen to take, which is not yet true of one that has just begun: then only one slot
    is added in ``SETTLED_S``.
    """
    most = min(queue.slots, MEMORY_SLOTS_MOST)
    reserve, reading = machine.limits.min_free_memory_mib, machine.reading
    current = max(1, min(queue.target, most))
    available = reading.memory_available_mib
    if available is None:
        if reading.memory_total_mib is None:
            return most, "blind", f"all {most}: memory cannot be read"
        pool = reading.memory_total_mib - reserve
        fit = max(1, min(most, math.floor(pool / machine.child_mib)))
        return fit, "blind", f"{fit} fit into {_mib(pool)} in all: what is free cannot be read"
    pool = available - reserve + queue.active * machine.child_mib
    fit = min(most, math.floor(pool / machine.child_mib))
    if fit > current:
        fit = max(current, min(most, math.floor(pool / (machine.child_mib * MARGIN))))
    if fit > current and queue.active:
        settled = before.moved_s is None or now_s - before.moved_s >= SETTLED_S
        fit = current + 1 if settled else current
    if fit < 1:
        return 1, "fit", f"1 at a time: {_mib(pool)} of memory free"
    return fit, "fit", f"{fit} fit into {_mib(pool)}"


def _mib(figure: float) -> str:
    return f"{max(0.0, figure) // 10 * 10:,.0f} MiB"


def _decided(queue: QueueLoad, step: _Step, before: State, want: int, now_s: float) -> Decision:
    """Return the decision, saying nothing anew that has been said already."""
    moved = step.target != queue.target
    kind, reason, said_s = before.kind, before.reason, before.said_s
    new = step.kind != kind or (now_s - said_s >= SAY_AGAIN_S and _speaks(step.kind))
    if step.kind and (moved or new):
        kind, reason, said_s = step.kind, step.reason, now_s
    needed = want >= step.target
    # A look may come after a long rest: what counts is when the slots were last seen to be needed.
    forget = needed or moved or before.busy_s is None
    holding = step.kind in HOLDING
    forced = step.kind in {"forced", "undervoltage"} and moved
    state = State(
        busy_s=now_s if forget else before.busy_s,
        peak=0 if forget else max(before.peak, want),
        held_s=now_s if holding else before.held_s,
        moved_s=now_s if moved else before.moved_s,
        forced_s=now_s if forced else before.forced_s,
        said_s=said_s,
        kind=kind,
        reason=reason,
    )
    return Decision(target=step.target, reason=reason, state=state)


def _speaks(kind: str) -> bool:
    """Say whether a reason of this kind carries a figure that people watch."""
    return kind in {"held", "forced"}
