from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bot.channels.base import Recipient
from bot.messages import Gone, NeedsTemplate, Reply, Sent, reply_json
from bot.pipeline import recovering
from bot.turn import CONSENT
from storage import consents, contacts, ids, outbox, phones, sends, urns
from storage.consents import Consent
from storage.outbox import Outgoing
from tests.pipeline.talking import ANA, Stage

LONG = "\n\n".join(
    f"Paragraph {number} of many, with quite some words in it." * 3 for number in range(40)
)


async def queue(stage: Stage, text: str, rank: int = 1, **columns: object) -> UUID:
    """Have something to say to Ana, unprompted unless its rank is 0."""
    now = stage.clock()
    async with stage.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        message = Outgoing(
            **{
                "id": ids.new(now),
                "contact_id": found[0].id,
                "urn_id": found[1].id,
                "channel": "phone",
                "rank": rank,
                "purpose": "test",
                "reply": reply_json(Reply(text)),
                "due_at": now,
                **columns,
            }  # type: ignore[arg-type]
        )
        await outbox.put(db, [message], now)
    return message.id


async def state_of(stage: Stage, message: UUID) -> tuple[str, str | None]:
    async with stage.pipeline.database.read() as db:
        row = (await outbox.by_ids(db, [message]))[message]
    return row.state, row.error


@pytest.fixture
async def ana(stage: Stage) -> Stage:
    """Ana has agreed to be written to, and wrote two hours ago."""
    now = stage.clock()
    async with stage.pipeline.database.begin() as db:
        contact, _ = await contacts.meet(
            db, ANA, now - timedelta(hours=2), via="phone", country="HN", language="es"
        )
        agreed = Consent(contact.id, "phone", CONSENT, "1", "asked", True, now)
        await consents.note(db, agreed)
    return stage


async def test_each_attempt_is_noted_with_what_it_came_to(ana: Stage) -> None:
    message = await queue(ana, "news")
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]
    async with ana.pipeline.database.read() as db:
        (attempt,) = (await sends.of(db, [message]))[message]
    assert (attempt.part, attempt.result, attempt.external_id) == (0, "sent", f"{message}.0")


async def test_stop_holds_before_the_next_queued_send(ana: Stage) -> None:
    message = await queue(ana, "news")
    await ana.hears(ANA, "STOP")
    await ana.handles()
    await ana.settles()
    assert (await state_of(ana, message))[0] == "dropped"
    assert len(await ana.sees(ANA)) == 1  # the word that nothing more will come
    late = await queue(ana, "more news")
    reply = await queue(ana, "an answer", rank=0)
    await ana.settles()
    assert await state_of(ana, late) == ("dropped", "stopped")
    assert await state_of(ana, reply) == ("dropped", "stopped")
    assert await ana.sees(ANA) == []


async def test_nothing_unprompted_goes_to_who_never_agreed(stage: Stage) -> None:
    await stage.says(ANA, "hola")
    message = await queue(stage, "news")
    await stage.settles()
    assert await state_of(stage, message) == ("dropped", "no consent")


async def test_unprompted_messages_wait_for_the_hours_of_the_person(ana: Stage) -> None:
    ana.clock.pass_(hours=13)  # ten in the evening
    message, answer = await queue(ana, "news"), await queue(ana, "an answer", rank=0)
    await ana.settles()
    assert await ana.sees(ANA) == ["an answer"]
    assert (await state_of(ana, message))[0] == "queued"
    ana.clock.pass_(hours=9)
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]
    assert (await state_of(ana, answer))[0] == "sent"


async def test_what_has_expired_is_not_sent(ana: Stage) -> None:
    message = await queue(ana, "news", expires_at=ana.clock() - timedelta(seconds=1))
    await ana.settles()
    assert await state_of(ana, message) == ("dropped", "expired")


async def test_a_frozen_person_gets_nothing_unprompted_until_released(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        found = await contacts.known(db, ANA)
        assert found is not None
        await contacts.freeze(db, found[0].id, ana.clock())
    await queue(ana, "news")
    await ana.settles()
    assert await ana.sees(ANA) == []
    async with ana.pipeline.database.begin() as db:
        await contacts.release(db, found[0].id)
    ana.clock.pass_(hours=1)
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]


async def test_outside_the_window_a_message_waits_for_the_persons_next_word(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="whatsapp", window_open=False)
    message = await queue(ana, "news")
    await ana.settles()
    assert await state_of(ana, message) == ("waiting", "window")
    said = await ana.says(ANA, "menu")
    assert "news" in said
    assert len(said) == 2


