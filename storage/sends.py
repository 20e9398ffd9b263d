"""Sends: each attempt to hand a part of a message to a channel, noted before the call, and what
it came to, noted after it. A process that dies in between leaves an attempt without a result."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    String,
    bindparam,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids, receipts
from storage.outbox import Row
from storage.tables import outbox, sends
from storage.time import Moment


@dataclass(frozen=True)
class Attempt:
    """That a part of a message is being sent. `number` is the message's attempt it belongs to:
    who has an older one has lost the message to somebody else."""

    id: UUID
    message_id: UUID
    part: int
    number: int
    channel: str


@dataclass(frozen=True)
class Send:
    """An attempt as kept: `result` None while under way (or its process died), else sent,
    delivered, read, failed, retry, uncertain. `done_at`: when it came to something, be it that
    nobody knows what."""

    id: UUID
    outbox_id: UUID
    part: int
    channel: str
    external_id: str | None
    result: str | None
    error: str | None
    at: datetime
    done_at: datetime | None


async def begin(
    db: AsyncConnection,
    messages: Sequence[Row],
    now: datetime,
    *,
    part: int = 0,
    channel: str | None = None,
) -> list[Attempt]:
    """Note that these messages are being sent, from `part` on. Commit, then call their channels.

    Takes messages of `outbox.claim` or `outbox.unfinished`; `channel` where it is another one
    than the message's."""
    return await begin_each(db, [(row, part, channel or row.channel) for row in messages], now)


async def begin_each(
    db: AsyncConnection, wanted: Sequence[tuple[Row, int, str]], now: datetime
) -> list[Attempt]:
    """As `begin`, each message from its own part on and by its own channel."""
    if not wanted:
        return []
    taken = update(outbox).where(outbox.c.id.in_([row.id for row, _, _ in wanted]))
    attempts = outbox.c.attempts + 1
    await db.execute(taken.values(state="sending", attempts=attempts, claimed_at=now))
    begun = [
        Attempt(ids.new(now), row.id, part, row.attempts + 1, channel)
        for row, part, channel in wanted
    ]
    await _note(db, begun, now)
    return begun


def following(before: Attempt, part: int, now: datetime) -> Attempt:
    """The attempt at a further part of the same message; `begin_parts` notes it."""
    return Attempt(ids.new(now), before.message_id, part, before.number, before.channel)


async def begin_part(db: AsyncConnection, before: Attempt, now: datetime) -> Attempt:
    """Note that the next part is being sent. Commit before the call."""
    attempt = following(before, before.part + 1, now)
    await begin_parts(db, [attempt], now)
    return attempt


