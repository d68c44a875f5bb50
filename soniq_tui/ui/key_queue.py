"""One key at a time: a key is given to the screen only when the one before it has taken effect.

Textual hands each key to whatever has the focus when it arrives, and a terminal may deliver many
keys in one read. Of ``/cat`` the letters would then still be meant for the list, where ``c``
cancels, because the field that ``/`` opens gets the focus later. Here they wait for it.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any

from textual.dom import DOMNode
from textual.events import Event, Key, Paste

from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.terminal import PatientApp

LOOK_S = 0.01
"""While keys wait: how often the screen is asked whether it takes them."""
SCREEN_MOST_S = 5.0
"""No screen makes keys wait longer; by then they go to it as it is."""
KEY_MOST_S = 0.5
"""A key that got lost with its widget holds the next one up for so long."""


class KeyQueueApp(PatientApp):
    """An app that gives keys and pasted text in order, each to what the ones before it opened."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self._typed: deque[Key | Paste] = deque()
        self._given = 0
        """How many were given; the number of the newest."""
        self._risen = 0
        """The number of the key that has come up to the app; 0 when that has been followed."""
        self._under_way: asyncio.TimerHandle | None = None
        """Set until the newest that was given has taken effect."""
        self._looking: asyncio.TimerHandle | None = None
        self._waited_s = 0.0

    async def on_event(self, event: Event) -> None:
        """Let what is typed wait for its turn."""
        way_out = isinstance(event, Key) and event.key == "ctrl+c"
        if isinstance(event, Key | Paste) and not event.is_forwarded and not way_out:
            self._typed.append(event)
            await self._give()
        else:
            await super().on_event(event)

    async def _give(self) -> None:
        """Give the next one, if its turn has come."""
        if not (self._typed and self.screen_stack) or self._under_way or self._looking:
            return
        loop = asyncio.get_running_loop()
        screen = self.screen
        if isinstance(screen, ConsoleScreen) and not screen.takes_keys:
            if self._waited_s < SCREEN_MOST_S:
                self._waited_s += LOOK_S
                self._looking = loop.call_later(LOOK_S, self._look_again)
                return
        else:
            self._waited_s = 0.0
        self._given += 1
        event, number = self._typed.popleft(), self._given
        lost = partial(self.call_later, self._took_effect, number)
        self._under_way = loop.call_later(KEY_MOST_S, lost)
        way = tuple((self.focused or screen).ancestors_with_self)
        await super().on_event(event)
        await self._climb(number, way)

    def on_key(self) -> None:
        """A key that no widget took has come up: what it is bound to is done now."""
        self._risen = self._given

    async def _climb(self, number: int, way: tuple[DOMNode, ...], at: int = 0) -> None:
        """Go where a key goes, at each node behind what is there already; then it has taken effect.

        A node that is closing takes nothing more and is passed over. Where the key has come up to
        the app its widget may have been told only here, and what it says of that, as that the
        cursor has left it, sets out behind the first round: a second one follows it.
        """
        for above, node in enumerate(way[at:], at + 1):
            if node.call_later(self._climb, number, way, above):
                return
        if self._risen == number:
            self._risen = 0
            await self._climb(number, way)
        else:
            await self._took_effect(number)

    def _look_again(self) -> None:
        self._looking = None
        self.call_later(self._give)

    async def _took_effect(self, number: int) -> None:
        """Let the next one have its turn, unless another was given meanwhile."""
        if number == self._given and self._under_way is not None:
            self._under_way.cancel()
            self._under_way = None
            await self._give()
