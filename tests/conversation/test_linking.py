"""One person on Telegram, WhatsApp and SMS: joined by a code, separated again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Incoming
from storage import contacts, enterprises, urns
from tests.conversation.scene import Phone, Scene

NUMBER = "+50499000001"
SMS, WHATSAPP, TELEGRAM = f"tel:{NUMBER}", f"whatsapp:{NUMBER}", "telegram:77"


def code_in(text: str) -> str:
    """The code in what was said."""
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None, text
    return found[0]


async def sms_phone(scene: Scene, called: str = "Ana") -> Phone:
    """Somebody registered by SMS."""
    phone = scene.phone(SMS, "sms")
    await (await scene.registers(SMS, called)).reads()
    phone.heard = len(scene.said_to(SMS))
    return phone


async def shares(phone: Phone, number: str) -> str:
    """Send one's number by the button of Telegram."""
    return await phone._send(replace(phone._incoming("text", number), kind="contact"))


async def addresses_of(scene: Scene, urn: str) -> list[str]:
    contact = await scene.contact(urn)
    async with scene.database.read() as db:
        return sorted(one.address or "" for one in await urns.of(db, contact.id))


async def test_one_person_on_telegram_whatsapp_and_sms_is_joined_and_separated_again(
    any_scene: Scene,
) -> None:
    scene = any_scene
    sms = await sms_phone(scene)
    ana = await scene.contact(SMS)

    whatsapp = scene.phone(WHATSAPP, "whatsapp")
    assert f"Is SMS {NUMBER} yours too?" in await whatsapp.says("hola")
    assert "by SMS" in await whatsapp.says("yes")
    assert "a code of six digits" in await whatsapp.says("yes")
    told = await sms.reads()
    assert "Somebody on WhatsApp says that they are you." in told
    assert "Now both are one for us." in await whatsapp.says(code_in(told))
    assert (await scene.contact(WHATSAPP)).id == ana.id
    assert (await scene.contact(SMS)).sms_ok

    telegram = scene.phone(TELEGRAM, "telegram")
    await telegram.says("/start")
    assert f"Is WhatsApp {NUMBER} yours too?" not in await telegram.says("English")
    assert "yours too?" in await shares(telegram, NUMBER)
    await telegram.talks("yes", "no")
    assert "Now both are one for us." in await telegram.says(code_in(await whatsapp.reads()))
    assert await addresses_of(scene, TELEGRAM) == sorted([SMS, WHATSAPP, TELEGRAM])
    assert "Gracias" in await telegram.says("profile")

    asked = await telegram.says("unlink")
    assert "Which address shall we separate again?" in asked
    assert "Telegram" in asked and "WhatsApp" in asked and "SMS" not in asked
    assert "It is separate again" in await telegram.says("Telegram")
    assert await addresses_of(scene, SMS) == sorted([SMS, WHATSAPP])
    assert (await scene.contact(TELEGRAM)).id != ana.id
    assert "Gracias" not in await telegram.says("profile")
    assert "Gracias" in await whatsapp.says("profile")
    await whatsapp.talks("unlink", "1")
    assert await addresses_of(scene, SMS) == [SMS]
    async with scene.database.read() as db:
        log = [one for urn in (WHATSAPP, TELEGRAM) for one in await logged(db, urn)]
    assert [one.why for one in log if one.undone_at] == ["linked", "linked"]


async def logged(db: AsyncConnection, urn: str) -> list[urns.Linking]:
    found = await urns.by_address(db, urn)
    return await urns.linkings_of(db, found.id) if found else []


async def test_who_says_no_registers_and_is_not_asked_again(scene: Scene) -> None:
    await sms_phone(scene)
    whatsapp = scene.phone(WHATSAPP, "whatsapp")
    await whatsapp.says("hola")
    said = await whatsapp.says("no")
    assert "We keep them apart" in said and "Which language do you speak?" in said
    await whatsapp.talks("English", "no")
    assert "yours too?" not in await whatsapp.says("hola")


