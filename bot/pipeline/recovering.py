"""What nobody knows the end of: what was being sent when its process died, and calls without an
answer. The far side is asked where it can be; nothing is sent from here, it stands in line again.

Who sends says so every few seconds; who has not said so for a while has died."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.base import Channel, Recipient, Wire
from bot.messages import (
    Gone,
    NeedsTemplate,
    Rejected,
    Result,
    RetryAt,
    Sent,
    Uncertain,
    read_reply,
)
from bot.pipeline import detours
from bot.pipeline.parts import Pipeline, is_passing
from bot.pipeline.preparing import DONE, LEFT, doubts, link_of, recipient_of
from bot.turn import BULK
from storage import contacts, sends, underway, urns
from storage.outbox import Row
from storage.sends import Attempt, Outcome, Send

log = structlog.get_logger()

LEASE = timedelta(seconds=12)
"""After so long without a sign whoever was sending has died."""

ASKING = timedelta(seconds=40)
"""As long as one question may take; then another process may ask."""

AGAIN = timedelta(seconds=20)
ASKED_FOR = timedelta(minutes=15)
"""How long a far side that cannot be asked now is asked again, from when nobody knew on."""

NOT_MADE = "not made"
"""The error of a call of which the far side says that it came to nothing."""


async def recover(pipeline: Pipeline, lease: timedelta = LEASE) -> int:
    """Take up what was being sent when its process died. Gives how many messages."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        rows = await underway.unfinished(db, now - lease)
        earlier = await _earlier(db, rows)
        addresses = await urns.by_ids(db, {row.urn_id for row in rows})
        to = {row.id: recipient_of(addresses[row.urn_id], row) for row in rows}
        known = [row for row in rows if _knows_now(pipeline, row, to[row.id])]
        await underway.renew(db, [row.id for row in known], now)
        for row in rows:
            if row not in known:
                await _left(db, pipeline, row, to[row.id], earlier[row.id], now)
    for row in known:
        await _asked(pipeline, row, earlier[row.id], to[row.id])
    if rows:
        log.warning("send.recovered", count=len(rows))
        await pipeline.coordination.wake("outbox")
    return len(rows)


def _knows_now(pipeline: Pipeline, row: Row, to: Recipient) -> bool:
    """Whether the far side can tell at once, so that what comes next need not overtake this."""
    channel = pipeline.channels.get(row.channel)
    return channel is not None and channel.answers(to) and not channel.settled


async def _earlier(db: AsyncConnection, rows: Sequence[Row]) -> dict[UUID, list[Send]]:
    """The attempts of messages by the channels that they go by now."""
    attempts = await sends.of(db, [row.id for row in rows])
    return {row.id: sends.by(row.channel, attempts[row.id]) for row in rows}


async def _left(
    db: AsyncConnection,
    pipeline: Pipeline,
    row: Row,
    to: Recipient,
    earlier: list[Send],
    now: datetime,
) -> None:
    """What a process left behind: the far side is asked, or it stands in line again, where what
    was said twice is not said once more, or, where it is not worth saying twice, it is listed as
    uncertain."""
    channel = pipeline.channels.get(row.channel)
    open_ = [one for one in earlier if one.result is None]
    last = open_[-1] if open_ else earlier[-1]
    if channel is None or not channel.answers(to):
        again = row.rank != BULK
        state = "queued" if again or not open_ else "uncertain"
        if again and {one.part for one in open_} - doubts(earlier)[0]:
            metrics.REPEATED.labels(row.channel).inc()
        due_at = now if state == "queued" else None
    else:
        state, due_at = "asking", max(now, last.at + channel.settled)
    outcomes = [
        Outcome(_attempt(row, one), "uncertain", "", LEFT, state, due_at) for one in open_ or [last]
    ]
    await sends.settle_each(db, outcomes, now)


def _attempt(row: Row, send: Send) -> Attempt:
    return Attempt(send.id, row.id, send.part, row.attempts, send.channel)


