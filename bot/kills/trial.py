"""`artisan trial kills`: people register while everything is killed, and nothing is lost.

Real PostgreSQL and Redis, two web and two worker processes, Telegram and Twilio on a bad day.
Processes are killed with -9 at random, Redis is flushed, PostgreSQL is stopped and started."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from bot.kills import servers
from bot.kills.far_side import FarSide
from bot.kills.judging import Verdict, judged
from bot.kills.people import CHANNELS, Person
from bot.kills.processes import KEY, Crew, crew, doors
from storage import outbox, receipts
from storage.database import Database, connect, migrate

KILL_EVERY, FLUSH_EVERY, RESTART_EVERY = (3.0, 7.0), (4.0, 9.0), (18.0, 30.0)
"""Seconds between two kills, two flushes of Redis, two restarts of PostgreSQL."""

READY_IN = 90.0
PATIENCE, MOST_PATIENCE = 200.0, 1800.0
"""Seconds without anything new on any screen, and in all, after which what is not there by then is
given up once the killing is over. A slow machine loses nothing, it takes longer."""


@dataclass
class Trial:
    """One trial: its servers, its processes, its people."""

    minutes: float
    people: list[Person]
    database: servers.Postgres
    redis: servers.Redis
    far_side: FarSide
    crew: Crew
    chance: random.Random
    restarts: int = 0
    flushes: int = 0

    async def run(self) -> None:
        """From the first word to the last answer."""
        await self._ready()
        patterns, others = self.people[: len(CHANNELS)], self.people[len(CHANNELS) :]
        for pattern in patterns:
            self.far_side.begins(pattern)
        await self._until(lambda: all(one.is_done for one in patterns), READY_IN)
        _say("the first have registered in calm; now the others, and the killing")
        self.far_side.be(calm=False)
        over = asyncio.Event()
        storms = [
            asyncio.create_task(self._again_and_again(over, KILL_EVERY, self.crew.kill_one)),
            asyncio.create_task(self._again_and_again(over, FLUSH_EVERY, self._flush)),
            asyncio.create_task(self._again_and_again(over, RESTART_EVERY, self._restart)),
            asyncio.create_task(self._again_and_again(over, (1.0, 1.0), self._start_ended)),
        ]
        try:
            await self._arrive(others)
        finally:
            over.set()
            await asyncio.gather(*storms)
        self.far_side.be(calm=True)
        await self.crew.settle()
        _say(f"{self._done()} of {len(self.people)} are done; the killing is over")
        await self._finished()

    async def _finished(self) -> None:
        """Until all is said and answered, or nothing comes any more."""
        deadline, seen = time.monotonic() + MOST_PATIENCE, -1
        while time.monotonic() < deadline and not all(one.is_done for one in self.people):
            before, seen = seen, sum(len(one.screen) for one in self.people)
            if seen == before:
                return
            await self._until(lambda: all(one.is_done for one in self.people), PATIENCE)

    async def _arrive(self, others: list[Person]) -> None:
        """They come one after the other in the first two thirds of the time."""
        began, length = time.monotonic(), self.minutes * 60
        for number, person in enumerate(others):
            at = began + length * 2 / 3 * number / max(1, len(others))
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            self.far_side.begins(person)
        await asyncio.sleep(max(0.0, began + length - time.monotonic()))

    async def _again_and_again(
        self, over: asyncio.Event, every: tuple[float, float], do: Callable[[], Awaitable[None]]
    ) -> None:
        while not over.is_set():
            try:
                async with asyncio.timeout(self._spaced(every)):
                    await over.wait()
            except TimeoutError:
                await do()

    def _spaced(self, every: tuple[float, float]) -> float:
        """A short trial is not spared what a long one meets."""
        shorter = min(1.0, self.minutes * 60 / 40)
        return self.chance.uniform(*every) * shorter

    async def _flush(self) -> None:
        self.flushes += 1
        await asyncio.to_thread(self.redis.flush)

    async def _start_ended(self) -> None:
        self.crew.start_ended()

    async def _restart(self) -> None:
        self.restarts += 1
        await asyncio.to_thread(self.database.stop)
        await asyncio.to_thread(self.database.start)

    async def _ready(self) -> None:
        """Until both doors open."""
        deadline = time.monotonic() + READY_IN
        async with aiohttp.ClientSession() as session:
            for door in self.far_side.doors:
                url = f"http://127.0.0.1:{door}/ready"
                while not await _opens(session, url):
                    if time.monotonic() > deadline:
                        raise servers.ServerFailed(f"{url} was not ready in {READY_IN:.0f} s")
                    await asyncio.sleep(0.1)

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not is_so() and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        return is_so()

    def _done(self) -> int:
        return sum(person.is_done for person in self.people)


async def _opens(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=3)) as response:
            return response.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


def kills(minutes: float, conversations: int, seed: int | None = None) -> Verdict:
    """Run a trial; what is being done is said on stderr. ServerMissing without the servers."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    with (
        tempfile.TemporaryDirectory(prefix="artisan-trial-") as folder,
        servers.postgres(durable=True) as database,
        servers.redis_server() as redis,
    ):
        name = database.create()
        migrate(database.url(name))
        _say(f"seed {seed}: PostgreSQL {database.version}, {redis.name} {redis.version}")
        return asyncio.run(
            _tried(minutes, conversations, seed, Path(folder), (database, name), redis)
        )


