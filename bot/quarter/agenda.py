"""When everybody looks at their phone next."""

from __future__ import annotations

import heapq
from datetime import datetime


class Agenda:
    """Times by address; of two for one address the earlier counts."""

    def __init__(self) -> None:
        self._times: list[tuple[datetime, str]] = []
        self._due: dict[str, datetime] = {}

    def plan(self, urn: str, at: datetime) -> None:
        """Have somebody look at a time, unless they do so sooner."""
        before = self._due.get(urn)
        if before is None or at < before:
            self._due[urn] = at
            heapq.heappush(self._times, (at, urn))

    def next(self) -> datetime | None:
        """When somebody looks next."""
        while self._times and self._due.get(self._times[0][1]) != self._times[0][0]:
            heapq.heappop(self._times)
        return self._times[0][0] if self._times else None

    def due(self, now: datetime) -> list[str]:
        """Who looks now; each is asked for once."""
        found = []
        while (at := self.next()) is not None and at <= now:
            _, urn = heapq.heappop(self._times)
            del self._due[urn]
            found.append(urn)
        return found
