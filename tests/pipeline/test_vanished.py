"""A worker that vanished in mid-transaction, or a look that takes long: whom it has in hand waits,
and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bot import wakes
from bot.messages import Incoming, Wake
from bot.pipeline import turns
from bot.pipeline.passing import is_passing
from storage import claiming, contacts, inbox, urns
from storage import database as storage_database
from storage.contacts import Contact
from storage.database import Database, connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import ANA, Calls, Clock, Stage, pipeline_on

OTHER, BEN = "phone:ana-2", "phone:ben"


@pytest.fixture
async def stage(postgres_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Ana, who is known, writes from another of her addresses, and Ben for the first time."""
    database = await connect(postgres_url, DATABASE_KEY)
    clock = Clock()
    stage = Stage(pipeline_on(database, tmp_path, clock), clock)
    await stage.says(ANA, "hola")
    async with database.begin() as db:
        known = await contacts.known(db, ANA)
        assert known is not None
        await urns.link_new(db, known[0].id, OTHER, clock(), via="phone")
    yield stage
    await database.close()


@pytest.fixture
async def elsewhere(stage: Stage) -> AsyncIterator[AsyncExitStack]:
    """What has Ana in hand, until it is closed."""
    ana = await who(stage.pipeline.database, ANA)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(stage.pipeline.database.begin())
        assert await contacts.by_id(db, ana.id, lock=True)
        yield stack


async def who(database: Database, urn: str) -> Contact:
    async with database.read() as db:
        known = await contacts.known(db, urn)
    assert known is not None
    return known[0]


async def waiting(stage: Stage, urn: str) -> int:
    async with stage.pipeline.database.read() as db:
        return await inbox.waiting_of(db, urn)


@pytest.mark.parametrize("care", [{}, {"wary": True}, {"alone": 2}], ids=["", "wary", "alone"])
async def test_a_contact_in_other_hands_waits_and_nobody_else(
    stage: Stage, elsewhere: AsyncExitStack, care: dict[str, int]
) -> None:
    vars(stage.pipeline.care).update(care)
    await stage.hears(OTHER, "es", "held")
    await stage.hears(BEN, "hello")
    await stage.handles()
    assert (await waiting(stage, OTHER), await waiting(stage, BEN)) == (1, 0)
    await elsewhere.aclose()
    stage.clock.time += turns.LEASE
    await stage.handles()
    assert await waiting(stage, OTHER) == 0
    assert (await who(stage.pipeline.database, OTHER)).language == "es"


async def test_who_writes_after_the_start_waits_for_nobody_that_wrote_before(
    stage: Stage, elsewhere: AsyncExitStack
) -> None:
    await stage.hears(OTHER, "es")
    stage.pipeline.care.wary = True
    await stage.handles()
    await stage.hears(BEN, "hello")
    await stage.handles()
    assert (await waiting(stage, OTHER), await waiting(stage, BEN)) == (1, 0)


async def test_a_message_that_names_several_addresses_waits_as_well(
    stage: Stage, elsewhere: AsyncExitStack
) -> None:
    both = Incoming("phone", "both", (OTHER, "phone:ana-3"), text="es")
    await stage.pipeline.intake.accept([both], stage.clock())
    await stage.hears(BEN, "hello")
    await stage.handles()
    assert (await waiting(stage, OTHER), await waiting(stage, BEN)) == (1, 0)


async def test_a_wake_of_a_contact_in_other_hands_is_not_lost(
    stage: Stage, elsewhere: AsyncExitStack
) -> None:
    ana = await who(stage.pipeline.database, ANA)
    async with stage.pipeline.database.begin() as db:
        await wakes.post(db, [("key", Wake(ana.id, what="orphans"))], stage.clock())
    await stage.hears(BEN, "hello")
    await stage.handles()
    assert await waiting(stage, BEN) == 0
    assert sum([await waiting(stage, urn) for urn in (ANA, OTHER)]) == 1
    await elsewhere.aclose()
    await stage.handles()
    assert sum([await waiting(stage, urn) for urn in (ANA, OTHER)]) == 0


async def test_who_finds_a_contact_in_other_hands_looks_again_soon_and_then_now_and_then(
    stage: Stage, elsewhere: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.hears(OTHER, "es")
    looks = Calls(monkeypatch, claiming, "claim")
    monkeypatch.setattr(turns, "AWHILE", turns.LONGEST / 4)
    while await turns.look(stage.pipeline):
        pass
    assert looks.count == 3
    assert await turns.look(stage.pipeline) == 0
    assert stage.pipeline.care.in_hand == 0
    await elsewhere.aclose()
    await turns.look(stage.pipeline)
    assert await waiting(stage, OTHER) == 0
    assert stage.pipeline.care.vain == 0


async def test_what_somebody_holds_who_never_comes_back_is_free_after_a_while(
    stage: Stage, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_database.SETTINGS, "idle_in_transaction_session_timeout", "50ms")
    vanishing = await connect(postgres_url, DATABASE_KEY)
    ana = await who(stage.pipeline.database, ANA)
    with pytest.raises(DBAPIError) as caught:
        async with vanishing.begin() as db:
            assert await contacts.by_id(db, ana.id, lock=True)
            await stage.hears(OTHER, "es")
            while await waiting(stage, OTHER):
                await stage.handles()
            await contacts.by_id(db, ana.id)
    assert is_passing(caught.value)
    await vanishing.close()


async def test_nobody_waits_for_long_for_what_another_holds(
    stage: Stage, elsewhere: AsyncExitStack, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_database.SETTINGS, "lock_timeout", "50ms")
    other = await connect(postgres_url, DATABASE_KEY)
    ana = await who(stage.pipeline.database, ANA)
    with pytest.raises(DBAPIError) as caught:
        async with other.begin() as db:
            await contacts.by_id(db, ana.id, lock=True)
    assert is_passing(caught.value)
    assert turns._in_each_others_way(caught.value)
    await other.close()


async def test_who_writes_by_a_new_address_and_one_of_theirs_stays_who_they_are(
    stage: Stage, elsewhere: AsyncExitStack
) -> None:
    ana = await who(stage.pipeline.database, ANA)
    both = Incoming("phone", "both", ("phone:ana-new", OTHER), text="es")
    await stage.pipeline.intake.accept([both], stage.clock())
    await stage.handles()
    await elsewhere.aclose()
    stage.clock.time += turns.LEASE
    await stage.handles()
    for urn in (OTHER, "phone:ana-new"):
        assert (await who(stage.pipeline.database, urn)).id == ana.id
