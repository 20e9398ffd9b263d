"""How much more two workers do than one, from the same inbox.

On two cores the server needs a part of what there is too: where a turn takes w of a worker's
processor and p of the server's, both cores together do no more than two turns in w + p, however
many work. Where the server has cores of its own, two workers would do twice as much as one, but
for what a turn takes more of them because they are two. Both follow from what was used, and are
given beside what was measured."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.conversation import conversation
from bench.processes import OURS, Program, running
from bench.rows import Row, faster, plain
from bench.turns import KEY, environment
from bot.channels.telegram_parsing import read
from bot.pipeline import inbox as taking
from bot.pipeline import turns
from bot.pipeline.parts import now
from storage import inbox
from storage.database import Database, connect, migrate
from tests import servers

FLOOR = 1.5
PATIENCE, LOOK = 120.0, 0.05
MESSAGES = 5
"""How many of each person wait: few, of many people, as two workers with two batches each take
those of five hundred people at a time, and whoever finds all of them taken has to wait."""


@dataclass(frozen=True)
class Drain:
    """Turns a second, and microseconds of processor for each: the workers' and the server's."""

    rate: float
    worker: float
    server: float


def rows(people: int, runs: int) -> list[Row]:
    """PostgreSQL without fsync, so that the disk is not the limit."""
    found: dict[int, list[Drain]] = {1: [], 2: []}
    with servers.postgres() as postgres, contextlib.ExitStack() as stack:
        url = postgres.url(postgres.create())
        migrate(url)
        one = running(OURS, "bench.working", environment=environment(url))
        other = running(OURS, "bench.working", environment=environment(url))
        both = [stack.enter_context(one), stack.enter_context(other)]
        for worker in both:
            worker.process.send_signal(signal.SIGUSR1)
        for _ in range(2):  # what each reads when it is first needed
            asyncio.run(_drained(url, 2 * turns.BATCH, both, postgres))
        for _ in range(runs):
            for count, drains in found.items():
                drains.append(asyncio.run(_drained(url, people, both[:count], postgres)))
    alone, together = found[1], found[2]
    rates = [[drain.rate for drain in drains] for drains in (together, alone)]
    most = [2e6 / (one.worker + one.server) / one.rate for one in alone]
    apart = [2 * one.worker / two.worker for one, two in zip(alone, together, strict=True)]
    return [
        faster("two workers, two cores", "turns/s", rates[0], "one worker", rates[1], FLOOR),
        plain("two workers, the most that two cores with the server allow", "times one", most),
        plain("two workers, if the server had cores of its own", "times one", apart),
        plain("CPU of a turn, one worker", "us", [one.worker for one in alone]),
        plain("CPU of a turn, two workers", "us", [one.worker for one in together]),
        plain("CPU of a turn, PostgreSQL beside one worker", "us", [one.server for one in alone]),
        plain("CPU of a turn, PostgreSQL beside two", "us", [one.server for one in together]),
    ]


async def _drained(
    url: str, people: int, workers: list[Program], postgres: servers.Postgres
) -> Drain:
    """Have these workers, who rest, handle how conversations of so many people begin, which is all
    there at once."""
    database = await connect(url, KEY)
    try:
        count = await _arrive(database, people)
        used, served = sum(one.cpu() for one in workers), cpu_of(postgres)
        began = time.perf_counter()
        for worker in workers:
            worker.process.send_signal(signal.SIGUSR2)
        while (await _left(database)) and time.perf_counter() - began < PATIENCE:
            await asyncio.sleep(LOOK)
        seconds = time.perf_counter() - began
        used, served = sum(one.cpu() for one in workers) - used, cpu_of(postgres) - served
        for worker in workers:
            worker.process.send_signal(signal.SIGUSR1)
        return Drain(count / seconds, used / count * 1e6, served / count * 1e6)
    finally:
        await database.close()


def cpu_of(postgres: servers.Postgres) -> float:
    """Seconds of CPU that the server has used so far, all its processes together."""
    own = (postgres.folder / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, _, rest = path.read_text().partition(" ")
            fields = rest.rpartition(")")[2].split()
            if number == own:
                ticks += sum(map(int, fields[11:15]))  # its own, and of those that have ended
            elif fields[1] == own:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def _arrive(database: Database, people: int) -> int:
    """Everybody's first message, then everybody's second, and so on."""
    at: datetime = now()
    whole = ([json.loads(body) for body in conversation()] for _ in range(people))
    said = [one[:MESSAGES] for one in whole]
    updates = [update for turn in zip(*said, strict=True) for update in turn]
    read_all = [read(update, "bench").incoming for update in updates]
    arrivals = [taking.arrival_of(one, at) for one in read_all if one is not None]
    async with database.begin() as db:
        await inbox.put(db, arrivals)
        await db.exec_driver_sql("ANALYZE")
    return len(arrivals)


async def _left(database: Database) -> bool:
    """Whether any is left, asked so that it costs nothing."""
    async with database.read() as db:
        return await inbox.newest(db) > 0
