"""A network in chat: what it is, its stages, leaving, and who may not even know of it."""

from __future__ import annotations

import pytest

from storage import rules
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene

STAYED = "Ana", "Beto", "Carla", "Dora"


@pytest.fixture
async def group(scene: Scene) -> Group:
    return await founded(scene, *STAYED)


async def test_a_member_sees_what_the_group_is_and_who_is_in_it(group: Group) -> None:
    shown = await group["Ana"].says("network")
    assert "Los Hierros: getting to know each other. Members: 4." in shown
    assert "- Beto (" in shown
    assert "no rules yet" in shown
    assert "Tick what is reached" not in shown
    assert "504990" not in shown


async def test_a_number_is_shown_of_whoever_chose_to_show_it(group: Group) -> None:
    await group["Beto"].talks("settings", "4", "2")
    assert "+50499000102" in await group["Ana"].says("network")


async def test_the_broker_ticks_and_passes_on_when_what_must_be_seen_is_ticked(
    group: Group,
) -> None:
    rosa = group["Rosa"]
    assert "Still to be ticked: The group has met; A leader is chosen" in await rosa.talks(
        "network", "To the next stage"
    )
    await rosa.talks("network", "Tick what is reached", "The group has met")
    assert "Reached: The group has met." in await group["Ana"].reads()
    await rosa.talks("network", "Decide something together", "Who leads", "2", "Beto")
    assert "New leader: Beto." in await group["Carla"].reads()
    assert "building trust" in await rosa.talks("network", "To the next stage")
    assert "Next stage: building trust." in await group["Ana"].reads()
    assert (await group.kept()).stage == "trust"
    assert "Back to the stage before" in await rosa.says("network")
    assert "not possible in this stage" in await rosa.says("Back to the stage before")


async def test_a_pause_and_the_end_are_told_to_all(group: Group) -> None:
    rosa = group["Rosa"]
    assert "pauses" in await rosa.talks("network", "Pause, or go on")
    assert "The group pauses." in await group["Dora"].reads()
    assert "goes on" in await rosa.talks("network", "Pause, or go on")
    await rosa.talks("network", "Close the group", "no")
    assert (await group.kept()).stage == "promotion"
    await rosa.talks("network", "Close the group", "yes")
    assert "The group was closed." in await group["Dora"].reads()
    assert "in no group" in await group["Dora"].says("network")


async def test_whoever_leaves_is_told_of_and_may_come_back(group: Group) -> None:
    assert "You have left" in await group["Ana"].talks("network", "Leave the group", "yes")
    assert "Ana left the group." in await group["Beto"].reads()
    assert "in no group" in await group["Ana"].says("network")
    assert "Welcome back to Los Hierros" in await group["Ana"].says("rejoin")
    assert "Ana joined." in await group["Beto"].reads()
    assert "no group that you left" in await group["Ana"].says("rejoin")


async def test_a_stall_is_told_the_broker_once_a_month_and_not_in_a_pause(group: Group) -> None:
    await group.scene.pass_time(days=36)
    heard = await group["Rosa"].reads()
    assert "nothing has happened for" in heard
    assert "nothing has happened for" not in await group["Ana"].reads()
    await group.scene.pass_time(days=15)
    assert "nothing has happened" not in await group["Rosa"].reads()
    await group["Rosa"].talks("network", "Pause, or go on")
    await group.scene.pass_time(days=60)
    assert "nothing has happened" not in await group["Rosa"].reads()


async def test_the_leader_has_the_tools_once_it_runs_itself_and_the_broker_listens(
    scene: Scene,
) -> None:
    group = await founded(scene, *STAYED, stage="strategic")
    async with scene.database.begin() as db:
        for check in ("common_project", "firms_carry_cost"):
            await rules.tick(db, group.network_id, check, group.network_id, scene.now)
    rosa, ana = group["Rosa"], group["Ana"]
    assert "First the group needs a leader" in await rosa.talks("network", "To the next stage")
    await rosa.talks("network", "Decide something together", "Who leads", "2", "Ana")
    assert "runs itself" in await rosa.talks("network", "To the next stage")
    assert "Pause, or go on" in await ana.says("network")
    await ana.says("Pause, or go on")
    assert "The group pauses." in await rosa.reads()
    menu = await rosa.says("network")
    assert "Pause" not in menu
    assert "Decide" not in menu
    assert "Who is in it" in menu
    assert "Pause" not in await group["Beto"].says("network")


async def test_nobody_outside_reads_anything_of_a_group(group: Group) -> None:
    scene = group.scene
    eva = await scene.lives("tel:+50499000031", "Eva")
    other = await scene.staff("tel:+50499000032", "Omar", "broker", "HN-FM")
    chief = await scene.staff("tel:+50499000033", "Inés", "coordinator")
    for phone in (eva, other, chief):
        await phone.talks("menu")
        for line in ("network", "vote", "network members", "history"):
            heard = await phone.says(line)
            assert "Hierros" not in heard
            assert "Ana" not in heard


async def test_a_report_of_the_history_names_days_and_people_who_stayed(group: Group) -> None:
    await group["Ana"].talks("network", "Leave the group", "yes")
    told = await group["Beto"].talks("network", "What happened so far")
    assert "Monday, November 23: The group was founded." in told
    assert "Beto joined." in told
    assert "a former member left the group." in told
    assert "Ana" not in told
