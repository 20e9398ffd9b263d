"""Sending what turns left to be said: each attempt noted before the call, each result after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.base import Channel, Judging, Recipient, Wire
from bot.messages import (
    Gone,
    NeedsTemplate,
    Rejected,
    Reply,
    Result,
    RetryAt,
    Sent,
    Uncertain,
    read_reply,
)
from bot.openings import NOTICE
from bot.pipeline import detours, returned
from bot.pipeline.parts import Pipeline, is_passing
from bot.pipeline.permission import Drop, Wait, permission
from bot.turn import CONSENT, REPLY
from storage import consents, contacts, outbox, sends, urns
from storage.contacts import Contact
from storage.outbox import Row
from storage.sends import Attempt, Send
from storage.urns import Urn

log = structlog.get_logger()

AT_ONCE = 32
TRIES = 10
CALL = 75.0
"""Seconds a call may take, files included; longer, and nobody knows what became of it."""

LEASE = timedelta(seconds=90)
"""After so long without a result, whoever was sending has died."""

LINK_LASTS = timedelta(days=30)
DONE = ("sent", "delivered", "read")


@dataclass(frozen=True)
class Job:
    """A message being sent, from the part of `attempt` on. `ask`: an earlier attempt at that part
    has no result, so the far side is asked first. `repeat`: it is a reply, on a channel where
    nobody ever knows; what becomes uncertain goes once more, but not the parts in `doubted`."""

    attempt: Attempt
    urn_id: UUID
    channel: Channel
    recipient: Recipient
    wires: tuple[Wire, ...]
    ask: bool = False
    repeat: bool = False
    doubted: frozenset[int] = frozenset()


async def send_due(pipeline: Pipeline) -> int:
    """Send what is due, one message an address, the addresses side by side. Gives how many left
    the queue."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        rows = await outbox.claim(db, now, AT_ONCE, tuple(pipeline.channels))
        jobs = await _prepared(db, pipeline, rows, now)
    await _each(pipeline, jobs)
    return len(rows)


async def recover(pipeline: Pipeline, lease: timedelta = LEASE) -> int:
    """Take up what was being sent when its process died. Gives how many."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        rows = await outbox.unfinished(db, now - lease)
        jobs = await _prepared(db, pipeline, rows, now)
    await _each(pipeline, jobs)
    return len(rows)


async def _each(pipeline: Pipeline, jobs: Sequence[Job]) -> None:
    done = await asyncio.gather(*(_send(pipeline, job) for job in jobs), return_exceptions=True)
    for problem in done:
        if isinstance(problem, BaseException):
            raise problem


async def _prepared(
    db: AsyncConnection, pipeline: Pipeline, rows: Sequence[Row], now: datetime
) -> list[Job]:
    """What may go, noted as being sent; the rest put off, laid aside or given up."""
    if not rows:
        return []
    people = {row.contact_id for row in rows if row.contact_id is not None}
    known = await contacts.by_ids(db, people)
    agreed = await consents.given_by(db, people, CONSENT)
    addresses = await urns.by_ids(db, {row.urn_id for row in rows})
    earlier = await sends.of(db, [row.id for row in rows])
    jobs = []
    for row in rows:
        contact = known.get(row.contact_id) if row.contact_id else None
        urn = addresses[row.urn_id]
        country = pipeline.house.settings.country
        match permission(row, contact, urn, row.contact_id in agreed, country, now):
            case Drop(why=why):
                await outbox.drop(db, row.id, why)
                log.info("send.dropped", outbox=str(row.id), why=why)
            case Wait(until=until):
                await outbox.postpone(db, row.id, until)
            case None:
                job = await _job(db, pipeline, row, (contact, urn), earlier[row.id], now)
                jobs += [job] if job else []
    return jobs


async def _job(
    db: AsyncConnection,
    pipeline: Pipeline,
    row: Row,
    whose: tuple[Contact | None, Urn],
    earlier: Sequence[Send],
    now: datetime,
) -> Job | None:
    channel, urn = pipeline.channels[row.channel], whose[1]
    recipient = Recipient(
        urn.address or "", urn.look or "", urn.heard_at, urn.line or "", waits=row.rank != REPLY
    )
    caps = await channel.caps(db, recipient, now)
    refused = detours.found_closed(earlier, urn.heard_at) + (not caps.window)
    if row.state == "queued" and refused:
        around = await detours.around(db, pipeline, row, whose, channel, refused, now)
        if around is None:
            return None
        wires = around
    elif row.state == "queued" and row.purpose == NOTICE:
        await outbox.drop(db, row.id, "overtaken")
        return None
    else:
        reply = read_reply(row.reply or {})
        opening = detours.opening(row, whose[0], channel) if refused else None
        rendered = channel.render(reply, caps, _link(pipeline, reply, now))
        wires = opening.wires if opening is not None and opening.whole else rendered
    part = _first_open(earlier)
    if not wires or part >= len(wires):
        part = max(0, len(wires) - 1)
    wait = max(
        [
            await pipeline.coordination.take(pace.bucket, pace.rate, pace.burst)
            for pace in channel.paces(recipient)
        ],
        default=0.0,
    )
    if wait and row.state == "queued":
        await outbox.postpone(db, row.id, now + timedelta(seconds=wait))
        return None
    (attempt,) = await sends.begin(db, [row], now, part=part)
    ask = any(send.part == part and send.result is None for send in earlier)
    doubted = frozenset(send.part for send in earlier if send.result == "uncertain")
    repeat = row.rank == REPLY and not channel.answers(recipient)
    return Job(attempt, row.urn_id, channel, recipient, wires, ask, repeat, doubted)


def _first_open(earlier: Sequence[Send]) -> int:
    """The first part that nobody knows to have been handed over."""
    handed_over = {send.part for send in earlier if send.result in DONE}
    part = 0
    while part in handed_over:
        part += 1
    return part


def _link(pipeline: Pipeline, reply: Reply, now: datetime) -> str:
    if reply.media is None or not reply.media.id:
        return ""
    return pipeline.media.address + pipeline.media.link(UUID(reply.media.id), now, LINK_LASTS)


async def _send(pipeline: Pipeline, job: Job) -> None:
    """Hand over part after part; the result of one is committed together with the next's begin."""
    attempt, ask = job.attempt, job.ask
    while True:
        result = await _called(pipeline, job, attempt, ask)
        following = await _settled(pipeline, job, attempt, result)
        metrics.SENDS.labels(attempt.channel, type(result).__name__.lower()).inc()
        log.info(
            "send.done",
            outbox=str(attempt.message_id),
            part=attempt.part,
            channel=attempt.channel,
            result=type(result).__name__,
        )
        if following is None:
            return
        attempt, ask = following, False


