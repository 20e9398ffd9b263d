"""Ids: UUIDv7 (RFC 9562), so that rows made one after the other also sort so."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime
from uuid import UUID, uuid4

from storage.chance import Pieces

_COUNTER_BITS = 42
_TAIL_BITS = 32
_tails = Pieces(_TAIL_BITS // 8)


class Source:
    """Gives ids that only grow, even where `now` stands still or goes back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moment = -1
        self._counter = 0

    def new(self, now: datetime) -> UUID:
        """An id of `now` (aware), greater than every one given before."""
        moment = int(now.timestamp() * 1000)
        with self._lock:
            if moment > self._moment:
                self._moment = moment
                self._counter = secrets.randbits(_COUNTER_BITS - 1)
            else:
                self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._moment += 1
                self._counter = 0
            moment, counter = self._moment, self._counter
        return _uuid7(moment, counter, int.from_bytes(_tails.take()))


def _uuid7(moment: int, counter: int, tail: int) -> UUID:
    """48 bits of milliseconds, 12 + 30 of counter, 32 of chance; between them version, variant."""
    high, low = counter >> 30, counter & (1 << 30) - 1
    return UUID(int=moment << 80 | 7 << 76 | high << 64 | 2 << 62 | low << _TAIL_BITS | tail)


_source = Source()


def new(now: datetime) -> UUID:
    """A new id; within this process each is greater than the one before."""
    return _source.new(now)


def pseudonym() -> UUID:
    """An id that says nothing, not even when it was made."""
    return uuid4()
