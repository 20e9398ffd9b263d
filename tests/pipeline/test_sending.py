"""What is sent by a far side that refuses, falls silent and has a pace."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bot.channels.base import Pace, Recipient
from bot.messages import NeedsTemplate, RetryAt, Uncertain
from bot.pipeline import outbox as sending
from bot.pipeline import preparing, recovering
from bot.turn import CONSENT
from storage import consents, contacts, outbox, phones, urns
from storage.consents import Consent
from tests.pipeline.answering import FarSide, far_side_of
from tests.pipeline.talking import ANA, Stage
from tests.pipeline.test_outbox import LONG, queue, state_of

SECOND = timedelta(seconds=1)


@pytest.fixture
async def ana(stage: Stage) -> Stage:
    """Ana has agreed to be written to; what was written to her yesterday or before waited."""
    now = stage.clock()
    async with stage.pipeline.database.begin() as db:
        contact, _ = await contacts.meet(db, ANA, now, via="phone", country="HN", language="es")
        await contacts.change(db, contact.id, hours="00-24")
        agreed = Consent(contact.id, "phone", CONSENT, "1", "asked", True, now)
        await consents.note(db, agreed)
    return stage


@pytest.fixture
def far(ana: Stage) -> FarSide:
    return far_side_of(ana)


async def test_what_was_written_days_ago_is_not_given_up_at_its_first_refusal(
    ana: Stage, far: FarSide
) -> None:
    message = await queue(ana, "news")
    ana.clock.pass_(days=2)
    far.comes.append(RetryAt(ana.clock() + SECOND, "429"))
    await ana.settles()
    assert await state_of(ana, message) == ("queued", "429")
    ana.clock.pass_(seconds=2)
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]


async def test_what_is_refused_for_a_whole_day_is_given_up(ana: Stage, far: FarSide) -> None:
    message = await queue(ana, "news")
    for _ in range(8):
        far.comes.append(RetryAt(ana.clock() + SECOND, "429"))
        await ana.settles()
        assert await state_of(ana, message) == ("queued", "429")
        ana.clock.pass_(hours=3)
    far.comes.append(RetryAt(ana.clock() + SECOND, "429"))
    await ana.settles()
    assert await state_of(ana, message) == ("failed", "429")


async def test_what_waited_for_their_word_since_it_was_tried_is_not_given_up_at_a_refusal(
    ana: Stage, far: FarSide
) -> None:
    message = await queue(ana, "news")
    far.comes += [RetryAt(ana.clock() + SECOND, "429"), NeedsTemplate("window")]
    await ana.settles()
    ana.clock.pass_(hours=1)
    await ana.settles()
    assert await state_of(ana, message) == ("waiting", "window")
    ana.clock.pass_(days=3)
    far.comes.append(RetryAt(ana.clock() + SECOND, "429"))
    async with ana.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        await urns.change(db, found[1].id, heard_at=ana.clock())
        await outbox.release_waiting(db, found[1].id, ana.clock())
    await ana.settles()
    assert await state_of(ana, message) == ("queued", "429")


@pytest.mark.parametrize("written", [timedelta(0), timedelta(hours=9)])
async def test_what_became_of_a_call_is_asked_for_as_long_however_old_the_message_is(
    ana: Stage, far: FarSide, written: timedelta
) -> None:
    message = await queue(ana, "news")
    ana.clock.time += written
    far.comes.append(Uncertain("500"))
    await ana.settles()
    for _ in range(2):
        assert (await state_of(ana, message))[0] == "asking"
        far.told.append(Uncertain("503"))
        assert await recovering.ask_due(ana.pipeline) == 1
        ana.clock.pass_(minutes=7)
    far.told.append(None)
    assert await recovering.ask_due(ana.pipeline) == 1
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]


async def test_who_cannot_be_asked_for_a_quarter_of_an_hour_is_asked_no_more(
    ana: Stage, far: FarSide
) -> None:
    message = await queue(ana, "news")
    ana.clock.pass_(hours=9)
    far.comes.append(Uncertain("500"))
    await ana.settles()
    for _ in range(2):
        assert (await state_of(ana, message))[0] == "asking"
        ana.clock.pass_(minutes=8)
        far.told.append(Uncertain("503"))
        assert await recovering.ask_due(ana.pipeline) == 1
    assert await state_of(ana, message) == ("uncertain", "503")


async def test_all_parts_of_a_message_count_with_the_pace_and_one_of_many_goes_all_the_same(
    ana: Stage, far: FarSide
) -> None:
    far.own_paces = (Pace("all", 0.5, 2),)
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="sms")
    message, next_ = await queue(ana, LONG, 2), await queue(ana, "an answer", 2)
    await sending.send_due(ana.pipeline)
    assert (await state_of(ana, message))[0] == "sent"
    parts = len(far.called)
    assert parts > 3
    await sending.send_due(ana.pipeline)
    assert (await state_of(ana, next_))[0] == "queued"
    wait = await ana.pipeline.coordination.take("all", 0.5, 2)
    assert 2 * (parts - 2) < wait <= 2 * (parts - 1)


async def said_to(stage: Stage, urn: str) -> UUID:
    """Have an alert to say to somebody new who has agreed to that."""
    now = stage.clock()
    async with stage.pipeline.database.begin() as db:
        contact, found = await contacts.meet(db, urn, now, via="phone", country="HN", language="es")
        await contacts.change(db, contact.id, hours="00-24")
        await consents.note(db, Consent(contact.id, "phone", CONSENT, "1", "asked", True, now))
    return await queue(stage, "news", contact_id=contact.id, urn_id=found.id)


async def test_who_is_served_by_a_quick_sender_does_not_wait_behind_all_of_a_slow_one(
    ana: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paces(self: FarSide, recipient: Recipient) -> tuple[Pace, ...]:
        is_quick = recipient.urn == "phone:quick"
        return (Pace("quick", 10.0, 10.0) if is_quick else Pace("slow", 0.5, 1.0),)

    monkeypatch.setattr(FarSide, "paces", paces)
    far_side_of(ana)
    for number in range(80):
        await said_to(ana, f"phone:slow-{number}")
    quick = await said_to(ana, "phone:quick")
    for _ in range(6):
        await sending.send_due(ana.pipeline)
    assert (await state_of(ana, quick))[0] == "sent"


async def dies_in_the_call(stage: Stage) -> None:
    """Whoever sends dies before the call is answered, and others find that out."""
    now = stage.clock()
    async with stage.pipeline.database.begin() as db:
        got = await preparing.prepared(db, stage.pipeline, await outbox.claim(db, now), now)
    for job in got.jobs:
        wire, key = job.wires[job.attempt.part], f"{job.attempt.message_id}.{job.attempt.part}"
        await job.channel.send(job.recipient, wire, key, now)
    stage.clock.pass_(minutes=3)
    await recovering.recover(stage.pipeline)


@pytest.mark.parametrize("first", ["its process died", "the far side was silent"])
async def test_a_reply_that_nobody_can_know_of_is_said_twice_however_many_processes_die(
    ana: Stage, far: FarSide, first: str
) -> None:
    far.tells = False
    message = await queue(ana, "an answer", rank=0)
    if first != "its process died":
        far.comes.append(Uncertain("500"))
        await sending.send_due(ana.pipeline)
        ana.clock.pass_(seconds=2)
    for _ in range(4):
        await dies_in_the_call(ana)
    await ana.settles()
    assert len(far.called) == 2
    assert await state_of(ana, message) == ("uncertain", preparing.LEFT)
    later = await queue(ana, "another answer", rank=0)
    await ana.settles()
    assert (await state_of(ana, later))[0] == "sent"


async def test_of_a_reply_whose_first_part_was_said_twice_in_doubt_the_rest_is_said_once(
    ana: Stage, far: FarSide
) -> None:
    far.tells = False
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="sms")
    message = await queue(ana, LONG, rank=0)
    for _ in range(2):
        await dies_in_the_call(ana)
    await ana.settles()
    parts = [int(key.rpartition(".")[2]) for key in far.called]
    assert parts == [0, 0, *range(1, max(parts) + 1)]
    assert (await state_of(ana, message))[0] == "uncertain"


@pytest.mark.parametrize("tells", [True, False])
async def test_bulk_and_what_can_be_asked_about_is_not_said_again_as_a_later_part_is_refused(
    ana: Stage, far: FarSide, tells: bool
) -> None:
    far.tells = tells
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="sms")
    message = await queue(ana, LONG, rank=2)
    far.comes += [Uncertain("500"), RetryAt(ana.clock() + SECOND, "429")]
    await sending.send_due(ana.pipeline)
    assert (await state_of(ana, message))[0] == "queued"
    ana.clock.pass_(seconds=2)
    await sending.send_due(ana.pipeline)
    parts = [int(key.rpartition(".")[2]) for key in far.called]
    assert parts == [0, 1, *range(1, max(parts) + 1)]
    assert (await state_of(ana, message))[0] == ("asking" if tells else "uncertain")
