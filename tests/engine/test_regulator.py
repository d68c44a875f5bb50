"""The whole of it over a machine made of files, with time passing by hand."""

from pathlib import Path

import pytest

from soniq_tui.engine import load as load_module
from soniq_tui.engine.autoscale import QueueLoad
from soniq_tui.engine.load import MIB, Load
from soniq_tui.engine.regulator import CHILD_MIB, JOB_MIB, Regulator, Verdict
from soniq_tui.model.settings import EngineSettings, Scaling
from tests.machines import FakeMachine


class World:
    """A machine, a regulator, and two queues that do what they are told."""

    def __init__(self, root: Path, **limits: object) -> None:
        self.machine = FakeMachine(root)
        self.load = Load(root)
        self.regulator = Regulator(EngineSettings(**limits), self.load, root)
        self.targets = {"extract": 1, "scrape": 1}
        self.reasons = {"extract": "", "scrape": ""}
        self.now_s = self.begun_s = 50.0
        self.backlog = 40

    def queue(self, name: str) -> QueueLoad:
        scaling = Scaling.CPU if name == "extract" else Scaling.MEMORY
        active = min(self.targets[name], self.backlog) if self.now_s > self.begun_s + 1 else 0
        return QueueLoad(
            name=name,
            scaling=scaling,
            slots=4,
            target=self.targets[name],
            backlog=max(0, self.backlog - active),
            active=active,
        )

    def look(self, seconds: int = 1) -> Verdict:
        for _ in range(seconds):
            self.now_s += 1
            self.load.sample([])
            verdict = self.regulator.look(self.now_s, [self.queue(name) for name in self.targets])
            for name, decision in verdict.decisions.items():
                self.targets[name], self.reasons[name] = decision.target, decision.reason
        return verdict


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path, min_free_disk_mib=0)


def test_a_healthy_machine_is_used_whole(world) -> None:
    """All slots at the first look, no banner, no trouble."""
    verdict = world.look()
    assert world.targets == {"extract": 4, "scrape": 4}
    assert world.reasons == {"extract": "backlog of 40", "scrape": "4 fit into 3,740 MiB"}
    assert (verdict.banner, verdict.may_start, world.regulator.trouble) == ("", True, "")


def test_heat_comes_and_goes(world) -> None:
    """Warm: held. Hot: one less each 10 s. Very hot: nothing starts. Cool: back by itself."""
    world.look(40)
    world.machine.temperature(78)
    assert world.look(20).banner == ""
    assert world.targets["extract"] == 4
    world.machine.temperature(81)
    world.look()
    assert world.regulator.trouble == "hot"
    assert (world.targets["extract"], world.reasons["extract"]) == (3, "down to 3: 81 °C")
    world.look(10)
    assert world.targets == {"extract": 2, "scrape": 2}
    world.machine.temperature(78.5)
    world.look(20)
    assert world.targets["extract"] == 1, "hot until 77 degrees"
    world.machine.temperature(86)
    verdict = world.look()
    assert not verdict.may_start
    assert verdict.banner == "held: 86 °C, goes on below 75 °C by itself"
    world.machine.temperature(76)
    assert not world.look(5).may_start
    assert world.reasons["extract"] == "held at 1: 76 °C"
    world.machine.temperature(70)
    verdict = world.look()
    assert (verdict.may_start, verdict.banner, world.regulator.trouble) == (True, "", "")
    assert world.targets["extract"] == 2
    world.look(2)
    assert world.targets["extract"] == 4
    world.look(40)
    assert world.targets["scrape"] == 4


def test_low_voltage_comes_and_goes(world) -> None:
    """One child at a time with a banner until the voltage was good for half a minute."""
    world.look()
    world.machine.power(0x50005)
    verdict = world.look()
    assert verdict.banner == "undervoltage: check the power supply; one child at a time"
    assert verdict.may_start
    assert world.regulator.trouble == "undervoltage, throttled"
    assert world.targets == {"extract": 1, "scrape": 1}
    world.machine.power(0x50000)
    assert world.look(29).banner
    assert world.targets["extract"] == 1
    assert not world.look().banner
    world.look(2)
    assert world.targets["extract"] == 4


