"""Alerts that were put off: they go once their person may be written to, and in their order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import delays, outbox
from tests.pipeline.talking import ANA, REGISTRATION, Stage
from tests.pipeline.test_outbox import queue, state_of


@pytest.fixture
async def ana(stage: Stage) -> Stage:
    """Ana has registered, two hours ago."""
    await stage.says(ANA, *REGISTRATION)
    stage.clock.pass_(hours=2)
    return stage


async def test_an_alert_put_off_for_the_pace_is_not_passed_by_a_later_one(ana: Stage) -> None:
    first, second = await queue(ana, "first"), await queue(ana, "second")
    async with ana.pipeline.database.begin() as db:
        later = ana.clock() + timedelta(seconds=3)
        await outbox.postpone_each(db, {first: later}, delays.PACE)
    await ana.settles()
    assert await ana.sees(ANA) == []
    assert (await state_of(ana, second))[0] == "queued"
    ana.clock.pass_(seconds=3)
    await ana.settles()
    assert await ana.sees(ANA) == ["first", "second"]
