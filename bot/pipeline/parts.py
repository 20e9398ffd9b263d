"""What the stages of the pipeline share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from bot.channels.base import Channel
from bot.house import House
from bot.listening import Listener
from bot.media import Keeper
from bot.pipeline.coordination import Coordination
from bot.pipeline.inbox import Intake
from bot.pipeline.passing import is_passing as is_passing
from bot.pipeline.together import Answer, Asked, Together, Write
from storage.database import Database


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass
class Care:
    """How carefully turns are handled: so many more of them `alone`, each failure noted before it
    can happen. `wary`: one of what waited when this process started may have ended the one before;
    that was up to the message `until`. `unfinished` are those whose noted failure was the
    database's. `crowded` is set when many wait besides those that are handled, of which there are
    so many `in_hand`; `freed` when a batch of them is done. So often in a row it was looked in
    `vain` for more. `handled` counts what was."""

    alone: int = 0
    wary: bool = False
    until: int | None = None
    unfinished: set[int] = field(default_factory=set)
    crowded: asyncio.Event = field(default_factory=asyncio.Event)
    in_hand: int = 0
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    vain: int = 0
    handled: int = 0


@dataclass(frozen=True)
class Pipeline:
    """The way of a message. `channels` by name: messages of others are left alone. `aside` holds
    what is being done beside the loops."""

    database: Database
    house: House
    channels: Mapping[str, Channel]
    coordination: Coordination
    media: Keeper
    clock: Callable[[], datetime] = now
    listener: Listener | None = None
    aside: set[asyncio.Task[None]] = field(default_factory=set)
    care: Care = field(default_factory=Care)
    _groups: dict[Any, Together[Any, Any]] = field(default_factory=dict)

    @cached_property
    def intake(self) -> Intake:
        """Where what people write is kept, whatever channel it came by."""
        return Intake(self.database, self.coordination, self.house.settings.languages)

    def together(self, write: Write[Asked, Answer]) -> Together[Asked, Answer]:
        """The group commit of what is written so."""
        if write not in self._groups:
            self._groups[write] = Together(self.database, write)
        group: Together[Asked, Answer] = self._groups[write]
        return group
