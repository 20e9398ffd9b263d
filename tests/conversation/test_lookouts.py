"""What comes by itself after suggestions, and what may be said about them."""

from __future__ import annotations

from sqlalchemy import select

from storage import tables as t
from tests.conversation.scene import Scene

ANA, BEA, EVA, BROKER = (f"tel:+5049900000{n}" for n in (1, 2, 3, 9))


async def kinds(scene: Scene) -> list[str]:
    async with scene.database.read() as db:
        query = select(t.events.c.kind).order_by(t.events.c.id)
        return list((await db.execute(query)).scalars())


async def test_somebody_better_is_told_of_within_a_week_and_nobody_twice(scene: Scene) -> None:
    ana = await scene.registers(ANA, "Ana")
    assert "nobody near you fits" in scene.all_said_to(ANA)
    await scene.registers(BEA, "Beatriz")
    await scene.pass_time(days=7, hours=1)
    assert "could work with you" in await ana.reads()
    await scene.pass_time(days=8)
    assert "could work with you" not in await ana.reads()


async def test_one_who_is_turned_down_is_shown_no_more_and_another_comes(scene: Scene) -> None:
    await scene.registers(BEA, "Beatriz")
    ana = await scene.registers(ANA, "Ana")
    assert "nobody else yet" in await ana.says("not this one")
    assert "declined" in await kinds(scene)
    await scene.registers(EVA, "Eva")
    assert "Whom would you like to meet" in await ana.says("more")


async def test_only_those_near_are_shown_where_that_is_asked(scene: Scene) -> None:
    await scene.registers(BEA, "Beatriz")
    ana = await scene.registers(ANA, "Ana")
    assert "Whom would you like to meet" in await ana.says("only near")
    assert "opened" in await kinds(scene)


async def test_thirty_days_after_two_were_connected_each_is_asked_whether_it_was_of_use(
    scene: Scene,
) -> None:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    bea = await scene.registers(BEA, "Beatriz")
    ana = await scene.registers(ANA, "Ana")
    await ana.says("partners")
    await ana.says("1")
    await broker.says("1")
    for one in (ana, bea):
        await one.says("1")
        await one.says("2")
    assert "connected" in await kinds(scene)
    await scene.pass_time(days=31)
    assert "A month ago" in await ana.reads()
    await ana.says("1")
    assert (await kinds(scene)).count("useful") == 1
