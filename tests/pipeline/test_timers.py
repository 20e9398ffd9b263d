from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from bot.messages import Wake, wake_json
from bot.pipeline import timers as appointments
from storage import contacts, inbox, timers
from tests.pipeline.talking import ANA, REGISTRATION, Stage


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
