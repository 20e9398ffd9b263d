"""How often somebody on WhatsApp who does not answer is told that a message is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import openings
from bot.channels.twilio_templates import Templates
from bot.pipeline import detours
from bot.turn import CONSENT
from storage import consents, contacts, outbox
from storage.consents import Consent
from storage.database import Database
from tests.channels.twilio.closed import ROSA, comes_to, queue, row
from tests.channels.twilio.programme import Programme, running
from tests.channels.twilio.talking import Talker
from tests.channels.twilio.templates import approve
from tests.standins.twilio import TwilioServer

NOTICE = "Alguien quiere trabajar con usted."


@pytest.fixture
async def programme(
    server: TwilioServer, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    async with running(server, database, tmp_path) as stands:
        yield stands


@pytest.fixture
async def rosa(server: TwilioServer, programme: Programme) -> Talker:
    """Rosa wrote by WhatsApp two days ago, and does not answer."""
    now = programme.clock()
    async with programme.pipeline.database.begin() as db:
        contact, _ = await contacts.meet(db, ROSA, now, via="whatsapp", country="HN", language="es")
        await contacts.change(db, contact.id, hours="00-24")
        await consents.note(db, Consent(contact.id, "whatsapp", CONSENT, "1", "asked", True, now))
    programme.clock.pass_(days=2)
    return Talker(server.person(ROSA))


async def starts_again(programme: Programme) -> int:
    """What a process that has just started knows of templates, and how many it looks at again."""
    whatsapp = programme.whatsapp
    templates = Templates(whatsapp.api)
    assert await templates.look()
    whatsapp.templates = templates
    return await detours.reconsider(programme.pipeline)


async def test_of_the_same_message_nobody_is_told_again_however_often_we_start(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    message = await queue(programme, "Alguien quiere conocerle.")
    await rosa.hears(NOTICE)
    await comes_to(programme, message, "waiting")
    for _ in range(3):
        programme.clock.pass_(days=2)
        assert await starts_again(programme) == 0
    assert (await row(programme, message)).state == "waiting"
    assert len(rosa.person.screen) == 1


async def test_what_was_written_soon_after_a_notice_brings_none_later_and_what_is_written_then_does(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    await comes_to(programme, await queue(programme, "Primero."), "waiting")
    await rosa.hears(NOTICE)
    programme.clock.pass_(hours=20)
    second = await queue(programme, "Segundo.")
    await comes_to(programme, second, "waiting")
    programme.clock.pass_(days=2)
    await starts_again(programme)
    await comes_to(programme, second, "waiting")
    async with programme.pipeline.database.read() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        lately = programme.clock() - timedelta(days=1)
        assert not await outbox.was_noticed(db, found[1].id, openings.NOTICE, lately)
    await comes_to(programme, await queue(programme, "Tercero."), "waiting")
    await rosa.hears(NOTICE)
    await rosa.picks("Leer", "Primero.")
    await rosa.hears("Segundo.")
    await rosa.hears("Tercero.")
    assert sum(NOTICE in shown.text for shown in rosa.person.screen) == 2


async def test_what_was_approved_while_nobody_was_at_work_brings_what_waits_for_it(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    message = await queue(programme, "Alguien quiere conocerle.")
    await comes_to(programme, message, "waiting")
    await approve(server, programme)
    programme.clock.pass_(days=3)
    await starts_again(programme)
    await rosa.hears(NOTICE)
    await rosa.picks("Leer", "Alguien quiere conocerle.")
