"""Messages of several parts: whatever becomes of one, the others go, and none goes for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.channels.base import Opening
from bot.messages import Attachment, Reply, reply_json
from bot.pipeline import outbox as sending
from bot.pipeline import recovering
from bot.turn import ALERT, CONSENT, REPLY
from storage import consents, contacts, ids, outbox, urns
from storage.consents import Consent
from storage.contacts import Contact
from storage.database import connect
from storage.outbox import Outgoing
from storage.urns import Urn
from tests.channels.twilio.closed import ROSA
from tests.channels.twilio.programme import Programme, standing
from tests.conftest import DATABASE_KEY
from tests.pipeline.test_outbox import LONG
from tests.standins.twilio import TwilioServer

TEL = "tel:+50499887766"


@pytest.fixture
async def programme(
    server: TwilioServer, sqlite_url: str, tmp_path: Path
) -> AsyncIterator[Programme]:
    """Rosa wrote by WhatsApp just now; what Twilio has to say of a message is said by the test."""
    server.late = True
    database = await connect(sqlite_url, DATABASE_KEY)
    async with standing(server, database, tmp_path) as stands:
        now = stands.clock()
        server.person(ROSA).heard_at = now
        async with database.begin() as db:
            contact, urn = await contacts.meet(
                db, ROSA, now, via="whatsapp", country="HN", language="es"
            )
            await contacts.change(db, contact.id, hours="00-24")
            await urns.change(db, urn.id, heard_at=now)
            for by in ("whatsapp", "sms"):
                await consents.note(db, Consent(contact.id, by, CONSENT, "1", "asked", True, now))
        yield stands
    await database.close()


async def rosa(programme: Programme) -> tuple[Contact, Urn]:
    async with programme.pipeline.database.read() as db:
        known = await contacts.known(db, ROSA)
    assert known is not None
    return known


async def queue(
    programme: Programme, reply: Reply, rank: int, urn_id: UUID | None = None, by: str = "whatsapp"
) -> UUID:
    (contact, urn), now = await rosa(programme), programme.clock()
    said = reply_json(reply)
    message = Outgoing(ids.new(now), contact.id, urn_id or urn.id, by, rank, "t", said, now)
    async with programme.pipeline.database.begin() as db:
        await outbox.put(db, [message], now)
    return message.id


def with_voice(programme: Programme) -> Reply:
    """A reply that WhatsApp takes in two parts."""
    own = str(ids.new(programme.clock()))
    return Reply("words", media=Attachment("voice", id=own, type="audio/ogg"), language="es")


async def is_told(
    programme: Programme, server: TwilioServer, message: UUID, state: str, **more: str
) -> None:
    """What became of the last part that was sent."""
    last = server.messages[-1]
    form = {"MessageSid": last["sid"], "To": ROSA, "MessageStatus": state, **more}
    assert await server.post_once(f"{programme.address}/twilio/status?o={message}", form) == 200


async def all_sent(programme: Programme) -> None:
    while await sending.send_due(programme.pipeline):
        pass


def said(server: TwilioServer) -> list[Any]:
    return [one["body"] for one in server.messages]


@pytest.mark.parametrize("when", ["before", "after", "never"])
@pytest.mark.parametrize("state", ["sent", "delivered"])
async def test_who_dies_after_the_first_part_leaves_the_second_to_others_whatever_is_told(
    server: TwilioServer, programme: Programme, when: str, state: str
) -> None:
    message, pipeline = await queue(programme, Reply(LONG[:2500]), REPLY), programme.pipeline
    got, _ = await sending._claimed(pipeline, "whatsapp", 64)
    (job,) = got.jobs
    await job.channel.send(job.recipient, job.wires[0], f"{message}.0", programme.clock())
    if when == "before":
        await is_told(programme, server, message, state)
    programme.clock.pass_(seconds=13)
    assert await recovering.recover(pipeline) == 1
    if when == "after":
        await is_told(programme, server, message, state)
    for _ in range(4):
        programme.clock.pass_(seconds=20)
        await recovering.ask_due(pipeline)
        await all_sent(programme)
    assert len(server.messages) == len(job.wires) == 2


@pytest.mark.parametrize("rank", [REPLY, ALERT])
async def test_a_voice_note_that_does_not_arrive_is_not_said_for_ever_and_its_words_come(
    server: TwilioServer, programme: Programme, rank: int
) -> None:
    message = await queue(programme, with_voice(programme), rank)
    await all_sent(programme)
    for _ in range(5):
        programme.clock.pass_(seconds=2)
        await is_told(programme, server, message, "undelivered", ErrorCode="63019")
        await all_sent(programme)
    assert said(server) == ["", "words"]


async def test_what_goes_by_whatsapp_after_it_failed_by_sms_goes_in_all_its_parts(
    server: TwilioServer, programme: Programme
) -> None:
    (contact, _), now = await rosa(programme), programme.clock()
    async with programme.pipeline.database.begin() as db:
        tel = await urns.note(db, TEL, now, via="sms")
        await urns.link(db, tel.id, contact.id, now, why="test")
    message = await queue(programme, with_voice(programme), ALERT, tel.id, "sms")
    await all_sent(programme)
    number = TEL.removeprefix("tel:")
    await is_told(programme, server, message, "undelivered", To=number, ErrorCode="30005")
    await all_sent(programme)
    programme.clock.pass_(seconds=11)
    await all_sent(programme)
    assert said(server)[1:] == ["", "words"]


async def test_what_a_template_did_not_bring_comes_in_all_its_parts_after_their_word(
    server: TwilioServer, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Opening(({"form": [["Body", "template"]], "text": "template"},), True)
    monkeypatch.setattr(type(programme.whatsapp), "opening", lambda *_: opening)
    programme.clock.pass_(days=2)
    server.person(ROSA).heard_at = programme.clock()  # the stand-in takes it as a template
    message = await queue(programme, with_voice(programme), ALERT)
    await all_sent(programme)
    await is_told(programme, server, message, "undelivered", ErrorCode="63018")
    programme.clock.pass_(minutes=2)
    _, urn = await rosa(programme)
    async with programme.pipeline.database.begin() as db:
        await urns.change(db, urn.id, heard_at=programme.clock())
        await outbox.release_waiting(db, urn.id, programme.clock())
    await all_sent(programme)
    programme.clock.pass_(seconds=11)
    await all_sent(programme)
    assert said(server) == ["template", "", "words"]
