"""What may be sent now: asked of the person's wishes, the channel's window and the pace; what may
goes on as a job, noted as begun, before anything is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Channel, Pace, Recipient, Weighing, Wire
from bot.messages import Reply, read_reply
from bot.openings import NOTICE
from bot.pipeline import detours, echoes
from bot.pipeline.coordination import Dry
from bot.pipeline.parts import Pipeline
from bot.pipeline.permission import Drop, Hold, Wait, permission
from bot.turn import BULK, CONSENT, REPLY
from storage import consents, contacts, delays, outbox, sends, underway, urns
from storage.contacts import Contact
from storage.outbox import Row
from storage.sends import Attempt, Send
from storage.urns import Urn

log = structlog.get_logger()

LINK_LASTS = timedelta(days=30)
DONE = ("sent", "delivered", "read")
LEFT = "its process died"
"""Why nobody knows what an attempt came to: not for the far side's silence."""

MOST = 2
"""Times that something is said of which nobody will ever know whether it came."""

LONG = 2.0
"""Seconds from which on a message is put off, instead of being looked at again."""

MANY, SLOW = 32, 0.5
"""So many that wait so many seconds for a common pace are put off: others may have another one."""

PARTS = 4
"""Calls, or segments, that one message often takes."""


@dataclass(frozen=True)
class Job:
    """A message being sent: of its `wires` those in `parts`, in order, `attempt` being at the
    first. `since`: when it was first refused of the times in a row that it was, else now. `repeat`:
    nobody will ever know what became of a call without an answer, and it is worth saying twice;
    the parts in `doubted` are being said for the second time. `unsure`: parts that are not said
    again, and of which the far side will be asked where it can be."""

    row: Row
    attempt: Attempt
    channel: Channel
    recipient: Recipient
    wires: tuple[Wire, ...]
    since: datetime
    parts: tuple[int, ...] = (0,)
    repeat: bool = False
    doubted: frozenset[int] = frozenset()
    unsure: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Prepared:
    """The jobs; and, where messages were left because a common pace is used up, in how many
    seconds it is worth looking again."""

    jobs: list[Job] = field(default_factory=list)
    wait: float = 0.0


@dataclass(frozen=True)
class Ready:
    """A message that may go as soon as the pace allows."""

    row: Row
    urn: Urn
    channel: Channel
    recipient: Recipient
    wires: tuple[Wire, ...]
    parts: tuple[int, ...]
    earlier: Sequence[Send]


async def prepared(
    db: AsyncConnection, pipeline: Pipeline, rows: Sequence[Row], now: datetime
) -> Prepared:
    """Of claimed messages what may go, noted as being sent; the rest put off, laid aside or given
    up. Commit, then call."""
    if not rows:
        return Prepared()
    unasked = {row.contact_id for row in rows if row.contact_id and row.rank != REPLY}
    known = await contacts.by_ids(db, unasked) if unasked else {}
    agreed = await consents.given_by(db, unasked, CONSENT) if unasked else set()
    addresses = await urns.by_ids(db, {row.urn_id for row in rows})
    begun = [row.id for row in rows if row.attempts]
    earlier = await sends.of(db, begun) if begun else {}
    country = pipeline.house.settings.country
    later: dict[UUID, datetime] = {}
    ready = []
    for row in rows:
        contact = known.get(row.contact_id) if row.contact_id else None
        urn = addresses[row.urn_id]
        match permission(row, contact, urn, row.contact_id in agreed, country, now):
            case Drop(why=why):
                await outbox.drop(db, row.id, why)
                log.info("send.dropped", outbox=str(row.id), why=why)
            case Wait(until=until):
                later[row.id] = until
            case Hold(why=why):
                await outbox.hold(db, row.id, why)
            case None:
                attempts = sends.by(row.channel, earlier.get(row.id, ()))
                one = await _ready(db, pipeline, row, (contact, urn), attempts, now)
                ready += [one] if one else []
    await outbox.postpone_each(db, later, delays.HOURS)
    return await _paced(db, pipeline, ready, now)


async def _ready(
    db: AsyncConnection,
    pipeline: Pipeline,
    row: Row,
    whose: tuple[Contact | None, Urn],
    earlier: Sequence[Send],
    now: datetime,
) -> Ready | None:
    channel, urn = pipeline.channels[row.channel], whose[1]
    recipient = recipient_of(urn, row)
    caps = await channel.caps(db, recipient, now)
    refused = detours.found_closed(earlier, urn.heard_at) + (not caps.window)
    wires: tuple[Wire, ...] | None
    if refused and any(send.result in DONE for send in earlier):
        await outbox.hold(db, row.id, detours.WINDOW)  # the rest of it goes the way it began
        return None
    if refused:
        contact = whose[0] or await _contact(db, row)
        wires = await detours.around(db, pipeline, row, (contact, urn), channel, refused, now)
    elif row.purpose == NOTICE:
        await outbox.drop(db, row.id, "overtaken")
        return None
    else:
        reply = read_reply(row.reply or {})
        wires = channel.render(reply, caps, link_of(pipeline, reply, now))
    if wires is None:
        return None
    parts = _open(row, earlier, len(wires), MOST if _repeats(row, channel, recipient) else 1)
    if not parts:
        await underway.lay_aside(db, row.id, earlier[-1].error or "")
        return None
    return Ready(row, urn, channel, recipient, wires, parts, earlier)


async def _contact(db: AsyncConnection, row: Row) -> Contact | None:
    if row.contact_id is None:
        return None
    return (await contacts.by_ids(db, [row.contact_id])).get(row.contact_id)


