from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text

from bot import recording, wakes
from bot.channels.phone import name_in_inbox
from bot.messages import Incoming, Wake
from bot.pipeline import turns
from storage import contacts, enterprises, ids, inbox, outbox, roles, urns
from storage.tables import sessions
from tests.pipeline.talking import ANA, REGISTRATION, Calls, Stage

BREAK = text("UPDATE sessions SET answers = :broken WHERE contact_id = :whose")
BREAK = BREAK.bindparams(bindparam("whose", type_=sessions.c.contact_id.type))


async def poison(stage: Stage, table: str = "sessions", column: str = "answers") -> None:
    """Something kept of Ana can no longer be read: whatever she says cannot be handled."""
    await stage.says(ANA, "hola")
    async with stage.pipeline.database.begin() as db:
        broken = text(f"UPDATE {table} SET {column} = :broken")  # noqa: S608
        await db.execute(broken, {"broken": b"broken"})


async def test_a_registration_goes_all_the_way(stage: Stage) -> None:
    said = await stage.says(ANA, *REGISTRATION)
    async with stage.pipeline.database.read() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        enterprise = await enterprises.of_contact(db, found[0].id)
    assert enterprise is not None
    assert (enterprise.craft, enterprise.place, enterprise.workers) == ("weaving", "Gracias", 3)
    assert len(said) == len(REGISTRATION)


async def test_the_same_delivery_five_times_at_once_is_one_message(stage: Stage) -> None:
    same = Incoming("phone", "phone:ana/1", (ANA,), text="hola")
    pipeline = stage.pipeline
    deliveries = [pipeline.intake.accept([same], stage.clock()) for _ in range(5)]
    assert sum(await asyncio.gather(*deliveries)) == 1
    assert await stage.handles() == 1


async def test_two_quick_messages_are_both_handled_in_order(stage: Stage) -> None:
    await stage.hears(ANA, "hola")
    await stage.hears(ANA, "es")
    await stage.settles()
    first, second = await stage.sees(ANA)
    assert "idioma" in first or "language" in first
    assert first != second


async def test_two_people_do_not_wait_for_each_other(stage: Stage) -> None:
    await poison(stage)
    await stage.hears(ANA, "hola")
    await stage.settles()
    assert await stage.says("phone:ben", "hello")


async def test_answers_to_many_who_register_are_written_down_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = Calls(monkeypatch, recording, "write")
    together = Calls(monkeypatch, turns, "write")
    people = [f"phone:p{number}" for number in range(5)]
    for words in REGISTRATION[:-1]:
        for urn in people:
            await stage.hears(urn, words)
        together.count = 0
        await stage.handles()
        assert (alone.count, together.count) == (0, 1), words
        await stage.settles()


async def test_what_cannot_be_handled_is_tried_three_times_and_laid_aside_with_an_apology(
    stage: Stage,
) -> None:
    await poison(stage)
    await stage.sees(ANA)
    await stage.hears(ANA, "2", "bad")
    for _ in range(3):
        await stage.settles()
        stage.clock.pass_(minutes=1)
    async with stage.pipeline.database.read() as db:
        (parked,) = await inbox.parked(db)
    assert parked.attempts == 3
    assert parked.error is not None
    assert parked.error.startswith("BrokenCell ")
    (apology,) = await stage.sees(ANA)
    assert "HELP" in apology or "AYUDA" in apology


CHIEF = "phone:chief"


async def test_a_coordinator_is_told_once_of_what_was_laid_aside(stage: Stage) -> None:
    await stage.says(CHIEF, *REGISTRATION)
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, CHIEF)
        assert found is not None
        await roles.grant(db, found[0].id, "coordinator", stage.clock())
    await stage.sees(CHIEF)
    await stage.says(ANA, "hola")
    async with stage.pipeline.database.begin() as db:
        ana = await contacts.known(db, ANA)
        assert ana is not None
        await db.execute(BREAK, {"broken": b"broken", "whose": ana[0].id})
    for words in ("1", "2"):
        await stage.hears(ANA, words)
    for _ in range(8):
        await stage.settles()
        stage.clock.pass_(seconds=30)
    async with stage.pipeline.database.read() as db:
        assert await inbox.count_parked(db) == 2
    (told,) = await stage.sees(CHIEF)
    assert "artisan parked" in told
    assert "hola" not in told


async def test_a_turn_that_fails_leaves_nothing_behind(stage: Stage) -> None:
    await poison(stage)
    await stage.hears(ANA, "2")
    await stage.handles()
    async with stage.pipeline.database.read() as db:
        assert await outbox.unsent(db) == 0
        assert (await inbox.depth(db))[0] == 1


async def test_what_comes_after_a_message_laid_aside_is_handled(stage: Stage) -> None:
    await poison(stage)
    await stage.hears(ANA, "2")
    await stage.hears(ANA, "STOP")
    for _ in range(3):
        await stage.settles()
        stage.clock.pass_(minutes=1)
    async with stage.pipeline.database.begin() as db:
        await db.execute(text("DELETE FROM sessions"))
    await stage.settles()
    async with stage.pipeline.database.read() as db:
        assert [row.attempts for row in await inbox.parked(db)] == [3]
        assert (await inbox.depth(db))[0] == 0


