"""The console of a recording: every screen as it was, a line that says where one is, seeking."""

import dataclasses
from typing import Any, Protocol

from soniq_tui.errors import SoniqError
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import keys, view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.replay import PAUSES
from soniq_tui.ui.app import ConsoleApp
from soniq_tui.words import _, clock, labelled, spelt


class Player(Protocol):
    """What plays a recording; all times are seconds of the recording."""

    speed: float
    paused: bool
    length_s: float
    why_end: str
    """Why it ends where it does, in words; empty when it was ended in order."""

    @property
    def position_s(self) -> float:
        """Where it stands."""

    @property
    def at_end(self) -> bool:
        """Whether the last picture stands still."""

    def seek(self, position_s: float) -> None:
        """Go to a moment."""

    def pause(self, *, on: bool) -> None:
        """Stand still, or go on."""

    def change_speed(self, step: int) -> None:
        """Play faster, or slower with -1."""


class ReplayApp(ConsoleApp, inherit_bindings=False):
    """A console whose engine is a recording.

    Args:
        player: what plays it.
        how: as :class:`ConsoleApp` takes it.
    """

    def __init__(self, *, player: Player, **how: Any) -> None:
        keys.play(on=True)
        super().__init__(**how)
        self.player = player

    def on_unmount(self) -> None:
        """Take the keys away that played."""
        keys.play(on=False)

    # What is different from a console.

    def context(self, screen: str) -> ActionContext:
        """Return what is the same on every screen."""
        stands = self.player.paused or self.player.at_end
        return dataclasses.replace(super().context(screen), replaying=True, frozen=stands)

    def meant(self, action_id: str) -> str:
        """Return the action that a key stands for here."""
        return "replay.pause" if action_id in PAUSES else action_id

    def notice(self, width: int) -> list[view.Line]:
        """Return where in the recording this is, before what the engine said then."""
        player = self.player
        place = f"{clock(player.position_s)}/{clock(player.length_s)}"
        word = _("recording")
        if player.at_end:
            why = _(player.why_end)
            state = labelled(_("ended"), why) if why else _("ended")
        elif player.paused:
            state = _("paused")
        else:
            state = "x" + spelt(f"{player.speed:g}")
        sign = self.glyphs.paused if player.paused or player.at_end else self.glyphs.running
        text = f"{word} {place}  {shown(state, 200)}"
        if self.snapshot is not None and self.snapshot.banner:
            text += f"  {self.glyphs.dot} {shown(self.snapshot.banner)}"
        return view.notice_lines(sign, text, "accent", width, self.glyphs)

    def greet(self, snapshot: Snapshot) -> None:  # noqa: ARG002  whatever it shows
        """Say which keys play."""
        self.top.flash(_("space pauses, left and right seek, < and > change the speed"), "")

    def do_app_quit(self) -> None:
        """Leave; nothing runs that could be lost."""
        self.leave_with("quit")

    # Playing.

    async def do_replay_pause(self) -> None:
        """Let it stand still, or go on; at its end play it again."""
        if self.player.at_end:
            await self.do_replay_again()
            return
        self.player.pause(on=not self.player.paused)
        await self.moved()

    async def do_replay_again(self) -> None:
        """Play from the beginning."""
        self.player.pause(on=False)
        await self.go(0.0)

    async def do_replay_by(self, seconds: float) -> None:
        """Go back or on."""
        await self.go(self.player.position_s + seconds)

    async def do_replay_speed(self, step: int) -> None:
        """Play faster or slower."""
        self.player.change_speed(step)
        await self.moved()

    async def go(self, position_s: float) -> None:
        """Go to a moment."""
        self.player.seek(position_s)
        await self.moved()

    async def moved(self) -> None:
        """Show the picture of this moment at once, with its time."""
        if self.client is None:
            return
        try:
            self._show(await self.client.snapshot())
        except SoniqError as error:
            self.fail(error)
