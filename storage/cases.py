"""Cases: what brokers learned, found again by craft and problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_all
from storage.tables import cases

LATEST = 1000
"""So many cases, the latest, are looked through."""

_BETWEEN = "\n"


@dataclass(frozen=True)
class Case:
    """What the problem was, what was tried, what was learned; "" for what was left out."""

    craft: str | None
    category: str | None
    problem: str = field(repr=False)
    tried: str = field(repr=False)
    learned: str = field(repr=False)
    at: datetime

    @property
    def said(self) -> str:
        return " ".join((self.problem, self.tried, self.learned))


async def add(
    db: AsyncConnection,
    said: Sequence[str],
    now: datetime,
    *,
    broker_id: UUID,
    network_id: UUID | None = None,
    craft: str | None = None,
    category: str | None = None,
) -> None:
    """Keep a case; `said` are its three answers, each one line."""
    words = _BETWEEN.join(" ".join(answer.split()) for answer in said)
    row = {
        "id": ids.new(now), "broker_id": broker_id, "network_id": network_id, "craft": craft,
        "category": category, "words": words, "at": now,
    }  # fmt: skip
    await insert_all(db, cases, [row])


async def latest(db: AsyncConnection) -> list[Case]:
    """The cases, the latest first."""
    query = select(cases).order_by(cases.c.at.desc(), cases.c.id.desc()).limit(LATEST)
    found = []
    for row in (await db.execute(query)).all():
        problem, tried, learned = (*row.words.split(_BETWEEN, 2), "", "")[:3]
        found.append(Case(row.craft, row.category, problem, tried, learned, row.at))
    return found
