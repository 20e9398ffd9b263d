"""What is to be said to Rosa unasked, and what becomes of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

from bot.messages import Reply, reply_json
from bot.turn import CONSENT
from storage import consents, contacts, ids, outbox, urns
from storage.consents import Consent
from storage.outbox import Outgoing, Row
from tests.channels.twilio.programme import Programme
from tests.channels.twilio.talking import Talker
from tests.standins.twilio import TwilioServer

ROSA = "whatsapp:+50499887766"
TEL = "tel:+50499887766"


async def rosa_agrees(programme: Programme) -> None:
    """Rosa, who speaks Spanish, has written by WhatsApp and agreed to be written to."""
    async with programme.pipeline.database.begin() as db:
        contact, _ = await contacts.meet(
            db, ROSA, programme.clock(), via="whatsapp", country="HN", language="es"
        )
        word = Consent(contact.id, "whatsapp", CONSENT, "1", "asked", True, programme.clock())
        await consents.note(db, word)


async def agrees_to_sms(server: TwilioServer, programme: Programme) -> Talker:
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        await contacts.change(db, found[0].id, sms_ok=True)
        urn = await urns.link_new(db, found[0].id, TEL, programme.clock(), via="sms")
        await urns.change(db, urn.id, heard_at=None)
    return Talker(server.person("+50499887766"))


async def queue(
    programme: Programme, text: str, purpose: str = "introduction", rank: int = 1, **more: object
) -> UUID:
    """Have something to say to Rosa unasked."""
    now = programme.clock()
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        message = Outgoing(
            id=ids.new(now),
            contact_id=found[0].id,
            urn_id=found[1].id,
            channel="whatsapp",
            rank=rank,
            purpose=purpose,
            reply=reply_json(Reply(text, language="es", **more)),  # type: ignore[arg-type]
            due_at=now,
        )
        await outbox.put(db, [message], now)
    await programme.pipeline.coordination.wake("outbox")
    return message.id


async def row(programme: Programme, message: UUID) -> Row:
    async with programme.pipeline.database.read() as db:
        return (await outbox.by_ids(db, [message]))[message]


async def comes_to(programme: Programme, message: UUID, *states: str) -> Row:
    """Until a message has one of these states."""
    async with asyncio.timeout(10):
        while (found := await row(programme, message)).state not in states:
            await asyncio.sleep(0.02)
    return found
