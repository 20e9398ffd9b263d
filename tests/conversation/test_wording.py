"""Words nobody knows, explained by a coordinator by chat."""

from __future__ import annotations

from storage import candidates, learned
from tests.conversation.scene import Scene

ANA, BEA, HEAD = (f"tel:+5049900000{n}" for n in (1, 2, 8))


async def sold(scene: Scene) -> list[set[str]]:
    async with scene.database.read() as db:
        return [set(one.sells) for one in await candidates.everyone(db, scene.now.date())]


async def test_a_word_that_a_coordinator_explained_is_understood(any_scene: Scene) -> None:
    scene = any_scene
    await scene.registers(ANA, "Ana", products="chinchorrines")
    await scene.registers(BEA, "Beatriz", products="chinchorrines and zorplings")
    assert await sold(scene) == [set(), set()]
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    asked = await head.says("words")
    assert asked.index("chinchorrines") < asked.index("zorplings")
    assert "What is “chinchorrines”" in await head.says("1")
    assert "From now on we understand it" in await head.says("hammocks")
    assert await sold(scene) == [{"hammocks"}, {"hammocks"}]

    assert "chinchorrines" not in await head.says("words")
    await head.talks("1", "no thing at all")
    assert "know every word" in await head.says("words")
    assert await sold(scene) == [{"hammocks"}, {"hammocks"}]


async def test_a_meaning_that_is_not_known_either_is_not_kept(scene: Scene) -> None:
    await scene.registers(ANA, "Ana", products="zorplings")
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await head.says("words")
    assert "do not know that word either" in await head.talks("1", "blarf")
    assert "zorplings" in await head.says("words")


async def test_only_coordinators_explain_words(scene: Scene) -> None:
    ana = await scene.registers(ANA, "Ana", products="zorplings")
    assert "zorplings" not in await ana.says("words")


async def test_a_thing_of_its_own_joins_those_who_wrote_it_and_is_named_in_reasons(
    any_scene: Scene,
) -> None:
    scene = any_scene
    at = {"lat": 14.59, "lon": -88.58}
    await scene.lives(BEA, "Beatriz", craft="pottery", products="zorplings", **at)
    ana = await scene.lives(ANA, "Ana", profile={"inputs": "zorplings"}, **at)
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await head.says("words")
    await head.says("1")
    assert "“zorplings” to a workshop" in await head.says("a thing of its own")
    assert "From now on we understand it" in await head.says("a material")
    assert "know every word" in await head.says("words")
    [thing] = [one for things in await sold(scene) for one in things if one.startswith("own:")]
    assert "makes what you use (zorplings)" in await ana.says("partners")
    async with scene.database.read() as db:
        known = await learned.vocabulary(db)
        assert known.known[thing].kind == "material"