def recipient_of(urn: Urn, row: Row) -> Recipient:
    """Where a message to an address is written to."""
    waits = row.rank != REPLY
    return Recipient(urn.address or "", urn.look or "", urn.heard_at, urn.line or "", waits)


def link_of(pipeline: Pipeline, reply: Reply, now: datetime) -> str:
    """The link to a reply's media, for channels whose far side fetches it."""
    if reply.media is None or not reply.media.id:
        return ""
    return pipeline.media.address + pipeline.media.link(UUID(reply.media.id), now, LINK_LASTS)


def _repeats(row: Row, channel: Channel, recipient: Recipient) -> bool:
    """Whether it is said again when nobody can know what became of it."""
    return row.rank != BULK and not channel.answers(recipient)


def _open(row: Row, earlier: Sequence[Send], count: int, most: int) -> tuple[int, ...]:
    """The parts that nobody knows to have been handed over, at least the last; but not those of
    which of so many attempts nobody knows the end, nor, of what has not gone as a whole yet, what
    was refused for good or did not arrive."""
    handed_over = {send.part for send in earlier if send.result in DONE}
    uncertain = Counter(send.part for send in earlier if send.result == "uncertain")
    spent = {part for part, often in uncertain.items() if often >= most}
    over = handed_over | spent
    if row.sent_at is None:
        over |= {send.part for send in earlier if _is_over(send)}
    open_ = tuple(part for part in range(count) if part not in over)
    return open_ or (() if spent else (max(0, count - 1),))


def _is_over(send: Send) -> bool:
    return send.result == "failed" and not (send.error or "").startswith(detours.CLOSED)


async def _paced(
    db: AsyncConnection, pipeline: Pipeline, ready: Sequence[Ready], now: datetime
) -> Prepared:
    """Of what may go, what the pace allows now, begun."""
    paces = [_paces(pipeline, one) for one in ready]
    dry = await pipeline.coordination.take_each(paces)
    echoing = await echoes.among(db, pipeline, [o.row for o in ready], [o.urn for o in ready], now)
    going: list[Ready] = []
    later: dict[UUID, datetime] = {}
    waits: list[float] = []
    slow: dict[UUID, datetime] = {}
    for one, wanted, refused in zip(ready, paces, dry, strict=True):
        if one.row.id in echoing:
            await outbox.drop(db, one.row.id, echoes.WHY)
        elif refused is None:
            going.append(one)
        elif _is_long(refused, wanted):
            later[one.row.id] = now + timedelta(seconds=refused.wait)
        else:
            waits.append(refused.wait)
            behind = len(slow) * _weight(one) / wanted[refused.place].rate
            slow[one.row.id] = now + timedelta(seconds=refused.wait + behind)
    if not going and len(waits) >= MANY and min(waits) > SLOW:  # others may stand behind them
        later, waits = later | slow, []
    await outbox.postpone_each(db, later, delays.PACE)
    begun = await sends.begin_each(
        db, [(one.row, one.parts[0], one.row.channel) for one in going], now
    )
    jobs = [_job(one, attempt, now) for one, attempt in zip(going, begun, strict=True)]
    return Prepared(jobs, min(*waits, LONG) if waits else 0.0)


def _paces(pipeline: Pipeline, one: Ready) -> tuple[Pace, ...]:
    """The channel's paces for all calls that are left, the common ones at the rate that the
    operator allows."""
    own, weight = one.channel.paces(one.recipient), _weight(one)
    if weight > 1:
        own = tuple(replace(pace, amount=weight) for pace in own)
    rate = pipeline.house.settings.paces.get(one.channel.name)
    if rate is None:
        return own
    return tuple(
        replace(pace, rate=rate, burst=max(1.0, rate / 5)) if pace.shared else pace for pace in own
    )


def _weight(one: Ready) -> int:
    channel: object = one.channel
    if not isinstance(channel, Weighing):
        return len(one.parts)
    return sum(channel.weight(one.recipient, one.wires[part]) for part in one.parts if one.wires)


def _is_long(refused: Dry, wanted: Sequence[Pace]) -> bool:
    """Whether the message is to be put off: others need not wait for what it waits for. What the
    parts of one message take is not long."""
    pace = wanted[refused.place]
    return not pace.shared or refused.wait > LONG + max(pace.amount, PARTS) / pace.rate


def _job(one: Ready, attempt: Attempt, now: datetime) -> Job:
    doubted, unsure = doubts(one.earlier)
    repeat = _repeats(one.row, one.channel, one.recipient)
    return Job(
        one.row,
        attempt,
        one.channel,
        one.recipient,
        one.wires,
        _refused_since(one.earlier, now),
        one.parts,
        repeat,
        doubted,
        unsure - set(one.parts),
    )


def _refused_since(earlier: Sequence[Send], now: datetime) -> datetime:
    """When the first of the latest attempts was made that were refused one after the other; a
    closed window is not against the message."""
    since = now
    for send in reversed(earlier):
        if send.result != "retry" or (send.error or "").startswith(detours.CLOSED):
            break
        since = send.at
    return since


def doubts(earlier: Sequence[Send]) -> tuple[frozenset[int], frozenset[int]]:
    """Parts of which nobody knows the end of an attempt that was given up, and those of whose last
    attempt nobody does."""
    doubted = {one.part for one in earlier if one.result == "uncertain"}
    last: Mapping[int, Send] = {one.part: one for one in earlier}
    unsure = {part for part, one in last.items() if one.result in (None, "uncertain")}
    return frozenset(doubted), frozenset(unsure)
