"""What processes tell each other and may lose: that there is work, and how fast it may go.

In memory for one process, by Redis for several. Nothing here is needed for a message to arrive:
whoever waits also looks by itself now and then."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

CHANNEL = "artisan:wake"
SHARE = 0.25
"""Of the common pace, what one process allows itself while it cannot ask the others."""

WHOLE = 0.999999
"""A token: whoever waited exactly as long as told must find one, however numbers are rounded."""

TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
local at = tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens > 0.999999 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return tostring(wait)
"""


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

    async def is_well(self) -> bool:
        """Whether the processes hear each other."""

    async def close(self) -> None: ...


class Memory:
    """Coordination within one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._buckets: dict[str, tuple[float, float]] = {}

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
        now = self._clock()
        tokens, at = self._buckets.get(bucket, (burst, now))
        tokens = min(burst, tokens + max(0.0, now - at) * rate)
        if tokens > WHOLE:
            self._buckets[bucket] = (tokens - 1, now)
            return 0.0
        wait = (1 - tokens) / rate
        self._buckets[bucket] = (tokens, now)
        return wait

    async def is_well(self) -> bool:
        return True

    async def close(self) -> None:
        return


class Shared:
    """Coordination by Redis; on its own while Redis cannot be reached."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True
        )
        self._take = self._redis.register_script(TAKE)
        self._own = Memory()
        self._hearing: asyncio.Task[None] | None = None

    async def wake(self, topic: str) -> None:
        self._own.ring(topic)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._redis.publish(CHANNEL, topic)

    def ring_all(self) -> None:
        self._own.ring_all()

    @contextlib.contextmanager
    def listen(self, topic: str) -> Iterator[Bell]:
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear())
        with self._own.listen(topic) as bell:
            yield bell

    async def take(self, bucket: str, rate: float, burst: float) -> float:
        try:
            waited = await self._take(keys=[f"artisan:pace:{bucket}"], args=[rate, burst])
            return float(str(waited))
        except (RedisError, OSError, TimeoutError):
            return await self._own.take(bucket, rate * SHARE, max(1.0, burst * SHARE))

    async def is_well(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        while self._hearing is not None and not self._hearing.done():
            self._hearing.cancel()  # the client loses one that comes while it connects
            await asyncio.wait({self._hearing}, timeout=0.2)
        await self._redis.aclose()

    async def _hear(self) -> None:
        """Ring the bells of this process for what others woke; after a gap, all of them."""
        pause = 0.1
        while True:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(CHANNEL)
                    self._own.ring_all()
                    pause = 0.1
                    while True:
                        message = await heard.get_message(
                            ignore_subscribe_messages=True, timeout=1.0
                        )
                        if message is not None:
                            self._own.ring(str(message["data"]))
            except (RedisError, OSError, TimeoutError) as problem:
                log.warning("redis.lost", problem=type(problem).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)


def coordination(redis_url: str) -> Coordination:
    """By Redis where one is configured, else in memory."""
    return Shared(redis_url) if redis_url else Memory()
