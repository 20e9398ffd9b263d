"""What follows from laying a message aside: its person and the coordinators are told."""

from __future__ import annotations

from datetime import datetime

import structlog
from msgspec import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alarms, wakes
from bot.gathering import met
from bot.logs import named
from bot.messages import Reply, read_incoming, reply_json
from bot.pipeline.parts import Pipeline, is_passing
from bot.speech import say, spoken
from bot.turn import REPLY
from storage import contacts, ids, inbox, outbox
from storage.contacts import Contact
from storage.urns import Urn

log = structlog.get_logger()

APOLOGY = say(
    "phrase.apology",
    "Sorry, something went wrong with your last message. We have been told. "
    "Please go on, or write HELP to reach a person.",
)


async def apologise(db: AsyncConnection, pipeline: Pipeline, row: inbox.Row, now: datetime) -> None:
    """Tell the person, where it was a person and where they can be told."""
    if row.channel == wakes.CHANNEL:
        return
    try:
        async with db.begin_nested():
            found = await _writer(db, pipeline, row, now)
            if found is not None:
                await outbox.put(db, [_apology(pipeline, *found, row.seq, now)])
    except Exception as problem:
        if is_passing(problem):
            raise
        log.error("apology.failed", inbox=row.seq, problem=named(problem))


async def _writer(
    db: AsyncConnection, pipeline: Pipeline, row: inbox.Row, now: datetime
) -> tuple[Contact, Urn] | None:
    """Who wrote a message: met where nobody knows them, since what met them is undone; where it
    cannot be read, who is known at its address. None: nobody wrote it, or nobody knows who."""
    try:
        incoming = read_incoming(row.body)
    except ValidationError:
        return await contacts.known_at(db, row.urn_digest)
    if incoming.kind in ("blocked", "unblocked"):
        return None
    return await met(db, pipeline.house, incoming, now)


async def alarm(db: AsyncConnection, row: inbox.Row, now: datetime) -> None:
    """Have the coordinators told; where even that fails, the message is laid aside all the same."""
    try:
        async with db.begin_nested():
            await alarms.parked(db, now)
    except Exception as problem:
        if is_passing(problem):
            raise
        log.error("alarm.failed", inbox=row.seq, problem=named(problem))


def _apology(
    pipeline: Pipeline, contact: Contact, urn: Urn, inbox_seq: int, now: datetime
) -> outbox.Outgoing:
    language = contact.language or pipeline.house.settings.languages[0]
    text = spoken(APOLOGY, pipeline.house.catalogues.translate(language))
    return outbox.Outgoing(
        id=ids.new(now),
        contact_id=contact.id,
        urn_id=urn.id,
        channel=urn.via or urn.scheme,
        rank=REPLY,
        purpose="apology",
        reply=reply_json(Reply(text, purpose="apology", language=language)),
        inbox_seq=inbox_seq,
        due_at=now,
    )
