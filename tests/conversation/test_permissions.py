"""Who may do what: every command by every role, every deed by every seat, and nothing of a network
for anybody outside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot import conversation  # noqa: F401  so that every command and deed is known
from bot.commands import COMMANDS
from bot.networks import DEEDS, ORDER, Seat
from storage import activities, networks, roles, room
from storage.enterprises import Enterprise
from storage.networks import Network
from tests.conversation.grouped import Group, founded, person
from tests.conversation.scene import Phone, Scene

ROLES = ("artisan", "broker", "coordinator", "confidant", "provider")
REFUSAL = "That word is not for you"
ANYBODYS = {
    "menu": "menu",
    "need": "need",
    "profile": "profile",
    "settings": "settings",
    "partners": "partners",
    "more": "more people",
    "only_near": "only near",
    "not_this": "not this one",
    "why": "why",
    "providers": "who can help",
    "where": "what did i ask for",
    "away": "away",
    "relay": "tell",
    "know": "know",
    "not_with": "not with",
    "report": "report",
    "complain": "complain",
    "call": "call me",
    "join": "register",
    "link": "link",
    "unlink": "unlink",
    "network": "network",
    "plan": "plan",
    "group": "group",
    "mute": "mute",
    "come_back": "rejoin",
    "vote": "vote",
    "who": "who is it",
}
"""The commands that are no role's, by what is written for them."""


def test_every_command_that_is_no_roles_is_tried_here() -> None:
    assert {name for name, one in COMMANDS.items() if not one.roles} == set(ANYBODYS)


@pytest.mark.parametrize("role", ROLES)
async def test_whoever_has_joined_may_say_what_is_no_roles(scene: Scene, role: str) -> None:
    phone = await of_role(scene, role)
    for words in ANYBODYS.values():
        assert REFUSAL not in await phone.says(words), words
        await phone.says("menu")


async def test_a_stranger_is_asked_to_register_whatever_they_say(scene: Scene) -> None:
    before = {name for name, one in COMMANDS.items() if not one.joined}
    assert before == {"menu", "call", "complain", "join", "link"}
    stranger = scene.phone("tel:+50499000777")
    for name in set(ANYBODYS) - before:
        answer = await stranger.says(ANYBODYS[name])
        assert "Ana" not in answer
        assert "group" not in answer.lower()


async def of_role(scene: Scene, role: str) -> Phone:
    if role == "artisan":
        return await scene.lives("tel:+50499000001", "Eva")
    phone, contact_id = await person(scene, "tel:+50499000001", "Eva")
    async with scene.database.begin() as db:
        await roles.grant(db, contact_id, role, scene.now)
    return phone


# --- deeds --------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MINE = UUID(int=7)
SEATS = ("member", "leader", "broker", "own_leader", "own_member", "own_broker")
"""Of a network on its way, and (own_) of one that manages itself."""

MEMBERS = {"member", "leader", "own_member", "own_leader"}
LEADING = {"broker", "own_leader"}
ALL = set(SEATS)
MAY: dict[str, set[str]] = {
    "group": ALL - {"own_broker"},
    "said": ALL,
    "plan": ALL,
    "ballots": MEMBERS,
    "decide": ALL - {"own_broker"},
    "members": ALL,
    "rules": ALL,
    "trust": ALL,
    "mute": MEMBERS,
    "history": ALL,
    "tick": LEADING,
    "advance": LEADING,
    "first_plan": LEADING,
    "quiet": {"broker", "leader", "own_leader"},
    "pause": LEADING,
    "step_back": LEADING,
    "leave": MEMBERS,
    "close": LEADING,
    "progress": ALL,
}


