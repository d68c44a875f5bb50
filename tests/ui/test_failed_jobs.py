"""The list of jobs that failed for good, and words that name nothing."""

import pytest

from tests.ui import fakes
from tests.ui.pilots import running, text_of


@pytest.mark.parametrize(("jobs", "says"), [(0, False), (40, True)])
async def test_failed_jobs_are_called_so_and_retried_where_there_are_any(
    jobs: int, says: bool
) -> None:
    """An empty list says that nothing has failed, and names no key for it."""
    client = fakes.FakeClient(fakes.running() if jobs else fakes.idle(), jobs=jobs)
    async with running(client, keys=["X"]) as (app, _pilot, _client):
        text = text_of(app)
        assert f" soniq  failed jobs  {jobs}  filter: is:dead" in text
        assert ("no job has failed for good" in text) != says
        assert ("r retries the one under the cursor" in text) == says


async def test_the_palette_says_that_nothing_is_called_so_before_enter() -> None:
    """An empty list alone may be one that is on its way."""
    async with running(keys=["colon", *"qqqq"]) as (app, _pilot, _client):
        assert "nothing is called so" in text_of(app)
