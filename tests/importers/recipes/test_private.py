"""A page leads no nearer to this machine than it is itself."""

import re
import socket
from typing import Any

import pytest
from aiohttp.resolver import ThreadedResolver

from soniq_tui.importers.recipes import private

KNOWN = {
    "nas": ["192.168.1.2"],
    "nas.local": ["fe80::2%eth0", "192.168.1.2"],
    "printer": ["192.168.1.9"],
    "pi": ["127.0.1.1"],
    "camera.local": ["169.254.7.7"],
    "metadata.example": ["169.254.169.254"],
    "both.example": ["127.0.0.1", "192.168.1.9"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are those of ``KNOWN``, looked up by nobody."""

    async def resolve(self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        there = [each for each in KNOWN[host] if ":" not in each or family != socket.AF_INET]
        return [{"hostname": host, "host": each} for each in there]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


@pytest.mark.parametrize("asked", ["192.168.1.2", "nas", "nas.local"])
async def test_a_page_of_the_network(asked: str) -> None:
    """A page of this network may lead to others of it, to this machine and its link to none."""
    guard = private.Guard(asked)
    assert not await guard.refused("192.168.1.9")
    assert [each["host"] for each in await guard.resolve("printer")] == ["192.168.1.9"]
    assert [each["host"] for each in await guard.resolve("both.example")] == ["192.168.1.9"]
    for number in ("169.254.169.254", "127.0.0.1", "::", "::1", "::ffff:169.254.169.254",
                   "fe80::1", "fd00:ec2::254", "100.100.100.200"):  # fmt: skip
        assert number in await guard.refused(number)
    for name in ("pi", "camera.local", "metadata.example"):
        with pytest.raises(PermissionError, match=re.escape(KNOWN[name][0])):
            await guard.resolve(name)


@pytest.mark.parametrize("asked", ["127.0.0.1", "pi", "camera.local", "169.254.7.8"])
async def test_a_page_of_this_machine(asked: str) -> None:
    """A page of this machine or its link may lead anywhere but to what only machines ask."""
    guard = private.Guard(asked)
    assert not await guard.refused("127.0.0.1")
    assert not await guard.refused("192.168.1.9")
    assert await guard.resolve("pi")
    assert await guard.resolve("printer")
    assert await guard.refused("169.254.169.254")
    with pytest.raises(PermissionError, match=r"169\.254\.169\.254"):
        await guard.resolve("metadata.example")


async def test_what_machines_ask_given_by_hand() -> None:
    """Whatever a person gives as the page itself is asked."""
    assert not await private.Guard("169.254.169.254").refused("169.254.169.254")
    assert await private.Guard("metadata.example").resolve("metadata.example")
