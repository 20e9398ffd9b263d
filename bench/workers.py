"""How much more two workers do than one, from the same inbox."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from datetime import datetime

from bench.conversation import conversation
from bench.processes import OURS, running
from bench.rows import Row, faster
from bench.turns import KEY, environment
from bot.channels.telegram_parsing import read
from bot.pipeline import inbox as taking
from bot.pipeline import turns
from bot.pipeline.parts import now
from storage import inbox
from storage.database import Database, connect, migrate
from tests import servers

FLOOR = 1.5
PATIENCE = 120.0


def rows(people: int, runs: int) -> list[Row]:
    """PostgreSQL without fsync, so that it is not the limit."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    with servers.postgres() as postgres:
        for _ in range(runs):
            for count, found in rates.items():
                name = postgres.create()
                url = postgres.url(name)
                migrate(url)
                with contextlib.ExitStack() as stack:
                    for _ in range(count):
                        one = running(OURS, "bench.working", environment=environment(url))
                        stack.enter_context(one)
                    for _ in range(2):  # what each reads when it is first needed
                        asyncio.run(_drained(url, 2 * turns.BATCH))
                    found.append(asyncio.run(_drained(url, people)))
                postgres.drop(name)
    return [faster("two workers, two cores", "turns/s", rates[2], "one worker", rates[1], FLOOR)]


async def _drained(url: str, people: int) -> float:
    """Turns a second, where the conversations of so many people are there at once."""
    database = await connect(url, KEY)
    try:
        count = await _arrive(database, people)
        began = time.perf_counter()
        while (await _left(database)) and time.perf_counter() - began < PATIENCE:
            await asyncio.sleep(0.02)
        return count / (time.perf_counter() - began)
    finally:
        await database.close()


async def _arrive(database: Database, people: int) -> int:
    """Everybody's first message, then everybody's second, and so on."""
    at: datetime = now()
    said = [[json.loads(body) for body in conversation()] for _ in range(people)]
    updates = [update for turn in zip(*said, strict=True) for update in turn]
    read_all = [read(update, "bench").incoming for update in updates]
    arrivals = [taking.arrival_of(one, at) for one in read_all if one is not None]
    async with database.begin() as db:
        await inbox.put(db, arrivals)
        await db.exec_driver_sql("ANALYZE")
    return len(arrivals)


async def _left(database: Database) -> int:
    async with database.read() as db:
        return (await inbox.depth(db))[0]
