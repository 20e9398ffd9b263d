"""Whole stories by WhatsApp and SMS, with the programme's own web server, workers and sender, and
nothing played but Twilio and the telephones."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import database as store
from storage import outbox
from tests.channels.twilio.programme import Programme, running
from tests.channels.twilio.talking import Talker, registers_in_spanish, takes_up_a_role
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer

ROSA, JOSE = "Rosa Pineda", "Jose Lara"
NEWS = "Feria en Gracias el sabado a las 9."


def nothing_was_refused(server: TwilioServer) -> None:
    assert [(call.code, call.why, call.fields) for call in server.refused] == []
    assert all(status == 200 for status in server.posts)


@pytest.mark.timeout(120)
async def test_two_register_in_spanish_meet_and_hear_an_announcement_by_whatsapp_and_by_sms(
    server: TwilioServer, sqlite_url: str, tmp_path: Path
) -> None:
    rosa = Talker(server.person("whatsapp:+50499887766", reads=True))
    jose = Talker(server.person("+50499112233"))
    ines = Talker(server.person("whatsapp:+50488000001", name="Inés"))
    alma = Talker(server.person("whatsapp:HN.13491208655302741918"))
    database = await store.connect(sqlite_url, DATABASE_KEY)
    async with running(server, database, tmp_path) as programme:
        await takes_up_a_role(programme, alma, "broker", "Alma Reyes")
        await takes_up_a_role(programme, ines, "coordinator", "Inés Paz")
        await registers_in_spanish(rosa, ROSA)
        await registers_in_spanish(jose, JOSE)
        await they_meet(rosa, jose, alma)
        await all_hear_of_a_fair(server, rosa, jose)
        await server.settled()
        nothing_was_refused(server)
        await everything_went(programme)
    await database.close()


async def they_meet(rosa: Talker, jose: Talker, alma: Talker) -> None:
    await jose.says("PARTNERS", "conocer")
    await jose.says("1", "promotor")
    await alma.hears("would like to meet")
    await alma.picks("Approve", "Now both are asked")
    await jose.hears("¿Quiere conocerse?")
    await rosa.hears("¿Quiere conocer a esta persona?")
    jose.never_saw(ROSA)
    rosa.never_saw(JOSE)
    await jose.says("1", "otra persona")
    await jose.says("1", "diga que si")
    await rosa.picks("Sí", "otra persona")
    await rosa.picks("Por este chat", JOSE, "+50499112233")
    await jose.hears(ROSA)
    jose.never_saw("99887766")


async def all_hear_of_a_fair(server: TwilioServer, *everybody: Talker) -> None:
    ines = Talker(server.people["whatsapp:+50488000001"])
    ines.seen = len(ines.person.screen)
    await ines.says("announce", "Who shall get")
    await ines.picks("Everyone", "In which language")
    await ines.picks("One text for all", "write the announcement")
    await ines.says(NEWS, "Shall we send it now?")
    await ines.picks("Yes", "It is on its way")
    for one in everybody:
        await one.hears("Feria en Gracias el")


async def everything_went(programme: Programme) -> None:
    async with programme.pipeline.database.read() as db:
        depth = await outbox.depth(db)
    assert {state for state, (count, _) in depth.items() if count} == set()
