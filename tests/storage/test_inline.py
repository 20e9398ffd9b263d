from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from storage import inline
from storage.database import connect
from storage.tables import keys
from tests.storage.conftest import KEY


def another_process(url: str) -> sqlite3.Connection:
    return sqlite3.connect(Path(url.partition(":///")[2]), isolation_level=None, timeout=0)


async def test_whoever_waits_for_another_process_holds_nobody_up(sqlite_url: str) -> None:
    database = await connect(sqlite_url, KEY)
    with closing(another_process(sqlite_url)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with database.begin() as db:
                await db.execute(select(keys))

        waiting = asyncio.create_task(write())
        for _ in range(3):
            async with database.read() as db:
                assert (await db.execute(select(keys))).all()
            await asyncio.sleep(0)
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
    await database.close()


async def test_a_process_that_goes_on_writing_is_not_waited_for_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "PATIENCE", 0.02)
    database = await connect(sqlite_url, KEY)
    with closing(another_process(sqlite_url)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            async with database.begin():
                raise AssertionError("nobody else may write now")
        other.execute("ROLLBACK")
        async with database.begin() as db:
            assert (await db.execute(select(keys))).all()
    await database.close()
