"""Connections that are not used again, on a wire that goes silent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from bot.pipeline.passing import is_passing
from storage import database as storage_database
from storage import lost
from storage.conflicts import inserting
from storage.database import Database, connect, takes_writes
from storage.direct import Direct, write
from storage.tables import do_not_contact
from tests.storage.conftest import KEY, NOW
from tests.wire import Wire, wire_to

ASKED = Direct(lambda _: select(func.now()))


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[tuple[Wire, Database]]:
    async with wire_to(postgres_url) as (wire, url):
        database = await connect(url, KEY)
        yield wire, database
        await database.close()


async def asked(database: Database, directly: bool) -> None:
    async with database.begin() as db:
        if directly:
            await ASKED.rows(db, {})
        else:
            await db.execute(select(func.now()))


@pytest.mark.parametrize("directly", [True, False], ids=["directly", "by SQLAlchemy"])
async def test_a_connection_of_whose_answer_nobody_waits_any_more_is_not_used_again(
    wire: tuple[Wire, Database], directly: bool
) -> None:
    (line, database) = wire
    line.go_silent()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await asked(database, directly)
    await asked(database, directly)


@pytest.mark.parametrize("directly", [True, False], ids=["directly", "by SQLAlchemy"])
async def test_nobody_waits_for_ever_for_a_connection_that_has_gone_silent(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, directly: bool
) -> None:
    monkeypatch.setattr(lost, "ANSWERS", 0.3)
    async with asyncio.timeout(20), wire_to(postgres_url) as (line, url):
        database = await connect(url, KEY)
        line.go_silent()
        with pytest.raises(TimeoutError):
            await asked(database, directly)
        await asked(database, directly)
        await database.close()


async def test_a_connection_that_went_silent_while_idle_is_made_anew(
    wire: tuple[Wire, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_database, "IDLE", 0.0)
    monkeypatch.setattr(storage_database, "ECHO", 0.1)
    (line, database) = wire
    line.go_silent()
    await asked(database, True)


async def test_a_silent_connection_keeps_nobody_from_ending(
    wire: tuple[Wire, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_database, "FAREWELL", 0.1)
    (line, database) = wire
    line.go_silent()
    await database.close()


async def test_the_system_notices_that_the_far_end_is_gone(wire: tuple[Wire, Database]) -> None:
    async with wire[1].read() as db:
        driver = (await db.get_raw_connection()).driver_connection
        assert driver is not None
        ours = driver._transport.get_extra_info("socket")
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in lost.SOCKET.items():
            if hasattr(socket, name):
                assert ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value
        for name in ("idle_in_transaction_session_timeout", "lock_timeout"):
            told = await db.exec_driver_sql(f"SHOW {name}")
            assert told.scalar() == storage_database.SETTINGS[name]


@pytest.mark.parametrize("directly", [True, False], ids=["directly", "by SQLAlchemy"])
async def test_a_server_that_takes_no_writes_is_known_to_pass_and_its_connection_is_left(
    postgres_url: str, directly: bool
) -> None:
    row = {"digest": "d" * 64, "why": "stopped", "at": NOW}
    database = await connect(postgres_url, KEY)

    async def written() -> None:
        async with database.begin() as db:
            if directly:
                await write(db, [inserting(do_not_contact, [row])])
            else:
                await db.execute(insert(do_not_contact).values(**row))

    async with database.at_once() as db:
        await db.exec_driver_sql("SET default_transaction_read_only = on")
    assert not await takes_writes(database)
    with pytest.raises(DBAPIError) as caught:
        await written()
    assert is_passing(caught.value)
    await written()
    assert await takes_writes(database)
    await database.close()


def test_what_passes_is_told_from_what_does_not() -> None:
    class OfDriver(Exception):
        def __init__(self, sqlstate: str) -> None:
            super().__init__("no")
            self.sqlstate = sqlstate

    def named(state: str) -> DBAPIError:
        return DBAPIError("SELECT 1", {}, OfDriver(state))

    for state in ("08006", "25006", "25P03", "40P01", "53100", "55P03", "57P01", "58030"):
        assert is_passing(named(state)), state
    for state in ("23505", "25001", "42P01", "22001"):
        assert not is_passing(named(state)), state
    assert is_passing(NoneFree("no connection is free"))