async def test_a_wake_for_somebody_who_is_gone_does_nothing(stage: Stage) -> None:
    nobody = Wake(ids.new(stage.clock()), what="flow", flow="need")
    async with stage.pipeline.database.begin() as db:
        await wakes.post(db, [("key", nobody)], stage.clock())
    assert await stage.handles() == 1
    async with stage.pipeline.database.read() as db:
        assert await inbox.parked(db) == []


async def test_two_workers_on_one_queue_handle_each_message_once(stage: Stage) -> None:
    people = [f"phone:p{number}" for number in range(6)]
    for urn in people:
        await stage.hears(urn, "hello")
        await stage.hears(urn, "1")
    handled = await asyncio.gather(*(stage.handles() for _ in range(3)))
    assert sum(handled) == 12
    await stage.settles()
    assert [len(await stage.sees(urn)) for urn in people] == [2] * 6


async def test_the_messages_of_many_people_are_handled_in_one_transaction(stage: Stage) -> None:
    people = [f"phone:p{number}" for number in range(20)]
    for urn in people:
        await stage.hears(urn, "hello")
    assert await turns.handle_due(stage.pipeline) == 20
    async with stage.pipeline.database.read() as db:
        rows = [await outbox.unsent(db, inbox_seq=seq) for seq in range(1, 21)]
        met = await contacts.all_known(db, people)
    assert rows == [1] * 20
    assert len({contact.id for contact, _ in met.values()}) == 20


async def test_of_a_batch_that_fails_only_the_message_that_is_to_blame_waits(stage: Stage) -> None:
    await poison(stage)
    await stage.hears(ANA, "2")
    people = [f"phone:p{number}" for number in range(5)]
    for urn in people:
        await stage.hears(urn, "hello")
    await stage.settles()
    assert [len(await stage.sees(urn)) for urn in people] == [1] * 5
    async with stage.pipeline.database.begin() as db:
        assert (await inbox.depth(db))[0] == 1
        (row,) = await inbox.claim(db, stage.clock() + timedelta(minutes=1))
    assert (row.attempts, row.error and row.error.split()[0]) == (1, "BrokenCell")


@pytest.mark.parametrize("column", ["contacts.name", "urns.address"])
async def test_whose_record_cannot_be_read_holds_up_nobody_else(stage: Stage, column: str) -> None:
    await poison(stage, *column.split("."))
    await stage.hears(ANA, "2")
    await stage.hears("phone:p1", "hello")
    await stage.settles()
    assert len(await stage.sees("phone:p1")) == 1


async def test_a_message_that_cannot_be_read_is_laid_aside_and_holds_up_nobody_else(
    stage: Stage,
) -> None:
    await stage.hears(ANA, "hola")
    async with stage.pipeline.database.begin() as db:
        await db.execute(text("UPDATE inbox SET body = :broken"), {"broken": b"broken"})
    await stage.hears("phone:p1", "hello")
    for _ in range(turns.TRIES):
        await stage.settles()
        stage.clock.pass_(seconds=10)
    assert len(await stage.sees("phone:p1")) == 1
    async with stage.pipeline.database.read() as db:
        assert await inbox.count_parked(db) == 1


async def test_somebody_with_two_addresses_is_answered_one_message_after_the_other(
    stage: Stage,
) -> None:
    await stage.says(ANA, "hola")
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        await urns.link_new(db, found[0].id, "phone:ana-2", stage.clock(), via="phone")
    await stage.hears(ANA, "es")
    await stage.hears("phone:ana-2", "si")
    assert await stage.handles() >= 2
    await stage.settles()
    (consent,), (name,) = await stage.sees(ANA), await stage.sees("phone:ana-2")
    assert "DELETE" in consent or "BORRAR" in consent
    assert name != consent


async def test_somebody_new_who_writes_from_two_addresses_at_once_is_met_once(
    stage: Stage,
) -> None:
    both = ("phone:ana", "phone:ana-2")
    pipeline = stage.pipeline
    said = [Incoming("phone", "1", both, text="hola"), Incoming("phone", "2", both[::-1])]
    await pipeline.intake.accept(said, stage.clock())
    await stage.handles()
    async with pipeline.database.read() as db:
        known = await contacts.all_known(db, both)
    assert sorted(known) == sorted(both)
    assert len({contact.id for contact, _ in known.values()}) == 1


async def test_a_message_that_ends_the_process_three_times_is_laid_aside(stage: Stage) -> None:
    await stage.says(ANA, "hola")
    await stage.sees(ANA)
    await stage.hears(ANA, "es")
    for died in range(1, 4):
        async with stage.pipeline.database.begin() as db:
            (row,) = await inbox.claim(db, stage.clock())
            assert await inbox.begin(db, row, died, stage.clock() + turns.LEASE, turns.DIED)
        assert await stage.handles() == 0
        stage.clock.pass_(seconds=turns.LEASE.total_seconds())
    stage.pipeline.care.alone = turns.BATCH
    await stage.settles()
    async with stage.pipeline.database.read() as db:
        (parked,) = await inbox.parked(db)
    assert (parked.attempts, parked.error) == (3, turns.DIED)
    (apology,) = await stage.sees(ANA)
    assert "HELP" in apology or "AYUDA" in apology


