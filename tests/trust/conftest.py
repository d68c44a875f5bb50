"""What the trials of trust share."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trust.ledger import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    """Make trials that leave nothing behind."""
    made: list[Trial] = []

    def make(**how: Any) -> Trial:
        made.append(Trial(tmp_path, **how))
        return made[-1]

    yield make
    for each in made:
        if each.process is not None:
            each.process.kill()
            each.died()
        each.end()


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library that makes fsync fail and the clock jump."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True
    )
    return library
