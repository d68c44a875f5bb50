"""The importer of the documentation, with which people begin, works as it stands there."""

import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import ItemFault
from tests.importers.fakes import FakeContext

PAGE = Path(__file__).resolve().parents[2] / "docs" / "importers.md"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module that stands on the page."""
    code = PAGE.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    module = ModuleType("soniq_tui_checksums")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102  it is our own page
    return module


async def test_the_example_imports_a_folder(example: ModuleType, tmp_path: Path) -> None:
    """Its jobs go through both stages, and a file that is gone fails as an item."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a").write_bytes(b"abc")
    options = example.Options(folder=str(folder), kind="md5")
    assert example.preview(options, tmp_path).text == "files: 1"
    (job,) = example.plan(options, tmp_path).jobs
    importer, world = example.importer, FakeContext(tmp_path)
    reading, keeping = importer.stage(job.stage), importer.after(job.stage)
    wanted = msgspec.msgpack.decode(job.payload, type=reading.accepts)
    await keeping.run(await reading.run(wanted, world), world)
    (kept,) = (tmp_path / "checksums").iterdir()
    assert kept.read_text().startswith("900150983cd24fb0d6963f7d28e17f72  ")
    (folder / "a").unlink()
    with pytest.raises(ItemFault):
        await reading.run(wanted, world)


def test_the_example_refuses_what_is_no_folder(example: ModuleType, tmp_path: Path) -> None:
    """The form names the field, the command says why."""
    options = example.Options(folder=str(tmp_path / "nowhere"))
    met = example.preview(options, tmp_path)
    assert (met.ok, met.field) == (False, "folder")
    with pytest.raises(UsageError, match="is no folder"):
        example.plan(options, tmp_path)


def test_the_entry_point_on_the_page_leads_to_the_example(example: ModuleType) -> None:
    """Its name is the importer's, and it names the module."""
    assert f'{example.importer.name} = "{example.__name__}:importer"' in PAGE.read_text("utf-8")
