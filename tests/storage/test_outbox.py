from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from storage import ids, outbox, sends, underway, urns
from storage.database import Database, connect
from storage.outbox import Outgoing
from storage.sends import Attempt, Outcome
from storage.urns import Urn
from tests.storage.conftest import KEY, NOW
from tests.storage.people import someone
from tests.storage.test_inbox import plan

REPLY, ALERT, BULK = 0, 1, 2
SOON = NOW + timedelta(seconds=1)


def message(urn: Urn, words: str, rank: int = REPLY, **columns: Any) -> Outgoing:
    kept = {"due_at": NOW, "purpose": "reply", **columns}
    return Outgoing(ids.new(NOW), None, urn.id, "phone", rank=rank, reply={"text": words}, **kept)


async def people(database: Database, *names: str) -> list[Urn]:
    async with database.begin() as db:
        return [(await someone(db, f"tel:{name}"))[1] for name in names]


async def begun(database: Database, limit: int = 32, later: timedelta = timedelta()) -> list[str]:
    """The words of what is claimed and begun to be sent."""
    attempts = await attempted(database, limit, later)
    async with database.read() as db:
        found = await outbox.by_ids(db, [attempt.message_id for attempt in attempts])
    return [(found[attempt.message_id].reply or {})["text"] for attempt in attempts]


async def attempted(
    database: Database, limit: int = 32, later: timedelta = timedelta()
) -> list[Attempt]:
    async with database.begin() as db:
        rows = await outbox.claim(db, SOON + later, limit)
        return await sends.begin(db, rows, SOON + later)


async def settle_all(database: Database) -> None:
    async with database.begin() as db:
        await db.execute(text("UPDATE outbox SET state = 'sent' WHERE state = 'sending'"))


async def the_state(database: Database, message_id: UUID) -> str:
    async with database.read() as db:
        return (await outbox.by_ids(db, [message_id]))[message_id].state


async def test_replies_go_before_alerts_before_bulk_and_each_in_order(database: Database) -> None:
    (ana,) = await people(database, "ana")
    async with database.begin() as db:
        wanted = [("bulk", BULK), ("alert 1", ALERT), ("reply 1", REPLY), ("alert 2", ALERT)]
        await outbox.put(db, [message(ana, words, rank) for words, rank in wanted])
    order = []
    while words := await begun(database):
        order += words
        await settle_all(database)
    assert order == ["reply 1", "alert 1", "alert 2", "bulk"]


async def test_nothing_goes_to_an_address_while_something_is_being_sent_to_it(
    database: Database,
) -> None:
    ana, ben = await people(database, "ana", "ben")
    async with database.begin() as db:
        await outbox.put(db, [message(ana, "a1"), message(ana, "a2"), message(ben, "b1")])
    assert await begun(database) == ["a1", "b1"]
    assert await begun(database) == []
    await settle_all(database)
    assert await begun(database) == ["a2"]


async def test_a_message_to_be_tried_again_holds_up_those_behind_it(database: Database) -> None:
    ana, ben = await people(database, "ana", "ben")
    async with database.begin() as db:
        await outbox.put(db, [message(ana, "a1"), message(ana, "a2"), message(ben, "b1")])
    attempt, _ = await attempted(database)
    async with database.begin() as db:
        due = NOW + timedelta(minutes=1)
        assert await sends.settle(
            db, attempt, SOON, result="retry", state="queued", due_at=due, error="429"
        )
    assert await begun(database) == []
    assert await begun(database, later=timedelta(minutes=1)) == ["a1"]


async def test_a_message_for_later_holds_up_nobody(database: Database) -> None:
    (ana,) = await people(database, "ana")
    async with database.begin() as db:
        morning = NOW + timedelta(hours=8)
        await outbox.put(db, [message(ana, "tomorrow", ALERT, due_at=morning)])
        await outbox.put(db, [message(ana, "now", ALERT)])
    assert await begun(database) == ["now"]


