"""What goes wrong with a far side on a bad day: it is slow, says that it is asked too often, fails
before or after it did what was asked, does it and hangs up, or does it and says nothing."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

SLOW, MISDEEDS = 0.4, 0.02
"""Seconds an answer takes at most, and the share of calls that meet something worse."""

TOO_MANY, REFUSED, DONE_AND_MUTE = "too many", "refused", "done and mute"
DONE_AND_REFUSED, DONE_AND_DROPPED = "done and refused", "done and dropped"
KINDS = (TOO_MANY, REFUSED, DONE_AND_REFUSED, DONE_AND_DROPPED, DONE_AND_MUTE)

STORM_EVERY, STORM_FOR = 20.0, 1.0
"""Seconds from one storm to the next, in which everybody is told that they ask too often."""

SILENT_FOR = 30.0
TWICE = 0.05
"""The share of what is brought to us that is brought twice at once."""


@dataclass
class Log:
    """What happened on the far sides. `silent` about which messages: nobody learnt from the call
    what became of it."""

    faults: Counter[str] = field(default_factory=Counter)
    silent: set[str] = field(default_factory=set)
    too_early: int = 0
    in_vain: int = 0
    brought_twice: int = 0
    given_up: int = 0


class Mishaps:
    """Chance, and what it has brought so far. `calm`: all goes well. `silences`: how often a far
    side may be silent about one message."""

    def __init__(self, chance: random.Random, log: Log, silences: float) -> None:
        self.chance = chance
        self.log = log
        self.calm = True
        self._silences = silences
        self._met: Counter[str] = Counter()
        self._storm = 0.0
        self._not_before: dict[str, float] = {}

    async def meets(self, who: str, what: str) -> str:
        """What a call about a message `what` to `who` meets: one of KINDS, or nothing."""
        now = time.monotonic()
        self.log.too_early += now < self._not_before.get(who, 0.0)
        if self.calm:
            return ""
        if self._storm + STORM_EVERY < now:
            self._storm = now
        if now < self._storm + STORM_FOR:
            return TOO_MANY
        await asyncio.sleep(self.chance.random() ** 4 * SLOW)
        if self.chance.random() >= MISDEEDS:
            return ""
        kind = self.chance.choice(KINDS) if self._met[what] < self._silences else TOO_MANY
        self.log.faults[kind] += 1
        if kind != TOO_MANY:
            self._met[what] += 1
            self.log.silent.add(what)
        return kind

    def wait(self, who: str) -> int:
        """Seconds that somebody who called too often is told to wait."""
        seconds = max(1, round(self._storm + STORM_FOR - time.monotonic()))
        self.log.faults["told to wait"] += 1
        self._not_before[who] = time.monotonic() + seconds - 0.05
        return seconds

    def twice(self) -> int:
        """How often something is brought at once."""
        often = 1 + (not self.calm and self.chance.random() < TWICE)
        self.log.brought_twice += often - 1
        return often


async def silence(request: web.Request, kind: str) -> None:
    """What comes after a call was done and before its answer, if one comes."""
    if kind == DONE_AND_DROPPED and request.transport is not None:
        request.transport.abort()
    if kind == DONE_AND_MUTE:
        await _mute(request)


async def _mute(request: web.Request) -> None:
    """Say nothing, until who asked has gone."""
    until = time.monotonic() + SILENT_FOR
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < until:
            if request.transport is None or request.transport.is_closing():
                return
            await asyncio.sleep(0.05)
