"""Two days after the last words: what WhatsApp lets through, by the flows of the programme."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage import consents, contacts, inbox, outbox, timers, urns
from storage import database as store
from tests.channels.twilio.programme import Programme, running
from tests.channels.twilio.talking import Talker, registers_in_spanish, takes_up_a_role
from tests.channels.twilio.templates import approve
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer

NEWS = "Feria en Gracias\n\nel sábado a las 9."


@pytest.fixture
async def programme(
    server: TwilioServer, postgres_url: str, tmp_path: Path
) -> AsyncIterator[Programme]:
    database = await store.connect(postgres_url, DATABASE_KEY)
    async with running(server, database, tmp_path) as stands:
        yield stands
    await database.close()


@pytest.fixture
async def rosa(server: TwilioServer, programme: Programme) -> Talker:
    one = Talker(server.person("whatsapp:+50499887766"))
    await registers_in_spanish(one, "Rosa Pineda")
    return one


@pytest.mark.timeout(90)
async def test_an_introduction_is_asked_and_answered_by_notices_and_taps(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    alma = Talker(server.person("whatsapp:+50488000002"))
    jose = Talker(server.person("+50499112233"))
    await takes_up_a_role(programme, alma, "broker", "Alma Reyes")
    await registers_in_spanish(jose, "Jose Lara")
    await approve(server, programme)
    programme.clock.pass_(days=2)

    await jose.says("PARTNERS", "conocer")
    await jose.says("1", "promotor")
    await alma.hears("Hello from Artisan Connect. Something waits for your decision.")
    await alma.picks("Read it", "would like to meet")
    await alma.picks("Approve", "Now both are asked")
    shown = await rosa.hears("Alguien quiere trabajar con usted.")
    assert shown.template
    await rosa.picks("Leer", "¿Quiere conocer a esta persona?")
    await rosa.picks("Sí", "otra persona")
    await jose.hears("¿Quiere conocerse?")
    await jose.says("1", "otra persona")
    await jose.says("1", "diga que si")
    await rosa.picks("Por este chat", "Jose Lara")
    await jose.hears("Rosa Pineda")
    assert sum("¿Quiere conocer a esta persona?" in one.text for one in rosa.person.screen) == 1
    assert server.refused == []


@pytest.mark.timeout(90)
async def test_a_question_that_waits_is_asked_where_they_write_and_takes_nothing_for_its_answer(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    alma = Talker(server.person("whatsapp:+50488000002"))
    jose = Talker(server.person("+50499112233"))
    await takes_up_a_role(programme, alma, "broker", "Alma Reyes")
    await registers_in_spanish(jose, "Jose Lara")
    by_sms = Talker(server.person("+50499887766"))
    async with programme.pipeline.database.begin() as db:
        found = await contacts.known(db, "whatsapp:+50499887766")
        assert found is not None
        urn = await urns.link_new(
            db, found[0].id, "tel:+50499887766", found[1].created_at, via="sms"
        )
        before = found[1].created_at - timedelta(hours=1)
        await urns.change(db, urn.id, heard_at=before)  # WhatsApp was last
    programme.clock.pass_(days=2)
    await jose.says("PARTNERS", "conocer")
    await jose.says("1", "promotor")
    await comes_to_wait(programme, "approval")
    await alma.says("hello", "would like to meet")
    await alma.picks("Approve", "Now both are asked")
    await comes_to_wait(programme, "introduction")
    await by_sms.says("1", "Alguien quiere trabajar con usted.", "¿Quiere conocerse?")
    await by_sms.says("1", "otra persona")
    assert ("whatsapp", "introduction") not in await waiting(programme)


async def comes_to_wait(programme: Programme, purpose: str) -> None:
    """Until a message for somebody on WhatsApp waits for their next word."""
    async with asyncio.timeout(10):
        while ("whatsapp", purpose) not in await waiting(programme):
            await asyncio.sleep(0.05)


async def announces(server: TwilioServer, programme: Programme) -> Talker:
    ines = Talker(server.person("whatsapp:+50488000001"))
    await takes_up_a_role(programme, ines, "coordinator", "Inés Paz")
    await ines.says("announce", "Who shall get")
    await ines.picks("Everyone", "In which language")
    await ines.picks("One text for all", "write the announcement")
    await ines.says(NEWS, "Shall we send it now?")
    await ines.picks("Yes", "It is on its way")
    return ines


@pytest.mark.timeout(90)
async def test_an_announcement_comes_whole_by_a_template_and_counts_as_sent(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await approve(server, programme)
    programme.clock.pass_(days=2)
    ines = await announces(server, programme)
    shown = await rosa.hears("Noticias de Artisan Connect", "Feria en Gracias el sábado a las 9.")
    assert shown.template
    await server.settled()
    await ines.says("reports", "For: 1", "Sent: 1")


@pytest.mark.timeout(90)
async def test_who_agreed_to_sms_in_settings_gets_there_what_whatsapp_holds_back(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    await rosa.says("AJUSTES", "quiere cambiar")
    await rosa.picks("Dónde", "escrib")
    await rosa.picks("También por SMS", "cambi")
    async with programme.pipeline.database.read() as db:
        found = await contacts.known(db, "whatsapp:+50499887766")
        assert found is not None and found[0].sms_ok
        words = [w for w in await consents.of(db, found[0].id) if w.purpose == "sms"]
    assert [word.given for word in words] == [True]
    by_sms = Talker(server.person("+50499887766"))
    programme.clock.pass_(days=2)
    await announces(server, programme)
    await by_sms.hears("Feria en Gracias")
    assert not any("Feria" in one.text for one in rosa.person.screen)
    await by_sms.says("AJUSTES", "quiere cambiar")
    await by_sms.says("3", "escrib")
    await by_sms.picks("No mas SMS", "cambi")
    async with programme.pipeline.database.read() as db:
        found = await contacts.known(db, "whatsapp:+50499887766")
    assert found is not None and not found[0].sms_ok
    assert server.refused == []


async def waiting(programme: Programme) -> dict[tuple[str, str], int]:
    async with programme.pipeline.database.read() as db:
        return await outbox.waiting_by(db)


@pytest.mark.timeout(90)
async def test_a_reminder_that_waited_is_dropped_once_they_come_back_by_themselves(
    server: TwilioServer, programme: Programme
) -> None:
    ana = Talker(server.person("whatsapp:+50499000001"))
    await ana.says("Hola", "idioma habla")
    await ana.picks("Español", "usted")
    await ana.picks("Sí", "le dicen")
    programme.clock.pass_(days=2)
    await programme.pipeline.coordination.wake("timers")
    async with asyncio.timeout(10):
        while await waiting(programme) != {("whatsapp", "reminder"): 1}:
            await asyncio.sleep(0.05)
    await ana.says("Ana", "hace usted?")
    assert not any("no está completo" in one.text for one in ana.person.screen)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("address", ["whatsapp:+50499000002", "+50499000003"])
async def test_who_was_away_for_thirty_days_is_told_where_they_were_and_goes_on(
    server: TwilioServer, programme: Programme, address: str
) -> None:
    ana = Talker(server.person(address))
    await ana.says("Hola", "idioma habla")
    await ana.picks("Español", "usted" if ana.person.on_whatsapp else "numero")
    await ana.picks("Sí" if ana.person.on_whatsapp else "Si", "le dicen")
    for days in (1, 7, 22):
        programme.clock.pass_(days=days)
        await programme.pipeline.coordination.wake("timers")
        await nothing_is_due(programme)
    await server.settled()
    before = ana.seen = len(ana.person.screen)
    await ana.says("Ana", "Registro", "hace usted?")
    await ana.says("tejidos", "productos vende")
    assert not any("le dicen" in shown.text for shown in ana.person.screen[before:])
    assert server.refused == []


async def nothing_is_due(programme: Programme) -> None:
    """Until what was to be said unasked has been said, or waits."""
    async with asyncio.timeout(20):
        while True:
            now = programme.clock()
            async with programme.pipeline.database.read() as db:
                due = (await timers.next_due(db), await inbox.next_due(db))
                left = await outbox.unsent(db, due_by=now)
            if not left and all(one is None or one > now for one in due):
                return
            await asyncio.sleep(0.05)
