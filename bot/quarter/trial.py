"""`artisan trial quarter`: a programme's first quarter through the real pipeline, with people whose
wishes nobody told it and brokers who have an hour a day."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.channels.base import Channel
from bot.house import House
from bot.invitations import new_code
from bot.logs import configure_logs
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.quarter import brokering, far_side, people
from bot.quarter.acting import Crowd
from bot.quarter.counting import Found, counted
from bot.quarter.playing import Clock, Quarter
from bot.quarter.prices import Price
from bot.settings import Settings, load
from bot.usage import UsageError
from storage import invitations
from storage import tables as t
from storage.database import Database, connect, migrate

BEGINS = datetime(2027, 1, 11, 6, 0, tzinfo=UTC)
"""Midnight of a Monday in Honduras."""

REGIONS = ("HN-LE", "HN-IN", "HN-CP", "HN-OC", "HN-SB", "HN-CM", "HN-FM", "HN-EP")
ZONE = ZoneInfo("America/Tegucigalpa")
KEY = "a key for trials, where all is invented"


@dataclass(frozen=True)
class Asked:
    """What a trial is to be: `database` "" is a file that is gone afterwards."""

    people: int = 2000
    brokers: int = 8
    weeks: int = 13
    seed: int = 1
    database: str = ""


def settings_for(asked: Asked, folder: Path) -> Settings:
    """A programme of its own, whatever the environment says."""
    url = asked.database or f"sqlite:///{folder}/quarter.db"
    return load(
        {
            "DATABASE_URL": url,
            "DATABASE_KEY": KEY,
            "MEDIA_URL": str(folder / "media"),
            "LANGUAGES": ",".join(people.LANGUAGES),
            "COUNTRY": "HN",
            "PROGRAMME": "Artesanas",
        }
    )


def quarter(
    asked: Asked,
    house_of: Callable[[Settings], House],
    prices: Mapping[str, Price],
    tell: Callable[[str], None],
) -> Found:
    """Play a quarter. Raises UsageError for a database that is in use."""
    configure_logs(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="artisan-quarter-") as folder:
        settings = settings_for(asked, Path(folder))
        migrate(settings.database_url)
        house = house_of(settings)
        return asyncio.run(_opened(asked, settings, house, Path(folder), prices, tell))


async def _opened(
    asked: Asked,
    settings: Settings,
    house: House,
    folder: Path,
    prices: Mapping[str, Price],
    tell: Callable[[str], None],
) -> Found:
    database = await connect(settings.database_url, KEY)
    try:
        await _refuse_used(database)
        return await _played(asked, database, house, folder, prices, tell)
    finally:
        await database.close()


async def _refuse_used(database: Database) -> None:
    async with database.read() as db:
        used = (await db.execute(select(func.count()).select_from(t.contacts))).scalar_one()
    if used:
        raise UsageError("this database has people in it: a trial takes an empty one")


async def _played(
    asked: Asked,
    database: Database,
    house: House,
    folder: Path,
    prices: Mapping[str, Price],
    tell: Callable[[str], None],
) -> Found:
    clock, post = Clock(BEGINS), far_side.Post()
    channels: dict[str, Channel] = {
        "telegram": far_side.Channel("telegram", post),
        "whatsapp": far_side.WhatsApp(post, house),
        "sms": far_side.Sms(post),
    }
    media = Keeper(folder / "media", KEY)
    pipeline = Pipeline(database, house, channels, Memory(), media, clock)
    where = people.towns(house.places("HN")[0], REGIONS)
    artisans = people.drawn(asked.people, where, BEGINS, asked.weeks, asked.seed)
    brokers = await _invited(database, asked)
    crowd = Crowd(
        house,
        ZONE,
        {one.urn: one for one in artisans},
        {one.urn: one for one in brokers},
        asked.seed,
    )
    played = Quarter(pipeline, clock, post, crowd)
    await played.run(BEGINS + timedelta(weeks=asked.weeks), tell)
    async with database.read() as db:
        found = await counted(db, crowd, prices, BEGINS, clock.now)
    return replace(found, numbers={**found.numbers, "messages_handled": played.turns})


async def _invited(database: Database, asked: Asked) -> list[brokering.Broker]:
    """The brokers and the coordinator, each with a code."""
    brokers = brokering.crew(asked.brokers, REGIONS)
    async with database.begin() as db:
        for broker in brokers:
            broker.code = new_code()
            await invitations.make(db, broker.code, broker.role, BEGINS, area=broker.areas)
    return brokers
