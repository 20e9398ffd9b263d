"""What processes tell each other and may lose: that there is work, and how fast it may go.

In memory for one process, by Redis for several. Nothing here is needed for a message to arrive:
whoever waits also looks by itself now and then."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.base import Pace

MOST_BUCKETS = 20_000
WHOLE = 0.999999
"""A token: whoever waited exactly as long as told must find one, however numbers are rounded."""


@dataclass(frozen=True)
class Dry:
    """A bucket that nothing can be taken from for so many seconds: `place` of those asked for."""

    wait: float
    place: int


Wanted = Sequence[Sequence[Pace]]
"""Of each message the buckets it takes from: from all of them, or from none. A bucket that has
one gives as many as are wanted, and is dry until they have come back."""


@dataclass
class Bell:
    """Rings when somebody woke the topic since it was last waited for."""

    rung: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        """Until it rings, at most so long; whether it rang."""
        try:
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True


class Coordination(Protocol):
    """`wake` and `listen` by topic: "inbox", "outbox", "phone"."""

    async def wake(self, topic: str) -> None: ...

    def listen(self, topic: str) -> contextlib.AbstractContextManager[Bell]: ...

    def ring_all(self) -> None:
        """Wake everybody in this process: something happened that told nobody."""

    async def take(self, bucket: str, rate: float, burst: float) -> float:
        """Seconds to wait before one may be taken from the bucket; 0.0: one has been taken."""

    async def take_each(self, wanted: Wanted) -> list[Dry | None]:
        """For each message, in order: None where it took from all its buckets; else the one that
        lets it wait longest, and nothing was taken."""

    async def pause(self, bucket: str, seconds: float) -> None:
        """Let nobody take from the bucket for so long, because the far side said so. A pause that
        lasts longer stays as it is."""

    def is_alone(self) -> bool:
        """Whether this process has to do without the others for now."""

    async def is_well(self) -> bool:
        """Whether the processes hear each other."""

    async def close(self) -> None: ...


class Memory:
    """Coordination within one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._buckets: dict[str, tuple[float, float]] = {}
        self._paused: dict[str, float] = {}

    async def wake(self, topic: str) -> None:
        self.ring(topic)

    def ring(self, topic: str) -> None:
        for rung in self._bells.get(topic, ()):
            rung.set()

    def ring_all(self) -> None:
        for topic in self._bells:
            self.ring(topic)

    @contextlib.contextmanager
    def listen(self, topic: str) -> Iterator[Bell]:
        bell = Bell()
        self._bells[topic].add(bell.rung)
        try:
            yield bell
        finally:
            self._bells[topic].discard(bell.rung)

    async def take(self, bucket: str, rate: float, burst: float) -> float:
        dry = self._taken((Pace(bucket, rate, burst),))
        return dry.wait if dry else 0.0

    async def take_each(self, wanted: Wanted) -> list[Dry | None]:
        return [self._taken(paces) for paces in wanted]

    async def pause(self, bucket: str, seconds: float) -> None:
        self._paused[bucket] = max(self._paused.get(bucket, 0.0), self._clock() + seconds)

    def paused(self) -> dict[str, float]:
        """For how many seconds more nobody takes from which buckets."""
        now = self._clock()
        self._paused = {name: until for name, until in self._paused.items() if until > now}
        return {name: until - now for name, until in self._paused.items()}

    def _taken(self, paces: Sequence[Pace]) -> Dry | None:
        now = self._clock()
        dry, left = Dry(0.0, -1), {}
        for place, pace in enumerate(paces):
            tokens, at = self._buckets.get(pace.bucket, (pace.burst, now))
            tokens = min(pace.burst, tokens + max(0.0, now - at) * pace.rate)
            left[pace.bucket] = tokens
            wait = 0.0 if tokens > WHOLE else (1 - tokens) / pace.rate
            wait = max(wait, self._paused.get(pace.bucket, now) - now)
            if wait > dry.wait:
                dry = Dry(wait, place)
        for pace in paces:
            spent = 0.0 if dry.wait else pace.amount
            self._buckets[pace.bucket] = (left[pace.bucket] - spent, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._forget(now)
        return dry if dry.wait else None

    def _forget(self, now: float) -> None:
        """Forget the buckets that were left alone longest, and pauses that are over."""
        by_age = sorted(self._buckets.items(), key=lambda one: one[1][1])
        self._buckets = dict(by_age[len(by_age) // 2 :])
        self._paused = {name: until for name, until in self._paused.items() if until > now}

    def is_alone(self) -> bool:
        return False

    async def is_well(self) -> bool:
        return True

    async def close(self) -> None:
        return


def coordination(redis_url: str) -> Coordination:
    """By Redis where one is configured, else in memory."""
    if not redis_url:
        return Memory()
    from bot.pipeline.shared import Shared  # its library takes memory that not everybody needs

    return Shared(redis_url)
