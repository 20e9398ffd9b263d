from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.channels.phone import Phone
from bot.messages import Attachment, Incoming, read_incoming
from bot.pipeline import worker
from bot.pipeline.coordination import Memory
from bot.pipeline.lock import Occupied, alone
from bot.pipeline.parts import is_passing, now
from bot.pipeline.watch import watch
from bot.pipeline.worker import FEW, turning, working
from storage import inbox
from storage.database import Database, connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import ANA, Clock, Stage, pipeline_on

JPEG = b"\xff\xd8\xff" + b"\x00" * 60


async def comes(stage: Stage, enough: Callable[[list[str]], bool]) -> list[str]:
    """What comes on Ana's screen, as soon as it is enough."""
    seen: list[str] = []
    with stage.pipeline.coordination.listen("phone") as bell:
        while not enough(seen):
            seen += await stage.sees(ANA)
            await bell.wait(0.2)
    return seen


@pytest.fixture
def at_work(stage: Stage) -> Stage:
    """A pipeline that goes by the real clock."""
    return Stage(replace(stage.pipeline, clock=now), stage.clock)


async def test_the_loops_answer_by_themselves(at_work: Stage) -> None:
    async with working(at_work.pipeline):
        await at_work.hears(ANA, "hola")
        assert len(await comes(at_work, bool)) == 1
        await at_work.hears(ANA, "es")
        assert len(await comes(at_work, bool)) == 1


async def test_what_waited_while_nobody_was_at_work_is_answered(at_work: Stage) -> None:
    await at_work.hears(ANA, "hola")
    await at_work.hears(ANA, "es")
    async with working(at_work.pipeline):
        assert len(await comes(at_work, lambda seen: len(seen) == 2)) == 2


class Gated(Phone):
    """A phone whose files lie on its far side and come as soon as the gate opens."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.pipeline.database, stage.pipeline.coordination)
        self.fetching, self.gate = asyncio.Event(), asyncio.Event()

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        self.fetching.set()
        await self.gate.wait()
        return JPEG


async def stopped_while_fetching(stage: Stage) -> inbox.Row:
    """What became of a photo while whose file was being fetched the worker was told to stop."""
    phone = Gated(stage)
    pipeline = replace(stage.pipeline, channels={"phone": phone})
    photo = Incoming("phone", "1", (ANA,), kind="media", attachments=(Attachment("photo", "far"),))
    async with working(pipeline):
        await pipeline.intake.accept([photo], now())
        await phone.fetching.wait()
        asyncio.get_running_loop().call_later(0.05, phone.gate.set)
    async with pipeline.database.read() as db:
        row = await inbox.by_external_id(db, "phone", "1")
    assert row is not None
    return row


async def test_a_file_that_is_being_fetched_is_kept_before_the_end(at_work: Stage) -> None:
    row = await stopped_while_fetching(at_work)
    (attachment,) = read_incoming(row.body).attachments
    assert attachment.id
    assert row.due_at <= now()


async def test_a_file_that_takes_too_long_is_left_to_the_next_at_once(
    at_work: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DRAIN", 0.01)
    row = await stopped_while_fetching(at_work)
    (attachment,) = read_incoming(row.body).attachments
    assert not attachment.id
    assert row.state == "ready"
    assert row.due_at <= now()


async def test_a_loop_that_fails_goes_on(at_work: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    away = [True]
    begin = at_work.pipeline.database.begin

    def failing():  # type: ignore[no-untyped-def]
        if away[0]:
            raise ConnectionRefusedError("the database is away")
        return begin()

    async with working(at_work.pipeline):
        await at_work.hears(ANA, "hola")
        monkeypatch.setattr(at_work.pipeline.database, "begin", failing)
        at_work.pipeline.coordination.ring_all()
        await asyncio.sleep(0)
        away[0] = False
        assert await comes(at_work, bool)


async def test_what_another_process_writes_to_sqlite_is_noticed(
    sqlite_url: str, tmp_path: Path
) -> None:
    ours = Memory()
    watching = asyncio.create_task(watch(sqlite_url, ours))
    try:
        with ours.listen("inbox") as bell:
            await asyncio.sleep(0)
            path = make_url(sqlite_url).database or ""
            with closing(sqlite3.connect(path)) as other:
                other.execute("CREATE TABLE another (a)")
                other.commit()
            assert await bell.wait(5)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_two_pipelines_on_one_postgres_answer_everybody_once(
    postgres_url: str, tmp_path: Path
) -> None:
    databases = [await connect(postgres_url, DATABASE_KEY) for _ in range(2)]
    people = [f"phone:p{number}" for number in range(5)]
    try:
        one, other = (replace(pipeline_on(d, tmp_path, Clock()), clock=now) for d in databases)
        stage = Stage(one, Clock(now()))
        async with working(one), working(other):
            for urn in people:
                await stage.hears(urn, "hello")
            seen: dict[str, list[str]] = {urn: [] for urn in people}
            with one.coordination.listen("phone") as bell:
                while not all(seen.values()):
                    for urn in people:
                        seen[urn] += await stage.sees(urn)
                    await bell.wait(0.2)
        assert [len(said) for said in seen.values()] == [1] * 5
    finally:
        for database in databases:
            await database.close()


async def test_the_server_counts_what_is_kept_as_soon_as_that_much_was_handled(
    postgres_url: str, tmp_path: Path
) -> None:
    """Else it goes by its plans for empty tables, and through all of them, for a minute."""
    database = await connect(postgres_url, DATABASE_KEY)
    pipeline, stop = pipeline_on(database, tmp_path, Clock()), asyncio.Event()
    before = await counts(database)
    pipeline.care.handled = FEW
    tasks = turning(pipeline, stop)
    async with asyncio.timeout(20):
        while await counts(database) == before:
            pass
    stop.set()
    pipeline.care.crowded.set()
    pipeline.coordination.ring_all()
    await asyncio.gather(*tasks)
    await database.close()


async def counts(database: Database) -> int:
    """How often the contacts were counted because somebody asked for it."""
    asked = text("SELECT analyze_count FROM pg_stat_user_tables WHERE relname = 'contacts'")
    async with database.read() as db:
        return int((await db.execute(asked)).scalar_one())


def test_a_second_worker_on_sqlite_is_told_who_is_there(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Occupied, match=r"process \d+"), alone(tmp_path):
        pass
    with alone(tmp_path):  # free again
        pass


def test_a_bug_is_no_passing_trouble() -> None:
    assert not is_passing(KeyError("x"))
    assert is_passing(ConnectionRefusedError())
