"""Whole stories on Telegram, by webhook and by asking: every call taken, none refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.invitations import new_code
from storage import contacts, invitations, urns
from storage.database import Database
from tests.channels.telegram.programme import MORNING, Programme, running
from tests.standins.telegram import TelegramServer
from tests.standins.telegram_people import Person

ANSWERS = ("tejido", "hamacas y bufandas", "Gracias", "12", "tres")


@asynccontextmanager
async def played(
    server: TelegramServer, database: Database, folder: Path, public: bool
) -> AsyncIterator[Programme]:
    """The programme running; afterwards no call of it was refused and every press answered."""
    async with running(server, database, folder, public=public) as programme:
        yield programme
        await server.settled()
        await programme.telegram.rest()
    assert server.refused == []
    assert [call.method for call in server.calls if call.code >= 500] == []
    answered = [query for one in server.people.values() for query in one.answered]
    assert sorted(answered) == sorted(server.presses)


async def registers(person: Person, called: str) -> str:
    """Through the registration in Spanish, by buttons and by words; what was said last."""
    assert "idioma" in (await person.reply_to("/start")).text
    await person.reply_to_tap("Español")
    await person.reply_to_tap("Sí")
    assert called in (await person.reply_to(called)).text
    for answer in ANSWERS:
        shown = await person.reply_to(answer)
    assert "Quiero vender más" in shown.buttons
    await person.reply_to_tap("Quiero vender más")
    return (await person.reply_to_tap("Sí")).text


async def staff(server: TelegramServer, database: Database, number: int, role: str) -> Person:
    """Somebody who follows the link of an invitation."""
    code = new_code()
    async with database.begin() as db:
        await invitations.make(db, code, role, MORNING, area=("HN-LE",))
    person = server.person(number, "Rosa")
    await person.reply_to(f"/start {code}")
    await person.reply_to_tap("Español")
    await person.reply_to_tap("Sí")
    assert "MENU" in (await person.reply_to("Rosa Paz")).text
    return person


async def test_an_artisan_registers_in_spanish_by_webhook_and_by_asking(
    server: TelegramServer, database: Database, tmp_path: Path
) -> None:
    public = database.sqlite
    ana = server.person(101, "Ana")
    async with played(server, database, tmp_path, public):
        assert "Su registro está listo" in await registers(ana, "Ana López")
        assert "Ana López" in (await ana.reply_to("perfil")).text
    async with database.read() as db:
        found = await contacts.known(db, "telegram:101")
        assert found is not None and found[0].name == "Ana López" and found[0].language == "es"
    assert set(server.commands) == {"", "en", "es", "fr", "sw"}
    assert server.menu == {"type": "commands"}
    assert bool(server.hook) is public


async def test_two_are_introduced_and_each_gets_what_was_promised(
    server: TelegramServer, sqlite: Database, tmp_path: Path
) -> None:
    async with played(server, sqlite, tmp_path, public=True):
        rosa = await staff(server, sqlite, 901, "broker")
        bea, ana = server.person(102, "Bea"), server.person(101, "Ana")
        await registers(bea, "Beatriz Cruz")
        await registers(ana, "Ana López")
        shown = await ana.reply_to("socios")
        assert "Beatriz" not in shown.text
        await ana.reply_to("1")
        assert "Beatriz Cruz" in (await rosa.hears("quiere conocer a")).text
        await rosa.reply_to_tap("Aprobar")
        await ana.hears("Rosa Paz está de acuerdo")
        await ana.reply_to_tap("Sí")
        await bea.hears("Alguien quiere trabajar con usted")
        before = "\n".join(one.text for one in bea.screen)
        assert "Ana" not in before
        await bea.reply_to_tap("Sí")
        for person, name in ((ana, "Beatriz Cruz"), (bea, "Ana López")):
            told = await person.hears("las dos personas dijeron que sí")
            assert name in told.text or name in "\n".join(one.text for one in person.screen)
        await ana.reply_to("mensaje")
        await ana.reply_to("1")
        await ana.reply_to("¿Nos vemos el viernes?")
        await bea.hears("Ana López escribe: ¿Nos vemos el viernes?")


async def test_an_announcement_reaches_all_but_who_blocked_the_bot(
    server: TelegramServer, sqlite: Database, tmp_path: Path
) -> None:
    async with played(server, sqlite, tmp_path, public=True):
        ines = await staff(server, sqlite, 902, "coordinator")
        bea, ana = server.person(102, "Bea"), server.person(101, "Ana")
        await registers(bea, "Beatriz Cruz")
        await registers(ana, "Ana López")
        bea.blocked = True  # silently: the report of it was lost
        await ines.reply_to("anunciar")
        await ines.reply_to_tap("Todas las personas")
        await ines.reply_to("Español")
        preview = await ines.reply_to("Feria el sábado en Gracias.")
        assert "Feria el sábado" in preview.text
        await ines.reply_to_tap("Sí")
        await ana.hears("Feria el sábado en Gracias.")
        async with asyncio.timeout(10):
            while not await is_unreachable(sqlite, "telegram:102"):
                await asyncio.sleep(0.01)
        report = await ines.reply_to("informes")
        assert re.search(r"\b1\b", report.text)
        assert not any("Feria" in one.text for one in bea.screen)
        assert "hola" not in (await bea.reply_to("menu")).text
    assert not await is_unreachable(sqlite, "telegram:102")


async def test_who_was_away_for_thirty_days_is_told_where_they_were_and_goes_on(
    server: TelegramServer, sqlite: Database, tmp_path: Path
) -> None:
    ana = server.person(101, "Ana")
    async with played(server, sqlite, tmp_path, public=True) as programme:
        await ana.reply_to("/start")
        await ana.reply_to_tap("Español")
        await ana.reply_to_tap("Sí")
        assert "hace usted" in (await ana.reply_to("Ana López")).text
        programme.clock.pass_(days=30)
        await programme.pipeline.coordination.wake("timers")
        await ana.hears("no está completo")  # of its three reminders the last
        back = await ana.reply_to("tejidos")
        assert "Registro" in back.text and "productos" in back.text
        assert "Registro" not in (await ana.reply_to("hamacas")).text
        assert sum("no está completo" in one.text for one in ana.screen) == 1


async def is_unreachable(database: Database, address: str) -> bool:
    async with database.read() as db:
        found = await urns.by_address(db, address)
    return found is not None and found.unreachable_at is not None
