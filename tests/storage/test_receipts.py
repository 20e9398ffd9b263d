from __future__ import annotations

import asyncio
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage import outbox, receipts, sends
from storage.database import Database, connect
from storage.receipts import Arrival
from storage.sends import Attempt
from tests.storage.conftest import KEY, NOW
from tests.storage.test_outbox import SOON, attempted, message, people, the_state


async def sending(database: Database) -> Attempt:
    (urn,) = await people(database, f"{uuid4()}")
    async with database.begin() as db:
        await outbox.put(db, [message(urn, "hello")])
    (attempt,) = await attempted(database)
    return attempt


async def receipt(database: Database, external_id: str, state: str, **more: object) -> int:
    async with database.begin() as db:
        arrival = Arrival("phone", external_id, state, **more)  # type: ignore[arg-type]
        return await receipts.put(db, [arrival], NOW)


async def settled(database: Database, attempt: Attempt, external_id: str) -> None:
    async with database.begin() as db:
        await sends.settle(db, attempt, SOON, result="sent", state="sent", external_id=external_id)


async def test_any_order_of_receipts_before_and_after_the_answer_ends_the_same(
    database: Database,
) -> None:
    for steps in permutations(("answer", "sent", "delivered", "read")):
        attempt = await sending(database)
        for step in steps:
            if step == "answer":
                await settled(database, attempt, str(attempt.id))
            else:
                await receipt(database, str(attempt.id), step)
        assert await the_state(database, attempt.message_id) == "read", steps


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["sent", "failed", "sent", "queued"]), st.integers(0, 4))
async def test_a_failure_is_not_forgotten(
    database: Database, states: list[str], answer_at: int
) -> None:
    attempt = await sending(database)
    for number, state in enumerate(states):
        if number == answer_at:
            await settled(database, attempt, str(attempt.id))
        await receipt(database, str(attempt.id), state)
    if answer_at == 4:
        await settled(database, attempt, str(attempt.id))
    assert await the_state(database, attempt.message_id) == "failed"


async def test_the_same_receipt_twice_is_one(database: Database) -> None:
    assert await receipt(database, "x", "sent") == 1
    assert await receipt(database, "x", "sent") == 0


async def test_a_receipt_that_nobody_knows_is_kept_until_somebody_does(
    database: Database,
) -> None:
    await receipt(database, "x9", "delivered")
    async with database.read() as db:
        assert await receipts.unknown(db, SOON) == 1
    attempt = await sending(database)
    await settled(database, attempt, "x9")
    assert await the_state(database, attempt.message_id) == "delivered"
    async with database.read() as db:
        assert await receipts.unknown(db, SOON) == 0


async def test_a_receipt_with_our_id_settles_what_was_uncertain(database: Database) -> None:
    attempt = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, attempt, SOON, result="uncertain", state="uncertain")
    await receipt(database, "far", "delivered", outbox_id=attempt.message_id)
    assert await the_state(database, attempt.message_id) == "delivered"


async def test_what_is_asked_about_is_not_over_because_its_first_part_came(
    database: Database,
) -> None:
    first = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, first, SOON, result="uncertain", state="asking")
    await receipt(database, "first", "delivered", outbox_id=first.message_id)
    assert await the_state(database, first.message_id) == "asking"
    async with database.begin() as db:
        await sends.settle(db, first, SOON, result="sent", external_id="first", state="sent")
    assert await the_state(database, first.message_id) == "delivered"


