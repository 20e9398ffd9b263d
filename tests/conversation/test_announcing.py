"""A coordinator speaks to everyone, or to some, each in their own language."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from storage import tables as t
from tests.conversation.scene import REGISTRATION, Phone, Scene

ANA, BEA, CHIEF = "tel:+50499000001", "tel:+50588110002", "tel:+50499000007"


@pytest.fixture
async def chief(scene: Scene) -> Phone:
    """A coordinator, where Ana reads English and Beatriz Spanish."""
    await scene.lives(ANA, "Ana")
    bea = scene.phone(BEA)
    told = {**REGISTRATION, "language": "Español", "consent": "sí", "called": "Beatriz"}
    told |= {"craft": "barro", "place": "Masaya", "willing": "sí"}
    await bea.talks("hola", *told.values())
    return await scene.staff(CHIEF, "Inés", "coordinator")


async def test_everyone_gets_it_in_their_own_language(scene: Scene, chief: Phone) -> None:
    assert "Who shall get" in await chief.says("announce")
    languages = await chief.says("everyone")
    assert "English (1)" in languages
    assert "Español (1)" in languages
    assert "Español (1)" in await chief.talks("English", "Fair on Saturday")
    preview = await chief.talks("Español", "Feria el sábado")
    assert "Fair on Saturday" in preview
    assert "Feria el sábado" in preview
    assert "English: people 1, SMS each 1" in preview
    assert "on its way" in await chief.says("1")
    assert scene.said_to(ANA)[-1].text == "News from Weavers of Lempira:\nFair on Saturday"
    assert "Feria el sábado" in scene.said_to(BEA)[-1].text
    assert "Fair" not in scene.said_to(CHIEF)[-1].text


async def test_it_is_queued_behind_replies_and_alerts(scene: Scene, chief: Phone) -> None:
    await chief.talks("announce", "everyone", "one text for all others", "Fair", "yes")
    async with scene.database.read() as db:
        query = select(t.outbox).where(t.outbox.c.broadcast_id.is_not(None))
        rows = (await db.execute(query)).all()
    assert [(row.rank, row.purpose) for row in rows] == [(2, "announcement")] * 2


async def test_one_text_for_all_warns_that_some_will_not_read_it(
    scene: Scene, chief: Phone
) -> None:
    preview = await chief.talks("announce", "everyone", "one text for all others", "Fair")
    assert "People who may not be able to read it: 1" in preview


async def test_who_has_no_text_is_counted_and_gets_nothing(scene: Scene, chief: Phone) -> None:
    preview = await chief.talks("announce", "everyone", "English", "Fair", "that is all")
    assert "People without a text, who get nothing: 1" in preview
    await chief.says("yes")
    assert "Fair" in scene.said_to(ANA)[-1].text
    assert "Fair" not in scene.all_said_to(BEA)


@pytest.mark.parametrize(
    ("by", "which", "reached", "not_reached"),
    [
        ("craft", "weaving", ANA, BEA),
        ("place", "Masaya", BEA, ANA),
        ("language", "Español", BEA, ANA),
    ],
)
async def test_an_audience_is_chosen(
    scene: Scene, chief: Phone, by: str, which: str, reached: str, not_reached: str
) -> None:
    lines = ("announce", f"by {by}", which, "one text for all others", "Fair", "yes")
    await chief.talks(*lines)
    assert "Fair" in scene.all_said_to(reached)
    assert "Fair" not in scene.all_said_to(not_reached)


async def test_a_role_is_an_audience(scene: Scene, chief: Phone) -> None:
    broker = await scene.staff("tel:+50499000009", "Rosa", "broker")
    await chief.talks("announce", "by role", "brokers", "English", "Meeting", "yes")
    assert "Meeting" in await broker.reads()
    assert "Meeting" not in scene.all_said_to(ANA)


async def test_it_is_dropped_where_the_coordinator_says_so(scene: Scene, chief: Phone) -> None:
    lines = ("announce", "everyone", "one text for all others", "Fair")
    assert "It is dropped" in await chief.talks(*lines, "no")
    assert "Fair" not in scene.all_said_to(ANA)


async def test_nobody_gets_it_who_said_stop_or_fewer_or_is_away(scene: Scene, chief: Phone) -> None:
    await scene.phone(ANA).says("stop")
    bea = scene.phone(BEA)
    await bea.talks("settings", "menos mensajes", "1")
    assert "Nobody would get it" in await chief.talks("announce", "everyone")


async def in_state(scene: Scene, state: str) -> None:
    async with scene.database.begin() as db:
        mine = update(t.outbox).where(t.outbox.c.broadcast_id.is_not(None))
        await db.execute(mine.values(state=state))


async def test_the_report_comes_when_it_is_sent_and_on_demand(scene: Scene, chief: Phone) -> None:
    await chief.talks("announce", "everyone", "one text for all others", "Fair", "yes")
    await in_state(scene, "queued")
    early = await chief.says("reports")
    assert "For: 2" in early
    assert "Not sent yet: 2" in early
    await in_state(scene, "sent")
    async with scene.database.begin() as db:
        failed = select(t.outbox.c.seq).where(t.outbox.c.broadcast_id.is_not(None)).limit(1)
        await db.execute(
            update(t.outbox)
            .where(t.outbox.c.seq == failed.scalar_subquery())
            .values(state="delivered")
        )
    await scene.pass_time(minutes=5)
    report = await chief.reads()
    assert "Announcement “Fair”" in report
    assert "Sent: 2" in report
    assert "Delivered: 1" in report
    assert "Not reported: 1" in report
    await scene.pass_time(days=1)
    assert await chief.reads() == ""


async def test_the_list_of_providers_comes_by_pages_and_subjects(
    scene: Scene, chief: Phone
) -> None:
    from storage import providers

    assert "no provider in the list" in await chief.says("providers")
    async with scene.database.begin() as db:
        for number in range(10):
            category = "training" if number < 3 else "finance"
            await providers.add(
                db, f"School {number}", scene.now, [providers.Service(category)], place="Gracias"
            )
    first = await chief.says("providers")
    assert "Page 1 of 2, 10 in all" in first
    assert "not checked" in first
    assert "School 9" in await chief.says("providers 2")
    assert "3 in all" in await chief.says("providers training")
