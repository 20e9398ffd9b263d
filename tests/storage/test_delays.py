from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from storage import delays, outbox, underway
from storage.database import Database
from storage.direct import write
from storage.outbox import Outgoing
from tests.storage.conftest import NOW
from tests.storage.people import someone
from tests.storage.test_inbox import plan
from tests.storage.test_outbox import ALERT, BULK, SOON, begun, message, settle_all

MORNING = NOW + timedelta(hours=8)
LATER = MORNING - NOW


async def said(database: Database, name: str, *words: str, **columns: Any) -> list[Outgoing]:
    """Have alerts to say to somebody, who is met if nobody is called so."""
    async with database.begin() as db:
        contact, urn = await someone(db, f"tel:{name}")
        made = [message(urn, each, **{"rank": ALERT, **columns}) for each in words]
        wanted = [replace(one, contact_id=contact.id) for one in made]
        await outbox.put(db, wanted)
    return wanted


async def put_off(
    database: Database, *which: Outgoing, until: datetime = MORNING, why: str = delays.HOURS
) -> None:
    async with database.begin() as db:
        await outbox.postpone_each(db, {one.id: until for one in which}, why)


async def all_begun(database: Database, later: timedelta = timedelta()) -> list[str]:
    found: list[str] = []
    while words := await begun(database, later=later):
        found += words
        await settle_all(database)
    return found


async def test_what_was_put_off_goes_before_what_is_said_to_the_same_person_after_it(
    database: Database,
) -> None:
    first, _ = await said(database, "ana", "first", "second")
    await put_off(database, first)
    await said(database, "ben", "to ben")
    assert await all_begun(database) == ["to ben"]
    assert await all_begun(database, LATER) == ["first", "second"]


async def test_who_uses_the_same_address_does_not_wait_for_what_was_tried_and_then_put_off(
    database: Database,
) -> None:
    (anas,) = await said(database, "ana", "to ana", rank=BULK)
    await put_off(database, anas)
    async with database.begin() as db:
        await db.execute(text("UPDATE outbox SET attempts = 1"))
        ben, _ = await someone(db, "tel:ben")
        await outbox.put(
            db, [replace(anas, id=uuid4(), contact_id=ben.id, reply={"text": "to ben"})]
        )
    assert await all_begun(database) == ["to ben"]


async def test_what_was_put_off_keeps_its_place_where_it_goes_to_another_address(
    database: Database,
) -> None:
    (first,) = await said(database, "ana", "first")
    await put_off(database, first)
    async with database.begin() as db:
        _, other = await someone(db, "tel:other")
        await outbox.move(db, first.id, other.id, first.channel)
        second = message(other, "second", rank=ALERT)
        await outbox.put(db, [replace(second, contact_id=first.contact_id)])
        assert first.contact_id is not None
        await write(db, [delays.ending([first.contact_id], NOW)])
    assert await all_begun(database) == ["first", "second"]


async def test_who_uses_the_same_address_does_not_wait_for_what_was_put_off_for_another(
    database: Database,
) -> None:
    (anas,) = await said(database, "ana", "to ana", rank=BULK)
    await put_off(database, anas)
    async with database.begin() as db:
        ben, _ = await someone(db, "tel:ben")
        bens = replace(anas, id=uuid4(), contact_id=ben.id, reply={"text": "to ben"})
        await outbox.put(db, [bens])
    assert await all_begun(database) == ["to ben"]


async def test_whoever_may_be_written_to_sooner_gets_what_was_put_off_until_then_and_no_more(
    database: Database,
) -> None:
    hours, pace = await said(database, "ana", "in their hours", "by the pace")
    (own,) = await said(database, "ana", "at a time of its own", due_at=MORNING)
    (bens,) = await said(database, "ben", "to ben")
    await put_off(database, hours, bens)
    await put_off(database, pace, until=SOON + timedelta(seconds=5), why=delays.PACE)
    assert hours.contact_id is not None
    async with database.begin() as db:
        await write(db, [delays.ending([hours.contact_id], NOW)])
        found = await outbox.by_ids(db, [hours.id, own.id, bens.id])
    assert [found[one.id].due_at for one in (hours, own, bens)] == [NOW, MORNING, MORNING]
    assert await all_begun(database) == ["in their hours"]


async def test_nothing_goes_where_a_picture_is_on_its_way_until_it_is_there_or_late(
    database: Database,
) -> None:
    (picture,) = await said(database, "ana", "picture")
    assert await all_begun(database) == ["picture"]
    async with database.begin() as db:
        await underway.hold_behind(db, picture.id, SOON + timedelta(seconds=10))
    await said(database, "ana", "a reply", rank=0)
    await said(database, "ben", "to ben")
    assert await all_begun(database) == ["to ben"]
    assert await all_begun(database, timedelta(seconds=10)) == ["a reply"]


@pytest.mark.parametrize("many", [20_000])
async def test_what_was_put_off_is_found_without_going_through_all_there_is(
    database: Database, many: int
) -> None:
    """Beside an announcement that waits for the morning, and much behind one message that does."""
    async with database.begin() as db:
        people = [await someone(db, f"tel:{number}") for number in range(100)]
        ana, urn = await someone(db, "tel:ana")
        bulk = [
            replace(message(people[n % 100][1], "bulk", BULK), contact_id=people[n % 100][0].id)
            for n in range(many)
        ]
        mine = [replace(message(urn, f"{n}", BULK), contact_id=ana.id) for n in range(many // 2)]
        await outbox.put(db, [*bulk, *mine])
        await outbox.postpone_each(db, {one.id: MORNING for one in (*bulk, mine[0])}, delays.HOURS)
        await db.execute(text("ANALYZE outbox"))
    async with database.begin() as db:
        compiled = outbox._heads(NOW, 16, 256, ("phone",)).compile(
            db.sync_connection, compile_kwargs={"literal_binds": True}
        )
        told = await db.run_sync(plan, str(compiled))
    assert "ix_outbox_queued" in told and "ix_outbox_put_off" in told, told
    assert "ix_outbox_arriving" in told, told
    assert "Seq Scan on outbox" not in told and "SCAN ahead" not in told, told
    await said(database, "ben", "to ben")
    began = time.perf_counter()
    assert await begun(database, 16) == ["to ben"]
    assert time.perf_counter() - began < 1  # some 30 ms; a busy machine takes longer


async def test_what_was_due_and_is_held_up_is_not_what_is_due_next(database: Database) -> None:
    first, _ = await said(database, "ana", "first", "second")
    await put_off(database, first)
    (picture,) = await said(database, "ben", "picture")
    assert await all_begun(database) == ["picture"]
    async with database.begin() as db:
        await underway.hold_behind(db, picture.id, SOON + timedelta(seconds=10))
    await said(database, "ben", "after it")
    assert await all_begun(database) == []
    async with database.read() as db:
        assert await outbox.next_due(db, "phone") == NOW
        assert await outbox.next_due(db, "phone", after=SOON) == SOON + timedelta(seconds=10)
        assert await outbox.next_due(db, "phone", after=SOON + timedelta(hours=1)) == MORNING
        assert await outbox.next_due(db, "other", after=SOON) is None
