"""The first command of a fresh machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_ENSUREPIP = """#!/bin/sh
[ "$1" = -c ] && exit 0
mkdir -p "$3/bin" && ln -sf {python} "$3/bin/python"
echo tried >> tried
exit 1
"""
"""What Debian's python3 does without python3-venv: it leaves an environment without pip."""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_an_environment_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    """``make run`` after the package that lacked was installed begins where it broke off."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    fake = tmp_path / "fake"
    fake.write_text(WITHOUT_ENSUREPIP.format(python=sys.executable))
    fake.chmod(0o755)
    for _ in range(2):
        words = ["make", "--silent", ".venv/bin/python", "PYTHON=./fake"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 2
    assert (tmp_path / "tried").read_text().split() == ["tried", "tried"]