async def test_what_is_handled_alone_after_a_start_has_not_failed(stage: Stage) -> None:
    stage.pipeline.care.alone = turns.BATCH
    await stage.hears(ANA, "hola", "first")
    await stage.settles()
    assert stage.pipeline.care.alone == 0
    async with stage.pipeline.database.read() as db:
        row = await inbox.by_external_id(db, "phone", name_in_inbox(db, ANA, "first"))
    assert row is not None
    assert (row.state, row.attempts, row.error) == ("done", 0, None)
    assert len(await stage.sees(ANA)) == 1


async def crowd(stage: Stage, count: int) -> list[str]:
    """So many new people have written."""
    people = [f"phone:p{number}" for number in range(count)]
    for urn in people:
        await stage.hears(urn, "hello", "first")
    return people


async def kept(stage: Stage, urn: str) -> tuple[str, int, str | None]:
    """What became of somebody's first message: its state, how often it failed, and why."""
    async with stage.pipeline.database.read() as db:
        row = await inbox.by_external_id(db, "phone", name_in_inbox(db, urn, "first"))
    assert row is not None
    return row.state, row.attempts, row.error


async def test_what_waited_at_the_start_is_handled_together_and_has_not_failed(
    stage: Stage,
) -> None:
    people = await crowd(stage, 20)
    stage.pipeline.care.wary = True
    assert await turns.handle_due(stage.pipeline) == 20
    assert [await kept(stage, urn) for urn in people] == [("done", 0, None)] * 20
    await stage.hears(ANA, "hola")
    await stage.settles()
    assert not stage.pipeline.care.wary
    assert [len(await stage.sees(urn)) for urn in (ANA, *people)] == [1] * 21


async def test_only_what_a_process_died_of_is_handled_alone_by_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await crowd(stage, 3)
    stage.pipeline.care.wary = True

    async def died(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(turns, "_turns", died)
        with pytest.raises(asyncio.CancelledError):
            await turns.handle_due(stage.pipeline)
    assert [await kept(stage, urn) for urn in people] == [("ready", 1, turns.DIED_AMONG)] * 3
    stage.clock.pass_(seconds=turns.LEASE.total_seconds())
    await stage.hears(ANA, "hola")
    stage.pipeline.care.until = None
    await stage.settles()
    assert [await kept(stage, urn) for urn in people] == [("done", 0, None)] * 3
    assert [len(await stage.sees(urn)) for urn in (ANA, *people)] == [1] * 4


async def test_who_was_in_a_batch_when_the_process_died_still_has_three_tries(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ana,) = await crowd(stage, 1)

    async def died(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(turns, "_turns", died)
        for _ in range(3):
            stage.pipeline.care.wary, stage.pipeline.care.until = True, None
            with pytest.raises(asyncio.CancelledError):
                await turns.handle_due(stage.pipeline)
            stage.clock.pass_(seconds=turns.LEASE.total_seconds())
    assert await kept(stage, ana) == ("ready", 2, turns.DIED)
    await stage.settles()
    assert await kept(stage, ana) == ("done", 2, None)
    assert len(await stage.sees(ana)) == 1


async def test_of_what_waited_at_the_start_only_what_is_to_blame_waits(stage: Stage) -> None:
    await poison(stage)
    await stage.hears(ANA, "2", "second")
    people = await crowd(stage, 5)
    stage.pipeline.care.wary = True
    await stage.settles()
    assert [len(await stage.sees(urn)) for urn in people] == [1] * 5
    assert [await kept(stage, urn) for urn in people] == [("done", 0, None)] * 5
    async with stage.pipeline.database.begin() as db:
        (row,) = await inbox.claim(db, stage.clock() + timedelta(minutes=1))
    assert row.attempts == 1


async def test_only_one_of_two_workers_begins_a_message_alone(stage: Stage) -> None:
    await stage.hears(ANA, "hola")
    until = stage.clock() + turns.LEASE
    async with stage.pipeline.database.begin() as db:
        (row,) = await inbox.claim(db, stage.clock())
    async with stage.pipeline.database.begin() as db:
        assert await inbox.begin(db, row, 1, until, turns.DIED)
        assert not await inbox.begin(db, row, 1, until, turns.DIED)
        assert await inbox.take(db, row.seq, 2) is None
        taken = await inbox.take(db, row.seq, 1)
    assert taken is not None
    assert taken.attempts == 0


async def test_two_workers_that_lay_the_same_message_aside_apologise_once(stage: Stage) -> None:
    await stage.says(ANA, "hello")
    await stage.hears(ANA, "again")
    async with stage.pipeline.database.begin() as db:
        (row,) = await inbox.claim(db, stage.clock())
    for _ in range(2):
        await turns._failed(stage.pipeline, row, turns.TRIES, turns.DIED)
    await stage.settles()
    assert sum("something went wrong" in said for said in await stage.sees(ANA)) == 1
