"""The first message, in any of fifteen languages: answered in its own, with a menu of them all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.layout import lay_out
from bot.channels.segments import count, folded
from bot.channels.sms import CAPS
from tests.conftest import DATABASE_KEY
from tests.conversation.scene import Phone, Scene, stage

OFFERED = ("en", "es", "fr", "pt", "sw", "ha", "am", "ar", "hi", "bn", "ur", "id", "ht", "yo", "so")
NAMES = {
    "English", "Español", "Français", "Português", "Kiswahili", "Hausa", "አማርኛ", "العربية",
    "हिन्दी", "বাংলা", "اردو", "Indonesia", "Kreyòl Ayisyen", "Èdè Yorùbá", "Soomaali",
}  # fmt: skip
LIKELY = {
    "+50499000001": ["Español"],
    "+254700111222": ["Kiswahili", "English"],
    "+251911223344": ["አማርኛ", "Soomaali"],
    "+2348031234567": ["English", "Hausa", "Èdè Yorùbá"],
    "+50934567890": ["Kreyòl Ayisyen", "Français"],
    "+212612345678": ["العربية", "Français"],
    "+919812345678": ["हिन्दी", "English"],
    "+8801712345678": ["বাংলা"],
    "+923001234567": ["اردو"],
    "+6281234567890": ["Indonesia"],
    "+258821234567": ["Português"],
}


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Scene]:
    async with stage(sqlite_url, DATABASE_KEY, languages=OFFERED) as opened:
        yield opened


def shown_by_sms(scene: Scene, phone: Phone) -> str:
    (part,) = lay_out(scene.said_to(phone.urn)[-1], CAPS)
    return part.text


@pytest.mark.parametrize(
    ("first", "number", "language"),
    [
        ("hola", "+254700111222", "es"),
        ("habari", "+50499000001", "sw"),
        ("ሰላም", "+50499000001", "am"),
        ("नमस्ते", "+50499000001", "hi"),
        ("namaste", "+919812345678", "hi"),
        ("assalamu alaikum", "+923001234567", "ur"),
        ("assalamu alaikum", "+8801712345678", "bn"),
        ("Assalamualaikum", "+6281234567890", "id"),
        ("assalamu alaikum", "+252612345678", "so"),
        ("salam alaikum", "+212612345678", "ar"),
        ("السلام عليكم", "+201001234567", "ar"),
        ("السلام علیکم", "+923001234567", "ur"),
        ("selam", "+251911223344", "am"),
        ("sannu", "+2348031234567", "ha"),
        ("e kaaro", "+2348031234567", "yo"),
        ("bonjou", "+50934567890", "ht"),
        ("Olá", "+258821234567", "pt"),
        ("bonjour", "+212612345678", "fr"),
    ],
)
async def test_a_greeting_is_answered_in_its_language_with_the_menu_of_all(
    world: Scene, first: str, number: str, language: str
) -> None:
    phone = world.phone(f"tel:{number}", channel="sms")
    await phone.says(first)
    assert (await world.contact(phone.urn)).language == language
    reply = world.said_to(phone.urn)[-1]
    assert reply.language == language
    assert {choice.label for choice in reply.choices} == NAMES
    assert reply.choices[0].payload.endswith(f".{language}")


@pytest.mark.parametrize("number", LIKELY)
async def test_by_sms_the_four_likeliest_of_the_country_come_first_and_more_shows_the_others(
    world: Scene, number: str
) -> None:
    phone = world.phone(f"tel:{number}", channel="sms")
    await phone.says("123")
    text = shown_by_sms(world, phone)
    options = named(text)
    assert len(options) == 4
    assert options[: len(LIKELY[number])] == [folded(name) for name in LIKELY[number]]
    assert "\n0 " in text
    assert count(text).segments <= 2
    seen = set(options)
    for _ in range(3):
        await phone.says("0")
        seen |= set(named(shown_by_sms(world, phone)))
    assert seen == {folded(name) for name in NAMES}


def named(text: str) -> list[str]:
    """The options of an SMS, as they are sent."""
    lines = (line.partition(" ") for line in text.splitlines())
    return [folded(label) for number, _, label in lines if number.isdigit() and number != "0"]


async def test_an_own_name_in_any_script_chooses_the_language_at_once(world: Scene) -> None:
    for at, name in enumerate(sorted(NAMES)):
        phone = world.phone(f"tel:+5049900{at:04}", channel="sms")
        await phone.says(name)
        assert world.said_to(phone.urn)[-1].choices[0].label != "English" or name == "English"
        spoken = (await world.contact(phone.urn)).language
        assert spoken in OFFERED
        assert world.house.catalogues.languages[OFFERED.index(str(spoken))].name == name


@pytest.mark.parametrize(
    ("first", "language"),
    [
        ("Hi", "en"),
        ("hi there", "en"),
        ("Hi, I am Ana and I weave baskets", "en"),
        ("so I want to register please", "en"),
        ("hola, yo soy Ana", "es"),
        ("yo hago hamacas", "es"),
    ],
)
async def test_words_that_are_codes_of_languages_choose_none(
    world: Scene, first: str, language: str
) -> None:
    phone = world.phone("tel:+50499000001", channel="sms")
    await phone.says(first)
    reply = world.said_to(phone.urn)[-1]
    assert {choice.label for choice in reply.choices} == NAMES, "it is asked which"
    assert reply.language == language


@pytest.mark.parametrize("greeting", ["hi", "مرحبا", "नमस्ते", "ሰላም", "hola"])
async def test_who_greets_where_the_language_is_asked_is_asked_again_and_not_for_another(
    world: Scene, greeting: str
) -> None:
    phone = world.phone("tel:+50499000001", channel="sms")
    await phone.says("hola")
    await phone.says(greeting)
    reply = world.said_to(phone.urn)[-1]
    assert {choice.label for choice in reply.choices} == NAMES
    assert reply.language == "es"


@pytest.mark.parametrize(("said", "language"), [("fr", "fr"), ("SW", "sw"), ("pt.", "pt")])
async def test_the_code_of_a_language_alone_chooses_it(
    world: Scene, said: str, language: str
) -> None:
    phone = world.phone("tel:+50499000001", channel="sms")
    await phone.says(said)
    assert (await world.contact(phone.urn)).language == language
