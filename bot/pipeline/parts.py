"""What the stages of the pipeline share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from bot.channels.base import Channel
from bot.house import House
from bot.media import Keeper
from bot.pipeline.coordination import Coordination
from storage.database import Database

PASSING_STATES = ("08", "40", "53", "55P03", "57")
"""SQLSTATE classes: connection, serialization and deadlock, resources, lock, operator."""

PASSING_WORDS = ("locked", "disk i/o error", "unable to open", "disk is full", "busy")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass
class Care:
    """How carefully turns are handled: so many more of them `alone`, each failure noted before it
    can happen. `unfinished` are those whose noted failure was the database's."""

    alone: int = 0
    unfinished: set[int] = field(default_factory=set)


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
    aside: set[asyncio.Task[None]] = field(default_factory=set)
    care: Care = field(default_factory=Care)


def is_passing(problem: BaseException) -> bool:
    """Whether the database was away or in the way, so that the same work may succeed later."""
    if isinstance(problem, OSError | TimeoutError):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    state = str(getattr(problem.orig, "sqlstate", "") or "")
    words = str(problem.orig).lower()
    return state.startswith(PASSING_STATES) or any(word in words for word in PASSING_WORDS)
