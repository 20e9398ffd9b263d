"""How long it takes to find what is to be done next, in the worst cases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.rows import Row, at_most
from bench.turns import KEY
from bot.pipeline.parts import now
from storage import claiming, outbox
from storage.database import Database, connect, migrate
from tests import servers
from tests.servers import Postgres

MOST = 100.0
"""Milliseconds."""

STUCK = """
INSERT INTO inbox (channel, external_id, urn_digest, body, state, attempts, due_at, received_at)
SELECT 'telegram', 'stuck' || n, repeat('a', 64), NULL, 'ready', 1,
       CASE WHEN n = 1 THEN now() + interval '1 hour' ELSE now() END, now()
  FROM generate_series(1, 10000) AS n
"""
OTHERS = """
INSERT INTO inbox (channel, external_id, urn_digest, body, state, attempts, due_at, received_at)
SELECT 'telegram', 'other' || n, md5(n::text) || md5('o' || n), NULL, 'ready', 0, now(), now()
  FROM generate_series(1, 500) AS n
"""
DONE = """
INSERT INTO inbox (channel, external_id, urn_digest, body, state, attempts, due_at, received_at,
                   done_at)
SELECT 'telegram', 'done' || n, md5((n % 50000)::text) || md5('d' || n % 50000), NULL, 'done', 0,
       now(), now(), now()
  FROM generate_series(1, 1000000) AS n
"""
PERSON = """
INSERT INTO urns (id, scheme, digest, shared, created_at)
SELECT gen_random_uuid(), 'telegram', md5(n::text) || md5('u' || n), false, now()
  FROM generate_series(1, 100000) AS n
"""
BROADCAST = """
INSERT INTO outbox (id, urn_id, channel, rank, purpose, reply, state, attempts, due_at, created_at)
SELECT gen_random_uuid(), id, 'telegram', 2, 'announcement', NULL, 'queued', 0, now(), now()
  FROM urns
"""
REPLIES = """
INSERT INTO outbox (id, urn_id, channel, rank, purpose, reply, state, attempts, due_at, created_at)
SELECT gen_random_uuid(), id, 'telegram', 0, 'reply', NULL, 'queued', 0, now(), now()
  FROM urns LIMIT 20
"""

Claim = Callable[[AsyncConnection], Awaitable[int]]


async def _messages(db: AsyncConnection) -> int:
    return len((await claiming.claim(db, now(), 128)).rows)


async def _sends(db: AsyncConnection) -> int:
    return len(await outbox.claim(db, now(), 32, ["telegram"]))


def rows(runs: int) -> list[Row]:
    with servers.postgres(durable=True) as postgres:
        name = postgres.create()
        migrate(postgres.url(name))
        return asyncio.run(_rows(postgres, name, runs))


async def _rows(postgres: Postgres, name: str, runs: int) -> list[Row]:
    database = await connect(postgres.url(name), KEY)
    found: list[Row] = []

    async def case(title: str, claim: Claim, least: int, *filling: str) -> None:
        for statement in filling:
            await postgres.execute(statement, name)
        await postgres.execute("VACUUM ANALYZE", name)
        times = [await _timed(database, claim, least) for _ in range(runs + 1)]
        found.append(at_most(f"a claim {title}", "ms", times[1:], MOST))

    try:
        await case("beside 10,000 messages behind a stuck one", _messages, 128, STUCK, OTHERS)
        await case("beside a million handled messages", _messages, 128, DONE)
        await case(
            "of a reply beside a broadcast of 100,000", _sends, 20, PERSON, BROADCAST, REPLIES
        )
    finally:
        await database.close()
    return found


async def _timed(database: Database, claim: Claim, least: int) -> float:
    """One claim, in milliseconds; what it claimed is given back."""
    async with database.engine.connect() as db:
        began = time.perf_counter()
        claimed = await claim(db)
        took = (time.perf_counter() - began) * 1000
        await db.rollback()
    if claimed < least:
        raise RuntimeError(f"only {claimed} were claimed")
    return took