async def test_a_message_put_twice_is_one(database: Database) -> None:
    (ana,) = await people(database, "ana")
    once = message(ana, "once")
    async with database.begin() as db:
        assert await outbox.put(db, [once]) == 1
        assert await outbox.put(db, [once]) == 0


async def test_a_message_that_must_wait_for_the_person_waits_until_they_write(
    database: Database,
) -> None:
    (ana,) = await people(database, "ana")
    held = message(ana, "held", ALERT)
    async with database.begin() as db:
        await outbox.put(db, [held])
        await outbox.hold(db, held.id, "the window is closed")
    assert await begun(database) == []
    async with database.begin() as db:
        assert await outbox.release_waiting(db, ana.id, NOW) == 1
    assert await begun(database) == ["held"]


async def test_what_waits_is_looked_at_again_unless_a_notice_of_it_went_that_they_did_not_answer(
    database: Database,
) -> None:
    ana, ben = await people(database, "ana", "ben")
    held = [message(one, "held", ALERT) for one in (ana, ben)]
    notices = [message(one, "there is one", ALERT, purpose="notice") for one in (ana, ben)]
    async with database.begin() as db:
        await outbox.put(db, [*held, *notices])
        for one in held:
            await outbox.hold(db, one.id, "window")
        await outbox.drop(db, notices[1].id, "expired")  # it never went
        assert await outbox.was_noticed(db, ana.id, "notice", NOW)
        assert not await outbox.was_noticed(db, ben.id, "notice", NOW)
        assert await outbox.look_again(db, "phone", "window", "notice", NOW) == 1
        assert await outbox.look_again(db, "phone", "window", "notice", NOW) == 0
        await urns.change(db, ana.id, heard_at=SOON)
        assert await outbox.look_again(db, "phone", "window", "notice", SOON) == 1


async def test_stop_drops_what_is_queued_and_waiting_but_not_what_is_being_sent(
    database: Database,
) -> None:
    (ana,) = await people(database, "ana")
    first, second, third = (message(ana, words) for words in ("1", "2", "3"))
    async with database.begin() as db:
        await outbox.put(db, [first, second, third])
        await outbox.hold(db, third.id, "window")
    await begun(database)
    async with database.begin() as db:
        assert await outbox.drop_for(db, ana.id) == 2
    states = [await the_state(database, one.id) for one in (first, second, third)]
    assert states == ["sending", "dropped", "dropped"]


async def test_what_expired_is_dropped(database: Database) -> None:
    (ana,) = await people(database, "ana")
    async with database.begin() as db:
        await outbox.put(db, [message(ana, "old", expires_at=NOW), message(ana, "for ever")])
        assert await outbox.expire(db, NOW) == 1
    assert await begun(database) == ["for ever"]


async def test_who_took_a_message_over_settles_it_and_the_other_does_not(
    database: Database,
) -> None:
    (ana,) = await people(database, "ana")
    only = message(ana, "only")
    async with database.begin() as db:
        await outbox.put(db, [only])
    (dead,) = await attempted(database)
    async with database.begin() as db:
        assert await underway.unfinished(db, SOON) == []
        (left,) = await underway.unfinished(db, SOON + timedelta(minutes=1))
        (heir,) = await sends.begin(db, [left], SOON + timedelta(minutes=1))
    async with database.begin() as db:
        assert not await sends.settle(db, dead, SOON, result="uncertain", state="uncertain")
        assert await sends.settle(db, heir, SOON, result="sent", state="sent", external_id="x1")
        kept = (await sends.of(db, [only.id]))[only.id]
    assert [(send.result, send.external_id) for send in kept] == [
        ("uncertain", None),
        ("sent", "x1"),
    ]
    assert await the_state(database, only.id) == "sent"


