"""Coordination of several processes, by Redis."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections.abc import Iterator

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.base import Pace
from bot.pipeline.coordination import Bell, Dry, Memory, Wanted

log = structlog.get_logger()

CHANNEL = "artisan:wake"
"""Goes before the number of the database that REDIS_URL names, by which Redis keeps apart what is
kept, but not what is said."""

SHARE = 0.25
"""Of the common pace, what one process allows itself while it cannot ask the others."""

GAP = 0.005
"""Seconds between two words of one process that there is work: in a flood each commit has some."""

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
    for _, pace in ipairs(wanted) do
      seen[pace[1]].tokens = seen[pace[1]].tokens - pace[4]
    end
  end
  answers[number] = tostring(wait) .. ' ' .. place
end
for name, bucket in pairs(seen) do
  local key = 'artisan:pace:' .. name
  redis.call('HSET', key, 'tokens', tostring(bucket.tokens), 'at', tostring(now))
  local full = (bucket.burst - bucket.tokens) / bucket.rate
  redis.call('PEXPIRE', key, math.ceil(full * 1000) + 1000)
end
return answers
"""


class Shared:
    """Coordination by Redis; on its own while Redis cannot be reached."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True
        )
        number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"{CHANNEL}:{number}"
        self._take = self._redis.register_script(TAKE)
        self._own = Memory()
        self._apart_until = 0.0
        self._hearing: asyncio.Task[None] | None = None
        self._lately: dict[str, bool] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def wake(self, topic: str) -> None:
        self._own.ring(topic)
        if topic in self._lately:
            self._lately[topic] = True
        elif not self._is_apart():
            self._lately[topic] = False
            asyncio.get_running_loop().call_later(GAP, self._tell_again, topic)
            await self._tell(topic)

    def _tell_again(self, topic: str) -> None:
        """What was to be told since is told now, once."""
        if self._lately.pop(topic, False):
            task = asyncio.create_task(self.wake(topic))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, topic: str) -> None:
        try:
            await self._redis.publish(self._channel, topic)
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
            asked = [[(p.bucket, p.rate, p.burst, p.amount) for p in paces] for paces in wanted]
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
        self._lately.clear()
        for task in self._telling:
            task.cancel()
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
                    await heard.subscribe(self._channel)
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
    burst = max(1.0, pace.burst * SHARE)
    return Pace(pace.bucket, pace.rate * SHARE, burst, pace.shared, pace.amount)
