from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.demonstration.loading import STAFF, load
from bot.turn import CONSENT
from storage import candidates, consents, contacts, providers, roles
from storage.database import Database, connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import MORNING, house


async def test_everybody_is_loaded_once(database: Database) -> None:
    settings, places = house().settings, house().places
    assert await load(database, settings, places)
    assert not await load(database, settings, places)
    async with database.read() as db:
        enterprises = await candidates.everyone(db, MORNING.date())
        listed = await providers.listed(db)
    assert 140 <= len(enterprises) <= 160
    assert 35 <= len(listed) <= 45
    assert {enterprise.country for enterprise in enterprises} == {"HN", "NI", "JM", "KE"}
    assert all(provider.demo for provider in listed)


async def test_the_staff_may_be_written_to_before_they_wrote(database: Database) -> None:
    await load(database, house().settings, house().places)
    async with database.read() as db:
        for urn, role, _ in STAFF:
            found = await contacts.known(db, urn)
            assert found is not None
            contact, address = found
            assert [held.role for held in await roles.of(db, contact.id)] == [role]
            assert await consents.given(db, contact.id, CONSENT)
            assert (contact.heard_at, address.heard_at, contact.hours) == (None, None, "00-24")


async def test_nobody_invented_gets_into_a_real_programme(database: Database) -> None:
    real = replace(house().settings, demo=False)
    with pytest.raises(ValueError, match="demonstration only"):
        await load(database, real, house().places)


async def test_two_processes_that_start_at_once_load_them_once(postgres_url: str) -> None:
    databases = [await connect(postgres_url, DATABASE_KEY) for _ in range(2)]
    try:
        loaded = await asyncio.gather(
            *(load(d, house().settings, house().places) for d in databases)
        )
        assert sorted(loaded) == [False, True]
    finally:
        for database in databases:
            await database.close()