async def test_a_message_in_parts_is_one_message(database: Database) -> None:
    (ana,) = await people(database, "ana")
    long = message(ana, "long")
    async with database.begin() as db:
        await outbox.put(db, [long, message(ana, "next")])
    (first,) = await attempted(database)
    async with database.begin() as db:
        assert await sends.settle(db, first, SOON, result="sent", external_id="p1")
        second = await sends.begin_part(db, first, SOON)
    assert await begun(database) == []
    async with database.begin() as db:
        assert await sends.settle(db, second, SOON, result="sent", external_id="p2", state="sent")
    assert await the_state(database, long.id) == "sent"
    assert await begun(database) == ["next"]


async def test_two_senders_never_send_to_the_same_address(postgres_url: str) -> None:
    database = await connect(postgres_url, KEY)
    ana, ben = await people(database, "ana", "ben")
    async with database.begin() as db:
        await outbox.put(db, [message(ana, "a1"), message(ana, "a2"), message(ben, "b1")])
    async with database.begin() as one, database.begin() as other:
        mine = await outbox.claim(one, SOON, 1)
        theirs = await outbox.claim(other, SOON, 5)
        assert [(row.reply or {})["text"] for row in (*mine, *theirs)] == ["a1", "b1"]
    await database.close()


@pytest.mark.parametrize("bulk", [2500])
async def test_a_reply_does_not_wait_for_a_broadcast(database: Database, bulk: int) -> None:
    ana, ben = await people(database, "ana", "ben")
    async with database.begin() as db:
        later = NOW + timedelta(hours=8)
        await outbox.put(db, [message(ana, f"bulk {n}", BULK, due_at=later) for n in range(bulk)])
        await outbox.put(db, [message(ana, f"due {n}", BULK) for n in range(bulk)])
        await outbox.put(db, [message(ben, "alert", ALERT), message(ana, "reply")])
    async with database.begin() as db:
        await db.execute(text("ANALYZE outbox"))
        compiled = outbox._heads(NOW, 16, 256, ("phone",)).compile(
            db.sync_connection, compile_kwargs={"literal_binds": True}
        )
        told = await db.run_sync(plan, str(compiled))
        assert "ix_outbox_queued" in told, told
        assert "Seq Scan on outbox" not in told, told
    assert await begun(database, 16) == ["reply", "alert"]
    await settle_all(database)
    assert await begun(database, 16) == ["due 0"]


async def test_counts_say_what_is_under_way(database: Database) -> None:
    (ana,) = await people(database, "ana")
    async with database.begin() as db:
        await outbox.put(db, [message(ana, "1"), message(ana, "2"), message(ana, "3")])
        assert await outbox.unsent(db, urn_id=ana.id) == 3
        assert await outbox.next_due(db) == NOW
    (attempt,) = await attempted(database)
    async with database.begin() as db:
        depth = {state: count for state, (count, _) in (await outbox.depth(db)).items()}
        assert depth == {"queued": 2, "sending": 1, "waiting": 0, "asking": 0}
        await sends.settle(db, attempt, SOON, result="uncertain", state="uncertain")
        assert await sends.uncertain(db, NOW) == 1
    assert await begun(database) == ["2"]


async def test_what_came_of_many_is_noted_together(database: Database) -> None:
    ana, ben, eva = await people(database, "ana", "ben", "eva")
    async with database.begin() as db:
        await outbox.put(db, [message(urn, "hello") for urn in (ana, ben, eva)])
    one, two, three = await attempted(database)
    async with database.begin() as db:
        outcomes = [
            Outcome(one, "sent", "x1", "", "sent"),
            Outcome(two, "retry", "", "429", "queued", SOON),
            Outcome(three, "sent", "x3"),
        ]
        await sends.settle_each(db, outcomes, SOON)
        await sends.begin_parts(db, [sends.following(three, 1, SOON)], SOON)
        found = await outbox.by_ids(db, [one.message_id, two.message_id, three.message_id])
        attempts = await sends.of(db, [three.message_id])
    states = [found[attempt.message_id].state for attempt in (one, two, three)]
    assert states == ["sent", "queued", "sending"]
    assert [(a.part, a.result) for a in attempts[three.message_id]] == [(0, "sent"), (1, None)]
