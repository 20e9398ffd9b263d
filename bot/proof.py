"""One-time codes that show that somebody reads what we send to an address. Nothing is kept: a code
follows from a secret of the database, from whom it is for, what it is for and the hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.turn import Turn
from storage import sealing

LEAST, COUNT = 100_000, 900_000
"""Codes have six digits and no zero in front, so that every reader of numbers takes them."""

HOUR = 3600


def code(turn: Turn, what: str) -> int:
    """The code that this contact has to write for `what`; it holds for an hour at least, two at
    most."""
    return next(_codes(turn, what, turn.now))


def holds(turn: Turn, what: str, written: object) -> bool:
    """Whether what was written is the code for `what`."""
    return written in tuple(_codes(turn, what, turn.now))


def _codes(turn: Turn, what: str, now: datetime) -> Iterator[int]:
    hour = int(now.timestamp()) // HOUR
    for one in (hour, hour - 1):
        digest = sealing.digest(turn.db, f"proof:{turn.contact.id}:{what}:{one}")
        yield LEAST + int(digest, 16) % COUNT