async def ask_due(pipeline: Pipeline) -> int:
    """Ask what became of the messages nobody knows the end of. Gives how many were asked about."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        rows = await underway.to_ask(db, now, ASKING)
        earlier = await _earlier(db, rows)
        addresses = await urns.by_ids(db, {row.urn_id for row in rows})
    asking = [
        _asked(pipeline, row, earlier[row.id], recipient_of(addresses[row.urn_id], row))
        for row in rows
    ]
    for problem in await asyncio.gather(*asking, return_exceptions=True):
        if isinstance(problem, BaseException):
            raise problem
    return len(rows)


async def _asked(pipeline: Pipeline, row: Row, earlier: list[Send], recipient: Recipient) -> None:
    """Ask about each part that is in doubt, and note what is known then."""
    channel, now = pipeline.channels.get(row.channel), pipeline.clock()
    _, unsure = doubts(earlier)
    last = {one.part: one for one in earlier}
    found: dict[int, Result | None] = {}
    wires = await _wires(pipeline, channel, row, recipient, earlier, now) if channel else ()
    for part in sorted(unsure):
        if channel is None or part >= len(wires):
            found[part] = Uncertain("cannot be asked")
            continue
        try:
            key = f"{row.id}.{part}"
            found[part] = await channel.find(recipient, wires[part], key, pipeline.clock())
        except Exception as problem:
            if is_passing(problem):
                raise
            log.error("ask.failed", outbox=str(row.id), problem=type(problem).__name__)
            found[part] = Uncertain(type(problem).__name__)
    now = pipeline.clock()
    over = sum(one.result in (*DONE, "failed") for one in last.values())
    since = max((last[part].done_at or last[part].at for part in unsure), default=now)
    state, due_at = _comes_to(since, found, over, len(wires), now)
    outcomes = [
        _noted(_attempt(row, last[part]), result, state, due_at) for part, result in found.items()
    ] or [Outcome(_attempt(row, earlier[-1]), str(earlier[-1].result), "", "", state, due_at)]
    async with pipeline.database.begin() as db:
        await sends.settle_each(db, outcomes, now)
        for part, result in found.items():
            if isinstance(result, Gone):
                mine = row.id if part == 0 else None
                await detours.leave(db, pipeline, row.urn_id, result, mine, now)
    log.info("send.asked", outbox=str(row.id), state=state)
    if state == "queued":
        await pipeline.coordination.wake("outbox")


async def _wires(
    pipeline: Pipeline,
    channel: Channel,
    row: Row,
    recipient: Recipient,
    earlier: Sequence[Send],
    now: datetime,
) -> tuple[Wire, ...]:
    """The calls as they were most likely made: by a template, where the window was shut."""
    if row.reply is None:
        return ()
    async with pipeline.database.read() as db:
        caps = await channel.caps(db, recipient, now)
        known = await contacts.by_ids(db, [row.contact_id]) if row.contact_id else {}
    if not caps.window or detours.found_closed(earlier, recipient.heard_at):
        contact = known.get(row.contact_id) if row.contact_id else None
        opening = detours.opening(row, contact, channel)
        if opening is not None and opening.whole:
            return opening.wires
    reply = read_reply(row.reply)
    return channel.render(reply, caps, link_of(pipeline, reply, now))


def _comes_to(
    since: datetime, found: Mapping[int, Result | None], over: int, count: int, now: datetime
) -> tuple[str, datetime | None]:
    """What a message comes to by the answers, when nobody has known `since` then and so many of
    its parts were over before: sent; in line again for what was certainly not made, or not taken,
    or not begun; asked about again; or, when asking has led nowhere for long, uncertain."""
    if any(isinstance(result, Uncertain) for result in found.values()):
        if now - since < ASKED_FOR:
            return "asking", now + AGAIN
        return "uncertain", None
    again = [result for result in found.values() if isinstance(result, RetryAt)]
    if again:
        return "queued", max(result.at for result in again)
    over += sum(result is not None for result in found.values())
    if over < count or any(isinstance(result, NeedsTemplate) for result in found.values()):
        return "queued", now
    failed = any(not isinstance(result, Sent) for result in found.values())
    return ("failed" if failed else "sent"), None


def _noted(attempt: Attempt, result: Result | None, state: str, due_at: datetime | None) -> Outcome:
    match result:
        case Sent(external_id=external_id):
            return Outcome(attempt, "sent", external_id, "", state, due_at)
        case None:
            return Outcome(attempt, "retry", "", NOT_MADE, state, due_at)
        case NeedsTemplate():
            return Outcome(attempt, "retry", "", detours.closed(result), state, due_at)
        case RetryAt(why=why):
            return Outcome(attempt, "retry", "", why, state, due_at)
        case Uncertain(why=why):
            return Outcome(attempt, "uncertain", "", why, state, due_at)
        case Gone(why=why) | Rejected(why=why):
            return Outcome(attempt, "failed", "", why, state, due_at)
