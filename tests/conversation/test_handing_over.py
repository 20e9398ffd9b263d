"""HAND OVER: all that a broker holds passes on in one go, with a list of what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import wakes
from bot.messages import Wake
from bot.policy import DEFAULTS
from bot.turn import CONSENT
from networks.workload import Limits
from storage import activities, consents, contacts, held, networks, roles, tasks
from storage.consents import Consent
from tests.conversation.grouped import Group, founded, person
from tests.conversation.scene import Phone, Scene

MARTA, HEAD = "tel:+50499000801", "tel:+50499000802"


async def staff(scene: Scene, urn: str, name: str, role: str, *area: str) -> Phone:
    phone, contact_id = await person(scene, urn, name)
    async with scene.database.begin() as db:
        await roles.grant(db, contact_id, role, scene.now, area=area)
    return phone


async def busy(scene: Scene) -> Group:
    """Rosa's group has a plan, and Ana waits for help."""
    group = await founded(scene, "Ana", "Beto", "Carla")
    async with scene.database.begin() as db:
        await activities.add(
            db, group.network_id, "Buy iron together", scene.now,
            owner_id=group.enterprises["Ana"], due=date(2026, 12, 4),
        )  # fmt: skip
    await group["Ana"].says("help")
    await group.all_read()
    return group


async def broker_of(group: Group) -> str:
    kept = await group.kept()
    assert kept.broker_id is not None
    async with group.scene.database.read() as db:
        who = await contacts.by_id(db, kept.broker_id)
    assert who is not None
    return who.name or ""


async def hands_over(group: Group, to: str, stops: str = "2") -> str:
    assert "Who takes over?" in await group["Rosa"].says("hand over all")
    await group["Rosa"].says(to)
    assert "Marta gets all that Rosa holds: 2" in await group["Rosa"].says(stops)
    return await group["Rosa"].says("1")


