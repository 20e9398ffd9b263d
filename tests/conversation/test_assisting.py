"""Somebody without a phone, and somebody who would rather be called: a broker stands between."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage import tables as t
from tests.conversation.scene import REGISTRATION, Phone, Scene

ANA, BEA, BROKER = "tel:+50499000001", "tel:+50499000002", "tel:+50499000009"
ANSWERS = {k: v for k, v in REGISTRATION.items() if k not in ("language", "consent")}


async def assisted(scene: Scene, called: str = "Marta") -> Phone:
    """Rosa, a broker, who registers somebody without a phone."""
    rosa = await scene.staff(BROKER, "Rosa", "broker", "HN-LE")
    await rosa.talks("assist", "Español", "yes", *{**ANSWERS, "called": called}.values())
    return rosa


async def person(scene: Scene, called: str) -> Any:
    async with scene.database.read() as db:
        rows = (await db.execute(select(t.contacts))).all()
    return next(row for row in rows if row.name == called)


async def test_the_consent_is_read_aloud_in_the_persons_language_and_kept_as_spoken(
    any_scene: Scene,
) -> None:
    scene = any_scene
    rosa = await scene.staff(BROKER, "Rosa", "broker", "HN-LE")
    aloud = await rosa.talks("assist", "Español")
    assert "Please read this aloud" in aloud
    assert "¿De acuerdo?" in aloud
    assert "What do people call you" in await rosa.says("yes")
    told = await rosa.talks(*{**ANSWERS, "called": "Marta"}.values())
    assert "Marta" in told
    marta = await person(scene, "Marta")
    async with scene.database.read() as db:
        words = t.consents.c.contact_id == marta.id
        (consent,) = (await db.execute(select(t.consents).where(words))).all()
        addresses = t.contact_urns.c.contact_id == marta.id
        assert (await db.execute(select(t.contact_urns).where(addresses))).all() == []
        (link,) = (await db.execute(select(t.contact_enterprises))).all()
    assert (consent.how, consent.given, consent.version[:3]) == ("spoken", True, "es:")
    assert link.contact_id == marta.id
    assert (marta.language, marta.country) == ("es", "HN")
    assert (await scene.contact(BROKER)).name == "Rosa"
    assert (await scene.contact(BROKER)).language == "en"


async def test_a_spoken_no_keeps_nothing(scene: Scene) -> None:
    rosa = await scene.staff(BROKER, "Rosa", "broker", "HN-LE")
    assert "Nothing is kept" in await rosa.talks("assist", "English", "no")
    async with scene.database.read() as db:
        assert len((await db.execute(select(t.contacts))).all()) == 1


async def test_what_is_asked_of_the_person_goes_to_who_assists_them_and_back(
    any_scene: Scene,
) -> None:
    scene = any_scene
    rosa = await assisted(scene)
    ana = await scene.lives(ANA, "Ana")
    await ana.talks("partners", "1")
    asked = await rosa.says("approve")
    await ana.talks("yes", "2")
    assert "For Marta:" in asked
    assert "¿" in asked, "it is read aloud in the language of the person"
    assert "What does Marta say?" in asked
    await rosa.says("1")
    assert "you both said yes" in await ana.reads()
    assert "For Marta:" in scene.all_said_to(BROKER)
    assert "Ana" in await rosa.reads() + scene.all_said_to(BROKER)
    await ana.talks("tell", "1", "Shall we meet on Friday?")
    assert "Shall we meet on Friday?" in await rosa.reads()


async def test_the_broker_speaks_for_the_person_whenever_they_meet(scene: Scene) -> None:
    rosa = await assisted(scene)
    assert "1. Marta" in await rosa.says("speak for")
    assert "What does Marta say?" in await rosa.says("1")
    assert "Nombre: Marta" in await rosa.says("profile")
    await rosa.says("menu")
    erase = await rosa.talks("speak for", "1", "delete")
    assert "For Marta:" in erase
    assert "What does Marta say?" in erase
    await rosa.says("1")
    assert (await scene.contact(BROKER)).erased_at is None
    async with scene.database.read() as db:
        erased = t.contacts.c.erased_at.is_not(None)
        assert len((await db.execute(select(t.contacts).where(erased))).all()) == 1
    assert "You assist nobody" in await rosa.talks("menu", "speak for")


async def test_only_who_assists_somebody_speaks_for_them(scene: Scene) -> None:
    await assisted(scene)
    luis = await scene.staff("tel:+50499000008", "Luis", "broker", "HN-CR")
    assert "You assist nobody" in await luis.says("speak for")


async def test_who_asks_to_be_called_is_on_the_brokers_list_and_is_asked_nothing_more(
    any_scene: Scene,
) -> None:
    scene = any_scene
    rosa = await scene.staff(BROKER, "Rosa", "broker")
    ana = scene.phone(ANA)
    await ana.talks("hello", "english")
    answer = await ana.says("call me")
    assert "A person will call +50499000001 by" in answer
    assert "agree" not in answer
    alert = await rosa.reads()
    assert "asks to be called: +50499000001" in alert
    assert "Language: English" in alert
    await scene.pass_time(days=8)
    assert await ana.reads() == ""
    assert "asks to be called" in await rosa.says("queue")
    await rosa.says("1")
    assert "read this aloud" in await rosa.talks("2", "English")
    await rosa.talks("yes", *{**ANSWERS, "called": "Ana"}.values())
    assert "Ana is registered" in await ana.reads()
    assert "Name: Ana" in await ana.says("profile")


async def test_call_me_is_heard_in_every_language_offered_and_noted_once(scene: Scene) -> None:
    rosa = await scene.staff(BROKER, "Rosa", "broker")
    for at, (first, word) in enumerate(
        [("hola", "llámeme"), ("bonjour", "appelez-moi"), ("habari", "nipigie"), ("hi", "call me")]
    ):
        phone = scene.phone(f"tel:+5049911000{at}")
        await phone.says(first)
        assert f"+5049911000{at}" in await phone.says(word)
        await phone.says(word)
        assert (await rosa.reads()).count("asks to be called") == 1
        await rosa.says("done")


async def test_who_writes_without_a_number_is_asked_for_one(scene: Scene) -> None:
    rosa = await scene.staff(BROKER, "Rosa", "broker")
    phone = scene.phone("telegram:77", channel="telegram")
    assert "Which number" in await phone.talks("hello", "english", "call me")
    assert "+50499887766" in await phone.says("9988 7766")
    assert "+50499887766" in await rosa.reads()


async def test_a_call_that_was_made_is_closed(scene: Scene, ana: Phone) -> None:
    rosa = await scene.staff(BROKER, "Rosa", "broker")
    await ana.says("call me")
    assert "closed" in await rosa.says("done")
    assert "Nothing waits" in await rosa.says("queue")
