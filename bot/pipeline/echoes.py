"""Machines that answer us: what they say makes us answer, which makes them answer.

What tells them from people is that nothing comes of it: whoever goes on, however quickly, is told
something new, and what is new always goes. Of what was said before nothing more is said, until they
rest, to those who said next to the same many times, each within half a minute of the last, and were
told next to the same; numbers, dates and the like in their sentences make no difference. Nor to
those who write at the pace of a machine, whatever they write, and have long heard nothing new.
Twilio stops such a loop as well (14107)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.base import Pace
from bot.pipeline.parts import Pipeline
from bot.turn import REPLY
from storage import inbox, underway
from storage.outbox import Row
from storage.urns import Urn

log = structlog.get_logger()

WHY = "loop"
MANY = 15
CLOSE = timedelta(seconds=30)
QUICK = timedelta(minutes=2)
"""Nobody writes twice as many in this time who reads the answers."""

SIMULATED = frozenset({"phone"})
"""Where scripts write as well, at a pace of their own, and a loop costs nobody anything."""

FULL = "full"
"""That messages were left out is said once, and to whoever sends them."""

FEW = 3
"""Different things said, or heard, among so many: a machine's whole vocabulary."""

RATE, BURST = 1 / 60, 15.0
"""Whoever gets fewer answers than this is not looked at: looking costs a query."""

COUNTED = re.compile(r"\S*\d\S*")
"""What a machine counts on: a number, a date, a time, the id of a ticket."""

Body = Mapping[str, Any]


async def among(
    db: AsyncConnection,
    pipeline: Pipeline,
    rows: Sequence[Row],
    addresses: Sequence[Urn],
    now: datetime,
) -> set[UUID]:
    """Which of these messages answer a machine."""
    pairs = zip(rows, addresses, strict=True)
    asked = [(row, urn) for row, urn in pairs if row.rank == REPLY and row.purpose != FULL]
    watched = [
        (Pace(f"answered:{urn.id}", RATE, BURST),) if not row.attempts else () for row, urn in asked
    ]
    often = await pipeline.coordination.take_each(watched)
    found = set()
    for (row, urn), dry in zip(asked, often, strict=True):
        if dry is not None and await _is_echo(db, row, urn, now):
            found.add(row.id)
            metrics.LOOPS.labels(row.channel).inc()
            log.error("operator.alert", outbox=str(row.id), what="two machines answer each other")
    return found


async def _is_echo(db: AsyncConnection, row: Row, urn: Urn, now: datetime) -> bool:
    said = await underway.last_said(db, urn.id, REPLY, 2 * MANY)
    heard = await inbox.last_heard(db, urn.address or "", 2 * MANY)
    lately = heard[:MANY]
    if len(said) < MANY or len(lately) < MANY or not _is_close([now, *(at for at, _ in lately)]):
        return False
    if not all(said[:MANY]) or not all(body for _, body in lately):
        return False  # what was erased is empty, which does not make it the same
    told = [_told(reply) for reply in said]
    again, before = set(told[:MANY]), set(told[MANY:])
    if _told(row.reply or {}) not in again:
        return False
    if len(again) <= FEW and len({_heard(body) for _, body in lately}) <= FEW:
        return True
    if row.channel in SIMULATED:
        return False
    return len(heard) == 2 * MANY and now - heard[-1][0] <= QUICK and again <= before


def _told(reply: Body) -> tuple[str, ...]:
    """What somebody reads, with the options in their order."""
    labels = (str(choice.get("label", "")) for choice in reply.get("choices", ()))
    return (_constant(str(reply.get("text", ""))), *labels)


def _heard(body: Body) -> str:
    return f"{_constant(str(body.get('text', '')))}{body.get('tap', '')}"


def _constant(text: str) -> str:
    """A text without what is counted on in it; what is but a number is an answer and stays."""
    rest = COUNTED.sub("#", text)
    return rest if any(map(str.isalpha, rest)) else text


def _is_close(times: Sequence[datetime]) -> bool:
    """Whether each follows the one before it, the latest first, within half a minute."""
    return all(late - early <= CLOSE for late, early in pairwise(times))