async def _tried(
    minutes: float,
    conversations: int,
    seed: int,
    folder: Path,
    where: tuple[servers.Postgres, str],
    redis: servers.Redis,
) -> Verdict:
    chance = random.Random(seed)
    database, url = where[0], where[0].url(where[1])
    people = [Person(number) for number in range(conversations)]
    async with FarSide(doors(2), seed) as far_side:
        hands = crew(folder, far_side, url, redis.url, chance)
        with hands:
            trial = Trial(minutes, people, database, redis, far_side, hands, chance)
            await trial.run()
            opened = await connect(url, KEY)
            await _at_rest(opened)
            ended = [process.stop() for process in hands.processes]
            verdict = await judged(opened, people, far_side)
            await opened.close()
            verdict.kills = hands.kills.total()
            _report(trial, verdict, ended)
            return verdict


async def _at_rest(database: Database) -> None:
    """Until nothing is on its way any more and what was told of it has been joined to it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        async with database.read() as db:
            depth = await outbox.depth(db)
            left = await receipts.unjoined(db, datetime.now(UTC) - timedelta(days=1))
        if not left and not any(depth[state][0] for state in ("queued", "sending", "asking")):
            return
        await asyncio.sleep(0.2)


def _report(trial: Trial, verdict: Verdict, ended: list[int]) -> None:
    log = trial.far_side.log
    met = ", ".join(f"{name} {count}" for name, count in sorted(log.faults.items()))
    _say(f"killed: {dict(trial.crew.kills)}; ended when told to: {ended}; "
         f"ended by themselves: {dict(trial.crew.ended)}")  # fmt: skip
    _say(f"Redis flushed {trial.flushes} times, PostgreSQL restarted {trial.restarts} times")
    _say(f"the far sides: {met}; brought twice {log.brought_twice}, in vain {log.in_vain}, "
         f"given up {log.given_up}")  # fmt: skip
    _say(f"seen twice: {sum(len(one.doubled) for one in trial.people)}; "
         f"called before it was allowed: {log.too_early}")  # fmt: skip
    for complaint, count in trial.crew.complaints().most_common(8):
        _say(f"logged {count} times: {complaint[:200]}")
    for line in (*verdict.explained, *verdict.wrong):
        _say(line)


def _say(what: str) -> None:
    print(f"artisan: {what}", file=sys.stderr, flush=True)


def last_line(verdict: Verdict) -> str:
    """The counts as one JSON object."""
    return json.dumps(verdict.counts())