def seat(name: str) -> Seat:
    given = dict.fromkeys(Network.__dataclass_fields__)
    stage = "self_managed" if name.startswith("own_") else "trust"
    leads = name.endswith("leader")
    known = {"id": UUID(int=1), "stage": stage, "leader_id": MINE if leads else None}
    network = Network(**{**given, **known, "settings": {}})  # type: ignore[arg-type]
    firm = Enterprise(**{**dict.fromkeys(Enterprise.__dataclass_fields__), "id": MINE})  # type: ignore[arg-type]
    broker = name.endswith("broker")
    return Seat(network, None if broker else firm, broker=broker)


def test_every_deed_is_offered_and_tried_here() -> None:
    assert set(MAY) == set(DEEDS) == set(ORDER)


@pytest.mark.parametrize("name", sorted(MAY))
def test_a_deed_is_for_these_seats_and_no_others(name: str) -> None:
    assert {one for one in SEATS if DEEDS[name].whom(seat(one))} == MAY[name]


# --- outside ------------------------------------------------------------------------------------

SECRETS = ("Los Hierros", "Buy iron", "We meet at Beto's", "Carla")
WORDS = ("network", "plan", "group hello", "vote", "mute", "group")


async def secret(scene: Scene) -> Group:
    """A group with a plan, and something said in its room."""
    group = await founded(scene, "Ana", "Beto", "Carla")
    async with scene.database.begin() as db:
        await activities.add(db, group.network_id, "Buy iron", scene.now)
        await room.say(
            db, group.network_id, scene.now, words="We meet at Beto's", media_id=None, who=None,
            enterprise_id=group.enterprises["Beto"],
        )  # fmt: skip
    await group.all_read()
    return group


@pytest.mark.parametrize("role", [one for one in ROLES if one != "artisan"] + ["artisan"])
async def test_nobody_outside_a_network_reads_its_plan_room_or_members(
    scene: Scene, role: str
) -> None:
    await secret(scene)
    phone, contact_id = await person(scene, "tel:+50499000001", "Eva")
    if role == "artisan":
        phone = await scene.lives("tel:+50499000002", "Eva")
    else:
        async with scene.database.begin() as db:
            await roles.grant(db, contact_id, role, scene.now, area=("HN-FM",))
    for words in WORDS:
        answer = await phone.says(words)
        assert not [one for one in SECRETS if one in answer], words
        assert "in no group" in answer


QUESTIONS = (
    (("network",), ("who is in it", "what was said", "our plan", "what happened so far")),
    (("plan",), ("1", "Buy iron")),
    (("group",), ("hello to all",)),
)
"""What stands open when somebody leaves, and what they then answer."""


@pytest.mark.parametrize(("opened", "answers"), QUESTIONS)
async def test_who_left_reads_nothing_by_a_question_that_was_open(
    scene: Scene, opened: tuple[str, ...], answers: tuple[str, ...]
) -> None:
    for number, answer in enumerate(answers):
        group = await secret(replace_now(scene, number))
        await group["Ana"].talks(*opened)
        async with scene.database.begin() as db:
            one = await networks.member(db, group.network_id, group.enterprises["Ana"])
            assert one is not None
            await networks.end_membership(db, one, "leave", scene.now)
        said = await group["Ana"].says(answer)
        assert not [secret for secret in SECRETS[1:] if secret in said], answer
        assert "goes to the group" not in said
        async with scene.database.begin() as db:
            await networks.change(db, group.network_id, stage="closed")


def replace_now(scene: Scene, number: int) -> Scene:
    scene.now += timedelta(minutes=number)
    return scene


async def test_the_broker_of_another_group_reads_only_their_own(scene: Scene) -> None:
    group = await secret(scene)
    marta, contact_id = await person(scene, "tel:+50499000801", "Marta")
    async with scene.database.begin() as db:
        await roles.grant(db, contact_id, "broker", scene.now, area=("HN-FM",))
        await networks.found(db, [], scene.now, name="Otra", broker_id=contact_id)
    answer = await marta.talks("network", "what was said")
    assert not [one for one in SECRETS if one in answer + scene.all_said_to("tel:+50499000801")]
    assert replace(await group.kept(), name=None).broker_id != contact_id
