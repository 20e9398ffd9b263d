"""What waits for brokers: a few a day, worth most first, the rest in one digest, once each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.policy import DEFAULTS
from networks.workload import Limits
from storage import alerts, tasks
from storage import tables as t
from tests.conftest import DATABASE_KEY
from tests.conversation.scene import Phone, Scene, stage

BROKER, SECOND, CHIEF = "tel:+50499000009", "tel:+50499000008", "tel:+50499000007"


@pytest.fixture
async def busy(sqlite_url: str) -> AsyncIterator[Scene]:
    """A programme whose brokers are asked two things a day."""
    async with stage(sqlite_url, DATABASE_KEY) as scene:
        two = replace(DEFAULTS, limits=Limits(alerts_a_day=2))
        settings = replace(scene.house.settings, policy=two)
        scene.house = replace(scene.house, settings=settings)
        yield scene


async def ask_for_help(scene: Scene, count: int) -> list[Phone]:
    phones = [await scene.lives(f"tel:+5049900010{n}", f"Person{n}") for n in range(count)]
    for phone in phones:
        await phone.says("help")
    return phones


async def states(scene: Scene) -> list[str]:
    async with scene.database.read() as db:
        rows = (await db.execute(select(t.alerts.c.state).order_by(t.alerts.c.id))).scalars()
    return list(rows)


async def test_so_many_a_day_are_asked_and_the_rest_is_told_once_and_comes_the_next_day(
    busy: Scene,
) -> None:
    broker = await busy.staff(BROKER, "Rosa", "broker", "HN-LE")
    await ask_for_help(busy, 5)
    assert await states(busy) == ["asked", "asked", "waiting", "waiting", "waiting"]
    first = await broker.reads()
    assert "Person0" in first
    assert "Person1" not in first
    assert "Person1" in await broker.says("done")
    assert "asks for help" not in await broker.says("done")

    await busy.pass_time(hours=9)
    digest = await broker.reads()
    assert digest.count("More waits for you: 3.") == 1
    assert "Person2" not in digest
    await busy.pass_time(hours=15)
    again = await broker.reads()
    assert "More waits" not in again
    assert "Person2" in again
    assert await states(busy) == ["answered", "answered", "asked", "asked", "waiting"]


async def test_what_is_worth_more_is_asked_first(busy: Scene) -> None:
    chief = await busy.staff(CHIEF, "Inés", "coordinator")
    await busy.pass_time(hours=14)
    await ask_for_help(busy, 2)
    ana, bea = [await busy.contact(f"tel:+5049900010{n}") for n in (0, 1)]
    async with busy.database.begin() as db:
        review = await tasks.add(
            db, "review", ana.id, busy.now, busy.now, words="He cheats", subject_id=bea.id
        )
        mine = (await busy.contact(CHIEF)).id
        await alerts.put(db, "report", review.id, busy.now, holder_id=mine)
    assert await chief.reads() == ""
    await busy.pass_time(hours=12)
    assert "He cheats" in await chief.reads()


async def test_the_same_is_never_asked_twice(busy: Scene) -> None:
    broker = await busy.staff(BROKER, "Rosa", "broker", "HN-LE")
    (ana,) = await ask_for_help(busy, 1)
    await ana.says("help")
    assert (await broker.reads()).count("asks for help") == 1
    assert len(await states(busy)) == 1


async def test_nobody_is_asked_outside_their_hours(busy: Scene) -> None:
    broker = await busy.staff(BROKER, "Rosa", "broker", "HN-LE")
    await busy.pass_time(hours=14)
    await ask_for_help(busy, 1)
    assert await broker.reads() == ""
    assert await states(busy) == ["waiting"]
    await busy.pass_time(hours=9)
    assert "asks for help" in await broker.reads()


async def test_what_waits_three_days_passes_to_the_next_broker_then_to_the_coordinator(
    busy: Scene,
) -> None:
    first = await busy.staff(BROKER, "Rosa", "broker", "HN-LE")
    second = await busy.staff(SECOND, "Luis", "broker", "HN-LE")
    chief = await busy.staff(CHIEF, "Inés", "coordinator")
    await ask_for_help(busy, 1)
    asked, other = (first, second) if "Person0" in await first.reads() else (second, first)
    assert "Person0" not in await other.reads()
    await busy.pass_time(days=3, hours=2)
    assert "Person0" in await other.reads()
    assert await chief.reads() == ""
    await busy.pass_time(days=3, hours=4)
    assert "Person0" in await chief.reads()
    assert "Person0" not in await asked.reads()


async def test_each_of_two_brokers_gets_what_the_other_does_not_hold(busy: Scene) -> None:
    first = await busy.staff(BROKER, "Rosa", "broker", "HN-LE")
    second = await busy.staff(SECOND, "Luis", "broker", "HN-LE")
    await ask_for_help(busy, 2)
    told = sorted([(await first.reads()).count("Person"), (await second.reads()).count("Person")])
    assert told == [1, 1]
