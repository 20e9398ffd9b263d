"""A picture on its way to somebody on WhatsApp: nothing that was said after it comes before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from bot.messages import Attachment, Reply, reply_json
from bot.pipeline.outbox import send_due
from bot.turn import CONSENT
from storage import consents, contacts, ids, outbox
from storage.consents import Consent
from storage.database import Database
from storage.outbox import Outgoing
from tests.channels.twilio.programme import Programme, standing
from tests.standins.twilio import TwilioServer

ROSA = "whatsapp:+50499887766"
PATIENCE = 10


@pytest.fixture
async def programme(
    server: TwilioServer, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    """Rosa has agreed and wrote just now; what becomes of a message is told by the test."""
    server.late = True
    async with standing(server, database, tmp_path) as stands:
        now = stands.clock()
        server.person(ROSA).heard_at = now
        async with database.begin() as db:
            contact, _ = await contacts.meet(
                db, ROSA, now, via="whatsapp", country="HN", language="es"
            )
            word = Consent(contact.id, "whatsapp", CONSENT, "1", "asked", True, now)
            await consents.note(db, word)
        yield stands


async def queue(programme: Programme, text: str, rank: int, *, picture: bool = False) -> UUID:
    now = programme.clock()
    photo = Attachment("photo", id=str(ids.new(now)), type="image/jpeg") if picture else None
    reply = Reply(text, media=photo, language="es")
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        message = Outgoing(
            ids.new(now), found[0].id, found[1].id, "whatsapp", rank, "t", reply_json(reply), now
        )
        await outbox.put(db, [message], now)
    return message.id


async def sends(programme: Programme, server: TwilioServer) -> list[str]:
    """What goes now, in its order."""
    before = len(server.messages)
    while await send_due(programme.pipeline):
        pass
    return [str(message["body"]) for message in server.messages[before:]]


async def told(programme: Programme, server: TwilioServer, message: UUID, state: str) -> None:
    form = {"MessageSid": server.messages[0]["sid"], "MessageStatus": state, "To": ROSA}
    url = f"{programme.address}/twilio/status?o={message}"
    assert await server.post_once(url, form) == 200


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("state", ["delivered", "read", "failed", ""])
async def test_what_was_written_before_or_after_it_went_comes_after_the_picture_and_in_order(
    server: TwilioServer, programme: Programme, rank: int, state: str
) -> None:
    picture = await queue(programme, "one", rank, picture=True)
    await queue(programme, "two", rank)
    assert await sends(programme, server) == ["one"]
    programme.clock.pass_(seconds=2)
    await queue(programme, "three", rank)
    assert await sends(programme, server) == []
    await told(programme, server, picture, "sent")
    assert await sends(programme, server) == []
    if state:
        await told(programme, server, picture, state)
    else:
        programme.clock.pass_(seconds=PATIENCE)
    assert await sends(programme, server) == ["two", "three"]


async def test_a_picture_that_arrived_holds_up_nothing_any_more(
    server: TwilioServer, programme: Programme
) -> None:
    picture = await queue(programme, "one", 0, picture=True)
    assert await sends(programme, server) == ["one"]
    await told(programme, server, picture, "delivered")
    await queue(programme, "two", 0)
    assert await sends(programme, server) == ["two"]
    async with programme.pipeline.database.read() as db:
        row = (await outbox.by_ids(db, [picture]))[picture]
    assert (row.state, row.error) == ("delivered", None)
