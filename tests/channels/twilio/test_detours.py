"""What goes by SMS to somebody whose WhatsApp is closed is a message of its own there: whatever
WhatsApp said of it before, or took, is not said of the SMS."""

from __future__ import annotations

from uuid import UUID

import pytest

from bot.pipeline import detours
from storage import contacts, outbox, sends, urns
from tests.channels.twilio.closed import ROSA, agrees_to_sms, comes_to, queue, rosa_agrees, row
from tests.channels.twilio.programme import Programme
from tests.channels.twilio.talking import Talker
from tests.standins.twilio import TwilioServer
from tests.standins.twilio_resources import Fault

LONG = " ".join(f"Noticia {number} de la feria de Gracias." for number in range(60))


@pytest.fixture
async def rosa(server: TwilioServer, programme: Programme) -> Talker:
    """Rosa has agreed, and wrote by WhatsApp just now, as far as we know."""
    await rosa_agrees(programme)
    return Talker(server.person(ROSA))


@pytest.mark.parametrize("told", ["at the call", "by a receipt"])
async def test_where_whatsapp_sees_the_window_closed_and_we_do_not_it_goes_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker, told: str
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    if told == "at the call":
        server.faults.append(Fault("messages", 400, 63016))
    else:
        rosa.person.delivers = "63016"
    message = await queue(programme, "Noticias.")
    await by_sms.hears("Noticias.")
    assert (await comes_to(programme, message, "delivered")).channel == "sms"
    assert rosa.person.screen == []


async def half_gone(programme: Programme, text: str) -> UUID:
    """A message of which WhatsApp took the first part and refused the second."""
    async with programme.pipeline.database.begin() as db:
        urn = await urns.by_address(db, ROSA)
        assert urn is not None
        await urns.change(db, urn.id, heard_at=None)
    message = await queue(programme, text)
    await comes_to(programme, message, "waiting")
    now = programme.clock()
    async with programme.pipeline.database.begin() as db:
        found = (await outbox.by_ids(db, [message]))[message]
        (first,) = await sends.begin(db, [found], now)
        second = await sends.begin_part(db, first, now)
        await sends.settle(db, first, now, result="sent", external_id=f"SM{message.hex}")
        refused = f"{detours.CLOSED}63016 window"
        await sends.settle(db, second, now, result="retry", error=refused, state="waiting")
    return message


async def goes_elsewhere(programme: Programme, message: UUID, bad: bool) -> bool:
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        waiting = (await outbox.by_ids(db, [message]))[message]
        return await detours.elsewhere(db, programme.pipeline, *found, waiting, bad)


async def test_what_went_in_part_by_whatsapp_is_not_said_again_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    message = await half_gone(programme, LONG)
    await agrees_to_sms(server, programme)
    assert not await goes_elsewhere(programme, message, bad=False)
    assert (await row(programme, message)).state == "waiting"


async def test_what_went_in_part_to_an_address_that_is_none_goes_as_a_whole_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    message = await half_gone(programme, LONG)
    by_sms = await agrees_to_sms(server, programme)
    assert await goes_elsewhere(programme, message, bad=True)
    await programme.pipeline.coordination.wake("outbox")
    await comes_to(programme, message, "delivered")
    shown = " ".join(one.text for one in by_sms.person.screen)
    assert shown.split() == LONG.split()
