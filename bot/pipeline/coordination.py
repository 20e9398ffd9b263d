"""What processes tell each other and may lose: that there is work, and how fast it may go.

In memory for one process, by Redis for several. Nothing here is needed for a message to arrive:
whoever waits also looks by itself now and then."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.base import Pace

log = structlog.get_logger()

CHANNEL = "artisan:wake"
SHARE = 0.25
"""Of the common pace, what one process allows itself while it cannot ask the others."""

MOST_BUCKETS = 20_000
WHOLE = 0.999999
"""A token: whoever waited exactly as long as told must find one, however numbers are rounded."""

KEPT_APART = 1.0
"""Seconds for which Redis is not asked again after it could not be reached."""

TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local seen, answers = {}, {}
local function look(name, rate, burst)
  if seen[name] then return seen[name] end
  local kept = redis.call('HMGET', 'artisan:pace:' .. name, 'tokens', 'at')
  local paused = redis.call('PTTL', 'artisan:pause:' .. name)
  local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
  tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
  seen[name] = {tokens = tokens, rate = rate, burst = burst, paused = math.max(0, paused) / 1000}
  return seen[name]
end
for number, wanted in ipairs(cjson.decode(ARGV[1])) do
  local wait, place = 0, -1
  for index, pace in ipairs(wanted) do
    local bucket = look(pace[1], pace[2], pace[3])
    local own = bucket.paused
    if bucket.tokens <= 0.999999 then
      own = math.max(own, (1 - bucket.tokens) / bucket.rate)
    end
    if own > wait then wait, place = own, index - 1 end
  end
  if place < 0 then
    for _, pace in ipairs(wanted) do seen[pace[1]].tokens = seen[pace[1]].tokens - 1 end
  end
  answers[number] = tostring(wait) .. ' ' .. place
end
for name, bucket in pairs(seen) do
  local key = 'artisan:pace:' .. name
  redis.call('HSET', key, 'tokens', tostring(bucket.tokens), 'at', tostring(now))
  redis.call('PEXPIRE', key, math.ceil(bucket.burst / bucket.rate * 1000) + 1000)
end
return answers
"""


@dataclass(frozen=True)
class Dry:
    """A bucket that nothing can be taken from for so many seconds: `place` of those asked for."""

    wait: float
    place: int


Wanted = Sequence[Sequence[Pace]]
"""Of each message the buckets it takes one from: from all of them, or from none."""


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
        """For each message, in order: None where it took one from all its buckets; else the one
        that lets it wait longest, and nothing was taken."""

    async def pause(self, bucket: str, seconds: float) -> None:
        """Let nobody take from the bucket for so long, because the far side said so."""

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
        spent = 0 if dry.wait else 1
        for bucket, tokens in left.items():
            self._buckets[bucket] = (tokens - spent, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._forget(now)
        return dry if dry.wait else None

    def _forget(self, now: float) -> None:
        """Forget the buckets that were left alone longest, and pauses that are over."""
        by_age = sorted(self._buckets.items(), key=lambda one: one[1][1])
        self._buckets = dict(by_age[len(by_age) // 2 :])
        self._paused = {name: until for name, until in self._paused.items() if until > now}

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
        self._apart_until = 0.0
        self._hearing: asyncio.Task[None] | None = None

    async def wake(self, topic: str) -> None:
        self._own.ring(topic)
        if self._is_apart():
            return
        try:
            await self._redis.publish(CHANNEL, topic)
        except (RedisError, OSError, TimeoutError):
            self._keep_apart()

    def ring_all(self) -> None:
        self._own.ring_all()

    @contextlib.contextmanager
    def listen(self, topic: str) -> Iterator[Bell]:
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear())
        with self._own.listen(topic) as bell:
            yield bell

    async def take(self, bucket: str, rate: float, burst: float) -> float:
        (dry,) = await self.take_each([(Pace(bucket, rate, burst),)])
        return dry.wait if dry else 0.0

    async def take_each(self, wanted: Wanted) -> list[Dry | None]:
        if not any(wanted):
            return [None] * len(wanted)
        if not self._is_apart():
            asked = [[(pace.bucket, pace.rate, pace.burst) for pace in paces] for paces in wanted]
            try:
                answers = await self._take(keys=[], args=[json.dumps(asked)])
                return [_read(str(answer)) for answer in answers]
            except (RedisError, OSError, TimeoutError):
                self._keep_apart()
        return await self._own.take_each([[_share(pace) for pace in paces] for paces in wanted])

    async def pause(self, bucket: str, seconds: float) -> None:
        await self._own.pause(bucket, seconds)
        milliseconds = max(1, math.ceil(seconds * 1000))
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._redis.set(f"artisan:pause:{bucket}", 1, px=milliseconds)

    def _is_apart(self) -> bool:
        return time.monotonic() < self._apart_until

    def _keep_apart(self) -> None:
        """Redis cannot be reached: nobody waits for it again at once."""
        self._apart_until = time.monotonic() + KEPT_APART

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
                    self._apart_until = 0.0
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


def _read(answer: str) -> Dry | None:
    wait, place = answer.split()
    return None if int(place) < 0 else Dry(float(wait), int(place))


def _share(pace: Pace) -> Pace:
    return Pace(pace.bucket, pace.rate * SHARE, max(1.0, pace.burst * SHARE), pace.shared)


def coordination(redis_url: str) -> Coordination:
    """By Redis where one is configured, else in memory."""
    return Shared(redis_url) if redis_url else Memory()