async def test_a_blocked_phone_is_unreachable_until_it_writes_again(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, blocked=True)
    first, second = await queue(ana, "news"), await queue(ana, "more news")
    await ana.settles()
    assert await state_of(ana, first) == ("failed", "blocked")
    assert await state_of(ana, second) == ("dropped", "unreachable")
    async with ana.pipeline.database.begin() as db:
        urn = await urns.by_address(db, ANA)
        assert urn is not None
        assert urn.unreachable_at is not None
        await phones.change(db, ANA, blocked=False)
    assert await ana.says(ANA, "menu")


async def test_replies_go_before_alerts_before_bulk_and_each_in_order(ana: Stage) -> None:
    for text, rank in (("bulk", 2), ("alert 1", 1), ("reply 1", 0), ("alert 2", 1), ("reply 2", 0)):
        await queue(ana, text, rank)
    await ana.settles()
    assert await ana.sees(ANA) == ["reply 1", "reply 2", "alert 1", "alert 2", "bulk"]


async def test_a_long_text_comes_in_parts_in_order(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="sms")
    message = await queue(ana, LONG)
    await ana.settles()
    parts = await ana.sees(ANA)
    assert len(parts) > 3
    assert " ".join(parts).split() == LONG.split()
    async with ana.pipeline.database.read() as db:
        attempts = (await sends.of(db, [message]))[message]
    assert [attempt.part for attempt in attempts] == list(range(len(parts)))


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_was_being_sent_when_its_process_died_comes_once(
    ana: Stage, arrived: bool
) -> None:
    message, now = await queue(ana, "news"), ana.clock()
    async with ana.pipeline.database.begin() as db:
        rows = await outbox.claim(db, now)
        await sends.begin(db, rows, now)
    if arrived:
        shown = ana.phone.render(Reply("news"), await caps(ana))
        assert await ana.phone.send(Recipient(ANA), shown[0], f"{message}.0", now) == Sent(
            f"{message}.0"
        )
    await ana.settles()
    assert (await state_of(ana, message))[0] == "sending"
    ana.clock.pass_(minutes=3)
    assert await recovering.recover(ana.pipeline) == 1
    await ana.settles()
    assert await ana.sees(ANA) == ["news"]
    assert (await state_of(ana, message))[0] == "sent"


async def test_parts_that_had_arrived_are_not_sent_again(ana: Stage) -> None:
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="sms")
    message, now = await queue(ana, LONG), ana.clock()
    wires = ana.phone.render(Reply(LONG), await caps(ana))
    async with ana.pipeline.database.begin() as db:
        (attempt,) = await sends.begin(db, await outbox.claim(db, now), now)
    await ana.phone.send(Recipient(ANA), wires[0], f"{message}.0", now)
    async with ana.pipeline.database.begin() as db:
        await sends.settle(db, attempt, now, result="sent", external_id=f"{message}.0")
        await sends.begin_part(db, attempt, now)
    ana.clock.pass_(minutes=3)
    await recovering.recover(ana.pipeline)
    await ana.settles()
    assert " ".join(await ana.sees(ANA)).split() == LONG.split()


async def caps(stage: Stage):  # type: ignore[no-untyped-def]
    async with stage.pipeline.database.read() as db:
        return await stage.phone.caps(db, Recipient(ANA), stage.clock())


async def test_the_phone_answers_as_its_far_side_would(ana: Stage) -> None:
    now, wire = ana.clock(), {"text": "x"}
    assert await ana.phone.send(Recipient(ANA), wire, "k", now) == Sent("k")
    assert await ana.phone.send(Recipient(ANA), wire, "k", now) == Sent("k")
    assert await ana.sees(ANA) == ["x"]
    assert await ana.phone.find(Recipient(ANA), wire, "k", now) == Sent("k")
    assert await ana.phone.find(Recipient(ANA), wire, "other", now) is None
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, look="whatsapp", heard_at=now)
    late = now + timedelta(hours=25)
    assert await ana.phone.send(Recipient(ANA), wire, "k2", late) == NeedsTemplate("window")
    async with ana.pipeline.database.begin() as db:
        await phones.change(db, ANA, blocked=True)
    assert await ana.phone.send(Recipient(ANA), wire, "k3", now) == Gone("blocked")


async def test_who_is_erased_after_many_quick_words_is_still_answered(ana: Stage) -> None:
    await ana.says(ANA, *(f"word {number}" for number in range(18)))
    assert await ana.says(ANA, "DELETE", "yes", "hello")
    last = await ana.says(ANA, "hello again")
    assert last
