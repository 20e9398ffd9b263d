"""A far side that answers as it is told to, and notes what it was called with."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from bot.channels.base import Pace, Recipient, Wire
from bot.channels.phone import Phone
from bot.messages import Result
from tests.pipeline.talking import Stage


class FarSide(Phone):
    """The channel `phone`; `comes` are the results of its next calls, those after them arrive.
    `tells`: what became of a call can be asked, which gets the next of `told`."""

    comes: deque[Result]
    told: deque[Result | None]
    called: list[str]
    tells = True
    own_paces: tuple[Pace, ...] = ()

    def answers(self, recipient: Recipient) -> bool:
        return self.tells

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        return self.own_paces

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        self.called.append(key)
        if self.comes:
            return self.comes.popleft()
        return await super().send(recipient, wire, f"{key}/{len(self.called)}", now)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        return self.told.popleft()


def far_side_of(stage: Stage) -> FarSide:
    """Put it in the place of a stage's phone."""
    far = FarSide(stage.phone.database, stage.phone.coordination)
    far.comes, far.told, far.called = deque(), deque(), []
    stage.pipeline = replace(stage.pipeline, channels={"phone": far})
    return far
