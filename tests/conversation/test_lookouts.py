"""What comes by itself after suggestions, and what may be said about them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.policy import DEFAULTS
from storage import candidates
from storage import tables as t
from tests.conversation.scene import Scene

ANA, BEA, EVA, HEAD, BROKER = (f"tel:+5049900000{n}" for n in (1, 2, 3, 8, 9))


async def kinds(scene: Scene) -> list[str]:
    async with scene.database.read() as db:
        query = select(t.events.c.kind).order_by(t.events.c.id)
        return list((await db.execute(query)).scalars())


async def test_somebody_better_is_told_of_within_a_week_and_nobody_twice(scene: Scene) -> None:
    ana = await scene.registers(ANA, "Ana")
    assert "nobody near you fits" in scene.all_said_to(ANA)
    await scene.lives(BEA, "Beatriz")
    await scene.pass_time(days=7, hours=1)
    assert "could work with you" in await ana.reads()
    await scene.pass_time(days=8)
    assert "could work with you" not in await ana.reads()


async def test_among_many_partners_and_what_is_worth_asking_come_from_the_index(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "FEW", 1)
    await scene.lives(BEA, "Beatriz")
    await scene.lives(EVA, "Eva")
    await scene.registers(ANA, "Ana")
    told = scene.all_said_to(ANA)
    assert "1. Weaving and cloth" in told
    assert "2. Weaving and cloth" in told
    assert "One answer would bring you better partners" in told


async def test_one_who_is_turned_down_is_shown_no_more_and_another_comes(scene: Scene) -> None:
    await scene.lives(BEA, "Beatriz")
    ana = await scene.registers(ANA, "Ana")
    assert "Why not" in await ana.says("not this one")
    assert "nobody else yet" in await ana.says("something else")
    assert "declined" in await kinds(scene)
    await scene.lives(EVA, "Eva")
    assert "Whom would you like to meet" in await ana.says("more")


async def test_thirty_days_after_two_were_connected_each_is_asked_whether_it_was_of_use(
    scene: Scene,
) -> None:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await ana.says("partners")
    await ana.says("1")
    await broker.says("1")
    for one in (ana, bea):
        await one.says("1")
        await one.says("2")
    assert "connected" in await kinds(scene)
    await scene.pass_time(days=8)
    await ana.says("no")
    await scene.pass_time(days=23)
    assert "Have you done something together" in await ana.reads()
    await ana.talks("1", "1", "yarn")
    assert (await kinds(scene)).count("useful") == 1


async def test_a_need_in_own_words_is_about_the_thing_they_name(scene: Scene) -> None:
    ana = await scene.lives(ANA, "Ana")
    await ana.talks(
        "need", "the cotton yarn is dear and comes late", "Materials cost too much", "yes"
    )
    async with scene.database.read() as db:
        topics = list((await db.execute(select(t.needs.c.topic).order_by(t.needs.c.id))).scalars())
    assert topics == [None, "cotton_yarn"]


async def test_nobody_is_asked_by_more_people_in_a_week_than_the_programme_allows(
    scene: Scene,
) -> None:
    limited(scene, asked_a_week=1)
    await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    eva = await scene.registers(EVA, "Eva", products="clay pots")
    await ana.says("partners")
    assert "first ask a broker" in await ana.says("1")
    for _ in range(2):
        await eva.says("partners")
        await eva.says("1")
    async with scene.database.read() as db:
        asked = list((await db.execute(select(t.introductions.c.to_id))).scalars())
    assert len(asked) == len(set(asked)) == 2


async def test_who_asked_to_meet_enough_people_this_week_waits_for_their_answers(
    scene: Scene,
) -> None:
    limited(scene, asks_a_week=1)
    await scene.lives(BEA, "Beatriz")
    await scene.lives(EVA, "Eva")
    ana = await scene.lives(ANA, "Ana")
    await ana.says("partners")
    assert "first ask a broker" in await ana.says("1")
    await ana.says("partners")
    assert "wait for their answers" in await ana.says("1")
    assert (await kinds(scene)).count("asked") == 1
    await scene.pass_time(days=8)
    await ana.says("partners")
    assert "first ask a broker" in await ana.says("1")


async def test_a_broker_who_carries_enough_is_not_asked_and_the_coordinator_is(
    scene: Scene,
) -> None:
    one = replace(DEFAULTS, limits=replace(DEFAULTS.limits, queue=1))
    settings = replace(scene.house.settings, policy=one)
    scene.house = replace(scene.house, settings=settings)
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await scene.lives(BEA, "Beatriz")
    await scene.lives(EVA, "Eva")
    ana = await scene.lives(ANA, "Ana")
    await ana.says("partners")
    await ana.says("1")
    assert "would like to meet" in await broker.reads()
    assert "would like to meet" not in await head.reads()
    await ana.says("partners")
    await ana.says("1")
    assert "would like to meet" in await head.reads()


def limited(scene: Scene, **most: int) -> None:
    settings = replace(scene.house.settings, **most)  # type: ignore[arg-type]
    scene.house = replace(scene.house, settings=settings)
