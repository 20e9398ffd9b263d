"""Receipts: what channels say became of sent messages. They may come in any order, twice, or
before we know what we sent; a message's state only goes forward."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import delays, ids
from storage.among import unnested
from storage.conflicts import changing, insert_new
from storage.direct import Direct, Write, write
from storage.tables import contact_urns, outbox, receipts, sends, urns

# Spelt as the partial index spells it.
_UNJOINED = text("receipts.joined IS FALSE")
ARRIVED = ("delivered", "read")
_ORDER = ("queued", "retry", "uncertain", "sent", "failed", "delivered", "read")


@dataclass(frozen=True)
class Arrival:
    """A receipt by the far side's id. `outbox_id` where the channel gave ours back."""

    channel: str
    external_id: str
    state: str  # queued | sent | delivered | read | failed
    outbox_id: UUID | None = None
    error: str = ""


async def put(db: AsyncConnection, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Keep receipts and move the messages they are about forward; those nobody knows yet are
    joined when the message's id becomes known. Gives how many were new."""
    rows = [
        {
            "id": ids.new(now),
            "channel": arrival.channel,
            "external_id": arrival.external_id,
            "outbox_id": arrival.outbox_id,
            "state": arrival.state,
            "error": arrival.error[:200] or None,
            "joined": False,
            "at": now,
        }
        for arrival in arrivals
    ]
    new = await insert_new(db, receipts, rows)
    await _explain(db, arrivals)
    await join_each(db, {(arrival.channel, arrival.external_id) for arrival in arrivals})
    return new


async def _explain(db: AsyncConnection, arrivals: Sequence[Arrival]) -> None:
    """A failure may be told twice, only the second time with its code."""
    told = {(one.channel, one.external_id, one.state): one.error for one in arrivals if one.error}
    bare = update(receipts).where(
        receipts.c.channel == bindparam("by"),
        receipts.c.external_id == bindparam("name"),
        receipts.c.state == bindparam("came"),
        receipts.c.error.is_(None),
    )
    keys = [
        {"by": channel, "name": name, "came": state, "error": error[:200]}
        for (channel, name, state), error in sorted(told.items())
    ]
    if keys:
        await db.execute(bare, keys)


async def said_of(db: AsyncConnection, named: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of which of these (channel, far side's id) something has been said."""
    if not named:
        return []
    query = select(receipts.c.channel, receipts.c.external_id).where(
        receipts.c.channel.in_({channel for channel, _ in named}),
        receipts.c.external_id.in_({external_id for _, external_id in named}),
    )
    found = {(row.channel, row.external_id) for row in (await db.execute(query)).all()}
    return sorted(found & set(named))


async def unjoined(db: AsyncConnection, since: datetime, limit: int = 200) -> list[tuple[str, str]]:
    """The (channel, far side's id) of receipts that came in the very moment in which what they are
    about was noted, so that neither saw the other."""
    known = (
        select(receipts.c.channel, receipts.c.external_id)
        .join(
            sends,
            (sends.c.channel == receipts.c.channel)
            & (sends.c.external_id == receipts.c.external_id),
        )
        .where(_UNJOINED, receipts.c.at >= since)
        .distinct()
        .limit(limit)
    )
    return [(row.channel, row.external_id) for row in (await db.execute(known)).all()]


async def join_each(db: AsyncConnection, named: Collection[tuple[str, str]]) -> None:
    """Apply the receipts of these (channel, far side's id), where both they and the send they name
    are known."""
    said = await _said_of(db, named)
    if not said:
        return
    found = await _sends(db, said)
    joined = [(found[name], about) for name, about in said.items() if name in found]
    joined.sort(key=lambda one: one[0].id)
    changed = [_moved(send, about) for send, about in joined]
    theirs = [(receipt.id, send.outbox_id) for send, about in joined for receipt in about]
    rows = [{"id": receipt_id, "outbox_id": message_id} for receipt_id, message_id in theirs]
    await write(db, [changing(sends, changed), changing(receipts, rows, {"joined": True})])
    await roll_up(db, {send.outbox_id for send, _ in joined})
    for (send, _), moved in zip(joined, changed, strict=True):
        if send.result == "failed" and moved["result"] in ARRIVED:
            await _reached(db, send.outbox_id, send.done_at)


Rows: TypeAlias = list[Row[*tuple[Any, ...]]]


async def _said_of(
    db: AsyncConnection, named: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Rows]:
    """The receipts of these (channel, far side's id)."""
    if not named:
        return {}
    query = select(receipts).where(
        receipts.c.channel.in_({channel for channel, _ in named}),
        receipts.c.external_id.in_({external_id for _, external_id in named}),
    )
    found: dict[tuple[str, str], Rows] = {}
    for row in (await db.execute(query)).all():
        found.setdefault((row.channel, row.external_id), []).append(row)
    return {name: found[name] for name in sorted(found.keys() & set(named))}


async def _sends(
    db: AsyncConnection, said: Mapping[tuple[str, str], Rows]
) -> dict[tuple[str, str], Row[*tuple[Any, ...]]]:
    """The sends that receipts are about, locked in the order of their ids: by the far side's id,
    else the first of our message's that has none yet (the answer to the call was lost); one that
    was refused only where there is no other.

    All sends of such a message are locked before one is chosen: while a lock is waited for, one of
    them may get its name."""
    query = select(sends.c.id, sends.c.channel, sends.c.external_id).where(
        sends.c.channel.in_({channel for channel, _ in said}),
        sends.c.external_id.in_({external_id for _, external_id in said}),
    )
    known = {(row.channel, row.external_id): row.id for row in (await db.execute(query)).all()}
    ours = {one.outbox_id for name, about in said.items() if name not in known for one in about}
    wanted = or_(sends.c.id.in_(known.values()), sends.c.outbox_id.in_(ours - {None}))
    locked = select(sends).where(wanted).order_by(sends.c.id).with_for_update()
    rows = (await db.execute(locked)).all()
    found = {name: row for row in rows if (name := (row.channel, row.external_id)) in said}
    unnamed = [row for row in rows if row.external_id is None]
    unnamed.sort(key=lambda row: row.part)  # of a part the latest attempt comes last
    for name in sorted(said.keys() - found.keys()):
        messages = {one.outbox_id for one in said[name]}
        mine = [one for one in unnamed if one.channel == name[0] and one.outbox_id in messages]
        mine = [one for one in mine if one.result in (None, "uncertain")] or mine
        if mine:
            found[name] = [one for one in mine if one.part == mine[0].part][-1]
            unnamed.remove(found[name])
    return found


def _moved(send: Row[*tuple[Any, ...]], said: Rows) -> dict[str, Any]:
    """What a send is after what was said of it: forward, never back. An error is that of what it
    came to."""
    latest = max(said, key=lambda receipt: _place(receipt.state))
    forward = _place(latest.state) > _place(send.result)
    error = send.error
    if forward and "failed" in (send.result, latest.state):
        error = latest.error
    elif forward:
        error = latest.error or send.error
    elif latest.state == send.result:
        error = send.error or latest.error
    return {
        "id": send.id,
        "external_id": latest.external_id,
        "result": latest.state if forward else send.result,
        "error": error,
    }


async def _reached(db: AsyncConnection, message_id: UUID, judged_at: datetime | None) -> None:
    """What was said not to have arrived is there: where that had its address taken for one where
    nobody can be reached, it is so no longer."""
    message = select(outbox.c.urn_id).where(outbox.c.id == message_id)
    theirs = select(contact_urns.c.urn_id).join(
        outbox, (outbox.c.contact_id == contact_urns.c.contact_id) & (outbox.c.id == message_id)
    )
    marked = update(urns).where(
        urns.c.id.in_(union(message, theirs)), urns.c.unreachable_at == judged_at
    )
    await db.execute(marked.values(unreachable_at=None))


async def roll_up(db: AsyncConnection, message_ids: Collection[UUID]) -> None:
    """Bring messages that were handed over to the state of their parts: failed if one failed,
    else as far as the last of them, unless they are being asked about. One that came back, to be
    said again, has gone after all where nothing of it is failed any more; not while it is being
    said again: then that has its end first, and whichever attempt arrived counts."""
    if not message_ids:
        return
    attempts = await _attempts(db, message_ids)
    if any(len(each) > 1 for each in attempts.values()):  # others may be told of other parts
        mine = select(outbox.c.id).where(outbox.c.id.in_(message_ids)).order_by(outbox.c.id)
        await db.execute(mine.with_for_update())
        attempts = await _attempts(db, message_ids)
    rows = []
    for message_id, each in sorted(attempts.items()):
        parts = _parts(each)
        failed = [part.error for part in parts if part.result == "failed"]
        state = "failed" if failed else min((part.result for part in parts), key=_place)
        if state in ("sent", *ARRIVED, "failed"):
            error = failed[0] if failed else None
            rows.append({"_id": message_id, "_state": state, "_error": error})
    await write(db, [Write(_MOVING, rows)] if rows else [])


def _moving(sqlite: bool) -> Update:
    kinds = {"_id": outbox.c.id.type, "_state": outbox.c.state.type, "_error": outbox.c.error.type}
    new: Any = {name: bindparam(name, type_=kind) for name, kind in kinds.items()}
    if not sqlite:
        new = unnested(kinds).c
    handed_over = outbox.c.state.in_(_spelt("sent", "delivered", "read", "failed", "uncertain"))
    has_failed = new["_state"] == literal_column("'failed'", String)
    # Of what is asked about some parts may not have been begun: who asks sees to them.
    asked_about = and_(outbox.c.state == literal_column("'asking'", String), has_failed)
    came_back = and_(
        outbox.c.state.in_(_spelt("queued", "waiting")),
        outbox.c.sent_at.is_not(None),
        ~has_failed,
    )
    moves = or_(handed_over, asked_about, came_back)
    moved = update(outbox).where(outbox.c.id == new["_id"], moves)
    gone_at = func.coalesce(outbox.c.sent_at, outbox.c.claimed_at)
    still = and_(outbox.c.error == literal_column(f"'{delays.ARRIVING}'"), new["_error"].is_(None))
    error = case((still, outbox.c.error), else_=new["_error"])
    return moved.values(state=new["_state"], error=error, sent_at=gone_at)


def _spelt(*states: str) -> list[ColumnElement[str]]:
    return [literal_column(f"'{state}'", String) for state in states]


_MOVING = Direct(_moving)


async def _attempts(db: AsyncConnection, message_ids: Collection[UUID]) -> dict[UUID, Rows]:
    """What the attempts at messages came to, oldest first."""
    query = (
        select(sends.c.outbox_id, sends.c.channel, sends.c.part, sends.c.result, sends.c.error)
        .where(sends.c.outbox_id.in_(message_ids))
        .order_by(sends.c.id)
    )
    found: dict[UUID, Rows] = {}
    for row in (await db.execute(query)).all():
        found.setdefault(row.outbox_id, []).append(row)
    return found


def _parts(attempts: Rows) -> Rows:
    """The attempt at each part that counts: the one that arrived, else the last. Those by another
    channel than the last do not: it makes parts of its own."""
    parts: dict[int, Row[*tuple[Any, ...]]] = {}
    for one in attempts:
        if one.channel != attempts[-1].channel:
            continue
        before = parts.get(one.part)
        arrived = before is not None and before.result in ARRIVED
        if before is None or not arrived or _place(one.result) > _place(before.result):
            parts[one.part] = one
    return list(parts.values())


def _place(state: str | None) -> int:
    return _ORDER.index(state) if state in _ORDER else -1


async def unknown(db: AsyncConnection, before: datetime) -> int:
    """How many receipts came before a moment for messages nobody knows."""
    query = select(receipts.c.id).where(~receipts.c.joined, receipts.c.at < before)
    return len((await db.execute(query)).all())
