"""The trust pulse and the diagnosis: asked by the calendar, counted, and never shown of one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import needs
from storage import tables as t
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene

NAMES = "Ana", "Beto", "Carla", "Dora", "Eva"


@pytest.fixture
async def group(scene: Scene) -> Group:
    return await founded(scene, *NAMES)


async def say_ten(group: Group, name: str, *answers: str) -> str:
    """Answer the ten questions: 1 for yes, 2 for no; then leave sex and age out."""
    return await group[name].talks(*answers, "skip", "skip")


LACKING = ("2", "2", "1", "2", "1", "2", "1", "2", "2", "2")
"""Nothing is wrong but that materials are dear."""


async def test_a_day_after_joining_ten_taps_turn_into_needs(group: Group) -> None:
    await group.scene.pass_time(days=1, hours=1)
    asked = await group["Ana"].reads()
    assert "ten short questions" in asked
    assert "Did you turn down an order" in asked
    assert "helps your group to plan" in await say_ten(group, "Ana", *LACKING)
    async with group.scene.database.read() as db:
        found = await needs.open_of(db, group.enterprises["Ana"])
    assert [need.category for need in found] == ["inputs"]


async def test_what_several_lack_becomes_the_first_plan_by_the_brokers_word(group: Group) -> None:
    await group.scene.pass_time(days=1, hours=1)
    assert "Too few have answered" in await group["Rosa"].talks("network", "First plan")
    for name in ("Ana", "Beto", "Carla"):
        await say_ten(group, name, *LACKING)
    told = await group["Rosa"].talks("network", "First plan")
    assert ": 3 of 3" in told
    assert "Ask prices and buy materials together" in await group["Dora"].says("plan")
    assert "First plan" not in await group["Ana"].says("network")


async def test_it_is_asked_again_after_six_months_and_without_sex_and_age(group: Group) -> None:
    await group.scene.pass_time(days=1, hours=1)
    await group["Ana"].talks(*LACKING, "1", "2")
    about = (await group.scene.contact(group["Ana"].urn)).about
    assert about == {"sex": "woman", "age": "middle"}
    await group.scene.pass_time(days=184)
    for _ in range(4):
        if "turn down an order" in await group["Ana"].says("menu"):
            break
    async with group.scene.database.read() as db:
        waiting = (await db.execute(select(t.sessions.c.subject))).scalars().all()
    assert f"{group.network_id}:6" in waiting


async def pulse(group: Group, quarter_days: int, *answers: str) -> None:
    """Go to the next time that is asked, and have the first so many answer alike."""
    await group.scene.pass_time(days=quarter_days)
    for name in NAMES[: len(answers)]:
        phone = group[name]
        for _ in range(3):
            await phone.says(answers[NAMES.index(name)])


async def quieted(scene: Scene) -> Group:
    """A group in which nothing but the pulse is asked."""
    group = await founded(scene, *NAMES)
    await scene.settle()
    async with scene.database.begin() as db:
        other = t.timers.c.kind.in_(("diagnosis",))
        await db.execute(t.timers.delete().where(other))
    await scene.pass_time(minutes=1)
    async with scene.database.begin() as db:
        await db.execute(t.timers.delete().where(t.timers.c.kind == "diagnosis"))
    return group


async def test_once_a_quarter_three_taps_and_nothing_is_shown_before_they_are_all_in(
    scene: Scene,
) -> None:
    group = await quieted(scene)
    await pulse(group, 85, *["1"] * 5)
    assert "Only the group's counts" in scene.all_said_to(group["Ana"].urn)
    assert "fewer than 5" in await group["Rosa"].talks("network", "How the group feels")
    await scene.pass_time(days=15)
    shown = await group["Rosa"].talks("network", "How the group feels")
    assert "We trust each other: 3.0 of 3" in shown
    assert "5 answers" in shown


async def test_four_answers_are_never_shown(scene: Scene) -> None:
    group = await quieted(scene)
    await pulse(group, 85, *["3"] * 4)
    await scene.pass_time(days=15)
    assert "fewer than 5" in await group["Ana"].talks("network", "How the group feels")


async def test_the_broker_is_warned_of_a_fall_once_and_members_are_not(scene: Scene) -> None:
    group = await quieted(scene)
    await pulse(group, 85, *["1"] * 5)
    await pulse(group, 89, *["3"] * 5)
    await group.all_read()
    await scene.pass_time(days=25)
    heard = await group["Rosa"].reads()
    assert heard.count("fewer agree than last quarter") == 1
    assert "fewer agree" not in await group["Ana"].reads()


async def test_who_answered_what_cannot_be_read(scene: Scene) -> None:
    group = await quieted(scene)
    await pulse(group, 85, "1")
    async with scene.database.read() as db:
        (row,) = (await db.execute(select(t.pulses))).all()
    member = str(group.enterprises["Ana"])
    assert member not in row.member
    assert len(row.member) == 64
    assert row.at - scene.now < timedelta(days=1)
