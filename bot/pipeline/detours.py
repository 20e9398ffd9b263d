"""How a message comes to somebody whose channel lets nothing unprompted through: by a template
that was approved for it, by SMS if they agreed to that, or with their next word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Channel, Detour, Opening, Templated, Wire
from bot.messages import Gone, NeedsTemplate, read_reply, reply_json
from bot.openings import NOTICE, notice
from bot.pipeline.parts import Pipeline
from bot.turn import REPLY
from storage import contacts, outbox, sends, urns
from storage.contacts import Contact
from storage.outbox import Outgoing, Row
from storage.sends import Send
from storage.urns import Urn

log = structlog.get_logger()

BY = "sms"
"""The channel that people agree to be written to by where theirs is closed."""

WINDOW = "window"
"""Why a message waits for its person's next word."""

CLOSED = "closed: "
"""Begins the error of an attempt that came to a closed window."""

AGAIN_AFTER = timedelta(days=1)
"""A message that is written so long after a notice that nobody answered brings another; nothing
else does, be it that we start again or that templates are approved."""


def closed(result: NeedsTemplate) -> str:
    """The error that is noted with an attempt that came to a closed window."""
    return CLOSED + result.why


def found_closed(earlier: Sequence[Send], heard_at: datetime | None) -> int:
    """How often the far side said so since they last wrote."""
    return sum(
        (send.error or "").startswith(CLOSED) and (heard_at is None or send.at >= heard_at)
        for send in earlier
    )


async def around(
    db: AsyncConnection,
    pipeline: Pipeline,
    row: Row,
    whose: tuple[Contact | None, Urn],
    channel: Channel,
    refused: int,
    now: datetime,
) -> tuple[Wire, ...] | None:
    """The calls that bring a message to a closed window. None where it went another way, or waits.

    `refused`: how often it has come to the closed window; a template is not tried twice."""
    contact, urn = whose
    found = opening(row, contact, channel) if refused < 2 else None
    if found is not None and found.whole:
        return found.wires
    if found is not None and contact is not None:
        await outbox.hold(db, row.id, WINDOW)
        await _notify(db, pipeline, row, contact, urn, now)
    elif row.purpose == NOTICE:
        await outbox.drop(db, row.id, "no template")
        for waiting in await outbox.to_go(db, urn.id):
            if waiting.state == "waiting" and waiting.contact_id == row.contact_id:
                await elsewhere(db, pipeline, contact, urn, waiting)
    elif not await elsewhere(db, pipeline, contact, urn, row):
        await outbox.hold(db, row.id, WINDOW)
    return None


async def reconsider(pipeline: Pipeline) -> int:
    """Look again at what waits unannounced where there are templates that were not known. Gives how
    many."""
    count = 0
    for name, channel in pipeline.channels.items():
        found: object = channel
        if isinstance(found, Templated) and found.has_news():
            async with pipeline.database.begin() as db:
                count += await outbox.look_again(db, name, WINDOW, NOTICE, pipeline.clock())
    if count:
        await pipeline.coordination.wake("outbox")
    return count


def opening(row: Row, contact: Contact | None, channel: Channel) -> Opening | None:
    """The template that a message may go by, in their language or their second one."""
    if not isinstance(channel, Templated):
        return None
    reply = read_reply(row.reply or {})
    if row.purpose != NOTICE:
        reply = replace(reply, purpose=row.purpose)
    spoken = (reply.language, contact.second_language if contact else None)
    languages = tuple(dict.fromkeys(language for language in spoken if language))
    return channel.opening(reply, languages)


async def _notify(
    db: AsyncConnection, pipeline: Pipeline, row: Row, contact: Contact, urn: Urn, now: datetime
) -> None:
    """Say that a message is there; not again while they have not answered the last notice."""
    since = row.created_at - AGAIN_AFTER
    since = max(since, urn.heard_at or since)
    if await outbox.was_noticed(db, urn.id, NOTICE, since):
        return
    reply = notice(read_reply(row.reply or {}), row.purpose, pipeline.house)
    message = Outgoing(
        id=uuid5(row.id, f"{NOTICE}.{now:%Y-%m-%dT%H:%M:%S.%f}"),
        contact_id=contact.id,
        urn_id=urn.id,
        channel=row.channel,
        rank=row.rank,
        purpose=NOTICE,
        reply=reply_json(reply),
        due_at=now,
        expires_at=now + AGAIN_AFTER,
    )
    await outbox.put(db, [message], now)


async def elsewhere(
    db: AsyncConnection,
    pipeline: Pipeline,
    contact: Contact | None,
    urn: Urn,
    row: Row,
    bad: bool = False,
) -> bool:
    """Have a message that was not asked for go to another address of theirs. Whether it will.

    By SMS, if they agreed to that; where the address itself is `bad`, also by whatever channel
    they have written to us on. An answer, such as a code, is for who asked and stays. What has
    begun goes on the way it began; from a bad address it goes anew, as a whole."""
    if contact is None or row.rank == REPLY or row.purpose == NOTICE:
        return False
    if not bad and await sends.has_begun(db, row.id):
        return False
    for other in await urns.of(db, contact.id):
        usable = other.stopped_at is None and other.unreachable_at is None and not other.shared
        if other.id == urn.id or not other.address or not usable:
            continue
        channel = BY if other.scheme == "tel" else other.via or other.scheme
        wrote = bad and other.heard_at is not None
        agreed = channel == BY and contact.sms_ok and _reaches(pipeline)
        if (wrote or agreed) and channel in pipeline.channels:
            log.info("send.moved", outbox=str(row.id), channel=channel)
            await outbox.move(db, row.id, other.id, channel)
            return True
    return False


def _reaches(pipeline: Pipeline) -> bool:
    """Whether an SMS can go to somebody who never wrote one."""
    channel: object = pipeline.channels.get(BY)
    return isinstance(channel, Detour) and channel.reaches_strangers


async def leave(
    db: AsyncConnection,
    pipeline: Pipeline,
    urn_id: UUID,
    gone: Gone,
    message_id: UUID | None,
    now: datetime,
) -> None:
    """Nothing goes to an address any more. Where only the address is bad, what was to go there
    goes to another one of theirs, and the message that found it out with it."""
    if gone.stopped:
        await urns.stop(db, urn_id, now)
    else:
        await urns.change(db, urn_id, unreachable_at=now)
    if gone.elsewhere:
        urn = (await urns.by_ids(db, [urn_id]))[urn_id]
        rows = await outbox.to_go(db, urn_id)
        if message_id is not None:
            rows += [(await outbox.by_ids(db, [message_id]))[message_id]]
        people = await contacts.by_ids(db, {row.contact_id for row in rows if row.contact_id})
        for row in sorted(rows, key=lambda row: row.seq):
            if row.contact_id is not None:
                whose = people.get(row.contact_id)
                await elsewhere(db, pipeline, whose, urn, row, bad=True)
    await outbox.drop_for(db, urn_id, "stopped" if gone.stopped else "unreachable")
