"""What Twilio could not bring is found on its list of messages, and nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import metrics
from bot.channels import twilio_missed
from bot.messages import read_incoming
from storage import database as store
from storage import inbox
from tests.channels.twilio.programme import Programme, standing
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer
from tests.standins.twilio_people import Person
from tests.standins.twilio_resources import Fault


@pytest.fixture
async def programme(
    server: TwilioServer, sqlite_url: str, tmp_path: Path
) -> AsyncIterator[Programme]:
    database = await store.connect(sqlite_url, DATABASE_KEY)
    async with standing(server, database, tmp_path) as stands:
        yield stands
    await database.close()


@pytest.fixture
def ana(server: TwilioServer, programme: Programme) -> Person:
    return server.person("whatsapp:+50499887766")


async def kept(programme: Programme) -> int:
    async with programme.pipeline.database.read() as db:
        return (await inbox.depth(db))[0]


async def while_away(server: TwilioServer, person: Person, *texts: str) -> None:
    """Somebody writes and nobody is there."""
    url, server.message_url = server.message_url, "http://127.0.0.1:9/#rc=0"
    for text in texts:
        await person.say(text)
    server.message_url = url


async def catches_up(programme: Programme) -> bool:
    programme.clock.pass_(minutes=2)
    return await twilio_missed.catch_up(programme.pipeline, programme.whatsapp)


async def test_what_was_written_while_we_were_away_is_kept_once(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    jose = server.person("+50499112233")
    await ana.say("antes")
    await while_away(server, ana, "uno", "dos")
    await while_away(server, jose, "tres")
    await while_away(server, ana, "STOP")
    assert await kept(programme) == 1
    for _ in range(2):
        assert await catches_up(programme)
        assert await kept(programme) == 5


@pytest.mark.parametrize("service", ["", "MG" + "1" * 32])
async def test_it_is_counted_by_its_channel_whichever_number_it_came_to(
    server: TwilioServer,
    programme: Programme,
    ana: Person,
    service: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = replace(programme.whatsapp.account, service=service)
    monkeypatch.setattr(programme.whatsapp, "account", account)
    await ana.say("antes")
    before = counted()
    await while_away(server, ana, "uno", "dos")
    await while_away(server, server.person("+50499112233"), "tres")
    assert await catches_up(programme)
    after = counted()
    assert set(after) <= {*before, "whatsapp", "sms"}
    assert after["whatsapp"] - before.get("whatsapp", 0) == 2
    assert after["sms"] - before.get("sms", 0) == 1


def counted() -> dict[str, float]:
    """How many messages were accepted, by channel."""
    (family,) = metrics.ACCEPTED.collect()
    totals = (sample for sample in family.samples if sample.name.endswith("_total"))
    return {sample.labels["channel"]: sample.value for sample in totals}


async def test_where_nobody_had_written_the_list_is_somebody_elses(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    await while_away(server, ana, "a otro")
    assert await catches_up(programme)
    assert await kept(programme) == 0


async def test_ours_the_old_the_young_and_mere_signs_are_let_be(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    await while_away(server, ana, "de ayer")
    programme.clock.pass_(days=2)
    await ana.say("hoy")
    await while_away(server, ana, "👍", "  ")
    assert await catches_up(programme)
    assert await kept(programme) == 1
    await while_away(server, ana, "ahora")
    assert await twilio_missed.catch_up(programme.pipeline, programme.whatsapp)
    assert await kept(programme) == 1


async def test_a_file_is_found_as_well(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    await ana.say("antes")
    url, server.message_url = server.message_url, "http://127.0.0.1:9/#rc=0"
    await ana.attach(b"OggS" + b"0" * 40, "audio/ogg")
    server.message_url = url
    assert await catches_up(programme)
    async with programme.pipeline.database.read() as db:
        row = await inbox.by_external_id(db, "whatsapp", str(server.messages[-1]["sid"]))
    assert row is not None
    (file,) = read_incoming(row.body).attachments
    assert file.kind == "voice"
    assert await programme.whatsapp.fetch(file, 1000) == b"OggS" + b"0" * 40


async def test_while_twilio_does_not_answer_it_is_asked_again_later(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    await ana.say("antes")
    await while_away(server, ana, "uno")
    server.faults.append(Fault("list", 500))
    assert not await catches_up(programme)
    assert await catches_up(programme)
    assert await kept(programme) == 2


async def test_it_is_looked_for_at_the_start_and_after_something_was_not_kept(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    missed = programme.whatsapp.missed
    await ana.say("antes")
    await while_away(server, ana, "uno")
    programme.clock.pass_(minutes=2)
    async with twilio_missed.catching_up(programme.pipeline), asyncio.timeout(5):
        while await kept(programme) < 2:
            await asyncio.sleep(0.02)

    async def fails(*_: object) -> int:
        raise ConnectionRefusedError

    missed.clear()
    object.__setattr__(programme.pipeline.intake, "accept", fails)
    await ana.say("hola")
    assert missed.is_set()


async def test_what_nobody_told_us_of_is_looked_for_now_and_then(
    server: TwilioServer, programme: Programme, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_missed, "EVERY", 0.05)
    monkeypatch.setattr(twilio_missed, "ONCE_MORE", 0.05)
    await ana.say("antes")
    async with twilio_missed.catching_up(programme.pipeline), asyncio.timeout(10):
        while programme.whatsapp.looked_at is None or programme.whatsapp.missed.is_set():
            await asyncio.sleep(0.02)
        await while_away(server, ana, "uno")
        programme.clock.pass_(minutes=2)
        while await kept(programme) < 2:
            await asyncio.sleep(0.02)


async def test_it_is_looked_for_from_the_last_look_on_though_others_were_heard_since(
    server: TwilioServer, programme: Programme, ana: Person
) -> None:
    await ana.say("antes")
    assert await catches_up(programme)
    await while_away(server, ana, "uno")
    programme.clock.pass_(minutes=40)
    await ana.say("otra vez")
    assert await catches_up(programme)
    assert await kept(programme) == 3
