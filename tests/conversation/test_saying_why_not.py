"""Why somebody said no, and how far they would go: asked, kept, and heeded."""

from __future__ import annotations

from sqlalchemy import select

from matching.records import Enterprise
from storage import candidates, events
from storage import tables as t
from tests.conversation.scene import Phone, Scene

ANA, BEA, EVA, HEAD, BROKER = (f"tel:+5049900000{n}" for n in (1, 2, 3, 8, 9))
GRACIAS = {"place": "Gracias", "lat": 14.59, "lon": -88.58}
FAR = {"place": "Santa Bárbara", "region": "HN-SB", "lat": 14.92, "lon": -88.24}
POTTER = {"craft": "pottery"}


async def record(scene: Scene, urn: str) -> Enterprise:
    who = await scene.contact(urn)
    async with scene.database.read() as db:
        query = select(t.contact_enterprises.c.enterprise_id)
        mine = (
            await db.execute(query.where(t.contact_enterprises.c.contact_id == who.id))
        ).scalar()
        assert mine is not None
        found = await candidates.record(db, mine, scene.now.date())
    assert found is not None
    return found


async def reasons(scene: Scene) -> list[str | None]:
    async with scene.database.read() as db:
        return [one.reason for one in await events.all_past(db) if one.kind == "declined"]


async def asked_to_meet(scene: Scene) -> tuple[Phone, Phone]:
    """Ana asks to meet Beatriz, and a broker agrees."""
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz", **FAR)
    ana = await scene.lives(ANA, "Ana", **GRACIAS)
    await ana.says("partners")
    await ana.says("1")
    await broker.says("1")
    return ana, bea


async def test_who_declines_is_asked_why_and_whoever_is_as_far_is_shown_no_more(
    any_scene: Scene,
) -> None:
    scene = any_scene
    _, bea = await asked_to_meet(scene)
    assert "Why not" in await bea.says("2")
    assert "did not come about" in scene.all_said_to(ANA)
    assert "How far would you go" in await bea.says("too far")
    assert await reasons(scene) == ["too_far"]
    assert 40 < ((await record(scene, BEA)).travel_km or 0) < 50
    await scene.lives(EVA, "Eva", **GRACIAS)
    assert "nobody" in await bea.says("partners")


async def test_the_reason_may_be_left_out(scene: Scene) -> None:
    _, bea = await asked_to_meet(scene)
    await bea.says("2")
    assert "Thank you" in await bea.says("skip")
    assert await reasons(scene) == [None]


async def test_who_has_no_time_is_shown_to_nobody_for_two_weeks(scene: Scene) -> None:
    _, bea = await asked_to_meet(scene)
    await bea.talks("2", "no time")
    assert await reasons(scene) == ["not_now"]
    eva = await scene.lives(EVA, "Eva", **GRACIAS)
    assert "2. More people" in await eva.says("partners")
    await scene.pass_time(days=15)
    async with scene.database.read() as db:
        assert await events.resting(db, scene.now) == frozenset()


async def test_who_was_refused_for_the_craft_stands_for_all_of_it(scene: Scene) -> None:
    await scene.lives(BEA, "Beatriz", **GRACIAS, **POTTER)
    await scene.lives(EVA, "Eva", **GRACIAS, **POTTER)
    ana = await scene.lives(ANA, "Ana", **GRACIAS)
    await ana.says("partners")
    assert "Why not" in await ana.says("not this one")
    assert "nobody else" in await ana.says("not my kind of work")
    assert (await record(scene, ANA)).avoids == {"2393"}


async def test_how_far_one_would_go_is_asked_and_holds_until_it_is_said_anew(
    any_scene: Scene,
) -> None:
    scene = any_scene
    await scene.lives(BEA, "Beatriz", **FAR)
    ana = await scene.lives(ANA, "Ana", **GRACIAS)
    assert "How far would you go" in await ana.says("only near")
    assert "nobody near you fits" in await ana.says("one hour on the road")
    assert (await record(scene, ANA)).travel_km == 25
    assert "nobody near you fits" in await ana.says("partners")
    await scene.lives(EVA, "Eva", **GRACIAS)
    assert "Whom would you like to meet" in await ana.says("partners")
    await ana.talks("none", "only near", "any distance")
    assert (await record(scene, ANA)).travel_km is None
    assert "Would go: Any distance" in await ana.says("profile")


async def test_coordinators_read_why_people_said_no(any_scene: Scene) -> None:
    head = await any_scene.staff(HEAD, "Inés Paz", "coordinator")
    _, bea = await asked_to_meet(any_scene)
    await bea.talks("2", "no time")
    assert "Said no because: No time now 1" in await head.says("week")
