"""Who was away for long is greeted, told where they were, and goes on; nothing is asked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import urns
from tests.conversation.scene import Phone, Scene

ANA = "tel:+50499000001"


async def left(scene: Scene, *lines: str) -> Phone:
    """Somebody who stopped in the middle and has been silent for thirty days."""
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", *lines)
    await scene.pass_time(days=30)
    await ana.reads()
    return ana


async def test_an_answer_after_thirty_days_counts_and_they_are_told_where_they_were(
    scene: Scene,
) -> None:
    ana = await left(scene, "Ana", "weaving")
    back = await ana.says("hammocks")
    assert back.startswith("Welcome back. We stopped in the middle of: Registration.")
    assert "In which town" in back
    assert "Welcome back" not in await ana.says("Gracias")


@pytest.mark.parametrize("greeting", ["hello", "hola", "Good morning", "habari"])
async def test_a_greeting_after_thirty_days_is_no_answer(scene: Scene, greeting: str) -> None:
    ana = await left(scene)
    back = await ana.says(greeting)
    assert "Welcome back" in back
    assert "What do people call you" in back
    await ana.says("Ana")
    assert (await scene.contact(ANA)).name == "Ana"


async def test_what_is_not_understood_after_thirty_days_is_met_without_reproach(
    scene: Scene,
) -> None:
    ana = await left(scene, "Ana", "weaving", "hammocks", "Gracias", "12")
    back = await ana.says("is anybody there")
    assert "Welcome back" in back
    assert "need a number" not in back
    assert "need a number" in await ana.says("is anybody there")


async def test_they_are_greeted_in_their_language(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hola", "español", "si", "Ana")
    await scene.pass_time(days=30)
    await ana.reads()
    assert "Qué bueno que escribe otra vez" in await ana.says("tejidos")


async def test_reminders_come_after_an_hour_a_day_and_a_week_in_their_hours_then_never(
    scene: Scene,
) -> None:
    ana = scene.phone(ANA)
    scene.now += timedelta(hours=11)  # eight in the evening in Honduras
    await ana.talks("hello", "English", "yes", "Ana")
    stopped, came = scene.now, []
    for _ in range(24 * 60):
        await scene.pass_time(hours=1)
        if "not finished yet" in await ana.reads():
            came.append(scene.now)
            assert 7 <= (scene.now - timedelta(hours=6)).hour <= 21
    # The first would have been due at nine, when nobody is written to unasked.
    waited = [at - before for before, at in zip([stopped, *came], came, strict=False)]
    assert [round(wait / timedelta(hours=1)) for wait in waited] == [11, 24, 168]


async def test_who_goes_on_by_themselves_is_reminded_from_then_on(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana")
    await scene.pass_time(minutes=50)
    await ana.says("weaving")
    await scene.pass_time(minutes=50)
    assert await ana.reads() == ""
    await scene.pass_time(minutes=20)
    assert "not finished yet" in await ana.reads()


async def test_when_somebody_wrote_is_kept_to_the_minute(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.says("hello")
    began = (await scene.contact(ANA)).heard_at
    scene.now += timedelta(seconds=40)
    await ana.says("English")
    assert (await scene.contact(ANA)).heard_at == began
    scene.now += timedelta(seconds=20)
    before = scene.now
    await ana.says("yes")
    heard_at = (await scene.contact(ANA)).heard_at
    assert heard_at is not None
    assert before <= heard_at <= scene.now


async def test_who_writes_can_be_reached_again_however_lately_they_wrote(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.says("hello")
    async with scene.database.begin() as db:
        urn = await urns.by_address(db, ANA)
        assert urn is not None
        await urns.change(db, urn.id, unreachable_at=scene.now)
    await ana.says("English")
    async with scene.database.begin() as db:
        urn = await urns.by_address(db, ANA)
    assert urn is not None
    assert urn.unreachable_at is None
