"""A group's plan: added, moved and ticked by chat, and reminded of in time."""

from __future__ import annotations

import pytest

from bot.channels.segments import count
from bot.channels.sms import CAPS, render
from storage import activities, rules
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene


@pytest.fixture
async def group(scene: Scene) -> Group:
    return await founded(scene, "Ana", "Beto", "Carla")


async def planned(group: Group, owner: str = "Beto", day: str = "10/12/2026") -> None:
    await group["Ana"].talks("plan", "Add something", "Ask three shops", owner, day)
    await group["Ana"].talks("a truck", "three prices", "all the same")


async def test_a_member_adds_to_the_plan_and_everybody_reads_the_whole_of_it(group: Group) -> None:
    assert "no plan yet" in await group["Ana"].says("plan")
    await planned(group)
    assert "New in the plan: Ask three shops" in await group["Carla"].reads()
    shown = await group["Carla"].says("plan")
    assert "1. Ask three shops (Beto, Thursday, December 10)" in shown
    for part in ("With: a truck", "We see it by: three prices", "Who pays: all the same"):
        assert part in shown
    async with group.scene.database.read() as db:
        assert "first_plan" in await rules.ticked(db, group.network_id)


async def test_its_owner_is_reminded_and_the_broker_hears_when_it_is_late(group: Group) -> None:
    await planned(group)
    await group.all_read()
    await group.scene.pass_time(days=14)
    assert "until Thursday, December 10: Ask three shops" in await group["Beto"].reads()
    await group.scene.pass_time(days=3)
    assert "until Thursday, December 10" in await group["Beto"].reads()
    assert "late in the plan" not in await group["Rosa"].reads()
    await group.scene.pass_time(days=5)
    assert "late in the plan: Ask three shops (Beto" in await group["Rosa"].reads()
    assert "late in the plan" not in await group["Carla"].reads()


async def test_what_is_moved_is_reminded_of_anew_and_what_is_done_no_more(group: Group) -> None:
    await planned(group)
    beto = group["Beto"]
    await beto.talks("plan", "1", "Another day", "20/12/2026")
    assert "New day in the plan: Ask three shops" in await group["Ana"].reads()
    await group.scene.pass_time(days=18)
    assert "December 10" not in await beto.reads()
    await beto.talks("plan", "1", "It is done")
    assert "Done: Ask three shops" in await group["Ana"].reads()
    await group.scene.pass_time(days=20)
    assert "until Sunday, December 20" not in await beto.reads()
    assert "done)" in await group["Ana"].says("plan")


async def test_only_the_owner_the_leader_and_the_broker_change_a_line(group: Group) -> None:
    await planned(group)
    assert "It is done" not in await group["Carla"].talks("plan", "1")
    assert "It is done" in await group["Rosa"].talks("plan", "1")
    await group["Rosa"].says("Take it off")
    assert "Off the plan: Ask three shops" in await group["Carla"].reads()
    assert "no plan yet" in await group["Carla"].says("plan")


async def test_a_day_that_is_over_is_not_taken(group: Group) -> None:
    await planned(group, day="1/2/2026")
    assert "Ask three shops (Beto)" in await group["Ana"].says("plan")
    assert "over already" in group.scene.all_said_to(group["Ana"].urn)


async def test_reminders_come_in_the_language_of_the_owner(scene: Scene) -> None:
    group = await founded(scene, "Ana", "Beto", language="es")
    await group["Ana"].talks("plan", "Agregar algo", "Pedir precios", "Beto", "10/12/2026")
    await group["Ana"].talks("saltar", "saltar", "saltar")
    await group.scene.pass_time(days=15)
    assert "jueves, 10 de diciembre: Pedir precios" in await group["Beto"].reads()


async def test_the_lines_of_a_long_plan_take_two_sms_at_most(group: Group) -> None:
    async with group.scene.database.begin() as db:
        for number in range(9):
            await activities.add(db, group.network_id, f"{number} Ask prices " * 9, group.scene.now)
    await group["Ana"].says("plan")
    (message,) = render(group.scene.said_to(group["Ana"].urn)[-1], CAPS)
    assert count(str(message["text"])).segments <= 2


async def test_nobody_outside_reads_a_plan(group: Group) -> None:
    await planned(group)
    eva = await group.scene.lives("tel:+50499000031", "Eva")
    assert "in no group" in await eva.says("plan")
