"""HELP, and questions nobody understands: a person by a promised day, kept by the broker."""

from __future__ import annotations

from storage import tasks
from storage.tasks import Task
from tests.conversation.scene import Phone, Scene

ANA, BROKER, CHIEF = "tel:+50499000001", "tel:+50499000009", "tel:+50499000007"


async def open_tasks(scene: Scene, urn: str = ANA) -> list[Task]:
    async with scene.database.read() as db:
        return await tasks.open_of(db, (await scene.contact(urn)).id)


async def test_help_makes_a_task_with_a_promised_day_and_the_question_stays(scene: Scene) -> None:
    broker = await scene.staff(BROKER, "Rosa", "broker", "HN")
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving")
    answer = await ana.says("help")
    assert "A person will answer you by Wednesday, November 25." in answer
    assert "Which products" in answer
    (task,) = await open_tasks(scene)
    assert task.about == "register.products"
    alert = await broker.reads()
    assert "Ana asks for help" in alert
    assert "Which products do you sell most?" in alert
    assert "Promised for: Wednesday, November 25" in alert


async def test_a_promise_made_on_friday_is_for_tuesday(scene: Scene, ana: Phone) -> None:
    await scene.pass_time(days=4)
    assert "Tuesday, December 1" in await ana.says("help")


async def test_the_day_is_said_in_ones_own_language(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hola", "español", "sí")
    assert "miércoles, 25 de noviembre" in await ana.says("ayuda")


async def test_the_second_misunderstanding_brings_simpler_words_the_third_a_person(
    scene: Scene,
) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English", "yes", "Ana", "weaving", "hammocks", "Gracias", "3")
    first = await ana.says("a few of us")
    assert "How many people work there" in first
    second = await ana.says("well, family")
    assert "Count yourself and everyone" in second
    third = await ana.says("nobody counts")
    assert "A person will answer you by" in third
    assert await open_tasks(scene)
    assert "What would help you most" in await ana.says("4")


async def test_nobody_holds_several_open_tasks_for_one_question(scene: Scene, ana: Phone) -> None:
    await ana.says("help")
    again = await ana.says("help")
    assert "as we said" in again
    assert len(await open_tasks(scene)) == 1


async def test_before_consent_help_explains_and_keeps_nothing(scene: Scene) -> None:
    ana = scene.phone(ANA)
    await ana.talks("hello", "English")
    answer = await ana.says("help")
    assert "once you have agreed" in answer
    assert "Do you agree?" in answer
    assert not await open_tasks(scene)


async def test_the_broker_answers_through_the_bot_and_closes_it(scene: Scene, ana: Phone) -> None:
    broker = await scene.staff(BROKER, "Rosa", "broker", "HN")
    await ana.says("help")
    await broker.talks("tell", "Ana", "I come to Gracias on Tuesday")
    assert "Rosa writes: I come to Gracias on Tuesday" in await ana.reads()
    await broker.talks("queue", "1")
    assert "It is closed" in await broker.says("done")
    assert "marked as answered" in await ana.reads()
    assert not await open_tasks(scene)


async def test_a_task_is_put_off_handed_over_and_looked_into(scene: Scene, ana: Phone) -> None:
    broker = await scene.staff(BROKER, "Rosa", "broker", "HN")
    chief = await scene.staff(CHIEF, "Inés", "coordinator")
    await ana.says("help")
    assert "Sells most: hammocks and shawls" in await broker.says("look")
    await broker.says("later")
    await scene.pass_time(days=1, hours=2)
    assert "Ana" in await broker.reads()
    await broker.says("hand it over")
    assert "asks for help" in await chief.reads()
    assert "Nothing waits" in await broker.says("queue")


async def test_without_anybody_in_charge_the_task_waits_for_the_first_who_comes(
    scene: Scene, ana: Phone
) -> None:
    await ana.says("help")
    chief = await scene.staff(CHIEF, "Inés", "coordinator")
    assert "Ana asks for help" in await chief.says("queue")
    assert "Promised for" in await chief.says("1")


async def test_what_a_broker_leaves_open_for_three_days_goes_to_a_coordinator(
    scene: Scene, ana: Phone
) -> None:
    await scene.staff(BROKER, "Rosa", "broker", "HN")
    chief = await scene.staff(CHIEF, "Inés", "coordinator")
    await ana.says("help")
    await scene.pass_time(days=2)
    assert await chief.reads() == ""
    await scene.pass_time(days=1, hours=12)
    assert "Ana" in await chief.reads()
    assert "Who has it: Inés" in await ana.says("where")
