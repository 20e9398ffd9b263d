from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Incoming, Receipt
from bot.pipeline import inbox as taking
from bot.pipeline import receipts, turns
from bot.pipeline.coordination import Memory
from bot.pipeline.together import Together
from storage import inbox, urns
from storage import receipts as kept_receipts
from storage.database import Database, connect
from storage.tables import outbox
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import ANA, Calls, Clock, Stage, pipeline_on

MOST_WAITING = 8


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little of a sender may wait, so that a flood need not be long."""
    monkeypatch.setattr(taking, "MOST_WAITING", MOST_WAITING)
    monkeypatch.setattr(taking, "LIVELY", 2)


@pytest.fixture
async def two(
    postgres_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Stage, list[taking.Intake]]]:
    """The intakes of two processes on one database, and what has come to pass there."""
    databases = [await connect(postgres_url, DATABASE_KEY) for _ in range(2)]
    stage = Stage(pipeline_on(databases[0], tmp_path, Clock()), Clock())
    yield stage, [taking.Intake(database, Memory(), ("en",)) for database in databases]
    for database in databases:
        await database.close()


def said(urn: str, number: int, words: str = "hello") -> Incoming:
    return Incoming("phone", f"{urn}/{number}", (urn,), text=words)


async def test_what_comes_at_once_is_kept_by_one_commit(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Calls(monkeypatch, inbox, "inserted")
    people = [f"phone:p{number}" for number in range(30)]
    accepted = (stage.pipeline.intake.accept([said(urn, 1)], stage.clock()) for urn in people)
    assert await asyncio.gather(*accepted) == [1] * 30
    assert written.count == 1
    assert await stage.handles() == 30


async def test_what_one_writes_quickly_is_kept_in_its_order(stage: Stage) -> None:
    numbers = range(10)
    accepted = (stage.pipeline.intake.accept([said(ANA, n)], stage.clock()) for n in numbers)
    await asyncio.gather(*accepted)
    async with stage.pipeline.database.read() as db:
        rows = [await inbox.by_external_id(db, "phone", f"{ANA}/{n}") for n in numbers]
    seqs = [row.seq for row in rows if row is not None]
    assert len(seqs) == len(numbers)
    assert seqs == sorted(seqs)


class Slow(Memory):
    """Whoever wakes somebody has to wait for the gate."""

    def __init__(self) -> None:
        super().__init__()
        self.woken = 0
        self.gate = asyncio.Event()

    async def wake(self, topic: str) -> None:
        self.woken += 1
        await self.gate.wait()


async def test_no_answer_waits_for_workers_to_be_woken_and_none_sleeps_through_a_message(
    stage: Stage,
) -> None:
    heard = Slow()
    intake = taking.Intake(stage.pipeline.database, heard, ("en",))
    assert await intake.accept([said(ANA, 1)], stage.clock()) == 1
    await asyncio.sleep(0)
    assert heard.woken == 1
    people = [f"phone:p{number}" for number in range(5)]
    await asyncio.gather(*(intake.accept([said(urn, 1)], stage.clock()) for urn in people))
    assert await intake.accept([said(ANA, 1)], stage.clock()) == 0, "what is there wakes nobody"
    assert heard.woken == 1
    heard.gate.set()
    while intake._telling is not None and not intake._telling.done():
        await asyncio.sleep(0)
    assert heard.woken == 2, "once for all that was kept meanwhile"


async def test_receipts_that_come_at_once_share_a_commit(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Calls(monkeypatch, kept_receipts, "insert_new")
    reports = [[Receipt("phone", str(number), "delivered")] for number in range(10)]
    await asyncio.gather(*(receipts.accept(stage.pipeline, r, stage.clock()) for r in reports))
    assert written.count == 1


async def test_what_cannot_be_written_keeps_nobody_else_from_it(database: Database) -> None:
    keeping = text("INSERT INTO do_not_contact VALUES (:n, 'stopped', CURRENT_TIMESTAMP)")

    async def write(db: AsyncConnection, asked: Sequence[str]) -> list[str]:
        for digest in asked:
            await db.execute(keeping, {"n": digest})
        return list(asked)

    together = Together(database, write)
    asked = ("a", "b", "a", "c")
    answers = await asyncio.gather(*map(together.put, asked), return_exceptions=True)
    assert [one for one in answers if isinstance(one, str)] == ["a", "b", "c"]
    assert [type(one) for one in answers if not isinstance(one, str)] == [IntegrityError]
    async with database.read() as db:
        kept = await db.execute(text("SELECT digest FROM do_not_contact ORDER BY digest"))
        assert kept.scalars().all() == ["a", "b", "c"]


async def test_while_the_database_is_away_everybody_is_told_and_nothing_is_half_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, pipeline = stage.pipeline.intake, stage.pipeline

    async def away(*_: object) -> set[tuple[str, str]]:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "put_new", away)
        accepted = (intake.accept([said(f"phone:p{n}", 1)], stage.clock()) for n in range(5))
        answers = await asyncio.gather(*accepted, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionResetError] * 5
    async with pipeline.database.read() as db:
        assert (await inbox.depth(db))[0] == 0
    assert await intake.accept([said("phone:p1", 1)], stage.clock()) == 1


async def flood(stage: Stage, first: int, count: int) -> None:
    for start in range(first, first + count, 5):
        some = (said(ANA, n, f"hello {n}") for n in range(start, min(start + 5, first + count)))
        await asyncio.gather(*(stage.pipeline.intake.accept([m], stage.clock()) for m in some))


async def told(stage: Stage) -> int:
    """How often somebody was told that messages were left out, and it was shown to them."""
    async with stage.pipeline.database.read() as db:
        query = select(outbox.c.id).where(outbox.c.purpose == "full", outbox.c.state == "sent")
        return len((await db.execute(query)).all())


async def waiting(stage: Stage, urn: str = ANA) -> int:
    async with stage.pipeline.database.read() as db:
        return await inbox.waiting_of(db, urn)


@pytest.mark.usefixtures("narrow")
async def test_of_a_flood_so_much_waits_and_the_sender_is_told_once_what_became_of_the_rest(
    stage: Stage,
) -> None:
    await flood(stage, 0, 3 * MOST_WAITING)
    assert await waiting(stage) == MOST_WAITING + 1
    assert await stage.says("phone:ben", "hello")
    await stage.settles()
    assert await told(stage) == 1
    await flood(stage, 1000, 2 * MOST_WAITING)
    await stage.settles()
    assert await told(stage) == 2


@pytest.mark.usefixtures("narrow")
async def test_what_comes_again_takes_no_room_and_nobody_is_told_that_it_was_left_out(
    stage: Stage,
) -> None:
    await flood(stage, 0, MOST_WAITING - 1)
    again = [said(ANA, number, f"hello {number}") for number in range(5)]
    assert await stage.pipeline.intake.accept([*again, said(ANA, 100)], stage.clock()) == 1
    assert await waiting(stage) == MOST_WAITING
    assert await stage.pipeline.intake.accept(again, stage.clock()) == 0
    assert await waiting(stage) == MOST_WAITING
    await stage.settles()
    assert await told(stage) == 0


@pytest.mark.usefixtures("narrow")
async def test_of_a_sender_who_writes_slowly_while_nobody_is_at_work_no_more_waits(
    stage: Stage,
) -> None:
    intakes = [taking.Intake(stage.pipeline.database, Memory(), ("en",)) for _ in range(2)]
    for number in range(4 * MOST_WAITING):
        await intakes[number % 2].accept([said(ANA, number)], stage.clock())
        stage.clock.pass_(seconds=20)
    assert MOST_WAITING <= await waiting(stage) <= MOST_WAITING + len(intakes) * 2
    await stage.settles()
    assert await told(stage) == 1


async def test_where_little_waits_nobody_counts_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, looked = (
        Calls(monkeypatch, inbox, "waiting_of_many"),
        Calls(monkeypatch, inbox, "crowded"),
    )
    for number in range(30):
        await stage.pipeline.intake.accept([said(f"phone:p{number % 7}", number)], stage.clock())
        stage.clock.pass_(seconds=2)
    assert counted.count == 0
    assert looked.count == 2


@pytest.mark.usefixtures("narrow")
async def test_two_processes_that_see_the_same_flood_leave_one_note(
    two: tuple[Stage, list[taking.Intake]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, intakes = two
    await flood(stage, 0, MOST_WAITING)
    both, count = asyncio.Barrier(2), inbox.waiting_of_many

    async def together(*asked: Any) -> dict[str, tuple[int, bool]]:
        found = await count(*asked)
        await both.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "waiting_of_many", together)
        accepted = (
            intake.accept([said(ANA, 100 * n), said(ANA, 100 * n + 1)], stage.clock())
            for n, intake in enumerate(intakes, 1)
        )
        await asyncio.gather(*accepted)
    assert await waiting(stage) == MOST_WAITING + 1


@pytest.mark.usefixtures("narrow")
async def test_a_note_that_another_process_keeps_in_the_meantime_is_the_only_one(
    two: tuple[Stage, list[taking.Intake]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, (mine, theirs) = two
    await flood(stage, 0, MOST_WAITING)
    name = inbox.next_note

    async def late(*asked: Any) -> str:
        patched.undo()
        await theirs.accept([said(ANA, 300), said(ANA, 301)], stage.clock())
        return await name(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "next_note", late)
        await mine.accept([said(ANA, 400), said(ANA, 401)], stage.clock())
    assert await waiting(stage) == MOST_WAITING + 1


@pytest.mark.usefixtures("narrow")
async def test_a_stop_is_heard_however_much_waits(stage: Stage) -> None:
    await flood(stage, 0, 2 * MOST_WAITING)
    await stage.pipeline.intake.accept([said(ANA, 5000, "stop")], stage.clock())
    assert await waiting(stage) == MOST_WAITING + 2
    await stage.settles()
    async with stage.pipeline.database.read() as db:
        urn = await urns.by_address(db, ANA)
    assert urn is not None
    assert urn.stopped_at is not None


@pytest.mark.usefixtures("narrow")
async def test_others_are_answered_before_the_flood_has_been_handled(stage: Stage) -> None:
    await flood(stage, 0, MOST_WAITING)
    await stage.pipeline.intake.accept([said("phone:ben", 1)], stage.clock())
    await stage.pipeline.intake.accept([said("phone:eve", 1)], stage.clock())

    assert await turns.handle_due(stage.pipeline) == 3
    assert await waiting(stage, "phone:ben") == 0
    assert await waiting(stage) == MOST_WAITING - 1
