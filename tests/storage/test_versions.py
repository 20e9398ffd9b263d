"""What is frozen for a week is read as it was written; the index keeps up with what changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from matching.versions import Lesson, Standing, Version
from storage import candidates, enterprises, versions
from storage.database import Database
from storage.indexing import Indexing
from tests.storage.conftest import NOW
from tests.storage.people import an_artisan

TODAY = NOW.date()


async def test_a_version_is_read_as_it_was_written_and_once_a_week(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1")
        assert await versions.latest(db) == Version()
        lesson = Lesson((0.5, 1.0), -2.0, 0.25, -1.0, 0.5)
        standing = Standing(0.5, -0.25, (0.0, 1.0), 0.75)
        gone = "0198a000-0000-7000-8000-000000000000"
        made = Version("2026-W10", lesson, {str(ana.id): standing, gone: standing})
        assert await versions.put(db, made, 600, NOW)
        assert not await versions.put(db, Version("2026-W10"), 0, NOW)
        assert await versions.latest_name(db) == "2026-W10"
        assert await versions.latest(db) == Version("2026-W10", lesson, {str(ana.id): standing})


async def test_only_the_last_two_versions_keep_everybodys_standing(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1")
        for week in range(10, 14):
            version = Version(f"2026-W{week}", None, {str(ana.id): Standing(price=float(week))})
            await versions.put(db, version, 0, NOW + timedelta(weeks=week))
        assert (await versions.latest(db)).standing(str(ana.id)).price == 13.0
        rows = await db.exec_driver_sql("select count(*) from match_standings")
        assert rows.scalar() == 2


async def test_the_index_knows_who_came_changed_and_went(database: Database) -> None:
    at: dict[str, Any] = {
        "craft": "weaving",
        "willing": "yes",
        "country": "HN",
        "lat": 14.1,
        "lon": -87.0,
    }
    indexing = Indexing()
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1", **at)
        _, _, ben = await an_artisan(db, "tel:2", **at)
        who = await candidates.record(db, ana.id, TODAY)
        assert who is not None

        async def found() -> list[str]:
            told = await indexing.partners(db, who, TODAY, NOW, 3, frozenset(), {})
            return [one.to for one in told]

        assert await found() == [str(ben.id)]
        _, _, eva = await an_artisan(db, "tel:3", **{**at, "lat": 14.2})
        assert await found() == [str(ben.id), str(eva.id)]
        await enterprises.change(db, ben.id, NOW, lat=14.6)
        assert await found() == [str(eva.id), str(ben.id)]
        await enterprises.change(db, ben.id, NOW, willing="no")
        assert await found() == [str(eva.id)]
        await enterprises.change(db, eva.id, NOW, erased_at=NOW)
        assert await found() == []