async def begin_parts(db: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Note that further parts are being sent. Commit before the calls."""
    if not attempts:
        return
    await _note(db, attempts, now)
    mine = [{"which": one.message_id, "number": one.number} for one in attempts]
    await db.execute(_THEIRS.values(claimed_at=now), mine)


async def _note(db: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    rows = [
        {
            "id": attempt.id,
            "outbox_id": attempt.message_id,
            "part": attempt.part,
            "channel": attempt.channel,
            "at": now,
        }
        for attempt in attempts
    ]
    await db.execute(insert(sends), rows)


_THEIRS = update(outbox).where(
    outbox.c.id == bindparam("which"),
    or_(outbox.c.state == "sending", outbox.c.state == "asking"),  # many at once take no IN
    outbox.c.attempts == bindparam("number"),
)
"""The messages of attempts, where nobody has taken them over."""


@dataclass(frozen=True)
class Outcome:
    """What an attempt came to. `result`: sent, retry, failed, uncertain.

    `state` is what the message comes to with it: None where another part follows, "queued" (to be
    tried again at `due_at`), "waiting", "asking" (from `due_at`), "sent", "failed", "uncertain",
    "dropped"."""

    attempt: Attempt
    result: str
    external_id: str = ""
    error: str = ""
    state: str | None = None
    due_at: datetime | None = None


async def settle(
    db: AsyncConnection,
    attempt: Attempt,
    now: datetime,
    *,
    result: str,
    external_id: str | None = None,
    error: str = "",
    state: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Note what one attempt came to (see `Outcome`). False where the message is no longer this
    attempt's: somebody took it over."""
    outcome = Outcome(attempt, result, external_id or "", error, state, due_at)
    mine = state is None or await _is_mine(db, attempt)
    await settle_each(db, [outcome], now)
    return mine


async def _is_mine(db: AsyncConnection, attempt: Attempt) -> bool:
    query = select(outbox.c.seq).where(
        outbox.c.id == attempt.message_id,
        outbox.c.state.in_(("sending", "asking")),
        outbox.c.attempts == attempt.number,
    )
    return (await db.execute(query)).first() is not None


async def settle_each(
    db: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
) -> set[tuple[str, str]]:
    """Note what attempts came to, with one statement a kind. What a receipt has said of one stands;
    a message that somebody took over is left to them. Gives the (channel, far side's id) of which
    receipts had come before."""
    if not outcomes:
        return set()
    told = or_(*(sends.c.result == state for state in ("sent", "delivered", "read", "failed")))
    noting = update(sends).where(sends.c.id == bindparam("which"))
    noting = noting.values(
        result=case((told, sends.c.result), else_=bindparam("came", type_=String)),
        external_id=func.coalesce(bindparam("name", type_=String), sends.c.external_id),
        error=func.coalesce(bindparam("why", type_=String), sends.c.error),
        done_at=func.coalesce(sends.c.done_at, literal(now, Moment)),
    )
    await db.execute(
        noting,
        [
            {
                "which": one.attempt.id,
                "came": one.result,
                "name": one.external_id or None,
                "why": one.error[:200] or None,
            }
            for one in outcomes
        ],
    )
    over = [one for one in outcomes if one.state is not None]
    if over:
        moving = _THEIRS.values(
            state=bindparam("to", type_=String),
            error=bindparam("why", type_=String),
            due_at=func.coalesce(bindparam("due", type_=Moment), outbox.c.due_at),
            sent_at=case(
                (bindparam("more", type_=Boolean), null()),
                else_=func.coalesce(bindparam("at", type_=Moment), outbox.c.sent_at),
            ),
        )
        await db.execute(moving, [_moved(one, now) for one in over])
    return await _joined(db, outcomes)


def _moved(one: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "which": one.attempt.message_id,
        "number": one.attempt.number,
        "to": one.state,
        "why": one.error[:200] or None,
        "due": one.due_at,
        "at": now if one.state == "sent" else None,
        # A message whose next part waits has not gone as a whole: see `receipts.roll_up`.
        "more": one.state == "queued" and one.result in ("sent", "delivered", "read"),
    }


async def _joined(db: AsyncConnection, outcomes: Sequence[Outcome]) -> set[tuple[str, str]]:
    """Apply the receipts that came before what they are about was noted."""
    named = {(one.attempt.channel, one.external_id) for one in outcomes if one.external_id}
    early = await receipts.said_of(db, named)
    await receipts.join_each(db, early)
    await receipts.roll_up(db, {one.attempt.message_id for one in outcomes if one.state})
    return set(early)


async def told(db: AsyncConnection, attempts: Sequence[Attempt]) -> set[UUID]:
    """Of which of these attempts a receipt has said that the far side has it."""
    known = sends.c.result.in_(("sent", "delivered", "read"))
    query = select(sends.c.id).where(sends.c.id.in_([one.id for one in attempts]), known)
    return set((await db.execute(query)).scalars().all())


async def explain(db: AsyncConnection, send_id: UUID, why: str, now: datetime) -> None:
    """Put in words what a failed attempt came to, of which only the code was known, and that this
    is known from now: so is all that followed."""
    failed = update(sends).where(sends.c.id == send_id)
    await db.execute(failed.values(error=why[:200], done_at=now))


async def has_failed(db: AsyncConnection, send_id: UUID) -> bool:
    """Whether a receipt has said of an attempt that it failed."""
    query = select(sends.c.id).where(sends.c.id == send_id, sends.c.result == "failed")
    return (await db.execute(query)).first() is not None


async def by_external_ids(
    db: AsyncConnection, channel: str, external_ids: Collection[str]
) -> set[UUID]:
    """The messages whose parts the far side calls by these ids."""
    query = select(sends.c.outbox_id).where(
        sends.c.channel == channel, sends.c.external_id.in_(external_ids)
    )
    return set((await db.execute(query)).scalars().all())


async def of(db: AsyncConnection, message_ids: Collection[UUID]) -> dict[UUID, list[Send]]:
    """The attempts of messages, oldest first."""
    query = select(sends).where(sends.c.outbox_id.in_(message_ids)).order_by(sends.c.id)
    found: dict[UUID, list[Send]] = {message_id: [] for message_id in message_ids}
    for row in (await db.execute(query)).all():
        found[row.outbox_id].append(Send(**row._mapping))
    return found


def by(channel: str, attempts: Sequence[Send]) -> list[Send]:
    """Of attempts those by one channel: whatever another one said of them, or took, says nothing
    of the parts that this one makes of the message."""
    return [one for one in attempts if one.channel == channel]


async def has_begun(db: AsyncConnection, message_id: UUID) -> bool:
    """Whether a part of a message was handed over."""
    gone = sends.c.result.in_(("sent", "delivered", "read"))
    query = select(sends.c.id).where(sends.c.outbox_id == message_id, gone).limit(1)
    return (await db.execute(query)).first() is not None


async def short_of(
    db: AsyncConnection, channel: str, external_ids: Collection[str], state: str
) -> list[str]:
    """Which of these parts are not known to have come as far as delivered or read. A part that
    is on a screen before its sending was noted is among them."""
    as_far = ("delivered", "read", "failed") if state == "delivered" else ("read", "failed")
    query = select(sends.c.external_id).where(
        sends.c.channel == channel,
        sends.c.external_id.in_(external_ids),
        sends.c.result.in_(as_far),
    )
    known = set((await db.execute(query)).scalars().all())
    return [id for id in external_ids if id not in known]


async def uncertain(db: AsyncConnection, since: datetime) -> int:
    """How many attempts since a moment nobody knows the end of."""
    query = select(func.count()).where(sends.c.result == "uncertain", sends.c.at >= since)
    return int((await db.execute(query)).scalar_one())


async def known(db: AsyncConnection, channel: str, external_ids: Collection[str]) -> set[str]:
    """Which of these ids of the far side are of messages we know to have sent."""
    query = select(sends.c.external_id).where(
        sends.c.channel == channel, sends.c.external_id.in_(external_ids)
    )
    return set((await db.execute(query)).scalars().all())
