"""Beyond one machine: the enterprises of two countries held by two processes, one each, beside one
process that holds them all. Both are asked over PostgreSQL; what the two say together must be what
the one says, across the border too."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from sqlalchemy import insert, select

from bench.parted import ANSWERED, ASKED, TOP, driver_url, questions
from bench.processes import OURS, Program, running
from bench.rows import Row, at_most, faster, plain
from bench.turns import KEY
from matching.crafts import CRAFTS
from matching.index import Found
from matching.parts import merged
from storage import ids
from storage.database import Database, connect, migrate
from storage.tables import enterprises, needs
from tests import servers

PARTS = ("HN", "NI")
WHOLE = ""
TOWNS = 200
MADE = ("hammocks", "cloth", "gates", "chairs", "bags", "jars", "shirts", "shoes", "soap", "toys")
USED = ("cotton", "yarn", "iron", "wood", "leather", "clay", "dye", "glue", "wire", "paint")
WANTED = ("inputs", "market_access", "technology", "training", "finance")
PAGE = 1000
NOW = datetime.now(UTC)


class Unequal(Exception):
    """The parts have found others than the whole: nothing was measured."""


@dataclass(frozen=True)
class Size:
    """How many enterprises there are in all, and how many of them look for partners in a run."""

    firms: int = 50_000
    asking: int = 400


def rows(runs: int, size: Size | None = None) -> list[Row]:
    """One process of everybody, then two of a country each, on one server."""
    measured = size or Size()
    with servers.postgres() as postgres:
        url = postgres.url(postgres.create())
        migrate(url)
        firms = asyncio.run(_filled(url, measured.firms))
        some = Random(1).sample(firms, measured.asking * runs)  # noqa: S311
        asked = [some[at::runs] for at in range(runs)]
        whole, alone = _measured(url, (WHOLE,), asked)
        parts, together = _measured(url, PARTS, asked)
    for one, two in zip(alone.found, together.found, strict=True):
        if one != two:
            raise Unequal
    most = max(part["index"] for part in parts) / 1e6
    slowest = max(part["seconds"] for part in parts)
    name = f"of {measured.firms:,} firms in two parts"
    return [
        faster(f"top ten {name}", "searches/s", together.rates, "one part", alone.rates),
        at_most(f"index {name}, the larger", "MB", [most], whole[0]["index"] / 1e6),
        at_most(f"reading {name}, the slower", "s", [slowest], whole[0]["seconds"]),
        at_most(f"memory {name}, the larger", "MB", [max(together.memory)], max(alone.memory)),
        plain(f"searches {name} equal to those of one part", "", [float(len(some))]),
    ]


@dataclass(frozen=True)
class _Answered:
    """Searches a second in each run, MB of each process, and all that was found."""

    rates: list[float]
    memory: list[float]
    found: list[tuple[tuple[str, ...], tuple[float, ...]]]


def _measured(
    url: str, areas: Sequence[str], asked: Sequence[Sequence[UUID]]
) -> tuple[list[dict[str, Any]], _Answered]:
    with contextlib.ExitStack() as stack:
        held: list[Program] = [
            stack.enter_context(
                running(
                    OURS,
                    "bench.parted",
                    environment={"DATABASE_URL": url, "DATABASE_KEY": KEY, "BENCH_AREA": area},
                )
            )
            for area in areas
        ]
        told = [json.loads(one.process.stdout.readline()) for one in held if one.process.stdout]
        rates, found = asyncio.run(_asked(url, areas, asked))
        return told, _Answered(rates, [one.memory() for one in held], found)


async def _asked(
    url: str, areas: Sequence[str], asked: Sequence[Sequence[UUID]]
) -> tuple[list[float], list[tuple[tuple[str, ...], tuple[float, ...]]]]:
    database = await connect(url, KEY)
    bell, rung = await asyncpg.connect(driver_url(url)), asyncio.Event()
    await bell.add_listener(ANSWERED, lambda *_: rung.set())
    rates, found = [], []
    for who in asked:
        began = time.perf_counter()
        answers = await _answers(database, rung, areas, who)
        rates.append(len(who) / (time.perf_counter() - began))
        found += [(one.ids, tuple(one.value.tolist())) for one in answers]
    await bell.close()
    await database.close()
    return rates, found


async def _answers(
    database: Database, rung: asyncio.Event, areas: Sequence[str], who: Sequence[UUID]
) -> list[Found]:
    """What all parts together say to each: asked at once, put together when all have answered."""
    async with database.begin() as db:
        asked = [{"area": area, "who": one} for one in who for area in areas]
        made = insert(questions).returning(questions.c.id, sort_by_parameter_order=True)
        numbers = [row.id for row in (await db.execute(made, asked)).all()]
        await db.exec_driver_sql(f"NOTIFY {ASKED}")
    left = select(questions.c.id).where(questions.c.answer.is_(None)).limit(1)
    while True:
        rung.clear()
        async with database.read() as db:
            if (await db.execute(left)).first() is None:
                break
        await rung.wait()
    async with database.read() as db:
        all_ = select(questions.c.id, questions.c.answer).where(questions.c.id >= numbers[0])
        said = {row.id: row.answer for row in (await db.execute(all_)).all()}
    step = len(areas)
    return [
        merged([_read(said[n]) for n in numbers[at : at + step]], TOP)
        for at in range(0, len(numbers), step)
    ]


def _read(said: dict[str, Any]) -> Found:
    asks, way = np.array(said["asks"], float), np.array(said["way"], np.int8)
    return Found(tuple(said["ids"]), np.array(said["value"], float), asks, way)


# --- who there is -------------------------------------------------------------------------------


async def _filled(url: str, count: int) -> list[UUID]:
    """Enterprises in towns on both sides of a border, as they are kept; gives their ids."""
    database, chance = await connect(url, KEY), Random(1)  # noqa: S311
    towns = [(chance.uniform(12.5, 14.5), chance.uniform(-87, -85)) for _ in range(TOWNS)]
    made: list[UUID] = []
    async with database.begin() as db:
        await db.run_sync(lambda sync: questions.metadata.create_all(sync))
    for start in range(0, count, PAGE):
        some = [_firm(chance, towns) for _ in range(min(PAGE, count - start))]
        async with database.begin() as db:
            await db.execute(insert(enterprises), some)
            await db.execute(insert(needs), [_need(chance, one["id"]) for one in some])
        made += [one["id"] for one in some]
    async with database.at_once() as db:
        await db.exec_driver_sql("ANALYZE")
    await database.close()
    return made


def _firm(chance: Random, towns: Sequence[tuple[float, float]]) -> dict[str, Any]:
    lat, lon = chance.choice(towns)
    lat, lon = lat + chance.gauss(0, 0.05), lon + chance.gauss(0, 0.05)
    country = "HN" if lat > 13.5 else "NI"
    return {
        "id": ids.new(NOW),
        "pseudonym": ids.new(NOW),
        "craft": chance.choice(sorted(CRAFTS)),
        "products": ", ".join(chance.sample(MADE, 2)),
        "country": country,
        "region": f"{country}-{'LE' if lon < -86 else 'CH'}",
        "lat": round(lat, 2),
        "lon": round(lon, 2),
        "workers": 1 + int(chance.expovariate(0.4)),
        "willing": "yes" if chance.random() < 0.9 else "no",
        "profile": {"inputs": ", ".join(chance.sample(USED, 2))},
        "languages": ["es"],
        "joined_at": NOW,
        "changed_at": NOW,
    }


def _need(chance: Random, firm: UUID) -> dict[str, Any]:
    return {
        "id": ids.new(NOW),
        "enterprise_id": firm,
        "category": chance.choice(WANTED),
        "state": "open",
        "created_at": NOW,
        "changed_at": NOW,
    }
