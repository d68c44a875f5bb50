#!/usr/bin/env python3
"""Make the recording that every later version must be able to replay, of a demo batch.

The result, ``tests/data/recording_v1.rec``, is committed and never made anew for a format that has
been released; a new format gets a file of its own beside it::

    .venv/bin/python scripts/make_recording.py [FILE]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from soniq_tui.host.recording import FORMAT

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests" / "data" / f"recording_v{FORMAT}.rec"


def main() -> None:
    """Record a demo batch that works without a screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=TARGET)
    file = parser.parse_args().file.absolute()
    with tempfile.TemporaryDirectory(prefix="soniq-demo-") as folder:
        command = ["demo", "--plain", "--record", str(file), "--data-dir", folder]
        subprocess.run([sys.executable, "-m", "soniq_tui", *command], check=True, cwd=ROOT)
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
