"""What is read of a machine, and that nothing it says does harm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soniq_tui.engine import load as module
from soniq_tui.engine.load import Load, Reading, content, free_mib, read
from tests.machines import FakeMachine

TEMP = "sys/class/thermal/thermal_zone0/temp"
BITS = "sys/devices/platform/soc/soc:firmware/get_throttled"
READ = [
    "proc/meminfo",
    "proc/pressure/memory",
    TEMP,
    BITS,
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm",
]


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path)


def test_a_whole_machine_is_read(machine) -> None:
    """Every figure comes from its file, in its unit."""
    machine.pressure(1.5, 0.25)
    machine.temperature(61.25)
    machine.power(0x50004)
    machine.alarm(0)
    assert read(machine.root) == Reading(
        memory_total_mib=8000,
        memory_available_mib=4000,
        psi_memory_some=1.5,
        psi_memory_full=0.25,
        temperature_c=61.25,
        power_bits=0x50004,
        undervoltage=False,
        throttled=True,
    )


def test_a_bare_machine_tells_nothing(tmp_path) -> None:
    """Without any file every figure is None."""
    assert read(tmp_path) == Reading()
    assert read(tmp_path / "nowhere", tmp_path / "nowhere") == Reading()


@pytest.mark.parametrize(
    ("bits", "alarm", "expected"),
    [(0, 0, False), (1, 0, True), (0, 1, True), (0x10000, 0, False), (None, 1, True)],
)
def test_undervoltage_is_told_by_firmware_or_hwmon(machine, bits, alarm, expected) -> None:
    """Either source is enough; what was low some time ago is not low now."""
    machine.alarm(alarm)
    if bits is None:
        machine.remove(BITS)
    else:
        machine.power(bits)
    assert read(machine.root).undervoltage is expected


@pytest.mark.parametrize(
    ("bits", "throttled"), [(0, False), (2, False), (4, True), (8, True), (0xE0000, False)]
)
def test_throttling_is_bit_two_or_three(machine, bits, throttled) -> None:
    """A capped frequency alone, or an old throttling, is none."""
    machine.power(bits)
    assert read(machine.root).throttled is throttled


def test_the_firmware_of_a_newer_board_is_found(machine) -> None:
    """Boards that call their chip by its address are read too, with 0x as well."""
    machine.remove(BITS)
    place = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
    machine.write(place, "0x5\n")
    assert read(machine.root).power_bits == 5


def test_the_hottest_plausible_sensor_counts(machine) -> None:
    """Broken sensors (0 K, 255 degrees, no number) are left out."""
    for zone, celsius in enumerate([48, 71.5, -273, 255, 0]):
        machine.temperature(celsius, zone)
    machine.write("sys/class/thermal/thermal_zone9/temp", "hot\n")
    (machine.root / "sys/class/thermal/cooling_device0").mkdir()
    assert read(machine.root).temperature_c == 71.5
    for zone in (0, 1, 4):
        machine.temperature(999, zone)
    assert read(machine.root).temperature_c is None


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 100_000,
        b"-1",
        b"9" * 5000,
        b"1e9",
        "٣".encode(),
        b"nan",
        b"MemAvailable: -5 kB\n",
        b"MemAvailable: 99999999999999999999 kB\n",
        b"some avg10=nan avg60=0\nfull avg10=-3.00 avg60=0\n",
        b"some avg10=999.99 avg60=0\nfull avg10=1e3 avg60=0\n",
        b"\xff\xfe",
    ],
)
def test_nonsense_is_none(tmp_path, path, text) -> None:
    """A figure that cannot be true is no figure."""
    machine = FakeMachine(tmp_path)
    machine.alarm(0)
    machine.write(path, text)
    reading = read(machine.root)
    if path == "proc/meminfo":
        assert reading.memory_available_mib is None
    elif path.endswith("memory"):
        assert (reading.psi_memory_some, reading.psi_memory_full) == (None, None)
    elif path == TEMP:
        assert reading.temperature_c in {None, -0.001}
    elif path == BITS:
        assert reading.power_bits is None or text == b"1e9"  # which is hexadecimal
    else:
        assert reading.undervoltage is False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(path=st.sampled_from(READ), text=st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(tmp_path, path, text) -> None:
    """Whatever a file holds, a reading comes of it, and its figures are in range."""
    machine = FakeMachine(tmp_path)
    machine.write(path, text)
    reading = read(machine.root)
    assert reading.temperature_c is None or -40 < reading.temperature_c < 150
    for share in (reading.psi_memory_some, reading.psi_memory_full):
        assert share is None or 0 <= share <= 100
    assert reading.memory_available_mib is None or reading.memory_available_mib >= 0


def test_what_is_no_file_is_read_as_nothing(tmp_path) -> None:
    """A folder, a pipe without a writer and an endless file neither raise nor block."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    assert [content(tmp_path / name) for name in ("folder", "pipe", "loop", "a\0b")] == [b""] * 4
    assert len(content(Path("/dev/zero"))) == 8192
    assert free_mib(tmp_path / "gone") is None


def test_free_room_is_told_of_the_watched_disk(machine) -> None:
    """The room free on the data directory's disk is part of a sample once it is watched."""
    load = Load(machine.root)
    assert load.reading.temperature_c == 50, "known before the first sample"
    load.sample([])
    assert load.reading.disk_free_mib is None
    load.watch_disk(machine.root)
    load.sample([])
    free = free_mib(machine.root)
    assert free is not None
    assert load.reading.disk_free_mib == pytest.approx(free, rel=0.2)
    assert load.reading.temperature_c == 50


def test_memory_of_children_is_added_and_ended_ones_are_left_out(machine) -> None:
    """The sum holds this process and its children; a process that has ended does no harm."""
    load = Load(machine.root)
    load.sample([])
    alone = load.rss_mib
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        load.sample([child.pid])
        assert load.rss_mib > alone
        assert load.peak_rss_mib == load.rss_mib
    load.sample([child.pid])
    assert load.rss_mib <= load.peak_rss_mib


def test_the_processor_has_no_figure_before_it_was_measured(machine, monkeypatch) -> None:
    """A moment is no measure, and a time at rest is none of the work that comes after it."""
    counted = iter([(0, 0), (0, 3), (50, 100), (50, 103), (150, 200), (150, 9000), (160, 9100)])
    monkeypatch.setattr(module, "_ticks", lambda: next(counted))
    load = Load(machine.root)
    found = []
    for _ in range(4):
        load.sample([])
        found.append(load.cpu_percent)
    assert found == [None, 50.0, 50.0, 100.0]
    load.rest()
    assert load.cpu_percent is None
    load.sample([])
    assert load.cpu_percent is None
    load.sample([])
    assert load.cpu_percent == 10.0