async def _called(pipeline: Pipeline, job: Job, attempt: Attempt, ask: bool) -> Result:
    key = f"{attempt.message_id}.{attempt.part}"
    if not job.wires:
        return Rejected("nothing to say")
    limit = asyncio.timeout(CALL)
    try:
        async with limit:
            wire, now = job.wires[attempt.part], pipeline.clock()
            if ask and (found := await job.channel.find(job.recipient, wire, key, now)) is not None:
                return found
            return await job.channel.send(job.recipient, wire, key, pipeline.clock())
    except Exception as problem:
        if is_passing(problem) and not limit.expired():
            raise
        log.error("send.failed", outbox=str(attempt.message_id), problem=type(problem).__name__)
        return Uncertain(type(problem).__name__)


async def _settled(
    pipeline: Pipeline, job: Job, attempt: Attempt, result: Result
) -> Attempt | None:
    """Note the result. Gives the attempt at the next part, where there is one."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        match result:
            case Sent(external_id=external_id):
                last = attempt.part + 1 >= len(job.wires)
                await sends.settle(
                    db,
                    attempt,
                    now,
                    result="sent",
                    external_id=external_id,
                    state="sent" if last else None,
                )
                if isinstance(job.channel, Judging):
                    await returned.judge_early(db, pipeline, attempt, now)
                return None if last else await sends.begin_part(db, attempt, now)
            case RetryAt(at=at, why=why) if attempt.number < TRIES:
                await sends.settle(
                    db, attempt, now, result="retry", error=why, state="queued", due_at=at
                )
            case NeedsTemplate():
                error = detours.closed(result)
                await sends.settle(
                    db, attempt, now, result="retry", error=error, state="queued", due_at=now
                )
            case Uncertain(why=why) if job.repeat and attempt.part not in job.doubted:
                metrics.REPEATED.labels(attempt.channel).inc()
                await sends.settle(
                    db, attempt, now, result="uncertain", error=why, state="queued", due_at=now
                )
            case Uncertain(why=why):
                await sends.settle(
                    db, attempt, now, result="uncertain", error=why, state="uncertain"
                )
            case Gone(why=why):
                await sends.settle(db, attempt, now, result="failed", error=why, state="failed")
                mine = attempt.message_id if attempt.part == 0 else None
                await detours.leave(db, pipeline, job.urn_id, result, mine, now)
            case Rejected(why=why) | RetryAt(why=why):
                await sends.settle(db, attempt, now, result="failed", error=why, state="failed")
    return None
