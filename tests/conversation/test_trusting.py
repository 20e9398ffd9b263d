"""Between people who know each other: words passed on, NOT WITH, REPORT."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.conversation.scene import Phone, Scene

ANA, BEA = "tel:+50499000001", "tel:+50499000002"


@dataclass
class Pair:
    scene: Scene
    ana: Phone
    bea: Phone
    broker: Phone


async def introduced(scene: Scene) -> Pair:
    """Ana and Beatriz, connected, each by the bot."""
    broker = await scene.staff("tel:+50499000009", "Rosa", "broker")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await ana.talks("partners", "1")
    await broker.says("1")
    await ana.talks("yes", "2")
    await bea.talks("yes", "2")
    await ana.reads()
    return Pair(scene, ana, bea, broker)


@pytest.fixture
async def pair(scene: Scene) -> Pair:
    return await introduced(scene)


async def test_words_are_passed_on_with_the_name_and_without_the_number(pair: Pair) -> None:
    await pair.ana.talks("tell", "Beatriz", "Can we meet on Friday?")
    heard = await pair.bea.reads()
    assert "Ana writes: Can we meet on Friday?" in heard
    assert "REPORT" in heard
    assert "NOT WITH" in heard
    assert "99000001" not in heard
    await pair.bea.talks("tell", "1", "Yes, at the market")
    assert "Beatriz writes: Yes, at the market" in await pair.ana.reads()


async def test_somebody_connected_with_nobody_writes_to_nobody(scene: Scene, ana: Phone) -> None:
    assert "connected with nobody yet" in await ana.says("tell")


async def test_not_with_is_for_ever_and_silent(pair: Pair) -> None:
    assert "told nothing" in await pair.bea.says("not with")
    assert "keep you two apart" in await pair.bea.says("1")
    assert await pair.ana.reads() == ""
    assert "connected with nobody" in await pair.ana.says("tell")
    assert "nobody near you fits" in await pair.bea.says("partners")
    await pair.scene.pass_time(days=400)
    assert "nobody near you fits" in await pair.ana.says("partners")


async def test_not_with_ends_what_is_being_asked_without_a_word_on_why(scene: Scene) -> None:
    await scene.staff("tel:+50499000009", "Rosa", "broker")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await ana.talks("partners", "1")
    await bea.says("partners")
    assert "nobody near you fits" in await bea.says("partners")
    broker = Phone(scene, "tel:+50499000009")
    await broker.says("1")
    await bea.talks("not with", "1")
    assert "did not come about" in await ana.reads()


async def test_a_report_freezes_until_a_coordinator_has_looked(pair: Pair) -> None:
    chief = await pair.scene.staff("tel:+50499000007", "Inés", "coordinator")
    assert "until we have looked" in await pair.bea.talks("report", "1", "asked me for money")
    assert await pair.ana.reads() == ""
    review = await chief.reads()
    assert "Somebody reported Ana" in review
    assert "asked me for money" in review
    assert "Beatriz" not in review
    assert "until we have looked" in await pair.ana.says("tell")
    await chief.says("release")
    await pair.ana.talks("tell", "1", "Hello")
    assert "Ana writes: Hello" in await pair.bea.reads()


@pytest.mark.parametrize("apart", ["bea", "ana"])
async def test_who_is_kept_apart_can_still_be_reported(pair: Pair, apart: str) -> None:
    await getattr(pair, apart).talks("not with", "1")
    assert "until we have looked" in await pair.bea.talks("report", "1", "asked me for money")
    assert (await pair.scene.contact(ANA)).frozen_at is not None


async def test_who_is_kept_frozen_reaches_nobody(pair: Pair) -> None:
    chief = await pair.scene.staff("tel:+50499000007", "Inés", "coordinator")
    await pair.bea.talks("report", "1", "asked me for money")
    await chief.says("2")
    assert "until we have looked" in await pair.ana.says("tell")
    assert (await pair.scene.contact(ANA)).frozen_at is not None
    await pair.scene.lives("tel:+50499000003", "Carla")
    await pair.ana.says("more")
    assert "not possible now" in await pair.ana.says("1")


async def test_a_tell_begun_before_the_report_is_not_passed_on_after_it(pair: Pair) -> None:
    await pair.ana.talks("tell", "1")
    await pair.bea.talks("report", "1", "asked me for money")
    assert "cannot be passed on" in await pair.ana.says("Send me 100 lempiras")
    assert "lempiras" not in pair.scene.all_said_to(BEA)


async def test_only_those_one_knows_can_be_reported(scene: Scene, ana: Phone) -> None:
    assert "connected with nobody" in await ana.says("report")


async def test_what_a_reported_person_had_begun_with_others_ends(pair: Pair) -> None:
    await pair.scene.lives("tel:+50499000003", "Carla")
    carla = Phone(pair.scene, "tel:+50499000003")
    await pair.ana.talks("more", "1")
    await pair.broker.says("1")
    assert "Would you like to meet" in await carla.reads()
    await pair.bea.talks("report", "1", "asked me for money")
    assert "did not come about" in await carla.reads()
