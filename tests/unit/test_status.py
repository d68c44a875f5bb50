"""What ``status`` and the line of a command without a screen say of a batch that looks for more."""

import json

import msgspec
import pytest

from soniq_tui.host import line, status
from soniq_tui.model.job import Expected, Items
from soniq_tui.model.settings import Settings
from tests.ui import fakes

KNOWN = Items(total=20_000, skipped=19_000, done=600, failed=10)
SOME = fakes.batch(
    1, label="/m", items=KNOWN, growing=True, expected=Expected(80_000, 30_000), eta_s=None
)


@pytest.mark.parametrize(
    ("batch", "amount"),
    [
        (SOME, "49,610/~100,000"),
        (msgspec.structs.replace(SOME, expected=None), "19,610/~20,000"),
        (msgspec.structs.replace(SOME, expected=None, growing=False), "19,610/20,000"),
    ],
)
def test_as_there_are_likely_to_be(batch, amount, tmp_path, monkeypatch, capsys):
    """Both tell what is expected as long as it is, and say that it is a guess."""
    assert f", {amount}, 10 failed, " in line.words(batch)
    view = msgspec.structs.replace(fakes.idle(), batches=(batch,))

    async def live(_folder):
        return view

    monkeypatch.setattr(status, "_live", live)
    monkeypatch.setattr(status, "holder", lambda _: 4711)
    settings = Settings(data_dir=str(tmp_path))
    assert status.show(settings, as_json=False) == 0
    assert f", {amount} items, 10 failed, " in capsys.readouterr().out
    assert status.show(settings, as_json=True) == 0
    (said,) = json.loads(capsys.readouterr().out)["batches"]
    assert said["growing"] is batch.growing
    assert said["items"] == msgspec.to_builtins(batch.likely)
    assert said["items"]["failed"] == 10
