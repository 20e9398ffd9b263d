"""A phone that several people use: who is writing is asked, and nothing personal goes unasked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from bot import wakes
from bot.messages import Wake
from storage import enterprises, matches, urns
from storage import tables as t
from tests.conversation.scene import REGISTRATION, Phone, Scene

URN = "tel:+50499000001"


async def shared(scene: Scene) -> Phone:
    """The phone of Ana and Marta; Marta wrote last."""
    phone = await scene.lives(URN, "Ana")
    await phone.says("who")
    assert "Which language do you speak?" in await phone.says("somebody else")
    await phone.talks(*{**REGISTRATION, "called": "Marta"}.values())
    return phone


async def told(scene: Scene, contact_id: UUID, words: str) -> None:
    """Somebody's words reach a contact, unasked."""
    data = {"name": "Rosa", "words": words, "from": str(contact_id)}
    async with scene.database.begin() as db:
        wake = Wake(contact_id, what="passed_on", subject=str(contact_id), data=data)
        await wakes.post(db, [(scene.next_id(), wake)], scene.now)
    await scene.settle()


async def test_two_people_register_on_one_phone(any_scene: Scene) -> None:
    scene = any_scene
    phone = await shared(scene)
    assert (await scene.contact(URN)).name == "Marta"
    asked = await phone.says("who")
    assert "1. Ana" in asked and "2. Marta" in asked
    assert "Good to hear from you, Ana." in await phone.says("Ana")
    assert (await scene.contact(URN)).name == "Ana"
    assert "Ana" in await phone.says("profile")


async def test_nothing_personal_is_sent_unasked_until_the_person_is_chosen(
    any_scene: Scene,
) -> None:
    scene = any_scene
    phone = await scene.lives(URN, "Ana")
    ana = await scene.contact(URN)
    await phone.talks("who", "somebody else")
    await phone.talks(*{**REGISTRATION, "called": "Marta"}.values())
    marta = await scene.contact(URN)
    for contact in (ana, marta):
        await told(scene, contact.id, f"a secret for {contact.name}")
    said = await phone.reads()
    assert "secret" not in said and "Rosa" not in said
    assert said.count("There is news for one of you.") == 1
    assert "secret" not in await phone.says("menu")
    chosen = await phone.talks("who", "Ana")
    assert "a secret for Ana" in chosen and "Marta" not in chosen
    assert "a secret for Marta" in await phone.talks("who", "Marta")


async def test_stop_covers_the_address_whoever_says_it(any_scene: Scene) -> None:
    scene = any_scene
    phone = await scene.lives(URN, "Ana")
    ana = await scene.contact(URN)
    await phone.talks("who", "somebody else")
    await phone.talks(*{**REGISTRATION, "called": "Marta"}.values())
    assert "no more messages" in await phone.says("stop")
    await told(scene, ana.id, "hello Ana")
    await told(scene, (await scene.contact(URN)).id, "hello Marta")
    assert await phone.reads() == ""
    async with scene.database.read() as db:
        urn = await urns.by_address(db, URN)
        assert urn is not None and urn.shared and urn.stopped_at is not None
        states = select(t.outbox.c.state).where(t.outbox.c.urn_id == urn.id)
        found = set((await db.execute(states)).scalars())
        assert found <= {"sent", "dropped"}


async def test_who_has_a_phone_of_their_own_is_written_to_there(any_scene: Scene) -> None:
    scene = any_scene
    phone = await shared(scene)
    marta = await scene.contact(URN)
    async with scene.database.begin() as db:
        await urns.link_new(db, marta.id, "telegram:88", scene.now, via="telegram")
        own = await urns.by_address(db, "telegram:88")
        assert own is not None
        await urns.change(db, own.id, heard_at=marta.created_at)
    await phone.reads()
    await told(scene, marta.id, "a word")
    assert await phone.reads() == ""
    assert "a word" in scene.all_said_to("telegram:88")


async def test_what_waits_for_one_is_not_asked_of_another_who_takes_the_phone(
    any_scene: Scene,
) -> None:
    scene = any_scene
    phone = await shared(scene)
    rosa = await scene.staff("tel:+50499000009", "Rosa", "broker")
    bea = await scene.lives("tel:+50499000003", "Bea")
    marta = await scene.contact(URN)
    await bea.says("partners")
    async with scene.database.read() as db:
        mine = await enterprises.of_contact(db, (await scene.contact("tel:+50499000003")).id)
        theirs = await enterprises.of_contact(db, marta.id)
        assert mine is not None and theirs is not None
        ranks = {one.to_id: one.rank for one in await matches.latest(db, mine.id, "partner")}
    await bea.says(str(ranks[theirs.id]))
    await rosa.says("approve")
    assert "would like to work with you" not in await phone.reads()
    chosen = await phone.talks("who", "Ana")
    assert "Good to hear from you, Ana." in chosen
    assert "would like to work with you" not in chosen
    assert "would like to work with you" in await phone.talks("who", "Marta")
