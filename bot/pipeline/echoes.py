"""Machines that answer us: what they say makes us answer, which makes them answer.

A person who is stuck says different things, or gets different answers, or rests. Whoever has said
next to the same many times, each within half a minute of the last, and was told next to the same
each time, is left without an answer until they rest. Twilio stops such a loop as well (14107)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
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
FULL = "full"
"""That messages were left out is said once, and to whoever sends them."""

FEW = 3
"""Different things said, or heard, among so many: a machine's whole vocabulary."""

RATE, BURST = 1 / 60, 15.0
"""Whoever gets fewer answers than this is not looked at: looking costs a query."""


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
    said = await underway.last_said(db, urn.id, REPLY, MANY)
    heard = await inbox.last_heard(db, urn.address or "", MANY)
    if len(said) < MANY or len(heard) < MANY or not _is_close([now, *(at for at, _ in heard)]):
        return False
    if not all(said) or not all(body for _, body in heard):
        return False  # what was erased is empty, which does not make it the same
    told = {str(reply.get("text", "")) for reply in said}
    words = {f"{body.get('text', '')}{body.get('tap', '')}" for _, body in heard}
    return len(told) <= FEW and len(words) <= FEW


def _is_close(times: Sequence[datetime]) -> bool:
    """Whether each follows the one before it, the latest first, within half a minute."""
    return all(late - early <= CLOSE for late, early in pairwise(times))
