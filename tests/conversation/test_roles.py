"""Roles come by a code, once; each role's commands are theirs alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import conversation  # noqa: F401  so that every command is known
from bot.commands import COMMANDS
from storage import tables as t
from tests.conversation.scene import Phone, Scene

BROKER, CHIEF = "tel:+50499000009", "tel:+50499000007"
WORDS = {
    "groups": "groups",
    "queue": "queue",
    "announce": "announce",
    "reports": "reports",
    "catalogue": "list of providers",
    "checks": "check",
    "week": "week",
    "assist": "assist",
    "speak_for": "speak for",
    "words": "words",
    "stages": "stages",
    "hand_over": "hand over all",
    "cases": "cases",
    "learn": "learn",
}
"""The commands of roles, by what is written for them."""


EVERYBODY = ("artisan", "broker", "coordinator", "confidant", "provider")


def test_every_command_of_a_role_is_tried_here() -> None:
    assert {name for name, one in COMMANDS.items() if one.roles} == set(WORDS)


@pytest.mark.parametrize(
    ("name", "role"),
    [(name, role) for name in WORDS for role in EVERYBODY],
)
async def test_a_command_is_answered_to_who_has_its_role_and_refused_to_others(
    scene: Scene, name: str, role: str
) -> None:
    if role == "artisan":
        phone = await scene.registers("tel:+50499000001", "Ana")
    else:
        phone = await scene.staff(BROKER, "Rosa", role)
    answer = await phone.says(WORDS[name])
    if role in COMMANDS[name].roles:
        assert "not for you" not in answer
    else:
        assert answer == "That word is not for you. Write MENU to see what you can do."


async def test_a_profile_by_its_number_is_for_who_has_a_queue(scene: Scene, ana: Phone) -> None:
    assert "not for you" in await ana.says("profile 1")


async def test_a_broker_sees_only_the_own_area_and_each_view_is_noted(
    scene: Scene, ana: Phone
) -> None:
    here = await scene.staff(BROKER, "Rosa", "broker", "HN-LE")
    elsewhere = await scene.staff("tel:+50499000008", "Luis", "broker", "HN-CR")
    await ana.says("help")
    assert "Nothing waits" in await elsewhere.says("queue")
    assert "no such number" in await elsewhere.says("profile 1")
    profile = await here.says("profile 1")
    assert "Name: Ana" in profile
    assert "Place: Gracias, Lempira" in profile
    assert "99000001" not in profile
    async with scene.database.read() as db:
        rows = (await db.execute(select(t.views))).all()
    assert {(row.viewer_id, row.what) for row in rows} == {
        ((await scene.contact(BROKER)).id, "profile")
    }


async def test_a_code_is_taken_typed_by_start_and_by_link_but_once(scene: Scene) -> None:
    code = await scene.invited("broker", "HN-LE", agency="Lenca Crafts")
    first = scene.phone(BROKER)
    assert "Qué idioma" in await first.follows(code)
    ready = await first.talks("English", "yes", "Rosa")
    assert "Role: Broker" in ready
    assert "Area: Lempira" in ready
    assert "Agency: Lenca Crafts" in ready

    other = scene.phone("tel:+50499000008")
    assert "no sirve" in await other.follows(code)

    lower = await scene.invited("coordinator")
    assert "Qué idioma" in await scene.phone(CHIEF).says(f"start {lower.lower()}")


async def test_wrong_codes_are_limited(scene: Scene) -> None:
    phone = scene.phone(BROKER)
    for number in range(5):
        await phone.follows(f"AAAA-222{number + 2}")
    code = await scene.invited("broker")
    assert "demasiados códigos" in await phone.follows(code)
    await scene.pass_time(hours=2)
    assert "Qué idioma" in await phone.follows(code)


async def test_an_artisan_may_become_a_broker_and_is_not_asked_again(
    scene: Scene, ana: Phone
) -> None:
    ready = await ana.says(await scene.invited("broker", "HN"))
    assert "Welcome, Ana" in ready
    menu = await ana.says("menu")
    assert "What waits for me" in menu
    assert "People to work with" in menu


async def test_without_consent_there_is_no_role(scene: Scene) -> None:
    phone = scene.phone(BROKER)
    await phone.talks(await scene.invited("broker"), "English", "no")
    async with scene.database.read() as db:
        (role,) = (await db.execute(select(t.roles))).all()
    assert role.revoked_at is not None


async def test_a_broker_may_register_a_workshop_too(scene: Scene) -> None:
    phone = await scene.staff(BROKER, "Rosa", "broker")
    assert "What do you make?" in await phone.says("join")


async def test_the_week_is_in_numbers_only(scene: Scene, ana: Phone) -> None:
    chief = await scene.staff(CHIEF, "Inés", "coordinator")
    week = await chief.says("week")
    assert "New workshops: 1" in week
    assert "Ana" not in week
