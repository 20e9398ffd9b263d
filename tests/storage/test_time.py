from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from storage.database import Database
from storage.tables import do_not_contact


async def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(
    database: Database,
) -> None:
    at = datetime(2026, 1, 1, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    async with database.begin() as db:
        await db.execute(insert(do_not_contact).values(digest="d", why="stopped", at=at))
        kept = (await db.execute(select(do_not_contact.c.at))).scalar_one()
    assert kept == at
    assert kept.utcoffset() == timedelta(0)
    assert kept == datetime(2025, 12, 31, 23, 30, 0, 123456, tzinfo=UTC)


async def test_moments_are_compared_as_moments(database: Database) -> None:
    early = datetime(2026, 1, 1, 23, 0, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 1, 1, 15, 0, tzinfo=UTC)
    async with database.begin() as db:
        await db.execute(insert(do_not_contact).values(digest="d", why="stopped", at=early))
        found = await db.execute(select(do_not_contact.c.digest).where(do_not_contact.c.at < late))
        assert found.scalars().all() == ["d"]


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    async with database.begin() as db:
        with pytest.raises(StatementError, match="no time zone"):
            await db.execute(
                insert(do_not_contact).values(digest="d", why="x", at=datetime(2026, 1, 1))
            )
