"""A process that holds one part of a programme's enterprises and answers for it over PostgreSQL:
`python -m bench.parted`, with DATABASE_URL, DATABASE_KEY and BENCH_AREA ("HN", "" for everywhere).
When it has read its part it prints 0, then a line of JSON: `firms`, `seconds` to read them, `index`
(bytes)."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime

import asyncpg
import uvloop
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Uuid, select, update
from sqlalchemy.dialects.postgresql import JSONB

from bot.serving import at_ease
from matching import index as matched
from storage import candidates, versions
from storage.areas import EVERYWHERE, Area
from storage.database import Database, connect

TOP = 10
AT_ONCE = 64
ASKED, ANSWERED = "asked", "answered"
"""What is told over PostgreSQL: that there is something to answer, and that something was."""

questions = Table(
    "part_questions",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("area", String(10), nullable=False),
    Column("who", Uuid, nullable=False),
    Column("answer", JSONB),
    Index("ix_part_questions", "area", "id", postgresql_where="answer IS NULL"),
)


def driver_url(url: str) -> str:
    """A URL as the driver takes it."""
    return url.replace("postgresql+asyncpg:", "postgresql:")


async def answer_all(database: Database, area: str, index: matched.Index) -> int:
    """Answer what is asked of an area and nobody else has taken; gives how much that was."""
    today = datetime.now(UTC).date()
    async with database.begin() as db:
        mine = select(questions.c.id, questions.c.who).where(
            questions.c.area == area, questions.c.answer.is_(None)
        )
        some = mine.order_by(questions.c.id).limit(AT_ONCE).with_for_update(skip_locked=True)
        asked = (await db.execute(some)).all()
        known = {one.id: one for one in await candidates.of(db, {a.who for a in asked}, today)}
        for one in asked:
            found = index.best(known[str(one.who)], TOP)
            said = {name: getattr(found, name).tolist() for name in ("value", "asks", "way")}
            answered = update(questions).where(questions.c.id == one.id)
            await db.execute(answered.values(answer={"ids": found.ids, **said}))
        if asked:
            await db.exec_driver_sql(f"NOTIFY {ANSWERED}")
    return len(asked)


async def main() -> None:
    url, area = os.environ["DATABASE_URL"], os.environ["BENCH_AREA"]
    database = await connect(url, os.environ["DATABASE_KEY"])
    began = time.perf_counter()
    async with database.read() as db:
        where = Area((area,)) if area else EVERYWHERE
        known = await candidates.everyone(db, datetime.now(UTC).date(), where)
        index = matched.Index.of(known, await versions.latest(db))
    took = time.perf_counter() - began
    rung = asyncio.Event()
    bell = await asyncpg.connect(driver_url(url))
    await bell.add_listener(ASKED, lambda *_: rung.set())
    del known
    at_ease()
    print(0, flush=True)
    print(json.dumps({"firms": len(index), "seconds": took, "index": index.nbytes}), flush=True)
    while True:
        rung.clear()
        while await answer_all(database, area, index):
            pass
        await rung.wait()


if __name__ == "__main__":
    uvloop.run(main())
