"""Versions: what matching learned and what attention costs, made weekly and the same for everyone.

A version is written once and read by every worker; the one before it is kept beside it, older ones
keep only what was learned together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from matching.versions import Lesson, Standing, Version
from storage import ids
from storage.conflicts import insert_all, insert_new
from storage.tables import enterprises, match_standings, match_versions

KEPT = 2
"""So many versions keep the standings of enterprises."""
TOGETHER = 1000


async def put(db: AsyncConnection, version: Version, answered: int, now: datetime) -> bool:
    """Write a version down. False where one of its name is there already: that one holds."""
    made = {
        "id": ids.new(now),
        "name": version.name,
        "lesson": None if version.lesson is None else _lesson_row(version.lesson),
        "answered": answered,
        "made_at": now,
    }
    if not await insert_new(db, match_versions, [made]):
        return False
    living = await db.execute(select(enterprises.c.id).where(enterprises.c.erased_at.is_(None)))
    here = {str(row.id) for row in living}
    rows = [
        _standing_row(made["id"], identity, standing)
        for identity, standing in version.standings.items()
        if identity in here
    ]
    for start in range(0, len(rows), TOGETHER):
        await insert_all(db, match_standings, rows[start : start + TOGETHER])
    kept = select(match_versions.c.id).order_by(match_versions.c.made_at.desc()).limit(KEPT)
    keep = [row.id for row in (await db.execute(kept)).all()]
    await db.execute(delete(match_standings).where(match_standings.c.version_id.not_in(keep)))
    return True


async def latest_name(db: AsyncConnection) -> str:
    """The name of the version that holds, empty before the first."""
    query = select(match_versions.c.name).order_by(match_versions.c.made_at.desc()).limit(1)
    return (await db.execute(query)).scalar() or ""


async def latest(db: AsyncConnection) -> Version:
    """The version that holds; before the first one that orders by worth alone."""
    query = select(match_versions).order_by(match_versions.c.made_at.desc()).limit(1)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        return Version()
    mine = match_standings.c.version_id == row.id
    found = (await db.execute(select(match_standings).where(mine))).all()
    standings = {
        str(one.enterprise_id): Standing(one.open, one.appeal, tuple(one.cares), one.price)
        for one in found
    }
    return Version(row.name, _lesson(row.lesson), standings)


def _lesson(row: Mapping[str, Any] | None) -> Lesson | None:
    return None if row is None else Lesson(**{**row, "terms": tuple(row["terms"])})


def _lesson_row(lesson: Lesson) -> dict[str, Any]:
    return {**vars(lesson), "terms": list(lesson.terms)}


def _standing_row(version_id: Any, identity: str, standing: Standing) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "enterprise_id": UUID(identity),
        "price": standing.price,
        "open": standing.open_,
        "appeal": standing.appeal,
        "cares": list(standing.cares),
    }
