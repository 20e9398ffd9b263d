"""Several who handle what comes in, in one process and in others: who is called to help, and who
waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from bot import conversation
from bot.pipeline import turns
from bot.turn import Turn
from storage import claiming
from storage.database import connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Calls, Clock, Stage, pipeline_on


@pytest.fixture
async def twenty(postgres_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Twenty people write for the first time, on PostgreSQL."""
    database = await connect(postgres_url, DATABASE_KEY)
    clock = Clock()
    stage = Stage(pipeline_on(database, tmp_path, clock), clock)
    for number in range(20):
        await stage.hears(f"phone:p{number}", "hello")
    yield stage
    await database.close()


@pytest.mark.parametrize(("batch", "called"), [(20, False), (4, True), (8, False)])
async def test_help_is_called_where_many_wait_besides_those_that_are_handled(
    twenty: Stage, monkeypatch: pytest.MonkeyPatch, batch: int, called: bool
) -> None:
    monkeypatch.setattr(turns, "BATCH", batch)
    assert await turns.handle_due(twenty.pipeline) == batch
    assert twenty.pipeline.care.crowded.is_set() is called
    assert twenty.pipeline.care.in_hand == 0


async def test_who_finds_all_in_other_hands_looks_again_when_these_are_done(
    twenty: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "AWHILE", 60.0)
    monkeypatch.setattr(turns, "LONGEST", 60.0)
    claimed, deciding = asyncio.Event(), asyncio.Event()
    respond = conversation.respond

    async def slowly(turn: Turn) -> None:
        claimed.set()
        await deciding.wait()
        await respond(turn)

    class Waited(asyncio.Event):
        async def wait(self) -> Literal[True]:
            assert not self.is_set()
            deciding.set()
            return await super().wait()

    monkeypatch.setattr(conversation, "respond", slowly)
    twenty.pipeline.care.freed = Waited()
    async with asyncio.timeout(20):
        first = asyncio.create_task(turns.handle_due(twenty.pipeline))
        await claimed.wait()
        looks = Calls(monkeypatch, claiming, "claim")
        assert await turns.look(twenty.pipeline) == 0
        assert await first == 20
    assert looks.count == 1
