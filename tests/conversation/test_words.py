"""What anyone may say at any time: STOP, START, MENU, HELP, BACK, SKIP, LANGUAGE, DELETE, WHERE."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot import wakes
from bot.messages import Wake
from storage import consents
from storage import tables as t
from storage.database import Database
from tests.conversation.scene import Phone, Scene

ANA = "tel:+50499000001"


async def test_stop_drops_what_is_queued_and_its_answer_is_the_last(
    scene: Scene, ana: Phone
) -> None:
    contact = await scene.contact(ANA)
    await scene.pass_time(hours=14)
    async with scene.database.begin() as db:
        await wakes.post(db, [("helped", Wake(contact.id, what="helped"))], scene.now)
    await scene.settle()
    assert (await states_of(scene.database))[-1] == ("helped", "queued")
    assert "no more messages" in await ana.says("STOP")
    assert (await states_of(scene.database))[-2:] == [("helped", "dropped"), ("stopped", "sent")]
    for line in ("hello", "menu", "help", "1"):
        assert await ana.says(line) == ""
    await scene.pass_time(days=2)
    assert await ana.reads() == ""


async def test_delete_is_heard_even_after_stop(scene: Scene, ana: Phone) -> None:
    await ana.says("STOP")
    assert "gone for ever" in await ana.says("DELETE")
    assert "Everything stays" in await ana.says("no")
    assert await ana.says("menu") == ""
    await ana.says("DELETE")
    assert "It is erased" in await ana.says("yes")
    assert await ana.says("menu") == ""


async def states_of(database: Database) -> list[tuple[str, str]]:
    async with database.read() as db:
        rows = await db.execute(select(t.outbox.c.purpose, t.outbox.c.state).order_by("seq"))
        return [(row.purpose, row.state) for row in rows.all()]


async def test_start_brings_back_and_goes_on_where_it_stopped(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "stop")
    assert "What do you make?" in await ana.says("start")
    async with scene.database.read() as db:
        assert await consents.given(db, (await scene.contact(ANA)).id, "programme")
    assert "Which products" in await ana.says("weaving")


async def test_stop_inside_a_sentence_is_an_answer(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    assert "In which town" in await ana.says("bags for the bus stop")


async def test_language_asks_and_then_goes_on_where_one_was(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    assert "Which language" in await ana.says("language")
    assert "¿Qué productos vende más?" in await ana.says("2")
    assert (await scene.contact(ANA)).language == "es"


async def test_the_words_work_in_ones_own_language_and_in_english(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hola", "español", "sí", "Ana")
    assert "¿Cómo le dicen" in await ana.says("atrás")
    await ana.says("Ana")
    assert "¿Cómo le dicen" in await ana.says("back")


async def test_back_asks_the_question_before_again(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving", "hammocks")
    assert "Which products" in await ana.says("back")
    assert "What do you make?" in await ana.says("back")
    assert "Which products" in await ana.says("pottery")


async def test_skip_leaves_out_only_what_may_be_left_out(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    assert "cannot be left out" in await ana.says("skip")
    await ana.talks("hammocks", "Gracias")
    assert "How many people work there" in await ana.says("skip")


async def test_the_menu_is_reached_in_the_middle_and_leads_back(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana")
    menu = await ana.says("menu")
    assert "1. Go on where I was" in menu
    assert "What do you make?" in await ana.says("1")


async def test_where_says_what_one_waits_for(scene: Scene, ana: Phone) -> None:
    await ana.says("help")
    where = await ana.says("where")
    assert "help, promised by Wednesday, November 25" in where
    assert "I want more buyers. Since Monday, November 23. Who has it: nobody yet." in where


async def test_delete_asks_once_erases_and_says_so_last(any_scene: Scene) -> None:
    ana = await any_scene.registers(ANA, "Ana")
    assert "Shall we erase everything" in await ana.says("delete")
    assert "stays as it was" in await ana.says("no")
    await ana.says("delete")
    assert "It is erased" in await ana.says("yes")
    async with any_scene.database.read() as db:
        for table in (t.sessions, t.matches):
            count = select(func.count()).select_from(table)
            assert (await db.execute(count)).scalar_one() == 0, table.name
        (enterprise,) = (await db.execute(select(t.enterprises))).all()
        assert (enterprise.name, enterprise.products, enterprise.place_words) == (None, None, None)
        (contact,) = (await db.execute(select(t.contacts))).all()
        assert contact.name is None
        assert contact.erased_at is not None
    assert "Which language" in await ana.says("hello")


async def test_delete_before_anything_was_kept_is_answered_too(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English")
    assert "Shall we erase" in await ana.says("delete")
    assert "It is erased" in await ana.says("1")


@pytest.mark.parametrize(
    "odd",
    ["", "   ", "\x00", "\u202etxet", "🤷", "a" * 10_000, "{called}", "%s", "1" * 300, "٢٢٢٢٢٢٢٢"],
)
async def test_whatever_comes_is_answered(scene: Scene, odd: str) -> None:
    ana = scene.phone(ANA)
    assert await ana.says(odd)
    await ana.talks("English", "yes")
    assert await ana.says(odd)
    done = await scene.registers("tel:+50499000002", "Bea")
    assert await done.says(odd)
    await done.says("need")
    assert await done.says(odd)


async def test_a_voice_note_is_taken_where_words_are_asked(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    assert "In which town" in await ana.shows("voice")
    assert await ana.shows("photo")


async def test_a_pin_answers_where(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving", "hammocks")
    assert "How many years" in await ana.pins(14.5883, -88.5811)


async def test_a_stale_tap_asks_again_and_answers_nothing(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English")
    old = scene.said_to(ANA)[-1].choices[0].payload
    await ana.says("yes")
    assert "earlier question" in await ana.presses(old)
    assert "What do you make?" in await ana.says("Ana")


async def test_buttons_answer_as_words_do(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.says("hello")
    assert "Do you agree?" in await ana.taps("English")
    assert "What do people call you" in await ana.taps("Yes")


async def test_a_command_leads_back_to_the_open_question(scene: Scene, ana: Phone) -> None:
    await ana.says("need")
    answer = await ana.says("where")
    assert "You asked for:" in answer
    assert "What do you need?" in answer
