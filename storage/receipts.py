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
    bindparam,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.among import unnested
from storage.conflicts import changing, insert_new
from storage.direct import Direct, Write, write
from storage.tables import outbox, receipts, sends

# Spelt as the partial index spells it.
_UNJOINED = text("receipts.joined IS FALSE")
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
    await join_each(db, {(arrival.channel, arrival.external_id) for arrival in arrivals})
    return new


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
    """What a send is after what was said of it: forward, never back."""
    latest = max(said, key=lambda receipt: _place(receipt.state))
    forward = _place(latest.state) > _place(send.result)
    return {
        "id": send.id,
        "external_id": latest.external_id,
        "result": latest.state if forward else send.result,
        "error": latest.error if forward and latest.error else send.error,
    }


async def roll_up(db: AsyncConnection, message_ids: Collection[UUID]) -> None:
    """Bring messages that were handed over to the state of their parts: failed if one failed,
    else as far as the last of them."""
    if not message_ids:
        return
    parts = await _parts(db, message_ids)
    if any(len(latest) > 1 for latest in parts.values()):  # others may be told of other parts
        mine = select(outbox.c.id).where(outbox.c.id.in_(message_ids)).order_by(outbox.c.id)
        await db.execute(mine.with_for_update())
        parts = await _parts(db, message_ids)
    rows = []
    for message_id, latest in sorted(parts.items()):
        failed = [error for result, error in latest.values() if result == "failed"]
        state = "failed" if failed else min((r for r, _ in latest.values()), key=_place)
        if state in ("sent", "delivered", "read", "failed"):
            error = failed[0] if failed else None
            rows.append({"_id": message_id, "_state": state, "_error": error})
    await write(db, [Write(_MOVING, rows)] if rows else [])


def _moving(sqlite: bool) -> Update:
    kinds = {"_id": outbox.c.id.type, "_state": outbox.c.state.type, "_error": outbox.c.error.type}
    new: Any = {name: bindparam(name, type_=kind) for name, kind in kinds.items()}
    if not sqlite:
        new = unnested(kinds).c
    handed_over = ("sent", "delivered", "read", "failed", "uncertain", "asking")
    states: list[ColumnElement[str]] = [
        literal_column(f"'{state}'", String) for state in handed_over
    ]
    moved = update(outbox).where(outbox.c.id == new["_id"], outbox.c.state.in_(states))
    return moved.values(state=new["_state"], error=new["_error"])


_MOVING = Direct(_moving)


async def _parts(
    db: AsyncConnection, message_ids: Collection[UUID]
) -> dict[UUID, dict[int, tuple[str | None, str | None]]]:
    """The result and error of the last attempt at each part of messages."""
    query = (
        select(sends.c.outbox_id, sends.c.part, sends.c.result, sends.c.error)
        .where(sends.c.outbox_id.in_(message_ids))
        .order_by(sends.c.id)
    )
    parts: dict[UUID, dict[int, tuple[str | None, str | None]]] = {}
    for row in (await db.execute(query)).all():
        parts.setdefault(row.outbox_id, {})[row.part] = (row.result, row.error)
    return parts


def _place(state: str | None) -> int:
    return _ORDER.index(state) if state in _ORDER else -1


async def unknown(db: AsyncConnection, before: datetime) -> int:
    """How many receipts came before a moment for messages nobody knows."""
    query = select(receipts.c.id).where(~receipts.c.joined, receipts.c.at < before)
    return len((await db.execute(query)).all())
