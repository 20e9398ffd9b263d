"""What holds up the turn of one holds up nobody else, nor keeps it from being laid aside."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bot import conversation
from bot.media import Keeper
from bot.papers import Papers
from bot.pipeline import turns
from bot.turn import Turn
from storage import database as storage_database
from storage import inbox
from storage.database import connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, Stage, pipeline_on

BEN, CROWD = "phone:ben", [f"phone:crowd-{number}" for number in range(12)]
SHORT = timedelta(seconds=0.1)


async def waiting(stage: Stage, *urns: str) -> int:
    async with stage.pipeline.database.read() as db:
        return sum([await inbox.waiting_of(db, urn) for urn in urns])


async def test_what_is_no_fault_of_the_database_is_counted_though_it_was_away_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[Exception] = [OSError("the database went away")]

    async def respond(turn: Turn) -> None:
        raise problems.pop() if problems else ValueError("poison")

    monkeypatch.setattr(conversation, "respond", respond)
    await stage.hears(BEN, "poison")
    stage.pipeline.care.alone = 1
    with pytest.raises(OSError, match="away"):
        await stage.handles()
    for _ in range(turns.TRIES + 1):
        stage.clock.pass_(seconds=10)
        await stage.handles()
    async with stage.pipeline.database.read() as db:
        assert await inbox.count_parked(db) == 1


async def test_a_paper_that_cannot_be_kept_holds_up_nobody(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").write_text("")  # no folder can be made in it, as on a full disk
    papers = Papers(Keeper(tmp_path / "full", DATABASE_KEY))
    house = replace(stage.pipeline.house, papers=papers)
    monkeypatch.setattr(stage, "pipeline", replace(stage.pipeline, house=house))

    async def respond(turn: Turn) -> None:
        if turn.incoming.text == "history":
            assert not await turn.house.papers.attach(turn, "What happened", ["This."])

    monkeypatch.setattr(conversation, "respond", respond)
    await stage.hears(BEN, "history")
    await stage.hears(CROWD[0], "hello")
    await stage.handles()
    assert await waiting(stage, BEN, CROWD[0]) == 0


@pytest.fixture
async def quick(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Where locks are waited for a third of the time that others leave alone what is tried."""
    monkeypatch.setitem(storage_database.SETTINGS, "lock_timeout", "300ms")
    monkeypatch.setattr(turns, "LEASE", SHORT)
    database = await connect(postgres_url, DATABASE_KEY)
    pipeline = replace(pipeline_on(database, tmp_path, Clock()), clock=lambda: datetime.now(UTC))
    yield Stage(pipeline, Clock())
    await database.close()


async def test_who_waits_for_what_somebody_holds_for_long_is_waited_for_by_nobody(
    quick: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = conversation.respond, 0

    async def respond(turn: Turn) -> None:
        nonlocal tried
        if turn.urn is not None and turn.urn.address == BEN:
            tried += 1
            await turn.db.exec_driver_sql("SELECT * FROM keys FOR UPDATE")
        await real(turn)

    monkeypatch.setattr(conversation, "respond", respond)
    for urn in (BEN, *CROWD):
        await quick.hears(urn, "hello")
    async with quick.pipeline.database.begin() as other:
        await other.exec_driver_sql("SELECT * FROM keys FOR UPDATE")
        while await waiting(quick, *CROWD):
            with contextlib.suppress(DBAPIError):
                await turns.handle_due(quick.pipeline)
    assert tried <= 3
