"""Whoever finds materials dear is asked which, once, so that others may buy it with them."""

from __future__ import annotations

from storage import candidates, enterprises, needs
from tests.conversation.scene import Scene

ANA, BROKER = "tel:+50499000001", "tel:+50499000009"
ASKED = "Which material costs you too much?"


async def test_who_names_none_is_asked_and_the_need_is_of_that_material(any_scene: Scene) -> None:
    ana = await any_scene.registers(ANA, "Ana", need="2")
    assert any_scene.all_said_to(ANA).count(ASKED) == 1
    assert "Write PROFILE" not in any_scene.all_said_to(ANA)
    assert "Thank you." in await ana.says("cotton yarn")
    async with any_scene.database.read() as db:
        mine = await enterprises.of_contact(db, (await any_scene.contact(ANA)).id)
        assert mine is not None
        (need,) = await needs.open_of(db, mine.id)
        record = await candidates.record(db, mine.id, any_scene.now.date())
    assert (need.words, need.topic) == ("cotton yarn", "cotton_yarn")
    assert mine.profile["inputs"] == "cotton yarn"
    assert record is not None
    assert "cotton_yarn" in record.buys


async def test_who_named_one_or_skips_is_asked_no_more(scene: Scene) -> None:
    ana = await scene.registers(ANA, "Ana", need="the yarn is dear")
    await ana.talks("need", "leather is too dear", "2", "yes")
    assert "written down your need" in scene.all_said_to(ANA)
    assert ASKED not in scene.all_said_to(ANA)
    bea = await scene.registers("tel:+50499000002", "Bea", need="2")
    assert "What would you like to do?" in await bea.talks("skip", "menu")


async def test_those_who_buy_the_same_are_brought_together_to_buy_it(scene: Scene) -> None:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    for number, word in enumerate(("cotton yarn", "yarn of cotton", "cotton yarn")):
        phone = await scene.registers(f"tel:+5049900010{number}", f"Ana {number}", need="2")
        await phone.says(word)
    await scene.pass_time(hours=1)
    assert "First step together: buy materials together" in await broker.says("groups")
