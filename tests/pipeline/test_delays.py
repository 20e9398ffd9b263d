"""Alerts that were put off: they go once their person may be written to, and in their order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import wakes
from bot.messages import Wake
from bot.pipeline import permission
from storage import contacts, delays, outbox
from tests.pipeline.talking import ANA, REGISTRATION, Stage
from tests.pipeline.test_outbox import queue, state_of


@pytest.fixture
async def ana(stage: Stage) -> Stage:
    """Ana has registered, two hours ago."""
    await stage.says(ANA, *REGISTRATION)
    stage.clock.pass_(hours=2)
    return stage


async def waits(stage: Stage, words: str) -> None:
    """Something is to be said to Ana, and may not be said now."""
    await queue(stage, words)
    await stage.settles()
    assert await stage.sees(ANA) == []


async def test_what_was_put_off_while_somebody_was_away_goes_when_they_are_back(ana: Stage) -> None:
    await ana.says(ANA, "ausente hasta 24 de diciembre de 2026")
    await waits(ana, "first")
    ana.clock.pass_(days=1)
    await waits(ana, "second")
    said = await ana.says(ANA, "ausente")
    assert said[-2:] == ["first", "second"]


async def test_what_the_house_says_while_somebody_is_away_goes_when_they_are_back(
    ana: Stage,
) -> None:
    await ana.says(ANA, "ausente hasta 24 de diciembre de 2026")
    async with ana.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        said = {"answers": "", "asks": "", "name": "Bea", "words": "hola"}
        told = Wake(found[0].id, what="for_person", data=said)
        await wakes.post(db, [("told", told)], ana.clock())
    await ana.settles()
    assert await ana.sees(ANA) == []
    ana.clock.pass_(days=1)
    assert (await ana.says(ANA, "ausente"))[-1].endswith("hola")


async def test_who_writes_at_night_gets_what_waited_for_the_morning_and_then_what_comes(
    ana: Stage,
) -> None:
    ana.clock.pass_(hours=11)  # ten in the evening
    await waits(ana, "first")
    await waits(ana, "second")
    ana.clock.pass_(minutes=10)
    assert (await ana.says(ANA, "menu"))[-2:] == ["first", "second"]
    await queue(ana, "third")
    await ana.settles()
    assert await ana.sees(ANA) == ["third"]


async def test_who_moves_their_hours_gets_what_waited_for_them(ana: Stage) -> None:
    await ana.says(ANA, "ajustes", "2", "3")  # during the day
    ana.clock.pass_(hours=8)  # seven in the evening
    await waits(ana, "news")
    assert "news" in await ana.says(ANA, "ajustes", "2", "1")


async def test_who_is_released_gets_what_waited_for_that(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        await contacts.freeze(db, found[0].id, ana.clock())
    await waits(ana, "news")
    async with ana.pipeline.database.begin() as db:
        release = Wake(found[0].id, what="release")
        await wakes.post(db, [("release", release)], ana.clock())
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]


async def test_what_is_for_a_time_of_its_own_is_not_brought_forward_by_a_word(ana: Stage) -> None:
    ana.clock.pass_(hours=11)
    due_at = ana.clock() + timedelta(hours=10)
    later = await queue(ana, "later", due_at=due_at)
    await waits(ana, "first")
    assert (await ana.says(ANA, "menu"))[-1] == "first"
    async with ana.pipeline.database.read() as db:
        assert (await outbox.by_ids(db, [later]))[later].due_at == due_at
    ana.clock.pass_(hours=10)
    await ana.settles()
    assert await ana.sees(ANA) == ["later"]


async def test_nobody_is_taken_for_away_longer_than_a_day_without_being_looked_at_again(
    ana: Stage,
) -> None:
    await ana.says(ANA, "ausente hasta 24 de diciembre de 2026")
    message = await queue(ana, "news")
    await ana.settles()
    assert (await state_of(ana, message))[0] == "queued"
    async with ana.pipeline.database.begin() as db:  # in a way that tells nobody
        found = await contacts.known(db, ANA)
        assert found is not None
        await contacts.change(db, found[0].id, away_until=None)
    ana.clock.pass_(hours=permission.A_DAY // timedelta(hours=1))
    await ana.settles()
    assert (await ana.sees(ANA))[-1] == "news"


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