def test_the_alarm_of_hwmon_is_enough(world) -> None:
    """A kernel that tells of low voltage through hwmon alone is heard."""
    world.machine.remove("sys/devices/platform/soc/soc:firmware/get_throttled")
    world.machine.alarm(1)
    world.look()
    assert world.regulator.trouble == "undervoltage"


def test_low_memory_comes_and_goes(world) -> None:
    """Nothing is added that would leave too little, and it goes on when there is more."""
    world.machine.memory(400)
    world.look()
    assert world.targets["extract"] == 2
    assert world.reasons["extract"] == "held at 2: 400 MiB of memory left"
    world.machine.memory(300)
    world.look(60)
    assert world.targets["extract"] == 2
    assert world.targets["scrape"] == 1
    world.machine.memory(4000)
    world.look(40)
    assert world.targets == {"extract": 4, "scrape": 4}


def test_memory_pressure_comes_and_goes(world) -> None:
    """Some waiting holds, all waiting gives up slots, no waiting goes on."""
    world.machine.pressure(20, 0)
    world.look()
    assert world.reasons["extract"] == "held at 1: memory pressure 20 %"
    world.machine.pressure(0, 0)
    world.look(3)
    assert world.targets["extract"] == 4
    world.machine.pressure(60, 12)
    world.look()
    assert world.regulator.trouble == "out of memory"
    assert world.targets["extract"] == 3
    assert world.reasons["extract"] == "down to 3: all wait for memory 12 % of the time"
    world.machine.pressure(0, 0)
    world.look(3)
    assert world.targets["extract"] == 4


def test_a_full_disk_comes_and_goes(tmp_path, monkeypatch) -> None:
    """Nothing starts while the disk is full, and it goes on by itself."""
    world, free = World(tmp_path), {"mib": 150.0}
    monkeypatch.setattr(load_module, "free_mib", lambda _folder: free["mib"])
    verdict = world.look()
    assert not verdict.may_start
    assert (
        verdict.banner == f"disk full: 150 MiB free at {tmp_path}, 240 needed; "
        "free some space, work goes on by itself"
    )
    assert world.regulator.trouble == "disk full"
    free["mib"] = 239.0
    assert not world.look().may_start
    free["mib"] = 240.0
    assert world.look().may_start


def test_a_machine_that_tells_nothing_is_used_as_configured(world) -> None:
    """Without any sensor the pool follows the backlog, and the reason says what is not known."""
    for path in ("proc/meminfo", "proc/pressure/memory"):
        world.machine.remove(path)
    for path in sorted(world.machine.root.glob("sys/**/*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    world.look()
    assert world.targets == {"extract": 4, "scrape": 4}
    assert world.reasons["scrape"] == "all 4: memory cannot be read"


def test_it_learns_what_a_child_takes(world) -> None:
    """The largest of late where memory decides; elsewhere all but the largest twentieth."""
    cpu, memory = world.queue("extract"), world.queue("scrape")
    regulator = world.regulator
    assert (regulator.child_mib(cpu), regulator.child_mib(memory)) == (CHILD_MIB, JOB_MIB)
    for mib in (*[100] * 39, 900):
        regulator.note_rss("extract", mib * MIB)
        regulator.note_rss("scrape", mib * MIB)
    assert (regulator.child_mib(cpu), regulator.child_mib(memory)) == (100, 900)
    for _ in range(64):
        regulator.note_rss("scrape", 200 * MIB)
    assert regulator.child_mib(memory) == 200


def test_sizes_that_cannot_be_are_not_learned(world) -> None:
    """Nothing, less than nothing and no number leave what is known; tiny ones count as 16 MiB."""
    queue = world.queue("scrape")
    for rss in (0, -1, float("nan"), float("inf")):
        world.regulator.note_rss("scrape", rss)
    assert world.regulator.child_mib(queue) == JOB_MIB
    world.regulator.note_rss("scrape", 1)
    assert world.regulator.child_mib(queue) == 16
