"""Coordination of several processes, by Redis."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Collection, Iterator
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.base import Pace
from bot.pipeline.coordination import Bell, Dry, Memory, Wanted

log = structlog.get_logger()

Answer = TypeVar("Answer")

CHANNEL = "artisan:wake"
"""Goes before the number of the database that REDIS_URL names, by which Redis keeps apart what is
kept, but not what is said."""

SHARE = 0.25
"""Of the common pace, what one process allows itself while it cannot ask the others."""

GAP = 0.005
"""Seconds between two words of one process that there is work: in a flood each commit has some."""

ANSWER = 0.4
"""Seconds that Redis has to answer, which it does in one thousandth of them."""

LEAST_REST, MOST_REST = 1.0, 10.0
"""Seconds after which Redis is asked again whether it is there, ever more of them."""

LENGTHEN = """
for name, left in pairs(cjson.decode(ARGV[#ARGV])) do
  local key = 'artisan:pause:' .. name
  if redis.call('PTTL', key) < left then
    redis.call('SET', key, 1, 'PX', math.ceil(left))
  end
end
"""
"""What a process knows of pauses holds, whatever Redis has forgotten since: milliseconds by bucket
are the last that each script is given."""

TELL = "return redis.call('PUBLISH', KEYS[1], ARGV[1])"

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
            url, socket_connect_timeout=ANSWER, socket_timeout=ANSWER, decode_responses=True
        )
        number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"{CHANNEL}:{number}"
        self._take = self._redis.register_script(LENGTHEN + TAKE)
        self._lengthen = self._redis.register_script(LENGTHEN + TELL)
        self._own = Memory()
        self._returning: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._lately: dict[str, bool] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def wake(self, topic: str) -> None:
        self._own.ring(topic)
        if topic in self._lately:
            self._lately[topic] = True
        elif not self.is_alone():
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
        await self._asked(self._redis.publish(self._channel, topic))

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
        if not self.is_alone():
            asked = [[(p.bucket, p.rate, p.burst, p.amount) for p in paces] for paces in wanted]
            known = self._known({pace.bucket for paces in wanted for pace in paces})
            told = [json.dumps(asked), json.dumps(known)]
            answers = await self._asked(self._take(keys=[], args=told))
            if answers is not None:
                return [_read(str(answer)) for answer in answers]
        return await self._own.take_each([[_share(pace) for pace in paces] for paces in wanted])

    async def pause(self, bucket: str, seconds: float) -> None:
        await self._own.pause(bucket, seconds)
        if not self.is_alone():
            await self._asked(self._tell_pauses({bucket}))

    async def _tell_pauses(self, buckets: Collection[str] | None = None) -> int:
        """Tell Redis, and the others, who may have to do without it. Gives how many those are."""
        known, now = self._known(buckets), time.time()
        until = {bucket: now + left / 1000 for bucket, left in known.items()}
        told = [json.dumps(until), json.dumps(known)]
        return int(await self._lengthen(keys=[self._channel], args=told))

    def _known(self, buckets: Collection[str] | None) -> dict[str, float]:
        """Milliseconds for which nobody takes from these buckets, or any, as far as we know."""
        paused = self._own.paused()
        mine = paused if buckets is None else paused.keys() & buckets
        return {bucket: paused[bucket] * 1000 for bucket in mine}

    async def _asked(self, asking: Awaitable[Answer]) -> Answer | None:
        """What Redis answers; None where it does not, and then it is left alone."""
        try:
            async with asyncio.timeout(ANSWER):
                return await asking
        except (RedisError, OSError, TimeoutError) as problem:
            if not self.is_alone():
                log.warning("redis.away", problem=type(problem).__name__)
                self._returning = asyncio.create_task(self._return())
            return None

    def is_alone(self) -> bool:
        """Whether Redis is left to itself: nobody who has a message to handle waits for it."""
        return self._returning is not None and not self._returning.done()

    async def _return(self) -> None:
        """Ask, at once and ever less often, until there is an answer."""
        rest = LEAST_REST
        while await self._asked(self._tell_pauses()) is None:
            await asyncio.sleep(rest)
            rest = min(rest * 2, MOST_REST)
        log.info("redis.back")
        self._own.ring_all()

    async def is_well(self) -> bool:
        return not self.is_alone() and await self._asked(self._redis.ping()) is not None

    async def close(self) -> None:
        self._lately.clear()
        for task in self._telling:
            task.cancel()
        for task in filter(None, (self._hearing, self._returning)):
            while not task.done():
                task.cancel()  # the client loses one that comes while it connects
                await asyncio.wait({task}, timeout=0.2)
        await self._redis.aclose()

    async def _hear(self) -> None:
        """Ring the bells of this process for what others woke; after a gap, all of them."""
        pause = 0.1
        while True:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(self._channel)
                    await self._tell_pauses()
                    if self._returning is not None:
                        self._returning.cancel()
                    self._own.ring_all()
                    pause = 0.1
                    while True:
                        message = await heard.get_message(
                            ignore_subscribe_messages=True, timeout=1.0
                        )
                        if message is not None:
                            await self._heard(str(message["data"]))
            except (RedisError, OSError, TimeoutError) as problem:
                log.warning("redis.lost", problem=type(problem).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _heard(self, word: str) -> None:
        """The name of a topic; or until when, by the clock, nobody takes from which buckets."""
        if not word.startswith("{"):
            self._own.ring(word)
            return
        now = time.time()
        for bucket, until in json.loads(word).items():
            await self._own.pause(bucket, until - now)


def _read(answer: str) -> Dry | None:
    wait, place = answer.split()
    return None if int(place) < 0 else Dry(float(wait), int(place))


def _share(pace: Pace) -> Pace:
    burst = max(1.0, pace.burst * SHARE)
    return Pace(pace.bucket, pace.rate * SHARE, burst, pace.shared, pace.amount)
