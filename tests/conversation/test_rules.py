"""Rules end and change by chat, votes are reminded of, who was put out may be taken back.

Coordinators set the stages; what has changed is shown for five firms at least."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from networks.diagnosis import compared
from storage import diagnoses, networks, rules
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene
from tests.conversation.test_handing_over import staff

HEAD = "tel:+50499000802"


async def ruled(scene: Scene) -> Group:
    group = await founded(scene, "Ana", "Beto", "Carla")
    async with scene.database.begin() as db:
        await rules.add(db, group.network_id, "We meet on Mondays", scene.now)
    return group


async def words(group: Group) -> list[str]:
    async with group.scene.database.read() as db:
        return [one.words for one in await rules.of(db, group.network_id)]


async def decides(group: Group, *answers: str) -> str:
    rosa = group["Rosa"]
    await rosa.says("network")
    await rosa.says("decide something together")
    return await rosa.talks(*answers)


async def test_a_rule_chosen_face_to_face_takes_the_place_of_another(scene: Scene) -> None:
    group = await ruled(scene)
    await decides(group, "A rule", "2", "We meet on Fridays", "1")
    assert await words(group) == ["We meet on Fridays"]


async def test_a_new_rule_may_stand_beside_the_others(scene: Scene) -> None:
    group = await ruled(scene)
    await decides(group, "A rule", "2", "We share the iron", "None of these")
    assert await words(group) == ["We meet on Mondays", "We share the iron"]


async def test_where_there_is_no_rule_nobody_is_asked_which_one_it_replaces(scene: Scene) -> None:
    group = await founded(scene, "Ana", "Beto", "Carla")
    assert "all are told" in await decides(group, "A rule", "2", "We meet on Fridays")


async def test_a_rule_ends_by_a_vote_and_all_are_told(any_scene: Scene) -> None:
    group = await ruled(any_scene)
    await decides(group, "That a rule ends", "1", "1")
    for name in ("Ana", "Beto", "Carla"):
        assert "Shall this rule end? We meet on Mondays" in await group[name].reads()
        await group[name].says("yes")
    assert await words(group) == []
    assert "holds no longer: We meet on Mondays" in await group["Rosa"].reads()


async def test_a_vote_against_leaves_the_rule(scene: Scene) -> None:
    group = await ruled(scene)
    await decides(group, "That a rule ends", "1", "1")
    for name in ("Ana", "Beto", "Carla"):
        await group[name].says("no")
    assert await words(group) == ["We meet on Mondays"]


async def test_whoever_has_not_voted_is_reminded_a_day_before_the_end_and_nobody_else(
    scene: Scene,
) -> None:
    group = await ruled(scene)
    await decides(group, "That a rule ends", "1", "1")
    await group["Ana"].says("yes")
    await group.all_read()
    await scene.pass_time(days=4, hours=1)
    assert "your vote is missing" not in await group["Ana"].reads()
    assert (await group["Beto"].reads()).count("Los Hierros: your vote is missing") == 1


async def put_out(group: Group, name: str) -> None:
    async with group.scene.database.begin() as db:
        one = await networks.member(db, group.network_id, group.enterprises[name])
        assert one is not None
        await networks.end_membership(db, one, "put_out", group.scene.now)


async def test_who_was_put_out_comes_back_by_a_vote_of_two_thirds(any_scene: Scene) -> None:
    group = await founded(any_scene, "Ana", "Beto", "Carla", "Delia")
    await put_out(group, "Ana")
    assert "no group that you left" in await group["Ana"].says("rejoin")
    await decides(group, "That somebody may come back", "1")
    for name in ("Beto", "Carla"):
        assert "May Ana come back to the group?" in await group[name].reads()
        await group[name].says("yes")
    assert "glad to have you back" in await group["Ana"].reads()
    await any_scene.pass_time(days=7, hours=2)
    assert "glad to have you back" in await group["Ana"].reads()
    assert "Welcome back to Los Hierros" in await group["Ana"].says("rejoin")
    await any_scene.pass_time(days=8)
    assert "glad to have you back" not in await group["Ana"].reads()


async def test_one_third_against_keeps_somebody_out(scene: Scene) -> None:
    group = await founded(scene, "Ana", "Beto", "Carla", "Delia")
    await put_out(group, "Ana")
    await decides(group, "That somebody may come back", "1")
    for name, voice in (("Beto", "yes"), ("Carla", "no"), ("Delia", "no")):
        await group[name].says(voice)
    assert "no group that you left" in await group["Ana"].says("rejoin")


async def test_a_coordinator_sees_and_changes_what_a_stage_takes_and_it_holds_at_once(
    any_scene: Scene,
) -> None:
    group = await founded(any_scene, "Ana", "Beto", "Carla")
    head = await staff(any_scene, HEAD, "Inés", "coordinator")
    assert "The firms pay 0 of 100 of the cost." in await group["Ana"].says("network")
    await head.says("stages")
    shown = await head.says("1")
    assert "months: 3. The firms pay 0 of 100. Must be seen: The group has met" in shown
    assert "holds for all groups" in await head.talks("What the firms pay", "40")
    await head.talks("stages", "1", "What must be seen", "2")
    assert "The firms pay 40 of 100 of the cost." in await group["Ana"].says("network")
    await group["Rosa"].says("network")
    missing = await group["Rosa"].says("to the next stage")
    assert "Still to be ticked: All name the same problem" in missing
    await head.talks("stages", "1", "As it was at first")
    assert "The firms pay 0 of 100 of the cost." in await group["Ana"].says("network")


LACKS: Mapping[str, str] = {"refused": "yes", "inputs": "yes"}
FINE: Mapping[str, str] = {"refused": "no", "inputs": "yes"}


def test_nothing_is_compared_for_fewer_than_five_firms() -> None:
    first = {str(n): LACKS for n in range(5)}
    assert compared(first, {str(n): FINE for n in range(4)}) == ()
    changes = compared(first, {str(n): FINE for n in range(5)})
    assert [(one.kind, one.before, one.now) for one in changes if one.kind == "inputs"] == [
        ("inputs", 5, 5)
    ]
    assert [(one.before, one.now) for one in changes if one.kind == "market_access"] == [(5, 0)]


@pytest.mark.parametrize(("count", "shown"), [(4, False), (5, True)])
async def test_what_has_changed_is_shown_to_the_group_from_five_firms_on(
    scene: Scene, count: int, shown: bool
) -> None:
    group = await founded(scene, *(f"Ana{n}" for n in range(5)))
    async with scene.database.begin() as db:
        for months, answers in ((0, LACKS), (6, FINE)):
            for one in list(group.enterprises.values())[:count]:
                await diagnoses.keep(db, one, group.network_id, months, answers, scene.now)
    await group["Ana0"].says("network")
    answer = await group["Ana0"].says("what has changed")
    assert ("5 of 5 at first, 0 now" in answer) == shown
    assert ("Nothing is shown for fewer than 5 answers" in answer) != shown
