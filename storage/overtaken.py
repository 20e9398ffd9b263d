"""Replies that came back after they had gone, and whether something newer was said since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.outbox import RETURNED, Row
from storage.tables import outbox

# Spelt as the partial index spells it.
_WAITING = outbox.c.state == literal_column("'waiting'")
_NEWER = outbox.alias("newer")


async def is_overtaken(db: AsyncConnection, reply: Row) -> bool:
    """Whether somebody was answered about something else since this was to be said to them."""
    query = select(_overtaken(reply.urn_id, reply.seq, reply.inbox_seq))
    return bool((await db.execute(query)).scalar_one())


async def release_returned(db: AsyncConnection, now: datetime) -> int:
    """Replies that came back go again when it is time, but not what was overtaken. Gives how
    many."""
    overtaken = _overtaken(outbox.c.urn_id, outbox.c.seq, outbox.c.inbox_seq)
    due = update(outbox).where(_WAITING, outbox.c.error == RETURNED, outbox.c.due_at <= now)
    to, why = case((overtaken, "dropped"), else_="queued"), case((overtaken, "overtaken"))
    return (await db.execute(due.values(state=to, error=why))).rowcount


def _overtaken(urn_id: Any, seq: Any, inbox_seq: Any) -> ColumnElement[bool]:
    """That there is a later reply to an address, to another message than this one answers."""
    other = or_(_NEWER.c.inbox_seq.is_(None), _NEWER.c.inbox_seq.is_distinct_from(inbox_seq))
    later = select(_NEWER.c.seq).where(_NEWER.c.urn_id == urn_id, _NEWER.c.seq > seq, other)
    return later.where(_NEWER.c.rank == 0, _NEWER.c.state != "dropped").exists()
