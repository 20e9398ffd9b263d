"""What brokers learn is asked at the end of a stage, kept without names, and found again."""

from __future__ import annotations

from storage import cases, rules
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Phone, Scene
from tests.conversation.test_handing_over import MARTA, staff


async def advances(group: Group) -> Phone:
    """Rosa takes her group to the next stage, and a day goes by."""
    rosa, scene = group["Rosa"], group.scene
    async with scene.database.begin() as db:
        who = (await scene.contact("tel:+50499000100")).id
        for name in ("first_meeting", "leader_chosen"):
            await rules.tick(db, group.network_id, name, who, scene.now)
    await rosa.says("network")
    assert "building trust" in await rosa.says("to the next stage")
    await scene.pass_time(days=1, hours=1)
    return rosa


async def test_at_the_end_of_a_stage_the_broker_tells_in_three_answers_what_was_learned(
    any_scene: Scene,
) -> None:
    group = await founded(any_scene, "Ana Mejía", "Beto", "Carla")
    rosa = await advances(group)
    assert "Los Hierros: what was the main problem?" in await rosa.reads()
    assert "What was tried" in await rosa.says("Ana kept the money and iron was dear")
    assert "another broker" in await rosa.says("two keep the money, Beto and Mejía")
    assert "CASES" in await rosa.says("talk about money first")
    async with any_scene.database.read() as db:
        (case,) = await cases.latest(db)
    assert case.problem == "… kept the money and iron was dear"
    assert case.tried == "two keep the money, … and …"
    assert case.craft == "metal_structures"


async def test_a_case_is_found_by_its_craft_and_by_its_problem_and_not_by_another(
    scene: Scene,
) -> None:
    group = await founded(scene, "Ana", "Beto", "Carla")
    rosa = await advances(group)
    await rosa.talks("iron was dear", "bought together", "ask three prices")
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-LE")
    for words in ("welding", "iron", "Gates", "prices were dear"):
        found = await marta.says(f"cases {words}")
        assert "Problem: iron was dear" in found, words
        assert "Learned: ask three prices" in found
    assert "no such case" in await marta.says("cases pottery")
    assert "iron was dear" in await marta.says("cases")


async def test_a_broker_may_tell_a_case_at_any_time_and_leave_answers_out(scene: Scene) -> None:
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-LE")
    assert "main problem" in await marta.says("learn")
    await marta.talks("the yarn is dear and late", "skip", "order a month before")
    found = await marta.says("cases yarn")
    assert "Problem: the yarn is dear and late" in found
    assert "Tried" not in found


async def test_what_brokers_learned_is_not_for_members(scene: Scene) -> None:
    group = await founded(scene, "Ana", "Beto", "Carla")
    for word in ("cases", "learn"):
        assert "not for you" in await group["Ana"].says(word)


async def test_closing_asks_too_and_who_gave_the_group_away_is_not_asked(scene: Scene) -> None:
    group = await founded(scene, "Ana", "Beto", "Carla")
    rosa = group["Rosa"]
    await rosa.talks("network", "close the group", "1")
    await scene.pass_time(days=1, hours=1)
    assert "Los Hierros: what was the main problem?" in await rosa.reads()
