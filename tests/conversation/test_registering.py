"""From the first word to the first partners."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage import consents, enterprises, needs, providers
from storage import tables as t
from storage.enterprises import Enterprise
from tests.conversation.scene import REGISTRATION, Phone, Scene

ANA = "tel:+50499000001"


async def enterprise_of(scene: Scene, urn: str) -> Enterprise | None:
    async with scene.database.read() as db:
        return await enterprises.of_contact(db, (await scene.contact(urn)).id)


async def test_it_asks_ten_questions_and_keeps_what_was_said(any_scene: Scene) -> None:
    ana = any_scene.phone(ANA)
    asked = [await ana.says("hello")]
    for answer in {**REGISTRATION, "called": "Ana", "need": "the yarn is dear"}.values():
        asked.append(await ana.says(answer))
    assert "You are registered" in asked[-1]
    assert len(asked) == 11

    mine = await enterprise_of(any_scene, ANA)
    assert mine is not None
    assert (mine.craft, mine.region, mine.place) == ("weaving", "HN-LE", "Gracias")
    assert (mine.products, mine.since, mine.workers) == ("hammocks and shawls", 2014, 3)
    assert (mine.willing, mine.languages) == ("yes", ("en",))
    contact = await any_scene.contact(ANA)
    assert (contact.name, contact.language, contact.country) == ("Ana", "en", "HN")
    assert contact.zone == "America/Tegucigalpa"
    async with any_scene.database.read() as db:
        (need,) = await needs.open_of(db, mine.id)
        (consent,) = await consents.of(db, contact.id)
    assert need.category == "inputs"
    assert (consent.given, consent.how) == (True, "asked")
    assert consent.version.startswith("en:")


async def test_before_consent_only_the_message_the_language_and_the_session_are_kept(
    scene: Scene,
) -> None:
    await scene.phone(ANA).talks("hola", "Español", "qué?", "ayuda", "menu", "1")
    async with scene.database.read() as db:
        for table in (t.enterprises, t.consents, t.tasks, t.events, t.media, t.timers, t.needs):
            count = select(func.count()).select_from(table)
            assert (await db.execute(count)).scalar_one() == 0, table.name
    contact = await scene.contact(ANA)
    assert (contact.name, contact.language) == (None, "es")


async def test_who_declines_is_left_alone_and_may_begin_again(scene: Scene) -> None:
    ana = scene.phone(ANA)
    assert "We keep nothing" in await ana.talks("hello", "english", "no")
    assert await enterprise_of(scene, ANA) is None
    await scene.pass_time(days=10)
    assert await ana.reads() == ""
    assert "Which language" in await ana.says("JOIN")


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("hola", "¿Qué idioma habla usted?"),
        ("bonjour", "Quelle langue"),
        ("hello", "Which language do you speak?"),
        ("Français", "Êtes-vous d'accord"),
        ("kiswahili", "unakubali"),
    ],
)
async def test_a_first_word_tells_the_language(scene: Scene, first: str, expected: str) -> None:
    answer = await scene.phone(ANA).says(first)
    assert expected in answer.replace("’", "'")


async def test_own_words_for_craft_and_need_are_kept(scene: Scene) -> None:
    ana = await scene.registers(
        ANA, "Ana", craft="kites for festivals", need="my roof leaks on the stock"
    )
    mine = await enterprise_of(scene, ANA)
    assert mine is not None
    assert (mine.craft, mine.craft_words) == ("other", "kites for festivals")
    async with scene.database.read() as db:
        (need,) = await needs.open_of(db, mine.id)
    assert (need.category, need.words) == ("unsorted", "my roof leaks on the stock")
    assert "1. my roof leaks on the stock. Since" in await ana.says("where")
    assert "kites for festivals" in await ana.says("profile")


async def test_it_goes_on_where_it_was_left_after_three_weeks(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    await scene.pass_time(days=21)
    await ana.reads()
    assert "In which town" in await ana.says("hammocks")


async def test_it_is_recalled_after_an_hour_a_day_and_a_week_then_never(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana")
    reminded = []
    for days in range(30):
        await scene.pass_time(days=1)
        if "not finished yet" in await ana.reads():
            reminded.append(days)
    assert len(reminded) == 3 or reminded[0] == 0
    assert len(scene.said_to(ANA)) == 4 + 3


async def test_a_finished_registration_is_not_recalled(scene: Scene, ana: Phone) -> None:
    await scene.pass_time(days=30)
    assert await ana.reads() == ""


async def test_up_to_three_partners_come_with_one_true_sentence_each(scene: Scene) -> None:
    for number in range(5):
        await scene.registers(f"tel:+5049900010{number}", f"Weaver {number}")
    ana = scene.phone(ANA)
    await ana.talks("hello", *{**REGISTRATION, "called": "Ana", "willing": ""}.values())
    answer = await ana.says("yes")
    lines = [line for line in answer.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")]
    assert len(lines) == 3
    for line in lines:
        assert "Weaving and cloth in Gracias: has the same wish as you" in line
        assert "Weaver" not in line
    assert "Write PARTNERS" in answer


async def test_a_place_is_told_only_where_five_of_the_craft_are(scene: Scene, ana: Phone) -> None:
    bea = await scene.registers("tel:+50499000002", "Bea")
    answer = await bea.says("partners")
    assert "Weaving and cloth: has the same wish" in answer
    assert "Gracias" not in answer
    assert "town" not in answer


async def test_who_works_only_with_people_they_know_is_suggested_to_nobody(scene: Scene) -> None:
    await scene.registers(ANA, "Ana", willing="only people I know")
    bea = await scene.registers("tel:+50499000002", "Bea")
    assert "nobody near you fits" in await bea.says("partners")


async def test_checked_providers_come_with_a_reason(scene: Scene) -> None:
    async with scene.database.begin() as db:
        for name, checked in (("Yarn House", True), ("Nobody Checked Ltd", False)):
            await providers.add(
                db,
                name,
                scene.now,
                [providers.Service("inputs", crafts=("weaving",))],
                country="HN",
                region="HN-LE",
                place="Gracias",
                lat=14.59,
                lon=-88.58,
                languages=("en", "es"),
                checked_at=scene.now if checked else None,
                checked_how="visited" if checked else None,
                checked_until=scene.now + timedelta(days=300) if checked else None,
            )
    ana = scene.phone(ANA)
    await ana.talks("hello", *{**REGISTRATION, "called": "Ana", "need": "2"}.values())
    everything = scene.all_said_to(ANA)
    assert "1. Yarn House, Gracias: knows your craft, and may help with your wish" in everything
    assert "Nobody Checked" not in everything