async def test_what_one_channel_took_in_parts_is_no_part_of_what_another_brought_whole(
    database: Database,
) -> None:
    picture = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, picture, SOON, result="sent", external_id="picture")
        words = await sends.begin_part(db, picture, SOON)
        await sends.settle(db, words, SOON, result="failed", state="queued", error="63016")
        row = (await outbox.by_ids(db, [picture.message_id]))[picture.message_id]
        (whole,) = await sends.begin(db, [row], SOON, channel="sms")
        await sends.settle(db, whole, SOON, result="sent", state="sent", external_id="whole")
        await receipts.put(db, [Arrival("sms", "whole", "delivered")], SOON)
    assert await the_state(database, picture.message_id) == "delivered"


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("read", "delivered", "delivered"),
        ("delivered", None, "sent"),
        ("delivered", "failed", "failed"),
        ("read", "read", "read"),
    ],
)
async def test_a_message_in_parts_is_as_far_as_its_last_part(
    database: Database, first: str, second: str | None, together: str
) -> None:
    one = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, one, SOON, result="sent", external_id=f"{one.id}")
        two = await sends.begin_part(db, one, SOON)
        await sends.settle(db, two, SOON, result="sent", state="sent", external_id=f"{two.id}")
    await receipt(database, str(one.id), first)
    if second:
        await receipt(database, str(two.id), second)
    assert await the_state(database, one.message_id) == together


async def test_a_receipt_is_of_the_call_whose_answer_was_lost_and_not_of_one_that_was_refused(
    database: Database,
) -> None:
    """The first part was refused once, then taken; what became of the second nobody knows."""
    refused = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, refused, SOON, result="retry", error="too many requests")
        first = sends.following(refused, 0, SOON)
        await sends.begin_parts(db, [first], SOON)
        await sends.settle(db, first, SOON, result="sent", external_id="one")
        second = await sends.begin_part(db, first, SOON)
    await receipt(database, "two", "delivered", outbox_id=refused.message_id)
    async with database.read() as db:
        attempts = (await sends.of(db, [refused.message_id]))[refused.message_id]
    named = {one.id: (one.external_id, one.result) for one in attempts}
    assert named[refused.id] == (None, "retry")
    assert named[second.id] == ("two", "delivered")


async def test_a_receipt_revives_nothing_that_was_dropped(database: Database) -> None:
    attempt = await sending(database)
    async with database.begin() as db:
        await sends.settle(db, attempt, SOON, result="sent", state="dropped", external_id="x")
    await receipt(database, "x", "read")
    assert await the_state(database, attempt.message_id) == "dropped"


@pytest.mark.parametrize("parts", [1, 2])
async def test_what_several_processes_are_told_at_the_same_moment_goes_forward_too(
    database: Database, parts: int
) -> None:
    for _ in range(6):
        begun = [await sending(database)]
        async with database.begin() as db:
            begun += [await sends.begin_part(db, begun[0], NOW) for _ in range(parts - 1)]
        async with database.begin() as db:
            for attempt in begun:
                over = "sent" if attempt is begun[-1] else None
                told = {"result": "sent", "external_id": str(attempt.id), "state": over}
                await sends.settle(db, attempt, SOON, **told)  # type: ignore[arg-type]
        said = [(attempt, state) for attempt in begun for state in ("delivered", "read", "sent")]
        await asyncio.gather(*(receipt(database, str(one.id), state) for one, state in said))
        assert await the_state(database, begun[0].message_id) == "read"


async def test_a_receipt_waits_for_the_name_that_is_being_noted_and_is_of_that_part_alone(
    postgres_url: str,
) -> None:
    """The far side's receipt of a part comes while the answer to that part's call is being
    committed, and with it the attempt at the next part."""
    postgres = await connect(postgres_url, KEY)
    one = await sending(postgres)
    async with postgres.begin() as db:
        await sends.settle(db, one, SOON, result="sent", external_id="one")
        two = await sends.begin_part(db, one, SOON)
        mine = (await db.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        came = asyncio.create_task(receipt(postgres, "one", "delivered", outbox_id=one.message_id))
        async with asyncio.timeout(10):
            while not await waits_for(postgres, mine):
                pass
    await came
    async with postgres.read() as db:
        assert [
            (send.part, send.external_id, send.result)
            for send in (await sends.of(db, [one.message_id]))[one.message_id]
        ] == [(one.part, "one", "delivered"), (two.part, None, None)]
    await postgres.close()


async def waits_for(database: Database, holder: int) -> bool:
    """Whether somebody waits for what that server process holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE :holder = ANY(pg_blocking_pids(pid))")
    async with database.read() as db:
        return bool((await db.execute(waiting, {"holder": holder})).scalar_one())
