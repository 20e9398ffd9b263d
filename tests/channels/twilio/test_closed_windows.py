"""What comes to somebody on WhatsApp who has not written for a day, and to whom nothing comes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.messages import Choice
from bot.openings import READ_IT
from bot.pipeline import detours
from storage import contacts, outbox, urns
from tests.channels.twilio.closed import ROSA, TEL, agrees_to_sms, comes_to, queue, rosa_agrees, row
from tests.channels.twilio.programme import Programme
from tests.channels.twilio.talking import Talker
from tests.channels.twilio.templates import approve
from tests.standins.twilio import TwilioServer
from tests.standins.twilio_resources import Fault


@pytest.fixture
async def rosa(server: TwilioServer, programme: Programme) -> Talker:
    """Rosa speaks Spanish, has agreed, and wrote by WhatsApp two days ago."""
    person = server.person(ROSA)
    person.heard_at = programme.clock()
    await rosa_agrees(programme)
    programme.clock.pass_(days=2)
    return Talker(person)


async def test_without_a_template_it_waits_for_their_next_word(
    programme: Programme, rosa: Talker
) -> None:
    message = await queue(programme, "Alguien quiere conocerle.")
    await comes_to(programme, message, "waiting")
    assert rosa.person.screen == []
    async with programme.pipeline.database.read() as db:
        assert await outbox.waiting_by(db) == {("whatsapp", "introduction"): 1}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{programme.address}/metrics") as response,
    ):
        shown = await response.text()
    counted = 'artisan_outbox_waiting_for_word{channel="whatsapp",purpose="introduction"} 1.0'
    assert counted in shown
    await rosa.says("hola", "Alguien quiere conocerle.")


async def test_it_goes_by_sms_if_they_agreed_to_that(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    choices = (Choice("Sí", "t.1.yes"), Choice("No", "t.1.no"))
    message = await queue(programme, "¿Quiere conocer a alguien?", choices=choices)
    await by_sms.hears("¿Quiere conocer a alguien?\n1 Si\n2 No")
    found = await comes_to(programme, message, "delivered")
    assert found.channel == "sms"
    assert rosa.person.screen == []
    assert server.refused == []


@pytest.mark.parametrize("said", ["stopped", "unreachable", "shared"])
async def test_a_number_that_may_not_be_written_to_is_no_way_round(
    server: TwilioServer, programme: Programme, rosa: Talker, said: str
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    async with programme.pipeline.database.begin() as db:
        urn = await urns.by_address(db, TEL)
        assert urn is not None
        if said == "stopped":
            await urns.stop(db, urn.id, programme.clock())
        elif said == "unreachable":
            await urns.change(db, urn.id, unreachable_at=programme.clock())
        else:
            await urns.change(db, urn.id, shared=True)
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "waiting")
    assert by_sms.person.screen == []


async def test_a_template_says_that_something_is_there_and_the_button_brings_it(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    message = await queue(programme, "Alguien quiere conocerle.")
    shown = await rosa.hears("Hola de parte de Artisan Connect. Alguien quiere trabajar con usted.")
    assert shown.template and shown.rendered.buttons == {"Leer": READ_IT}
    assert (await row(programme, message)).state == "waiting"
    await rosa.picks("Leer", "Alguien quiere conocerle.")
    await comes_to(programme, message, "delivered", "sent")
    assert rosa.news() == []
    sent = [call.fields for call in server.accepted if "ContentSid" in call.fields]
    assert all("ValidityPeriod" not in form for form in sent)
    assert server.refused == []


async def test_a_second_message_brings_no_second_notice_while_the_first_is_unanswered(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    one, two = [await queue(programme, text) for text in ("Primero.", "Segundo.")]
    await rosa.hears("Hola de parte de")
    for message in (one, two):
        await comes_to(programme, message, "waiting")
    await rosa.picks("Leer", "Primero.")
    await rosa.hears("Segundo.")
    assert len(rosa.person.screen) == 3


async def test_an_announcement_goes_whole_on_one_line(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    text = "Feria en Gracias\n\n\tel sábado,   a las 9"
    message = await queue(programme, text, "announcement", variables=("Artisan Connect", text))
    shown = await rosa.hears("Noticias de Artisan Connect: Feria en Gracias el sábado, a las 9")
    assert shown.template
    await comes_to(programme, message, "delivered")


async def test_a_long_announcement_is_read_after_a_notice(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    text = "Feria en Gracias. " * 80
    await queue(programme, text, "announcement", variables=("Artisan Connect", text))
    await rosa.hears("Hay un mensaje para usted.")
    await rosa.picks("Leer", "Feria en Gracias.")


async def test_where_meta_knows_no_such_language_the_second_one_is_taken(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme, "fr")
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, ROSA)
        assert found is not None
        await contacts.change(db, found[0].id, language="am", second_language="fr")
    await queue(programme, "Alguien quiere conocerle.")
    await rosa.hears("Bonjour de la part de")


async def test_a_template_that_meta_paused_is_not_used(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    server.resources.judge("artisan_", "paused")
    assert programme.whatsapp.templates is not None
    await programme.whatsapp.templates.look()
    await comes_to(programme, await queue(programme, "Alguien quiere conocerle."), "waiting")


async def test_where_whatsapp_sees_the_window_closed_and_we_do_not_it_is_found_out_late(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    async with programme.pipeline.database.begin() as db:
        urn = await urns.by_address(db, ROSA)
        assert urn is not None
        await urns.change(db, urn.id, heard_at=programme.clock())
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "waiting")
    assert [call.status for call in server.calls if call.what == "message"] == [201]
    await rosa.says("hola", "Noticias.")


async def test_what_waits_goes_as_soon_as_templates_are_approved(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    message = await queue(programme, "Alguien quiere conocerle.")
    await comes_to(programme, message, "waiting")
    await approve(server, programme)
    await detours.reconsider(programme.pipeline)
    await rosa.hears("Alguien quiere trabajar con usted.")


async def test_where_a_notice_does_not_get_through_the_message_goes_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    by_sms = await agrees_to_sms(server, programme)
    rosa.person.delivers = "63041"
    await queue(programme, "Alguien quiere conocerle.")
    await by_sms.hears("Alguien quiere conocerle.")


async def test_what_whatsapp_withholds_as_a_template_too_waits_and_is_not_lost(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    async with programme.pipeline.database.begin() as db:
        urn = await urns.by_address(db, ROSA)
        assert urn is not None
        await urns.change(db, urn.id, heard_at=programme.clock())
    rosa.person.delivers = "63049"
    text = ("Artisan Connect", "Feria el sábado.")
    message = await queue(programme, "Feria el sábado.", "announcement", variables=text)
    await comes_to(programme, message, "waiting")
    assert sum(call.what == "message" for call in server.accepted) == 2
    rosa.person.delivers = "delivered"
    await rosa.says("hola", "Feria el sábado.")


async def test_who_is_not_to_be_had_by_sms_gets_it_where_they_wrote_last(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    by_sms.person.delivers = "30006"
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "waiting")
    assert (await row(programme, message)).channel == "whatsapp"
    await rosa.says("hola", "Noticias.")


async def test_a_code_for_an_address_goes_to_no_other(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    message = await queue(programme, "K7Q2", "link_code", rank=0)
    await comes_to(programme, message, "waiting")
    assert by_sms.person.screen == []


@pytest.mark.parametrize("code", ["63003", "63024", "63032"])
async def test_who_is_not_on_whatsapp_any_more_gets_it_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker, code: str
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    rosa.person.delivers = code
    await rosa.person.say("hola")
    await queue(programme, "Noticias.")
    await by_sms.hears("Noticias.")


async def test_who_blocked_us_on_whatsapp_is_not_followed_by_sms(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    rosa.person.delivers = "63033"
    async with programme.pipeline.database.begin() as db:
        urn = await urns.by_address(db, ROSA)
        assert urn is not None
        await urns.change(db, urn.id, heard_at=programme.clock())
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "failed")
    assert by_sms.person.screen == []
    assert (await row(programme, await queue(programme, "Más."))).state in ("queued", "dropped")


async def test_what_could_not_be_delivered_for_now_is_sent_once_more_and_not_again(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    by_sms.person.delivers = "30003"
    message = await queue(programme, "Noticias.")
    async with asyncio.timeout(10):
        while (found := await row(programme, message)).error != "30003 telephone off or away":
            await asyncio.sleep(0.02)
    assert found.state == "queued"
    programme.clock.pass_(minutes=16)
    await programme.pipeline.coordination.wake("outbox")
    await comes_to(programme, message, "failed")
    assert sum(call.fields.get("To") == "+50499887766" for call in server.accepted) == 2


async def test_stop_by_sms_is_twilios_to_answer_and_ours_to_keep(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    ana = Talker(server.person("+50499000001"))
    await ana.says("hola", "idioma")
    await ana.person.say("STOP")
    await settled(programme)
    assert len(ana.person.screen) == 1
    await ana.says("START", "idioma")
    assert server.refused == []


async def settled(programme: Programme) -> None:
    async with asyncio.timeout(10):
        while True:
            async with programme.pipeline.database.read() as db:
                if not await outbox.unsent(db):
                    return
            await asyncio.sleep(0.02)


async def test_stop_by_whatsapp_is_answered_once_and_holds(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await rosa.says("STOP", "INICIO")
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "dropped")
    assert len(rosa.person.screen) == 1


async def test_who_said_stop_to_twilio_alone_is_stopped_here_too(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    by_sms = await agrees_to_sms(server, programme)
    by_sms.person.opted_out = True
    message = await queue(programme, "Noticias.")
    await comes_to(programme, message, "failed")
    async with programme.pipeline.database.read() as db:
        urn = await urns.by_address(db, TEL)
    assert urn is not None and urn.stopped_at is not None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
async def test_whatever_order_and_however_often_statuses_come_the_last_state_stays(
    server: TwilioServer, programme: Programme, rosa: Talker, order: tuple[int, ...]
) -> None:
    server.late = True
    rosa.person.reads = True
    await rosa.says("hola", "?")
    message = await queue(programme, "Noticias.", rank=0)
    await comes_to(programme, message, "sent")
    await server.settled()
    await server.release(order=lambda number: order.index(number % 3), times=2)
    await comes_to(programme, message, "read")
    assert set(server.posts) == {200}


async def test_a_status_that_comes_before_the_answer_to_the_call_is_joined(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await rosa.says("hola", "?")
    server.faults.append(Fault("messages", after="slow"))
    message = await queue(programme, "Noticias.", rank=0)
    await comes_to(programme, message, "delivered")
    assert server.refused == []
