from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import pytest

from bot.messages import Wake, wake_json
from bot.pipeline import timers as appointments
from storage import contacts, inbox, timers
from storage import database as store
from storage.timers import Timer
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import ANA, REGISTRATION, Clock, Stage, pipeline_on


async def set_timer(stage: Stage, **span: float) -> UUID:
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        wake = Wake(found[0].id, flow="need", rank=1)
        due_at = stage.clock() + timedelta(**span)
        new = timers.New("test", found[0].id, due_at, wake_json(wake))
        await timers.put(db, [new], stage.clock())
    return found[0].id


async def test_a_timer_fires_once_when_it_is_due(stage: Stage) -> None:
    await stage.says(ANA, *REGISTRATION)
    await set_timer(stage, minutes=30)
    assert await appointments.fire_due(stage.pipeline) == 0
    stage.clock.pass_(minutes=30)
    fired = await asyncio.gather(*(appointments.fire_due(stage.pipeline) for _ in range(3)))
    assert sum(fired) == 1
    assert await stage.handles() == 1
    await stage.settles()
    assert len(await stage.sees(ANA)) == 1


async def test_a_timer_that_was_given_up_does_nothing(stage: Stage) -> None:
    await stage.says(ANA, "hola")
    contact_id = await set_timer(stage, hours=1)
    async with stage.pipeline.database.begin() as db:
        await timers.cancel(db, contact_id, "test")
    stage.clock.pass_(days=1)
    async with stage.pipeline.database.begin() as db:
        assert [t.kind for t in await timers.claim(db, stage.clock())] != ["test"]
    async with stage.pipeline.database.read() as db:
        assert (await inbox.depth(db))[0] == 0


async def registered(stage: Stage) -> None:
    """Ana has registered, and is not to be reminded of that."""
    await stage.says(ANA, *REGISTRATION)
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        await timers.cancel(db, found[0].id)


async def leaves(stage: Stage, what: str, **span: float) -> None:
    """Have Ana asked about something of its own at a time."""
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        subject = uuid5(found[0].id, what)
        wake = Wake(found[0].id, flow="need", subject=str(subject), rank=1)
        new = timers.New("test", subject, stage.clock() + timedelta(**span), wake_json(wake))
        await timers.put(db, [new], stage.clock())


async def test_a_machine_that_slept_for_a_day_does_not_ask_everything_at_once(
    stage: Stage,
) -> None:
    await registered(stage)
    for number in range(4):
        await leaves(stage, f"matter {number}", hours=1 + number)
    stage.clock.pass_(days=1)
    pending = []
    for _ in range(5):
        await appointments.fire_due(stage.pipeline)
        async with stage.pipeline.database.read() as db:
            pending.append((await inbox.depth(db))[0])
        stage.clock.pass_(minutes=15)
    assert pending == [1, 2, 3, 4, 4]


async def test_of_several_about_the_same_thing_the_last_one_counts(stage: Stage) -> None:
    await registered(stage)
    for hours in (1, 2, 3):
        await leaves(stage, "one matter", hours=hours)
    stage.clock.pass_(days=1)
    assert await appointments.fire_due(stage.pipeline) == 3
    assert await appointments.fire_due(stage.pipeline) == 0
    async with stage.pipeline.database.read() as db:
        assert (await inbox.depth(db))[0] == 1
        next_one = await timers.next_due(db)  # a week after registering there is another matter
    assert next_one is None or next_one > stage.clock()


async def test_what_is_due_in_time_fires_together(stage: Stage) -> None:
    await registered(stage)
    for number in range(3):
        await leaves(stage, f"matter {number}", minutes=30)
    stage.clock.pass_(minutes=30)
    await appointments.fire_due(stage.pipeline)
    async with stage.pipeline.database.read() as db:
        assert (await inbox.depth(db))[0] == 3


async def sleeps_over(stage: Stage, people: int, each: int) -> None:
    """So many people have so many matters each while nobody is at work for a day."""
    new = []
    for who in (uuid4() for _ in range(people)):
        for number in range(each):
            wake = Wake(who, flow="need", subject=str(uuid4()), rank=1)
            due_at = stage.clock() + timedelta(minutes=1 + 30 * number)
            new.append(timers.New("test", uuid4(), due_at, wake_json(wake)))
    async with stage.pipeline.database.begin() as db:
        await timers.put(db, new, stage.clock())
    stage.clock.pass_(days=1)


async def keeps_appointments(stage: Stage, workers: int) -> None:
    """So many workers do what is due, until nothing is."""

    async def at_work() -> None:
        while await appointments.fire_due(stage.pipeline):
            pass

    await asyncio.gather(*(at_work() for _ in range(workers)))
    assert await appointments.fire_due(stage.pipeline) == 0


@pytest.mark.parametrize("workers", [1, 3])
async def test_however_many_slept_over_theirs_each_is_asked_one_thing_and_later_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(appointments, "AT_ONCE", 4)
    await sleeps_over(stage, people=30, each=4)
    for asked in (1, 2, 3, 4, 4):
        await keeps_appointments(stage, workers)
        async with stage.pipeline.database.read() as db:
            assert (await inbox.depth(db))[0] == 30 * asked
        stage.clock.pass_(minutes=15)


def whose(found: Sequence[Timer]) -> Counter[str]:
    return Counter(timer.data["contact_id"] for timer in found)


async def test_whom_one_worker_has_in_hand_is_given_to_no_other_and_everybody_else_is(
    postgres_url: str, tmp_path: Path
) -> None:
    database, clock = await store.connect(postgres_url, DATABASE_KEY), Clock()
    stage = Stage(pipeline_on(database, tmp_path / "media", clock), clock)
    await sleeps_over(stage, people=30, each=4)
    async with database.begin() as one, database.begin() as other:
        first = whose(await timers.claim(one, clock(), 1))
        second = whose(await timers.claim(other, clock(), 40))
    await database.close()
    assert (len(first), len(second)) == (1, 29) and not first & second
    assert set((first | second).values()) == {4}
