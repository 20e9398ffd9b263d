"""Photos and voice notes both ways on WhatsApp, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select

from bot.messages import Attachment, Reply, reply_json
from storage import contacts, ids, media, outbox
from storage import database as store
from storage.outbox import Outgoing
from storage.tables import media as files
from tests.channels.twilio.programme import Programme, running
from tests.channels.twilio.talking import Talker, registers_in_spanish
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer
from tests.standins.twilio_resources import Fault

ROSA = "whatsapp:+50499887766"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 80
OGG = b"OggS\x00\x02" + b"\x00" * 22 + b"\x01\x13OpusHead" + b"\x00" * 60
PDF = b"%PDF-1.7\n" + b"\x00" * 80


@pytest.fixture
async def programme(
    server: TwilioServer, sqlite_url: str, tmp_path: Path
) -> AsyncIterator[Programme]:
    database = await store.connect(sqlite_url, DATABASE_KEY)
    async with running(server, database, tmp_path / "media") as stands:
        yield stands
    await database.close()


async def kept(programme: Programme, count: int) -> list[tuple[str, int]]:
    """The kind and size of the files that were kept, once there are so many."""
    async with asyncio.timeout(10):
        while True:
            async with programme.pipeline.database.read() as db:
                rows = (await db.execute(select(files.c.kind, files.c.size))).all()
            if len(rows) >= count:
                return [(row.kind, row.size) for row in rows]
            await asyncio.sleep(0.02)


async def test_a_photo_and_a_voice_note_are_fetched_once_and_kept(
    server: TwilioServer, programme: Programme
) -> None:
    rosa = Talker(server.person(ROSA))
    await registers_in_spanish(rosa, "Rosa Pineda")
    server.faults.append(Fault("media", 500))
    await rosa.person.attach(JPEG, "image/jpeg", "mi hamaca")
    assert await kept(programme, 1) == [("photo", len(JPEG))]
    await rosa.person.attach(OGG, "audio/ogg")
    assert sorted(await kept(programme, 2)) == [("photo", len(JPEG)), ("voice", len(OGG))]
    assert len(server.fetched) == 2
    async with asyncio.timeout(5):
        while server.files:  # we have them, and Twilio no longer
            await asyncio.sleep(0.02)
    assert server.typing


async def test_a_file_that_is_not_what_it_says_is_not_kept_and_the_words_are_answered(
    server: TwilioServer, programme: Programme
) -> None:
    rosa = Talker(server.person(ROSA))
    await rosa.says("Hola", "idioma habla")
    await rosa.person.attach(b"MZ\x90\x00" * 20, "image/jpeg", "Español")
    await rosa.person.wait(2)
    assert await kept(programme, 0) == []


@pytest.mark.parametrize(
    ("kind", "type", "body"),
    [("voice", "audio/ogg", OGG), ("document", "application/pdf", PDF)],
)
async def test_a_file_of_ours_is_fetched_at_a_signed_link_and_its_words_come_after_it(
    server: TwilioServer, programme: Programme, kind: Literal["voice", "document"],
    type: str, body: bytes,
) -> None:  # fmt: skip
    rosa = Talker(server.person(ROSA))
    await rosa.says("Hola", "idioma habla")
    path = programme.pipeline.media.keep(body)
    now = programme.clock()
    async with programme.pipeline.database.begin() as db:
        file = await media.add(db, now, kind=kind, type=type, size=len(body), path=path)
        found = await contacts.known(db, ROSA)
        assert found is not None
        reply = Reply("Oiga esto.", media=Attachment(kind, id=str(file.id), type=type))
        message = Outgoing(
            ids.new(now), found[0].id, found[1].id, "whatsapp", 0, "x", reply_json(reply), now
        )
        await outbox.put(db, [message], now)
    await programme.pipeline.coordination.wake("outbox")
    await rosa.hears("Oiga esto.")
    async with asyncio.timeout(5):
        while not server.got:  # a far side that takes long gets the words before it has the note
            await asyncio.sleep(0.02)
    assert server.got == [(200, type, body)]
    assert server.refused == []
