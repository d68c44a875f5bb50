"""Threads for what would hold up the loop, also where the system allows only a few."""

import logging
from concurrent.futures import ThreadPoolExecutor

from soniq_tui.errors import NO_THREAD, EngineError

log = logging.getLogger(__name__)


class Threads(ThreadPoolExecutor):
    """Makes do with the threads it has when the system refuses a further one.

    ``submit`` raises EngineError where it has none at all.
    """

    def begin(self) -> None:
        """Have one thread from now on, so that no later ``submit`` is refused.

        Raises:
            EngineError: the system refuses even that.
        """
        self.submit(int).result()

    def _adjust_thread_count(self) -> None:
        try:
            super()._adjust_thread_count()
        except RuntimeError as exc:
            if not self._threads:
                self._work_queue.get_nowait()  # nobody will wait for it: it must never be run
                raise EngineError(NO_THREAD) from exc
            log.debug("%d threads have to do: %s", len(self._threads), exc)