async def test_a_wrong_code_may_be_written_anew_but_not_for_ever(scene: Scene) -> None:
    sms = await sms_phone(scene)
    whatsapp = scene.phone(WHATSAPP, "whatsapp")
    await whatsapp.talks("hola", "yes", "no")
    code = code_in(await sms.reads())
    wrong = str((int(code) - 100_000 + 1) % 900_000 + 100_000)
    for _ in range(5):
        assert "not the code" in await whatsapp.says(wrong)
    assert "too many codes" in await whatsapp.says(code)
    assert (await scene.contact(WHATSAPP)).id != (await scene.contact(SMS)).id


async def test_a_code_is_too_old_after_two_hours(scene: Scene) -> None:
    sms = await sms_phone(scene)
    whatsapp = scene.phone(WHATSAPP, "whatsapp")
    await whatsapp.talks("hola", "yes", "no")
    code = code_in(await sms.reads())
    scene.now += timedelta(hours=2)
    assert "too old" in await whatsapp.says(code)


async def test_nobody_is_pestered_with_codes(scene: Scene) -> None:
    sms = await sms_phone(scene)
    telegram = scene.phone(TELEGRAM, "telegram")
    codes = 0
    for _ in range(6):
        await telegram.talks("link", NUMBER)
        codes += "says that they are you" in await sms.reads()
    assert codes == 3


async def test_an_sms_which_anybody_can_forge_is_asked_about_where_it_cannot_be(
    scene: Scene,
) -> None:
    whatsapp = scene.phone(WHATSAPP, "whatsapp")
    await (await scene.registers(WHATSAPP, "Ana")).reads()
    whatsapp.heard = len(scene.said_to(WHATSAPP))
    sms = scene.phone(SMS, "sms")
    said = await sms.says("hello")
    assert "We know this number on WhatsApp" in said and "Ana" not in said
    assert (await scene.contact(SMS)).id != (await scene.contact(WHATSAPP)).id
    await scene.pass_time(hours=1)
    assert f"Is SMS {NUMBER} yours too?" in await whatsapp.reads()
    await whatsapp.talks("yes", "yes")
    assert "Now both are one" in await whatsapp.says(code_in(await sms.reads()))
    assert await addresses_of(scene, SMS) == sorted([SMS, WHATSAPP])


async def test_from_an_sms_nothing_is_joined_whatever_is_written(scene: Scene) -> None:
    sms = await sms_phone(scene)
    thief = scene.phone("whatsapp:+50499000666", "whatsapp")
    await thief.says("hola")
    assert "Write LINK on WhatsApp or Telegram" in await sms.says("link")
    await sms.talks("+50499000666", "yes", "482915")
    assert await addresses_of(scene, SMS) == [SMS]
    assert "says that they are you" not in await thief.reads()


async def test_a_second_sms_begins_the_registration(scene: Scene) -> None:
    await scene.registers(WHATSAPP, "Ana")
    sms = scene.phone(SMS, "sms")
    await sms.says("hello")
    assert "Which language do you speak?" in await sms.says("hello")


async def test_naming_a_number_tells_nothing_of_whose_it_is(scene: Scene) -> None:
    await sms_phone(scene)
    telegram = scene.phone(TELEGRAM, "telegram")
    known = await telegram.talks("link", NUMBER)
    unknown = await telegram.talks("link", "+50499555555")
    assert known == unknown
    assert "no es el código" in await telegram.says("482915")


async def test_a_person_without_a_number_registers_and_joins_their_sms(any_scene: Scene) -> None:
    scene = any_scene
    sms = await sms_phone(scene)
    ana = await scene.contact(SMS)
    nameless = scene.phone("whatsapp:US.1234", "whatsapp")
    assert "Which language do you speak?" in await nameless.says("hello")
    assert "From which other number" in await nameless.says("link")
    await nameless.says(NUMBER)
    said = await nameless.says(code_in(await sms.reads()))
    assert "Now both are one" in said
    assert (await scene.contact("whatsapp:US.1234")).id == ana.id


