"""What comes once a week: the version of matching, made by whoever comes first and read by every
worker, and the look for groups in each broker's area."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import structlog

from bot import wakes
from bot.messages import Wake
from bot.pipeline.parts import Pipeline
from storage import candidates, events, roles, versions

log = structlog.get_logger()

LEAST = 10
"""Among fewer enterprises nobody's attention is scarce."""
LIST = 5
"""Prices are found for lists of so many."""
APART = timedelta(seconds=10)
"""From one broker's look for groups to the next."""


def name_of(day: date) -> str:
    """The ISO week of a day: `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


async def make_version(pipeline: Pipeline) -> bool:
    """Make this week's version unless there is one. Says whether it was made here."""
    now = pipeline.clock()
    today = now.date()
    name = name_of(today)
    async with pipeline.database.read() as db:
        if await versions.latest_name(db) == name:
            return False
        known = await candidates.everyone(db, today)
        if len(known) < LEAST:
            return False
        past = await events.all_past(db)
    from matching.answers import remember
    from matching.history import Recency, recall
    from matching.weekly import RULES, make

    learn_after = pipeline.house.settings.learn_after
    rules = replace(RULES, enough=learn_after or NEVER)
    memory = remember(past, today)
    history = recall(past, today, Recency())
    week = await asyncio.to_thread(make, known, memory, history, LIST, rules=rules, name=name)
    async with pipeline.database.begin() as db:
        made = await versions.put(db, week.version, memory.answered, now)
    if made:
        taught = week.version.lesson is not None
        log.info("matching.version", version=name, enterprises=len(known), taught=taught)
    return made


async def look_for_groups(pipeline: Pipeline) -> int:
    """Have every broker's area looked at for groups, and providers whose check runs out by a
    coordinator, once a week. Gives for how many people something is due.

    A look takes seconds, and those who wrote at the same moment wait for it: the next broker's
    comes a while after."""
    now = pipeline.clock()
    week = name_of(now.date())
    async with pipeline.database.begin() as db:
        brokers = dict.fromkeys(role.contact_id for role in await roles.holders(db, "broker"))
        for number, one in enumerate(brokers):
            look = (f"groups:{week}:{one}", Wake(one, what="groups_look"))
            await wakes.post(db, [look], now + number * APART)
        looks = []
        chiefs = [role.contact_id for role in await roles.holders(db, "coordinator")][:1]
        for what in ("checks_look", "orphans"):
            looks += [(f"{what}:{week}:{one}", Wake(one, what=what)) for one in chiefs]
        await wakes.post(db, looks, now)
    due = len(brokers) + len(looks)
    if due:
        await pipeline.coordination.wake("inbox")
    return due


NEVER = 10**12
