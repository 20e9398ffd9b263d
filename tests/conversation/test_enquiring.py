"""A provider somebody asks for: put in touch by a broker, asked after, rated, and ranked by it."""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select

from storage import events, needs, providers
from storage import tables as t
from tests.conversation.scene import Phone, Scene

ANA, HEAD, BROKER = (f"tel:+5049900000{n}" for n in (1, 8, 9))
TRAINING = [providers.Service("training", "costing")]


async def school(scene: Scene, name: str) -> UUID:
    async with scene.database.begin() as db:
        return await providers.add(
            db, name, scene.now, TRAINING, country="HN", region="HN-LE", place="Gracias",
            lat=14.59, lon=-88.58, languages=("en",), checked_how="visit", checked_at=scene.now,
            checked_until=scene.now + timedelta(days=300),
        )  # fmt: skip


async def wishes(scene: Scene) -> Phone:
    ana = await scene.lives(ANA, "Ana")
    async with scene.database.begin() as db:
        mine = (await db.execute(select(t.enterprises.c.id))).scalar_one()
        await needs.add(db, mine, "training", scene.now, topic="costing")
    return ana


async def kinds(scene: Scene) -> list[str]:
    async with scene.database.read() as db:
        query = select(t.events.c.kind).order_by(t.events.c.id)
        return list((await db.execute(query)).scalars())


async def test_a_provider_is_asked_for_met_and_a_month_later_rated(any_scene: Scene) -> None:
    scene = any_scene
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    await school(scene, "Escuela Uno")
    ana = await wishes(scene)
    assert "Write PROVIDERS 1" in await ana.says("providers")
    assert "puts you in touch with Escuela Uno" in await ana.says("providers 1")
    assert "puts you in touch with Escuela Uno" in await ana.says("providers 1")
    assert (await kinds(scene)).count("asked") == 1
    alert = await broker.reads()
    assert "“Escuela Uno”" in alert
    await broker.says("1")
    assert "connected" in await kinds(scene)
    await scene.pass_time(days=31)
    assert "put you in touch with Escuela Uno. Did it help you" in await ana.reads()
    await ana.talks("yes", "2")
    assert (await kinds(scene))[-2:] == ["useful", "rated"]
    async with scene.database.read() as db:
        known = await providers.records_of(db, scene.now.date())
    assert [(one.rating.count, one.rating.mean) for one in known] == [(1, 2.0)]
    assert "Providers asked for: 0, met: 0, helped: 1" in await head.says("week")


async def test_who_was_rated_well_comes_before_who_was_rated_badly(scene: Scene) -> None:
    by_name = {name: await school(scene, name) for name in ("Escuela Uno", "Escuela Dos")}
    ana = await wishes(scene)
    for good, bad in (("Escuela Uno", "Escuela Dos"), ("Escuela Dos", "Escuela Uno")):
        scene.now += timedelta(days=1)
        given = [
            events.New(
                "rated", uuid5(NAMESPACE_OID, str(number)), by_name[name], {"rating": rating}
            )
            for number in range(6)
            for name, rating in ((good, 5), (bad, 1))
        ]
        async with scene.database.begin() as db:
            await events.put(db, given, scene.now)
        assert f"1. {good}" in await ana.says("providers")


async def test_a_number_that_was_not_shown_asks_nobody(scene: Scene) -> None:
    ana = await wishes(scene)
    await ana.says("providers 3")
    assert "asked" not in await kinds(scene)
