"""The outbox: what is to be said, to whom, in order, and what became of it.

A message is `queued`, then `sending`, or `waiting` until the person writes again (their channel
allows nothing unprompted now), or `asking` the far side what became of it; at last `sent`,
`delivered`, `read`, `failed`, `uncertain` or `dropped`. Of one address's messages replies (rank 0)
go before alerts (1) before bulk (2), each in the order they were written, one at a time; one
that is tried again or was put off (`delays`) holds up those behind it, one that is asked about, or
was written for later, does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import delays
from storage.among import among
from storage.conflicts import inserting_new
from storage.direct import Direct, Write, write
from storage.tables import contact_urns, outbox, urns

# Spelt as the partial indices spell it: a bound parameter would keep them from being used.
_QUEUED = outbox.c.state == literal_column("'queued'")
_WAITING = outbox.c.state == literal_column("'waiting'")
_FIRST_LOOK, _SECOND_LOOK = 8, 256  # rows looked at for each that is wanted
_UNSENT = ("queued", "waiting")
_BUSY = outbox.alias("busy")

SHARED = "shared"
"""Why a message waits at an address that several people use: for its own to be chosen."""

RETURNED = "returned"
"""Why a reply waits that could not be delivered: for its time, unless a newer one overtakes it."""


@light(frozen=True)
class Outgoing:
    """A message to be said, not yet kept. `rank` 0 reply, 1 alert, 2 bulk."""

    id: UUID
    contact_id: UUID | None
    urn_id: UUID
    channel: str
    rank: int
    purpose: str
    reply: Mapping[str, Any]
    due_at: datetime
    inbox_seq: int | None = None
    broadcast_id: UUID | None = None
    expires_at: datetime | None = None


@light(frozen=True)
class Row:
    """A message of the outbox. `reply` is None once erased or purged; `attempts` counts those
    begun."""

    seq: int
    id: UUID
    contact_id: UUID | None
    urn_id: UUID
    channel: str
    rank: int
    purpose: str
    reply: dict[str, Any] | None = field(repr=False)
    state: str
    attempts: int
    error: str | None
    inbox_seq: int | None
    broadcast_id: UUID | None
    due_at: datetime
    expires_at: datetime | None
    created_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None


async def put(
    db: AsyncConnection, messages: Sequence[Outgoing], now: datetime | None = None
) -> int:
    """Queue messages, in this order; one whose id is there already is left. Gives how many were
    new."""
    return sum(await write(db, [putting(messages, now)]))


def putting(messages: Sequence[Outgoing], now: datetime | None = None) -> Write | None:
    """`put`, to be written with other things."""
    rows = [{**fields_of(one), "created_at": now or one.due_at} for one in messages]
    return inserting_new(outbox, rows, {"state": "queued"})


async def claim(
    db: AsyncConnection, now: datetime, limit: int = 32, channels: Collection[str] | None = None
) -> list[Row]:
    """Messages to send now, at most one an address, replies first, then oldest first; of these
    channels only, if named. There may be more than are given, but not where none is.

    None for an address one of whose messages is being sent. They are this transaction's: begin
    each (`sends.begin`), or `postpone_each`, `hold` or `drop` it, and commit before calling a
    channel."""
    for look in (limit * _FIRST_LOOK, limit * _SECOND_LOOK, None):
        rows = (await db.execute(_heads(now, limit, look, channels))).all()
        if rows or look is None or await _fewer_than(db, now, look, channels):
            break
    return [Row(**row._mapping) for row in rows]


def _candidates(now: datetime, channels: Collection[str] | None) -> Select[Any]:
    """Queued and due; a reply, and one begun before, stand in line even if they go later."""
    theirs = func.coalesce(outbox.c.error, "") == delays.HOURS  # one person's, not the address's
    begun = and_(outbox.c.attempts > 0, ~theirs)
    in_line = or_(outbox.c.due_at <= now, begun, outbox.c.rank == 0)
    query = select(outbox.c.seq, outbox.c.rank, outbox.c.urn_id).where(_QUEUED, in_line)
    if channels is not None:
        query = query.where(_by(channels))
    return query.order_by(outbox.c.rank, outbox.c.seq)


def _by(channels: Collection[str]) -> ColumnElement[bool]:
    """Of one channel: spelt so that the index gives them in their order."""
    if len(channels) == 1:
        return outbox.c.channel == next(iter(channels))
    return outbox.c.channel.in_(channels)


def _heads(
    now: datetime, limit: int, look: int | None, channels: Collection[str] | None
) -> Select[Any]:
    """Of the first `look` candidates the first of each address is its very first one."""
    window = _candidates(now, channels).limit(look).subquery("candidates")
    place = func.row_number().over(
        partition_by=window.c.urn_id, order_by=(window.c.rank, window.c.seq)
    )
    placed = select(window.c.seq, place.label("place")).subquery("placed")
    sending = select(_BUSY.c.seq).where(
        _BUSY.c.urn_id == outbox.c.urn_id, _BUSY.c.state == literal_column("'sending'")
    )
    return (
        select(outbox)
        .join(placed, placed.c.seq == outbox.c.seq)
        .where(placed.c.place == 1, _QUEUED, outbox.c.due_at <= now, ~sending.exists())
        .where(~delays.is_held_up(now))
        .order_by(outbox.c.rank, outbox.c.seq)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    )


async def _fewer_than(
    db: AsyncConnection, now: datetime, count: int, channels: Collection[str] | None
) -> bool:
    beyond = _candidates(now, channels).offset(count).limit(1)
    return (await db.execute(beyond)).first() is None


async def postpone_each(db: AsyncConnection, due: Mapping[UUID, datetime], why: str) -> None:
    """Try queued messages later, each at its time: `delays.HOURS`, `delays.PACE`."""
    if not due:
        return
    queued = update(outbox).where(outbox.c.id == bindparam("which"), _QUEUED)
    queued = queued.values(due_at=bindparam("at"), error=why)
    await db.execute(queued, [{"which": id, "at": at} for id, at in due.items()])


async def hold(db: AsyncConnection, message_id: UUID, why: str) -> None:
    """Let a queued message wait until its person writes (`release_waiting`)."""
    queued = update(outbox).where(outbox.c.id == message_id, _QUEUED)
    await db.execute(queued.values(state="waiting", error=why[:200]))


async def move(db: AsyncConnection, message_id: UUID, urn_id: UUID, channel: str) -> None:
    """Have a message that has not gone go to another address of the same person instead."""
    unsent = update(outbox).where(outbox.c.id == message_id)
    unsent = unsent.where(outbox.c.state.in_(("queued", "waiting", "failed")))
    put_off = (_QUEUED & outbox.c.error.in_((delays.HOURS, delays.PACE)), outbox.c.error)
    values = {"urn_id": urn_id, "channel": channel, "state": "queued", "error": case(put_off)}
    await db.execute(unsent.values(values))


async def last_sent(db: AsyncConnection, urn_id: UUID) -> tuple[str, datetime] | None:
    """Why and when the last message went to an address."""
    gone = (outbox.c.urn_id == urn_id, outbox.c.state.in_(("sent", "delivered", "read")))
    query = select(outbox.c.purpose, outbox.c.sent_at).where(*gone, outbox.c.sent_at.is_not(None))
    row = (await db.execute(query.order_by(outbox.c.seq.desc()).limit(1))).first()
    return (row.purpose, row.sent_at) if row else None


async def was_noticed(db: AsyncConnection, urn_id: UUID, purpose: str, since: datetime) -> bool:
    """Whether a message of this purpose went, or is to go, to an address since a moment; one that
    was given up before it was tried does not count."""
    query = select(outbox.c.seq).where(
        outbox.c.urn_id == urn_id, outbox.c.purpose == purpose, outbox.c.created_at >= since
    )
    query = query.where(or_(outbox.c.state != "dropped", outbox.c.attempts > 0))
    return (await db.execute(query.limit(1))).first() is not None


async def again(
    db: AsyncConnection, message_id: UUID, state: str, due_at: datetime, error: str
) -> None:
    """A message that failed after it was handed over comes back: "queued" from `due_at` on,
    "waiting" (see `overtaken.release_returned`) or "uncertain"."""
    failed = update(outbox).where(outbox.c.id == message_id, outbox.c.state == "failed")
    await db.execute(failed.values(state=state, due_at=due_at, error=error[:200]))


async def release_waiting(db: AsyncConnection, urn_id: UUID, now: datetime) -> int:
    """The person has written: what waited for that may go, but not what only asked them to write,
    nor a reply that came back, which the next one overtakes, nor what waits until one of several
    is chosen (`release_shared`). Gives how many."""
    return await release_all_waiting(db, [urn_id], now)


async def release_all_waiting(db: AsyncConnection, urn_ids: Collection[UUID], now: datetime) -> int:
    """`release_waiting` for the addresses of many who have written."""
    return await _RELEASING.run(db, {"urn_ids": list(urn_ids), "now": now})


def _releasing(sqlite: bool) -> Update:
    reminder = outbox.c.purpose == literal_column("'reminder'")
    overtaken = or_(reminder, outbox.c.error == literal_column(f"'{RETURNED}'"))
    waiting = update(outbox).where(among(outbox.c.urn_id, "urn_ids", sqlite), _WAITING)
    waiting = waiting.where(func.coalesce(outbox.c.error, "") != SHARED)
    return waiting.values(
        state=case((overtaken, "dropped"), else_="queued"),
        error=case((overtaken, "overtaken"), else_=null()),
        due_at=bindparam("now"),
    )


_RELEASING = Direct(_releasing)


async def release_shared(db: AsyncConnection, urn_id: UUID, contact_id: UUID, now: datetime) -> int:
    """Somebody who shares an address was chosen: what waited for them there may go, as the reply
    to that. Gives how many."""
    waiting = update(outbox).where(outbox.c.urn_id == urn_id, outbox.c.state == "waiting")
    waiting = waiting.where(outbox.c.contact_id == contact_id, outbox.c.error == SHARED)
    values = {"state": "queued", "rank": 0, "due_at": now, "error": None}
    return (await db.execute(waiting.values(**values))).rowcount


async def drop(db: AsyncConnection, message_id: UUID, why: str) -> None:
    """Give a queued or waiting message up: stopped, erased, expired, no consent."""
    await _dropped(db, why, outbox.c.id == message_id)


async def drop_for(db: AsyncConnection, urn_id: UUID, why: str = "stopped") -> int:
    """Give up whatever is queued or waiting for an address. Gives how many."""
    return await _dropped(db, why, outbox.c.urn_id == urn_id)


async def drop_unseen(
    db: AsyncConnection, urn_id: UUID, purpose: str, contact_id: UUID | None = None
) -> int:
    """Give up what was to be said unasked to an address for a purpose and has not gone; only what
    is for one of those who use it, if named. Gives how many."""
    unasked = [outbox.c.urn_id == urn_id, outbox.c.purpose == purpose, outbox.c.rank > 0]
    if contact_id is not None:
        unasked.append(outbox.c.contact_id == contact_id)
    return await _dropped(db, "overtaken", *unasked)


async def drop_unseen_anywhere(db: AsyncConnection, contact_id: UUID, purpose: str) -> int:
    """`drop_unseen` at every address of somebody: they may write by another one than we tried."""
    theirs = select(contact_urns.c.urn_id).where(contact_urns.c.contact_id == contact_id)
    mine = (outbox.c.urn_id.in_(theirs), outbox.c.contact_id == contact_id)
    unasked = (outbox.c.purpose == purpose, outbox.c.rank > 0)
    return await _dropped(db, "overtaken", *mine, *unasked)


async def drop_broadcast(db: AsyncConnection, broadcast_id: UUID, why: str) -> int:
    """Give up what is queued or waiting of a broadcast. Gives how many."""
    return await _dropped(db, why, outbox.c.broadcast_id == broadcast_id)


async def expire(db: AsyncConnection, now: datetime) -> int:
    """Give up whatever is queued or waiting beyond its time. Gives how many."""
    return await _dropped(db, "expired", outbox.c.expires_at <= now)


async def _dropped(db: AsyncConnection, why: str, *which: Any) -> int:
    unsent = update(outbox).where(outbox.c.state.in_(_UNSENT), *which)
    return (await db.execute(unsent.values(state="dropped", error=why[:200]))).rowcount


async def to_go(db: AsyncConnection, urn_id: UUID) -> list[Row]:
    """What is queued or waiting for an address."""
    query = select(outbox).where(
        outbox.c.urn_id == urn_id, outbox.c.state.in_(("queued", "waiting"))
    )
    return [Row(**row._mapping) for row in (await db.execute(query)).all()]


async def by_ids(db: AsyncConnection, message_ids: Collection[UUID]) -> dict[UUID, Row]:
    """The messages with these ids."""
    query = select(outbox).where(outbox.c.id.in_(message_ids))
    return {row.id: Row(**row._mapping) for row in (await db.execute(query)).all()}


async def unsent(
    db: AsyncConnection,
    urn_id: UUID | None = None,
    inbox_seq: int | None = None,
    due_by: datetime | None = None,
) -> int:
    """How many messages are still queued or being sent, of an address or answering a message;
    those put off until later than `due_by` not counted."""
    query = select(func.count()).where(outbox.c.state.in_(("queued", "sending", "asking")))
    if urn_id is not None:
        query = query.where(outbox.c.urn_id == urn_id)
    if inbox_seq is not None:
        query = query.where(outbox.c.inbox_seq == inbox_seq)
    if due_by is not None:
        query = query.where(outbox.c.due_at <= due_by)
    return int((await db.execute(query)).scalar_one())


async def next_due(
    db: AsyncConnection, channel: str | None = None, after: datetime | None = None
) -> datetime | None:
    """When the earliest queued message is due, of a channel if named; None where none is. After a
    moment, if given: what was due then and has not gone is held up, if only by a picture, and then
    until that is late."""
    dues = [select(outbox.c.due_at).where(_QUEUED)]
    if after is not None:
        dues.append(select(outbox.c.due_at).where(delays.IS_ARRIVING))
        dues = [due.where(outbox.c.due_at > after) for due in dues]
    if channel is not None:
        dues = [due.where(outbox.c.channel == channel) for due in dues]
    earliest = [select(func.min(due.subquery().c.due_at)).scalar_subquery() for due in dues]
    row = (await db.execute(select(*earliest))).one()
    return min((due for due in row if due is not None), default=None)


async def look_again(
    db: AsyncConnection, channel: str, why: str, purpose: str, now: datetime
) -> int:
    """Queue again what waits on a channel for this reason: it may be gone. Not what was written
    before a message of this purpose (see `was_noticed`) that they have not answered. Gives how
    many."""
    word = outbox.alias("word")
    noticed = (
        select(word.c.seq)
        .join(urns, urns.c.id == word.c.urn_id)
        .where(
            word.c.urn_id == outbox.c.urn_id,
            word.c.purpose == purpose,
            word.c.created_at >= outbox.c.created_at,
            word.c.created_at >= func.coalesce(urns.c.heard_at, word.c.created_at),
            or_(word.c.state != "dropped", word.c.attempts > 0),
        )
        .correlate(outbox)
    )
    waiting = update(outbox).where(
        _WAITING, outbox.c.channel == channel, outbox.c.error == why, ~noticed.exists()
    )
    return (await db.execute(waiting.values(state="queued", due_at=now, error=None))).rowcount


async def waiting_by(db: AsyncConnection) -> dict[tuple[str, str], int]:
    """How many messages wait for their person's next word, by channel and purpose."""
    query = (
        select(outbox.c.channel, outbox.c.purpose, func.count())
        .where(_WAITING)
        .group_by(outbox.c.channel, outbox.c.purpose)
        .order_by(outbox.c.channel, outbox.c.purpose)
    )
    return {(channel, why): int(count) for channel, why, count in (await db.execute(query)).all()}


async def depth(db: AsyncConnection) -> dict[str, tuple[int, datetime | None]]:
    """How many messages are queued, sending, waiting and asked about, and of each since when the
    oldest has been due."""
    found = {}
    for state in ("queued", "sending", "waiting", "asking"):
        here = outbox.c.state == literal_column(f"'{state}'")
        query = select(func.count(), func.min(outbox.c.due_at)).where(here)
        row = (await db.execute(query)).one()
        found[state] = int(row[0]), row[1]
    return found
