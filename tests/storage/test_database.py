from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import database as storage_database
from storage import ids
from storage.database import Database, NotMigrated, connect, is_current, migrate, normalised
from storage.tables import contacts, do_not_contact, keys, metadata
from tests.storage.conftest import KEY, NOW


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_newest_revision_is_the_one_alembic_finds() -> None:
    script = ScriptDirectory.from_config(storage_database._config())
    assert storage_database._head() == script.get_current_head()


# What is ready is indexed by an expression, which is not read back from SQLite; that it is used is
# tested with the inbox.
unread = pytest.mark.filterwarnings("ignore:.*expression-based index")


@unread
async def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    async with database.begin() as db:
        assert await db.run_sync(differences) == []
    assert await is_current(database)


@unread
async def test_the_migrations_go_back_to_nothing_and_forth_again(database: Database) -> None:
    def down_and_up(connection: Connection) -> list[Any]:
        config = storage_database._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
        command.upgrade(config, "head")
        return differences(connection)

    async with database.begin() as db:
        assert await db.run_sync(down_and_up) == []


def test_several_processes_may_migrate_at_once(bare_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(migrate, bare_database_url) for _ in range(4)]:
            done.result()

    async def current() -> bool:
        opened = await connect(bare_database_url, KEY)
        try:
            return await is_current(opened)
        finally:
            await opened.close()

    assert asyncio.run(current())


def test_a_migration_is_waited_for_however_long_it_takes(
    bare_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_database.SETTINGS, "lock_timeout", "1ms")
    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(migrate, bare_postgres_url) for _ in range(3)]:
            done.result()


async def test_a_database_without_tables_says_what_to_run(bare_database_url: str) -> None:
    with pytest.raises(NotMigrated, match="artisan migrate"):
        await connect(bare_database_url, KEY)


def test_processes_that_open_a_new_database_at_once_agree_on_its_keys(
    bare_database_url: str,
) -> None:
    migrate(bare_database_url)

    async def together() -> None:
        opened = await asyncio.gather(*(connect(bare_database_url, KEY) for _ in range(3)))
        assert len({one.keyring.digest("x") for one in opened}) == 1
        async with opened[0].read() as db:
            assert (await db.execute(select(func.count()).select_from(keys))).scalar_one() == 2
        for one in opened:
            await one.close()

    asyncio.run(together())


async def test_what_fails_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as db:
            await db.execute(insert(do_not_contact).values(digest="d", why="stopped", at=NOW))
            raise ZeroDivisionError
    async with database.read() as db:
        assert (await db.execute(select(do_not_contact))).all() == []


async def test_writers_wait_for_each_other_and_none_fails(database: Database) -> None:
    async def add(number: int) -> None:
        async with database.begin() as db:
            count = (await db.execute(select(func.count()).select_from(do_not_contact))).scalar()
            await asyncio.sleep(0)
            row = {"digest": f"{number} after {count}", "why": "x", "at": NOW}
            await db.execute(insert(do_not_contact).values(**row))

    await asyncio.gather(*(add(number) for number in range(20)))
    async with database.read() as db:
        assert (await db.execute(select(func.count()).select_from(do_not_contact))).scalar() == 20


async def test_a_reader_waits_for_no_writer_and_sees_only_what_is_committed(
    database: Database,
) -> None:
    async with database.begin() as writing:
        await writing.execute(insert(do_not_contact).values(digest="d", why="x", at=NOW))
        async with database.read() as reading:
            assert (await reading.execute(select(do_not_contact))).all() == []


async def test_a_transaction_inside_another_is_a_mistake_on_sqlite(sqlite_url: str) -> None:
    opened = await connect(sqlite_url, KEY)
    async with opened.begin():
        with pytest.raises(RuntimeError, match="pass the connection on"):
            async with opened.begin():
                raise AssertionError("it was let in")
    await opened.close()


async def test_sqlite_is_set_up_to_survive_a_kill_and_to_mind_references(sqlite_url: str) -> None:
    opened = await connect(sqlite_url, KEY)
    async with opened.read() as db:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1)):
            assert (await db.execute(text(f"PRAGMA {pragma}"))).scalar() == value
        assert (await db.execute(text("PRAGMA busy_timeout"))).scalar() == 5000
    await opened.close()


async def test_references_are_minded(database: Database) -> None:
    from storage.tables import roles

    row = {"id": ids.new(NOW), "contact_id": ids.new(NOW), "role": "broker", "area": []}
    with pytest.raises(IntegrityError):
        async with database.begin() as db:
            await db.execute(insert(roles).values(**row, granted_at=NOW))
    async with database.read() as db:
        assert (await db.execute(select(contacts))).all() == []


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgres://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql+psycopg://h/d", "postgresql+asyncpg://h/d"),
        ("sqlite:///var/artisan.db", "sqlite+aiosqlite:///var/artisan.db"),
    ],
)
def test_urls_of_every_usual_spelling_are_understood(given: str, taken: str) -> None:
    assert normalised(given).render_as_string(hide_password=False) == taken


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        normalised(url)


async def test_a_connection_that_was_cut_while_idle_is_made_anew(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_database, "IDLE", 0.0)
    database = await connect(postgres_url, KEY)
    other = await connect(postgres_url, KEY)
    async with other.begin() as db:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        await db.execute(text(f"{cut} AND datname = current_database()"))
    async with database.begin() as db:
        assert (await db.execute(select(keys))).all()
    await database.close()
    await other.close()


async def test_what_is_written_at_once_is_there_without_more_ado(database: Database) -> None:
    row = {"digest": "d" * 64, "why": "stopped", "at": NOW}
    async with database.at_once() as db:
        await db.execute(insert(do_not_contact).values(**row))
    async with database.read() as db:
        assert (await db.execute(select(do_not_contact.c.digest))).scalars().all() == ["d" * 64]


async def test_one_process_at_a_time_is_alone_at_something_and_who_dies_is_not_any_more(
    postgres_url: str,
) -> None:
    one, other = [await connect(postgres_url, KEY) for _ in range(2)]
    async with one.alone(7) as first, other.alone(7) as second, other.alone(8) as third:
        assert (first, second, third) == (True, False, True)
    async with other.alone(7) as free:
        assert free
    with pytest.raises(DBAPIError):
        async with one.alone(7):
            killing = select(func.pg_terminate_backend(column("pid"))).select_from(text("pg_locks"))
            async with other.at_once() as db:
                await db.execute(killing.where(column("locktype") == "advisory"))
            async with asyncio.timeout(10):
                while not await _is_free(other, 7):
                    await asyncio.sleep(0.01)
    await one.close()
    await other.close()


async def test_who_is_alone_at_something_stays_so_however_long_it_takes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_database.SETTINGS, "idle_in_transaction_session_timeout", "100ms")
    one, other = [await connect(postgres_url, KEY) for _ in range(2)]
    async with one.alone(7) as first:
        async with other.at_once() as db:
            await db.execute(select(func.pg_sleep(0.4)))
        assert first
        assert not await _is_free(other, 7)
    await one.close()
    await other.close()


async def _is_free(database: Database, number: int) -> bool:
    async with database.alone(number) as free:
        return free
