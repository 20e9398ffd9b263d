"""How long whoever brings a message waits to be told that it cannot be kept now."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot import health
from bot.messages import Incoming
from bot.pipeline import together
from bot.pipeline.parts import is_passing
from storage import inbox
from storage.database import connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, Stage, pipeline_on
from tests.wire import Wire, wire_to

WITHIN = 0.8


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "WITHIN", WITHIN)
    monkeypatch.setattr(health, "CHECK", WITHIN)


@pytest.fixture
async def wired(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Wire]]:
    async with wire_to(postgres_url) as (wire, url):
        database = await connect(url, DATABASE_KEY)
        clock = Clock()
        yield Stage(pipeline_on(database, tmp_path, clock), clock), wire
        await database.close()


async def bring(stage: Stage, number: int) -> float:
    """A message is brought; gives how long it took until its bringer was told to come again."""
    loop = asyncio.get_running_loop()
    said = Incoming("phone", str(number), (f"phone:p{number}",), text="hello")
    began = loop.time()
    with pytest.raises((DBAPIError, TimeoutError)) as caught:
        await stage.pipeline.intake.accept([said], stage.clock())
    assert is_passing(caught.value)
    return loop.time() - began


async def one_after_the_other(stage: Stage, count: int) -> list[float]:
    """Several bring messages, each while those before them still wait."""
    bringing: list[asyncio.Task[float]] = []
    for number in range(count):
        bringing.append(asyncio.create_task(bring(stage, number)))
        await asyncio.sleep(WITHIN / count / 2)
    return list(await asyncio.gather(*bringing))


async def kept(stage: Stage, number: int) -> bool:
    said = Incoming("phone", str(number), (f"phone:p{number}",), text="hello")
    return await stage.pipeline.intake.accept([said], stage.clock()) == 1


async def test_on_a_connection_that_went_silent_they_wait_for_so_long_and_no_longer(
    wired: tuple[Stage, Wire],
) -> None:
    stage, wire = wired
    wire.go_silent()
    assert await bring(stage, 1) < 2 * WITHIN
    assert await kept(stage, 1)


async def test_while_the_server_says_nothing_each_is_told_in_time(
    wired: tuple[Stage, Wire],
) -> None:
    stage, wire = wired
    assert await health.readiness(stage.pipeline) == health.Readiness((), ())
    wire.go_silent(for_good=True)
    assert max(await one_after_the_other(stage, 4)) < 1.5 * WITHIN
    told = await health.readiness(stage.pipeline)
    assert told.reasons == ("The database cannot be reached.",)
    wire.come_back()
    assert await kept(stage, 4)
    async with stage.pipeline.database.read() as db:
        assert (await inbox.depth(db))[0] == 1
    assert await health.readiness(stage.pipeline) == health.Readiness((), ())


async def test_while_another_program_holds_an_sqlite_file_each_is_told_in_time(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = await connect(sqlite_url, DATABASE_KEY)
    clock = Clock()
    stage = Stage(pipeline_on(database, tmp_path, clock), clock)
    async with asyncio.timeout(20):
        with closing(sqlite3.connect(make_url(sqlite_url).database or "")) as other:
            other.execute("BEGIN IMMEDIATE")
            assert max(await one_after_the_other(stage, 4)) < 1.5 * WITHIN
        assert await kept(stage, 4)
        for number in range(4):  # they come again, whatever became of it
            await kept(stage, number)
    async with database.read() as db:
        assert (await inbox.depth(db))[0] == 5
    await database.close()


async def test_who_says_how_they_are_is_not_waited_for_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> bool:
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(stage.pipeline.coordination, "is_well", silent)
    assert (await health.readiness(stage.pipeline)).degraded


async def test_a_database_that_takes_no_writes_is_not_ready(
    postgres_url: str, tmp_path: Path
) -> None:
    database = await connect(postgres_url, DATABASE_KEY)
    stage = Stage(pipeline_on(database, tmp_path, Clock()), Clock())
    async with database.at_once() as db:
        await db.exec_driver_sql("SET default_transaction_read_only = on")
    told = await health.readiness(stage.pipeline)
    assert told.reasons == ("The database takes no writes now.",)
    await bring(stage, 1)
    assert await kept(stage, 1)
    assert await health.readiness(stage.pipeline) == health.Readiness((), ())
    await database.close()
