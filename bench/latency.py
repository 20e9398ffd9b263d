"""Time from a webhook to the answer committed, with one person writing and with many."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg
import uvloop

from bench import load
from bench.conversation import conversation
from bench.processes import OURS, running
from bench.rows import Row, at_most, percentile, plain
from bench.turns import HEADERS, environment
from storage.database import migrate
from tests import servers

MANY = 64
COMMITS = 2.5
"""What one person may wait for, in commits: one keeps the message, one the answer."""


def rows(runs: int) -> list[Row]:
    """Each program answers a request when the answer to it is committed."""
    found: list[Row] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(servers.postgres(durable=True))
        urls = {
            "PostgreSQL": postgres.url(postgres.create()),
            "SQLite": f"sqlite:///{folder / 'artisan.db'}",
        }
        for name, url in urls.items():
            migrate(url)
            held = environment(url, BENCH_HOLD="1")
            program = stack.enter_context(running(OURS, "bench.ours", environment=held))
            uvloop.run(waits(program.port, 20, 8))
            alone, many, commits = list[list[float]](), list[list[float]](), list[float]()
            for _ in range(runs):
                commits.append(asyncio.run(commit(postgres)))
                alone.append(uvloop.run(waits(program.port, 4, 1)))
                many.append(uvloop.run(waits(program.port, MANY, MANY)))
            title = f"time to the committed answer, {name}"
            one = [statistics.median(times) for times in alone]
            if name == "PostgreSQL":
                limit = [COMMITS * commit for commit in commits]
                found.append(at_most(f"{title}, one person", "ms", one, limit, "2.5 commits"))
                found.append(plain("a commit, PostgreSQL with fsync", "ms", commits))
            else:
                found.append(plain(f"{title}, one person", "ms", one))
            for share, word in ((0.5, "median"), (0.99, "99th of 100")):
                times = [percentile(run, share) for run in many]
                found.append(plain(f"{title}, {MANY} people, {word}", "ms", times))
            last = [percentile(run, 0.99) for run in alone]
            found.append(plain(f"{title}, one person, 99th of 100", "ms", last))
    return found


async def waits(port: int, people: int, at_once: int) -> list[float]:
    """How long each message waited for its answer, in milliseconds."""
    done = await load.post(port, "/telegram", HEADERS, conversation, people, at_once)
    if done.failed:
        raise RuntimeError(f"{done.failed} requests were not answered 200")
    return [wait * 1000 for wait in done.waits]


async def commit(postgres: servers.Postgres) -> float:
    """The median of bare commits of one row, in milliseconds."""
    db = await asyncpg.connect(host=str(postgres.folder), user="postgres", database="postgres")
    try:
        await db.execute("CREATE TABLE IF NOT EXISTS bare (number bigint)")
        insert = await db.prepare("INSERT INTO bare VALUES ($1)")
        times = []
        for number in range(60):
            began = time.perf_counter()
            await insert.fetch(number)
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times)
    finally:
        await db.close()
