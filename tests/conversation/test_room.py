"""A group's room: to all on every channel, in order, quiet for who wants it, closed to others."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update

from storage import media
from storage import tables as t
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Phone, Scene


@pytest.fixture
async def group(scene: Scene) -> Group:
    return await founded(scene, "Ana", "Beto", "Carla")


@pytest.fixture
async def mixed(scene: Scene) -> Group:
    """Ana by WhatsApp, Beto by SMS, Carla by Telegram."""
    return await founded(
        scene, "Ana", "Beto", "Carla", channels=("telegram", "whatsapp", "sms", "telegram")
    )


async def freeze(phone: Phone) -> None:
    who = await phone.scene.contact(phone.urn)
    async with phone.scene.database.begin() as db:
        frozen = update(t.contacts).where(t.contacts.c.id == who.id)
        await db.execute(frozen.values(frozen_at=phone.scene.now))


async def test_what_one_says_reaches_all_in_order_without_a_number(group: Group) -> None:
    assert "It goes to the group" in await group["Ana"].says("group Iron is cheap in Danlí")
    await group["Beto"].talks("group", "Shall we buy?")
    heard = await group["Carla"].reads()
    assert heard.index("Ana: Iron is cheap in Danlí") < heard.index("Beto: Shall we buy?")
    assert "504990" not in heard
    assert "Iron" not in await group["Ana"].reads()


async def test_by_sms_and_to_the_broker_it_comes_once_a_day(mixed: Group) -> None:
    await mixed["Ana"].says("group First")
    await mixed["Carla"].says("group Second")
    assert "Second" in await mixed["Ana"].reads()
    assert await mixed["Beto"].reads() == ""
    await mixed.scene.pass_time(hours=12)
    for name in ("Beto", "Rosa"):
        digest = await mixed[name].reads()
        assert digest.count("Los Hierros") == 1
        assert digest.index("Ana: First") < digest.index("Carla: Second")
    await mixed.scene.pass_time(hours=20)
    assert "First" not in await mixed["Beto"].reads()


async def test_a_digest_is_short_and_says_what_it_left_out(mixed: Group) -> None:
    for number in range(12):
        await mixed["Ana"].says(f"group Message {number} " + "with many words " * 5)
    await mixed.scene.pass_time(hours=12)
    digest = await mixed["Beto"].reads()
    assert "Message 11" in digest
    assert "more before. Write NETWORK" in digest
    assert len(digest) < 620
    assert "Message 5" in await mixed["Beto"].talks("network", "What was said")


async def test_an_answer_goes_to_the_room_after_a_yes(group: Group) -> None:
    await group["Ana"].says("group Who comes on Friday?")
    assert "Shall this go to all in Los Hierros?" in await group["Beto"].says("I do")
    await group["Beto"].says("1")
    assert "Beto: I do" in await group["Ana"].reads()
    assert "Shall this go to all" in await group["Carla"].says("What is this")
    assert "Nobody gets it" in await group["Carla"].says("no")
    assert "What is this" not in await group["Ana"].reads()
    await group.scene.pass_time(hours=13)
    assert "Shall this go" not in await group["Carla"].says("hello")


async def test_photos_go_to_the_room_too(group: Group) -> None:
    scene = group.scene
    async with scene.database.begin() as db:
        photo = UUID("11111111-1111-1111-1111-111111111111")
        await media.put(db, photo, scene.now, "photo", "image/jpeg", 10, "a.jpg")
    await group["Ana"].says("group")
    assert "It goes to the group" in await group["Ana"].shows("photo")
    last = scene.said_to(group["Beto"].urn)[-1]
    assert last.media is not None
    assert last.media.id == str(photo)
    assert "Ana" in last.text
    assert "Shall this go to all" in await group["Beto"].shows("voice")


async def test_mute_silences_the_room_and_ends_with_the_same_word(group: Group) -> None:
    assert "no longer reach you" in await group["Beto"].says("mute")
    await group["Ana"].says("group Hello all")
    assert await group["Beto"].reads() == ""
    assert "reach you again" in await group["Beto"].says("mute")
    await group["Ana"].says("group Are you there")
    assert "Are you there" in await group["Beto"].reads()


async def test_the_broker_quiets_the_room_for_a_day(group: Group) -> None:
    assert "nobody can write" in await group["Rosa"].talks("network", "Quiet the group")
    assert "quiet until tomorrow" in await group["Ana"].says("group Hello")
    assert await group["Beto"].reads() == ""
    await group.scene.pass_time(hours=25)
    assert "It goes to the group" in await group["Ana"].says("group Hello")


async def test_who_is_frozen_reaches_nobody_also_not_by_what_is_on_its_way(mixed: Group) -> None:
    await mixed["Ana"].says("group Send me money")
    await mixed["Carla"].reads()
    await freeze(mixed["Ana"])
    await mixed.scene.pass_time(hours=12)
    assert "money" not in await mixed["Beto"].reads()
    assert "until we have looked" in await mixed["Ana"].says("group Hello")
    assert "until we have looked" in await mixed["Ana"].talks("network", "Decide")


async def test_a_member_may_report_another_and_keep_apart_from_them(group: Group) -> None:
    await group.scene.staff("tel:+50499000033", "Inés", "coordinator")
    await group["Ana"].talks("not with", "Beto")
    await group["Beto"].says("group Hello")
    assert "Hello" not in await group["Ana"].reads()
    assert "Hello" in await group["Carla"].reads()
    await group["Carla"].talks("report", "Beto", "He asks for money")
    assert "until we have looked" in await group["Beto"].says("group Again")


async def test_nobody_outside_reaches_the_room_or_reads_it(group: Group) -> None:
    await group["Ana"].says("group Our secret")
    eva = await group.scene.lives("tel:+50499000031", "Eva")
    assert "in no group" in await eva.says("group Hello")
    assert await group["Beto"].reads() != ""
    assert "Hello" not in await group["Carla"].reads()
    await group["Carla"].talks("network", "Leave the group", "yes")
    await group["Ana"].says("group Only for us")
    assert "Only for us" not in await group["Carla"].reads()
    assert "secret" not in group.scene.all_said_to(eva.urn)


async def test_words_to_the_group_are_no_answer_to_a_question_that_stands_open(
    group: Group,
) -> None:
    await group.scene.pass_time(days=2)
    assert "ten short questions" in await group["Ana"].reads()
    said = "group Iron is cheap, yes, all of us should buy"
    assert "It goes to the group" in await group["Ana"].says(said)
    assert "Ana: Iron is cheap, yes, all of us should buy" in await group["Beto"].reads()
