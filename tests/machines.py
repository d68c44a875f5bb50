"""A machine made of files: what the kernel of a Raspberry Pi would say, as a test wants it."""

from pathlib import Path


class FakeMachine:
    """A root folder with ``proc`` and ``sys``; healthy until a test says otherwise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.memory(4000)
        self.pressure()
        self.temperature(50)
        self.power(0)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def memory(self, available_mib: float, total_mib: int = 8000) -> None:
        self.write(
            "proc/meminfo",
            f"MemTotal:       {total_mib * 1024} kB\nMemFree:          123456 kB\n"
            f"MemAvailable:    {int(available_mib * 1024)} kB\nBuffers:           86400 kB\n",
        )

    def pressure(self, some: float = 0.0, full: float = 0.0) -> None:
        self.write(
            "proc/pressure/memory",
            f"some avg10={some:.2f} avg60=0.00 avg300=0.00 total=1\n"
            f"full avg10={full:.2f} avg60=0.00 avg300=0.00 total=1\n",
        )

    def temperature(self, celsius: float, zone: int = 0) -> None:
        self.write(f"sys/class/thermal/thermal_zone{zone}/temp", f"{int(celsius * 1000)}\n")

    def power(self, bits: int) -> None:
        self.write("sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits:x}\n")

    def alarm(self, value: int) -> None:
        self.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        self.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", f"{value}\n")
