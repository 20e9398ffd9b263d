"""The index of a process: everyone in memory, read from SQL when first asked for and kept up with
what has changed since. Every process answers alike, since all read the same version."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from matching import records
from matching.suggestions import Suggestion
from storage import candidates, versions

if TYPE_CHECKING:
    from matching.index import Index

OVERLAP = timedelta(minutes=10)
"""What was committed so late is still seen: changes are looked for from so long before."""
TRIES = 5


class Indexing:
    """Holds the index. Nothing is read before somebody is looked for."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._index: Index | None = None
        self._looked_at: datetime | None = None
        self._taken: dict[UUID, records.Enterprise] = {}

    async def current(self, db: AsyncConnection, today: date, now: datetime) -> Index:
        """The index as of now."""
        async with self._lock:
            name = await versions.latest_name(db)
            if self._index is None or self._index.version.name != name:
                return await self._built(db, today, now)
            await self._caught_up(self._index, db, today, now)
            return self._index

    async def _built(self, db: AsyncConnection, today: date, now: datetime) -> Index:
        from matching.index import Index

        version = await versions.latest(db)
        known = await candidates.everyone(db, today)
        self._index = await asyncio.to_thread(Index.of, known, version)
        self._looked_at, self._taken = now, {}
        return self._index

    async def _caught_up(
        self, index: Index, db: AsyncConnection, today: date, now: datetime
    ) -> None:
        since = (self._looked_at or now) - OVERLAP
        fresh = await candidates.changed(db, since)
        found = {UUID(one.id): one for one in await candidates.of(db, fresh, today)}
        for identity in sorted(fresh):
            one = found.get(identity)
            if one is None:
                index.remove(str(identity))
            elif self._taken.get(identity) != one:
                index.put(one)
        self._taken = found
        self._looked_at = now

    async def partners(
        self,
        db: AsyncConnection,
        who: records.Enterprise,
        today: date,
        now: datetime,
        top: int,
        without: Collection[str],
        vain: Mapping[str, int],
    ) -> tuple[Suggestion, ...]:
        """The best for `who` among everyone who can be written to."""
        from matching.partners import chosen, told

        index = await self.current(db, today, now)
        left = set(without)
        suggestions: tuple[Suggestion, ...] = ()
        for _ in range(TRIES):
            ranked = chosen(index, who, top, without=left, vain=vain)
            here = await candidates.reachable(db, [UUID(one.to) for one in ranked], today)
            known = {one.id: one for one in here}
            there = [one for one in ranked if one.to in known]
            suggestions = told(who, known, there, index.settings)[:top]
            if len(suggestions) == top or not ranked:
                break
            said = {suggestion.to for suggestion in suggestions}
            left |= {one.to for one in ranked} - said
        return suggestions
