"""What Telegram asked to wait for is waited for, by whoever sends after that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bot.messages import Reply, reply_json
from bot.pipeline.coordination import Coordination, Memory
from bot.pipeline.outbox import Sender
from bot.pipeline.parts import Pipeline
from bot.pipeline.settling import Settler
from bot.pipeline.shared import Shared
from bot.turn import ALERT, BULK, CONSENT, REPLY
from storage import consents, contacts, delays, ids, outbox
from storage.consents import Consent
from storage.database import Database
from storage.outbox import Outgoing, Row
from tests.channels.telegram.programme import standing
from tests.standins.telegram import TelegramServer
from tests.standins.telegram_calls import Fault

NOBODY = "unix:///nowhere/redis.sock"
WAIT = 15


@dataclass
class Post:
    """Where messages to people on Telegram are put and sent."""

    server: TelegramServer
    pipeline: Pipeline

    async def put(self, number: int, rank: int) -> UUID:
        now, urn = self.pipeline.clock(), f"telegram:{number}"
        async with self.pipeline.database.begin() as db:
            contact, address = await contacts.meet(
                db, urn, now, via="telegram", country="HN", language="es"
            )
            agreed = Consent(contact.id, "telegram", CONSENT, "1", "asked", True, now)
            await consents.note(db, agreed)
            reply = reply_json(Reply(f"to {number}"))
            whose = (ids.new(now), contact.id, address.id)
            await outbox.put(db, [Outgoing(*whose, "telegram", rank, "test", reply, now)], now)
        return whose[0]

    async def refused(self, sender: Sender, *numbers: int) -> Row:
        """What is put for these is refused, for the time being; the last of it."""
        why, wait = f"Too Many Requests: retry after {WAIT}", {"retry_after": WAIT}
        for number in numbers:
            self.server.faults.append(Fault("sendMessage", 429, why, wait))
            row = await self.sent(sender, await self.put(number, BULK))
            assert (row.state, row.attempts) == ("queued", 1)
        assert row.due_at > self.pipeline.clock() + timedelta(seconds=WAIT - 2)
        return row

    async def sent(self, sender: Sender, message: UUID) -> Row:
        """What has become of a message when a sender had looked at it."""
        await sender.step(asyncio.Event())
        await sender.drain()
        async with self.pipeline.database.read() as db:
            return (await outbox.by_ids(db, [message]))[message]

    def sender(self, coordination: Coordination | None = None) -> Sender:
        """One that begins now, in a process of its own."""
        theirs = replace(self.pipeline, coordination=coordination or Memory())
        with theirs.coordination.listen("outbox") as bell:
            return Sender(theirs, theirs.channels["telegram"], Settler(theirs), bell)


@pytest.fixture
async def post(server: TelegramServer, database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    for number in (1, 2, 3):
        server.person(number).began = True
    async with standing(server, database, tmp_path) as programme:
        yield Post(server, programme.pipeline)


def is_put_off_with(row: Row, held: Row) -> bool:
    """Whether a message was put off until the one that was refused is due."""
    return row.state == "queued" and abs(row.due_at - held.due_at) < timedelta(seconds=1)


async def test_a_process_that_starts_keeps_to_the_pause_of_a_chat(post: Post) -> None:
    held = await post.refused(post.sender(), 1)
    afresh = post.sender()
    assert is_put_off_with(await post.sent(afresh, await post.put(1, REPLY)), held)
    assert (await post.sent(afresh, await post.put(2, ALERT))).state == "sent"


async def test_a_process_that_starts_keeps_to_the_pause_of_the_bot(post: Post) -> None:
    held = await post.refused(post.sender(), 1, 2)
    assert is_put_off_with(await post.sent(post.sender(), await post.put(3, REPLY)), held)


async def test_what_waits_for_another_reason_since_holds_nobody_up(post: Post) -> None:
    row = await post.refused(post.sender(), 1)
    tomorrow = row.due_at + timedelta(days=1)
    async with post.pipeline.database.begin() as db:
        await outbox.postpone_each(db, {row.id: tomorrow}, delays.HOURS)
    assert (await post.sent(post.sender(), await post.put(1, REPLY))).state == "sent"


async def test_while_redis_is_gone_processes_keep_to_each_others_pauses(post: Post) -> None:
    both = [Shared(NOBODY), Shared(NOBODY)]
    one, other = (post.sender(each) for each in both)
    assert (await post.sent(other, await post.put(2, ALERT))).state == "sent"
    held = await post.refused(one, 1)
    assert is_put_off_with(await post.sent(other, await post.put(1, REPLY)), held)
    for each in both:
        await each.close()
