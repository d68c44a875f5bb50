"""Waiting for what comes true by itself."""

import asyncio
import time
from collections.abc import Callable


async def until(true: Callable[[], object], within_s: float = 20.0) -> float:
    """Wait until something is true, for which there is no event; return for how long, or fail."""
    began_s = time.perf_counter()
    while not true():
        assert time.perf_counter() - began_s < within_s, "it never came true"
        await asyncio.sleep(0.002)
    return time.perf_counter() - began_s
