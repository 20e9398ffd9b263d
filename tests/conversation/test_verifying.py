"""CHECK: nobody is pointed to a provider or buyer that nobody checked, or whose check ran out, and
one that is reported is withdrawn at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bot import wakes
from bot.messages import Wake
from storage import providers
from storage import tables as t
from tests.conversation.scene import Phone, Scene

HEAD, BROKER, ANA, BEA = (f"tel:+5049900000{n}" for n in (7, 9, 1, 2))


async def offers(scene: Scene, name: str, **columns: Any) -> UUID:
    """Somebody who helps to find buyers, whom nobody has checked yet if nothing else is said."""
    async with scene.database.begin() as db:
        service = providers.Service("market_access")
        return await providers.add(
            db, name, scene.now, [service], country="HN", region="HN-LE", place="Gracias",
            lat=14.59, lon=-88.58, languages=("en",), **columns,
        )  # fmt: skip


async def of(scene: Scene, provider_id: UUID) -> providers.Provider:
    async with scene.database.read() as db:
        found = await providers.by_id(db, provider_id)
    assert found is not None
    return found


async def checked(scene: Scene, head: Phone, how: str = "1", until: str = "1") -> None:
    assert "Mercado Justo" in await head.says("check")
    assert "Nobody has checked them yet" in await head.says("1")
    assert "For how long" in await head.says(how)
    assert "with your name" in await head.says(until)


async def test_nobody_is_pointed_to_a_provider_until_a_coordinator_checked_it(
    any_scene: Scene,
) -> None:
    scene = any_scene
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    one = await offers(scene, "Mercado Justo")
    ana = await scene.lives(ANA, "Ana")
    assert "We know nobody yet" in await ana.says("providers")
    await checked(scene, head)
    kept = await of(scene, one)
    assert kept.checked_by == (await scene.contact(HEAD)).id
    assert kept.checked_how == "visit"
    assert kept.checked_until is not None
    assert kept.checked_until - scene.now < timedelta(days=92)
    answer = await ana.says("providers")
    assert "Mercado Justo" in answer
    assert "Asking costs nothing" in answer


async def test_one_whose_check_has_run_out_is_shown_no_more(scene: Scene) -> None:
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await offers(scene, "Mercado Justo")
    await checked(scene, head)
    ana = await scene.lives(ANA, "Ana")
    assert "Mercado Justo" in await ana.says("providers")
    await scene.pass_time(days=93)
    assert "Mercado Justo" not in await ana.says("providers")
    assert "not checked, not shown" in await head.says("check")


async def test_a_buyer_is_checked_like_a_provider(scene: Scene) -> None:
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await offers(scene, "Mercado Justo", kind="buyer")
    ana = await scene.lives(ANA, "Ana")
    assert "Mercado Justo" not in await ana.says("providers")
    await checked(scene, head, how="2", until="3")
    assert "Mercado Justo" in await ana.says("providers")


async def test_a_coordinator_is_reminded_once_before_a_check_runs_out_and_sees_who_did_it(
    scene: Scene,
) -> None:
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await offers(scene, "Mercado Justo")
    await offers(scene, "Nunca Visto")
    await checked(scene, head)
    assert await looked_at(scene, head) == ""
    await scene.pass_time(days=70)
    asked = await looked_at(scene, head)
    assert "Mercado Justo" in asked
    assert "Checked by Inés Paz on Nov 23, 2026 (I went there). Holds until Feb 22, 2027" in asked
    assert "Nunca Visto" not in asked
    assert await looked_at(scene, head) == ""
    await head.talks("2", "2")
    assert "Mercado Justo" not in await head.says("check")


async def looked_at(scene: Scene, head: Phone) -> str:
    """The look of the week."""
    async with scene.database.begin() as db:
        who = (await scene.contact(HEAD)).id
        key = f"look:{scene.now.isoformat()}"
        await wakes.post(db, [(key, Wake(who, what="checks_look"))], scene.now)
    await scene.settle()
    return await head.reads()


async def test_a_reported_swindler_is_withdrawn_at_once_and_who_was_pointed_there_is_warned(
    any_scene: Scene,
) -> None:
    scene = any_scene
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    one = await offers(scene, "Mercado Justo")
    await checked(scene, head)
    ana, bea = await scene.lives(ANA, "Ana"), await scene.lives(BEA, "Bea")
    eva = await scene.lives("tel:+50499000003", "Eva")
    for phone in (ana, bea):
        await phone.says("providers")
    assert "Mercado Justo" in await ana.says("report")
    await ana.says("1")
    answer = await ana.says("They wanted money first and gave nothing")
    assert "nobody is pointed there" in answer
    assert (await of(scene, one)).hidden_at is not None
    assert "something was reported about Mercado Justo" in await bea.reads()
    assert await eva.reads() == ""
    assert "Mercado Justo" not in await bea.says("providers")
    assert "wanted money first" not in await broker.reads()
    asked = await head.reads()
    assert "They wanted money first" in asked
    assert "Ana" not in asked
    await head.says("4")
    async with scene.database.read() as db:
        alerts = (await db.execute(select(t.alerts.c.state))).scalars().all()
        tasks = (await db.execute(select(t.tasks.c.state))).scalars().all()
    assert (list(alerts), list(tasks)) == (["answered"], ["done"])
    assert (await of(scene, one)).hidden_at is not None


async def test_one_cleared_of_a_report_is_shown_again_after_a_new_check(scene: Scene) -> None:
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    await offers(scene, "Mercado Justo")
    await checked(scene, head)
    ana = await scene.lives(ANA, "Ana")
    await ana.says("providers")
    await ana.talks("report", "1", "I did not like them")
    assert "Withdrawn" in await head.reads()
    await head.talks("1", "1")
    assert "Mercado Justo" in await ana.says("providers")


async def test_what_somebody_offers_is_withdrawn_when_they_are_frozen(scene: Scene) -> None:
    await scene.staff(HEAD, "Inés Paz", "coordinator")
    await scene.lives(BEA, "Bea")
    who = (await scene.contact(BEA)).id
    one = await offers(
        scene, "Mercado Justo", contact_id=who, checked_by=who, checked_at=scene.now,
        checked_until=scene.now + timedelta(days=99),
    )  # fmt: skip
    ana = await scene.lives(ANA, "Ana")
    assert "Mercado Justo" in await ana.says("providers")
    async with scene.database.begin() as db:
        await wakes.post(db, [("freeze", Wake(who, what="freeze"))], scene.now)
    await scene.settle()
    assert (await of(scene, one)).hidden_at is not None
    assert "something was reported" in await ana.reads()


async def test_only_a_coordinator_checks(scene: Scene) -> None:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    ana = await scene.lives(ANA, "Ana")
    for phone in (broker, ana):
        assert "not for you" in await phone.says("check")


async def test_with_nothing_to_check_that_is_said(scene: Scene) -> None:
    head = await scene.staff(HEAD, "Inés Paz", "coordinator")
    assert "All are checked" in await head.says("check")
