"""What Twilio says of a message after it took it, in whatever order that comes: signed callbacks to
the web server, with codes that have a message come back, or an address taken for bad."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.messages import Reply, reply_json
from bot.pipeline.outbox import send_due
from bot.pipeline.receipts import join_left
from bot.turn import CONSENT
from storage import consents, contacts, ids, outbox, urns
from storage.consents import Consent
from storage.database import Database
from storage.outbox import Outgoing, Row
from storage.tables import receipts
from storage.urns import Urn
from tests.channels.twilio.programme import Programme, standing
from tests.standins.twilio import TwilioServer

ARRIVED, FAILED = {"MessageStatus": "delivered"}, {"MessageStatus": "undelivered"}
READ = {"MessageStatus": "read"}


@pytest.fixture
async def programme(
    server: TwilioServer, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    """A web server whose callbacks come only as the test has them come."""
    server.late = True
    async with standing(server, database, tmp_path) as stands:
        yield stands


class Told:
    """A message that was sent to somebody new, of which Twilio tells."""

    def __init__(self, server: TwilioServer, programme: Programme, address: str) -> None:
        self.server, self.programme, self.address = server, programme, address
        self.channel = "whatsapp" if address.startswith("whatsapp:") else "sms"
        self.urn = address if self.channel == "whatsapp" else f"tel:{address}"
        self.database, self.now = programme.pipeline.database, programme.clock()

    async def is_sent(self) -> None:
        self.server.person(self.address).heard_at = self.now
        async with self.database.begin() as db:
            contact, urn = await contacts.meet(
                db, self.urn, self.now, via=self.channel, country="HN", language="es"
            )
            word = Consent(contact.id, self.channel, CONSENT, "1", "asked", True, self.now)
            await consents.note(db, word)
            reply = reply_json(Reply("Noticias.", language="es"))
            message = Outgoing(
                ids.new(self.now), contact.id, urn.id, self.channel, 1, "test", reply, self.now
            )
            await outbox.put(db, [message], self.now)
        self.message, self.before = message.id, len(self.server.messages)
        await send_due(self.programme.pipeline)
        self.sid = self.server.messages[-1]["sid"]

    async def is_told(self, said: dict[str, str]) -> None:
        """One callback, and whatever may be sent because of it."""
        form = {"MessageSid": self.sid, "To": self.address, **said}
        url = f"{self.programme.address}/twilio/status?o={self.message}"
        assert await self.server.post_once(url, form) == 200
        await send_due(self.programme.pipeline)

    async def row(self) -> Row:
        async with self.database.read() as db:
            return (await outbox.by_ids(db, [self.message]))[self.message]

    async def kept(self) -> Urn:
        async with self.database.read() as db:
            found = await urns.by_address(db, self.urn)
        assert found is not None
        return found


@pytest.mark.parametrize("code", ["63017", "63016", "63033", "63024", "30008", "30007"])
async def test_what_arrived_has_arrived_in_whatever_order_that_and_a_failure_are_told(
    server: TwilioServer, programme: Programme, code: str
) -> None:
    failed = FAILED | {"ErrorCode": code}
    for number, told in enumerate(permutations((failed, FAILED, ARRIVED))):
        by = "whatsapp:" if code.startswith("63") else ""
        one = Told(server, programme, f"{by}+504998{number:05}")
        await one.is_sent()
        for said in told:
            await one.is_told(said)
        row, urn = await one.row(), await one.kept()
        assert (row.state, row.error) == ("delivered", None), told
        assert urn.unreachable_at is None, told
        assert len(server.messages) == one.before + 1, told


async def test_what_waits_for_their_word_since_it_came_back_waits_no_more_once_it_was_read(
    server: TwilioServer, programme: Programme
) -> None:
    one = Told(server, programme, "whatsapp:+50499800001")
    await one.is_sent()
    await one.is_told(FAILED | {"ErrorCode": "63016"})
    assert (await one.row()).state == "waiting"
    await one.is_told(READ)
    assert (await one.row()).state == "read"


@pytest.mark.parametrize("again", ["delivered", "undelivered"])
async def test_what_is_told_of_either_of_two_attempts_counts(
    server: TwilioServer, programme: Programme, again: str
) -> None:
    """It was said again before the first was known to have arrived."""
    one = Told(server, programme, "whatsapp:+50499800001")
    await one.is_sent()
    await one.is_told(FAILED | {"ErrorCode": "63017"})
    programme.clock.pass_(seconds=11)
    first = one.sid
    await send_due(programme.pipeline)
    assert len(server.messages) == one.before + 2
    await one.is_told(ARRIVED)
    one.sid = server.messages[-1]["sid"]
    assert one.sid != first
    await one.is_told({"MessageStatus": again, "ErrorCode": "63017"})
    assert (await one.row()).state == "delivered"
    programme.clock.pass_(minutes=1)
    await send_due(programme.pipeline)
    assert len(server.messages) == one.before + 2


@pytest.mark.parametrize("code", ["63033", "63024"])
async def test_a_failure_whose_code_is_told_later_is_what_its_code_says(
    server: TwilioServer, programme: Programme, code: str
) -> None:
    one = Told(server, programme, "whatsapp:+50499800001")
    await one.is_sent()
    await one.is_told(FAILED)
    assert ((await one.row()).state, (await one.row()).error) == ("failed", None)
    await one.is_told(FAILED | {"ErrorCode": code})
    assert ((await one.row()).state, (await one.row()).error) == ("failed", code)
    assert (await one.kept()).unreachable_at is not None


async def test_a_failure_told_in_the_moment_in_which_its_message_was_noted_is_dealt_with_too(
    server: TwilioServer, programme: Programme
) -> None:
    """Two transactions side by side: neither saw what the other wrote."""
    one = Told(server, programme, "whatsapp:+50499800001")
    await one.is_sent()
    async with one.database.begin() as db:
        said = {"channel": "whatsapp", "external_id": one.sid, "state": "failed"}
        kept = {"id": ids.new(one.now), "error": "63033", "joined": False, "at": one.now}
        await db.execute(insert(receipts).values(**said, **kept))
    await join_left(programme.pipeline, one.now)
    assert ((await one.row()).state, (await one.row()).error) == ("failed", "63033")
    assert (await one.kept()).unreachable_at is not None


async def test_who_blocked_us_since_stays_so_when_an_older_message_is_said_to_have_arrived(
    server: TwilioServer, programme: Programme
) -> None:
    one = Told(server, programme, "whatsapp:+50499800001")
    await one.is_sent()
    await one.is_told(FAILED | {"ErrorCode": "63033"})
    programme.clock.pass_(minutes=1)
    async with one.database.begin() as db:
        blocked_at, address = programme.clock(), await one.kept()
        await urns.change(db, address.id, unreachable_at=blocked_at)
    await one.is_told(ARRIVED)
    assert (await one.row()).state == "delivered"
    assert (await one.kept()).unreachable_at == blocked_at