async def test_all_passes_to_the_named_broker_with_a_list_and_the_members_are_told(
    any_scene: Scene,
) -> None:
    scene = any_scene
    group = await busy(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    assert "Done" in await hands_over(group, "1")
    assert await broker_of(group) == "Marta"
    assert "Los Hierros: Marta accompanies the group from now on" in await group["Beto"].reads()
    told = await marta.reads()
    assert "Rosa hands over to you. Open matters: 2." in told
    assert "Los Hierros: getting to know each other. Members: 3. (since " in told
    assert "Next: The group has met; A leader is chosen" in told
    assert "In the plan: Buy iron together (Ana, Friday, December 4)" in told
    assert "Ana asks for help (since Monday, November 23, promised by" in told
    assert "Members: 3" in await marta.says("network")
    assert "in no group" in await group["Rosa"].says("network")
    async with scene.database.read() as db:
        left = await held.by(db, (await scene.contact("tel:+50499000100")).id)
        (task,) = await tasks.open_of(db, (await scene.contact("tel:+50499000101")).id)
        history = [one.kind for one in await networks.history(db, group.network_id)]
    assert left.count == 0
    assert task.holder_id == (await scene.contact(MARTA)).id
    assert history[-1] == "broker_changed"


async def test_who_takes_over_may_be_named_at_once(scene: Scene) -> None:
    group = await busy(scene)
    await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    assert "Does Rosa stop" in await group["Rosa"].says("hand over all marta")
    await group["Rosa"].talks("2", "1")
    assert await broker_of(group) == "Marta"


async def test_what_is_more_than_the_other_may_carry_goes_to_the_coordinator(scene: Scene) -> None:
    none = replace(DEFAULTS, limits=Limits(groups=1))
    scene.house = replace(scene.house, settings=replace(scene.house.settings, policy=none))
    group = await busy(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    head = await staff(scene, HEAD, "Inés", "coordinator")
    async with scene.database.begin() as db:
        who = (await scene.contact(MARTA)).id
        await networks.found(db, [], scene.now, name="Otra", broker_id=who, country="HN")
    await hands_over(group, "1")
    assert await broker_of(group) == "Inés"
    assert "Los Hierros" in await head.reads()
    told = await marta.reads()
    assert "Ana asks for help" in told
    assert "Los Hierros" not in told


async def test_who_stops_is_a_broker_no_more_and_the_other_gets_the_area(scene: Scene) -> None:
    group = await busy(scene)
    await staff(scene, MARTA, "Marta", "broker", "HN-CR")
    await hands_over(group, "1", stops="1")
    async with scene.database.read() as db:
        rosa = await roles.of(db, (await scene.contact("tel:+50499000100")).id)
        (marta,) = await roles.of(db, (await scene.contact(MARTA)).id)
    assert rosa == ()
    assert set(marta.area) == {"HN-CR", "HN-FM"}


async def test_a_coordinator_hands_over_the_work_of_a_broker_and_nobody_else_does(
    scene: Scene,
) -> None:
    group = await busy(scene)
    await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    head = await staff(scene, HEAD, "Inés", "coordinator")
    assert "not for you" in await group["Ana"].says("hand over all")
    assert "Rosa (2)" in await head.says("hand over all")
    assert "Marta (0/12)" in await head.says("1")
    number = "1" if "1. Marta" in await head.says("what?") else "2"
    await head.talks(number, "2", "1")
    assert await broker_of(group) == "Marta"


async def test_names_are_only_of_those_who_agree_that_something_is_kept(scene: Scene) -> None:
    group = await busy(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    async with scene.database.begin() as db:
        ana = (await scene.contact("tel:+50499000101")).id
        no = Consent(ana, "phone", CONSENT, "test", "asked", given=False, at=scene.now)
        await consents.note(db, no)
    await hands_over(group, "1")
    told = await marta.reads()
    assert "Ana asks for help" not in told
    assert "Gates and welding, Tegucigalpa, Francisco Morazán asks for help" in told
    assert "Buy iron together (Friday, December 4)" in told


@pytest.mark.parametrize("how", ["erased", "revoked"])
async def test_a_network_whose_broker_is_gone_is_never_without_somebody(
    scene: Scene, how: str
) -> None:
    group = await busy(scene)
    head = await staff(scene, HEAD, "Inés", "coordinator")
    if how == "erased":
        await group["Rosa"].talks("delete", "1")
        await scene.settle()
        again = await group["Rosa"].says("1")
        assert again is not None
    else:
        async with scene.database.begin() as db:
            rosa = (await scene.contact("tel:+50499000100")).id
            await roles.revoke(db, rosa, None, scene.now)
            wake = Wake((await scene.contact(HEAD)).id, what="orphans")
            await wakes.post(db, [("orphans", wake)], scene.now)
        await scene.settle()
    assert await broker_of(group) == "Inés"
    assert "Los Hierros" in await head.reads()
    assert "Inés accompanies the group" in await group["Beto"].reads()


async def test_each_network_of_who_is_gone_goes_to_a_broker_of_its_area(scene: Scene) -> None:
    group = await busy(scene)
    await staff(scene, HEAD, "Inés", "coordinator")
    await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    async with scene.database.begin() as db:
        await networks.change(db, group.network_id, broker_id=None)
        wake = Wake((await scene.contact(HEAD)).id, what="orphans")
        await wakes.post(db, [("orphans", wake)], scene.now + timedelta(seconds=1))
    await scene.pass_time(minutes=1)
    await scene.settle()
    assert await broker_of(group) in ("Marta", "Rosa")


async def test_the_groups_of_a_broker_who_said_stop_pass_on_after_a_week(scene: Scene) -> None:
    group = await busy(scene)
    await staff(scene, HEAD, "Inés", "coordinator")
    await group["Rosa"].says("stop")
    for days, broker in ((1, "Rosa"), (7, "Inés")):
        await scene.pass_time(days=days)
        async with scene.database.begin() as db:
            wake = Wake((await scene.contact(HEAD)).id, what="orphans")
            await wakes.post(db, [(f"orphans:{days}", wake)], scene.now)
        await scene.settle()
        assert await broker_of(group) == broker