async def test_a_number_and_an_account_in_one_message_are_one_person(any_scene: Scene) -> None:
    scene = any_scene
    await scene.registers(WHATSAPP, "Ana")
    both = Incoming("whatsapp", "x1", (WHATSAPP, "whatsapp:HN.9"), text="hola")
    await scene.bring(both)
    await scene.bring(Incoming("whatsapp", "x2", ("whatsapp:HN.9",), text="profile"))
    assert "Ana" in scene.all_said_to("whatsapp:HN.9")
    stranger = Incoming("whatsapp", "x3", ("whatsapp:+50499000007", "whatsapp:HN.7"), text="hola")
    await scene.bring(stranger)
    assert (await scene.contact("whatsapp:HN.7")).id == (
        await scene.contact("whatsapp:+50499000007")
    ).id


@pytest.mark.parametrize("keep", ["The one here", "The one there"])
async def test_who_is_registered_on_both_picks_which_record_goes_on(
    any_scene: Scene, keep: str
) -> None:
    scene = any_scene
    whatsapp = await scene.registers(WHATSAPP, "Ana of WhatsApp")
    telegram = scene.phone(TELEGRAM, "telegram")
    await (await scene.registers(TELEGRAM, "Ana of Telegram")).reads()
    telegram.heard = len(scene.said_to(TELEGRAM))
    there, here = await scene.contact(WHATSAPP), await scene.contact(TELEGRAM)
    await whatsapp.reads()
    await telegram.talks("link", NUMBER)
    asked = await telegram.says(code_in(await whatsapp.reads()))
    assert "With which one shall we go on?" in asked
    assert "Now both are one" in await telegram.says(keep)
    kept, rests = (here, there) if keep == "The one here" else (there, here)
    assert (await scene.contact(WHATSAPP)).id == (await scene.contact(TELEGRAM)).id == kept.id
    async with scene.database.read() as db:
        assert await enterprises.of_contact(db, rests.id) is not None
        assert await contacts.resting(db, kept.id) == [rests.id]
    await telegram.talks("unlink", "1")
    assert {(await scene.contact(WHATSAPP)).id, (await scene.contact(TELEGRAM)).id} == {
        here.id,
        there.id,
    }


async def test_deleting_erases_the_record_that_rests_as_well(any_scene: Scene) -> None:
    scene = any_scene
    whatsapp = await scene.registers(WHATSAPP, "Ana")
    telegram = await scene.registers(TELEGRAM, "Anita")
    telegram.channel = "telegram"
    rests = (await scene.contact(WHATSAPP)).id
    await telegram.talks("link", NUMBER)
    await telegram.talks(code_in(await whatsapp.reads()), "here")
    await telegram.talks("delete", "yes")
    async with scene.database.read() as db:
        erased = await contacts.by_id(db, rests)
        assert erased is not None and erased.erased_at is not None and erased.name is None
        assert await contacts.known(db, WHATSAPP) is None


async def test_by_sms_erasing_takes_a_code_that_only_its_reader_knows(any_scene: Scene) -> None:
    scene = any_scene
    sms = await sms_phone(scene)
    await sms.says("delete")
    asked = await sms.says("yes")
    assert "To erase everything, write this number" in asked
    assert "Nothing was erased" in await sms.says("100000")
    await sms.says("delete")
    assert "It is erased" in await sms.says(code_in(await sms.says("yes")))


async def test_a_number_that_is_somebody_else_s_is_not_taken(scene: Scene, ana: Phone) -> None:
    telegram = scene.phone(TELEGRAM, "telegram")
    await telegram.says("/start")
    assert "Ese número no es suyo." in await shares(telegram, "")


async def test_a_number_that_nobody_knows_is_not_kept_where_no_sms_can_be_sent(
    scene: Scene,
) -> None:
    telegram = scene.phone(TELEGRAM, "telegram")
    await telegram.says("/start")
    assert "Ahora no necesito su número." in await shares(telegram, "+50499555555")
    async with scene.database.read() as db:
        assert await urns.by_address(db, "tel:+50499555555") is None
