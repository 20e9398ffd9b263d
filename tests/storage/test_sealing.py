from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, select, text, type_coerce, update
from sqlalchemy.ext.asyncio import create_async_engine

from storage import contacts, inbox, rotation, sealing, urns
from storage.database import Database, connect
from storage.inbox import Arrival
from storage.sealing import BrokenCell, Keyring, NoKeyring, WrongKey
from storage.tables import contacts as contact_rows
from storage.tables import inbox as inbox_rows
from storage.tables import keys
from tests.storage.conftest import KEY, NOW
from tests.storage.people import someone

NEW_KEY = "another key of the tests, long enough too"
RING = Keyring({1: bytes(32), 2: bytes(range(32))}, newest=2, hashing=b"h" * 32)


@given(st.text())
def test_what_is_sealed_comes_back(words: str) -> None:
    plain = words.encode("utf-8", "surrogatepass")
    assert RING.unseal("t.c", RING.seal("t.c", plain)) == plain


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert RING.seal("t.c", b"Ana") != RING.seal("t.c", b"Ana")


def test_a_cell_does_not_open_in_another_column() -> None:
    with pytest.raises(BrokenCell, match="another column"):
        RING.unseal("contacts.name", RING.seal("urns.address", b"tel:+1"))


@pytest.mark.parametrize("left", [0, 1, 12, 28])
def test_a_cell_cut_short_says_so(left: int) -> None:
    with pytest.raises(BrokenCell, match="cut short"):
        RING.unseal("t.c", RING.seal("t.c", b"")[:left])


def test_an_altered_cell_does_not_open() -> None:
    cell = bytearray(RING.seal("t.c", b"Ana"))
    cell[-1] ^= 1
    with pytest.raises(BrokenCell, match="altered"):
        RING.unseal("t.c", bytes(cell))


def test_a_cell_of_a_key_that_is_not_there_names_its_number() -> None:
    other = Keyring({9: bytes(32)}, newest=9, hashing=b"")
    with pytest.raises(BrokenCell, match="number 9"):
        RING.unseal("t.c", other.seal("t.c", b"Ana"))


async def test_nothing_said_can_be_read_in_the_file(sqlite_url: str) -> None:
    database = await connect(sqlite_url, KEY)
    async with database.begin() as db:
        await someone(db, "tel:+50499887766", "Filomena")
        await inbox.put(
            db, [Arrival("phone", "1", "tel:+50499887766", {"text": "hamacas finas"}, NOW, NOW)]
        )
    await database.close()
    path = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    written = path.read_bytes()
    for word in (b"50499887766", b"Filomena", b"hamacas", KEY.encode()):
        assert word not in written


async def test_a_wrong_key_says_what_to_do(database: Database, database_url: str) -> None:
    with pytest.raises(WrongKey, match="Set DATABASE_KEY to the key it was made with"):
        await connect(database_url, NEW_KEY)


async def test_a_short_key_is_refused(database_url: str) -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        await connect(database_url, "short")


async def test_an_engine_without_a_keyring_says_so(database: Database, database_url: str) -> None:
    async with database.begin() as db:
        await someone(db, name="Ana")
    bare = create_async_engine(database_url)
    async with bare.connect() as db:
        with pytest.raises(NoKeyring, match=r"database\.connect"):
            (await db.execute(select(contact_rows.c.name))).all()
    await bare.dispose()


async def test_a_cell_moved_between_columns_of_the_database_does_not_open(
    database: Database,
) -> None:
    async with database.begin() as db:
        await someone(db, name="Ana")
        moved = text("UPDATE contacts SET name = (SELECT address FROM urns)")
        await db.execute(moved)
        with pytest.raises(BrokenCell, match=r"contacts\.name"):
            (await db.execute(select(contact_rows.c.name))).all()


async def test_a_digest_is_keyed_and_the_same_after_a_restart(
    database: Database, database_url: str
) -> None:
    async with database.read() as db:
        first = sealing.digest(db, "tel:+50499887766")
    again = await connect(database_url, KEY)
    async with again.read() as db:
        assert sealing.digest(db, "tel:+50499887766") == first
        assert sealing.digest(db, "tel:+50499887767") != first
    await again.close()
    assert len(first) == 64


async def test_after_a_rotation_only_the_new_key_opens_and_everything_is_sealed_anew(
    database: Database, database_url: str
) -> None:
    async with database.begin() as db:
        for number in range(rotation.BATCH + 7):
            await inbox.put(db, [Arrival("phone", str(number), "tel:+1", {"n": number}, NOW, NOW)])
        _, urn = await someone(db, "tel:+50499887766", "Ana")
        await urns.stop(db, urn.id, NOW)
    assert await rotation.rotate(database, KEY, NEW_KEY, NOW) == rotation.BATCH + 7 + 2
    with pytest.raises(WrongKey):
        await connect(database_url, KEY)
    renewed = await connect(database_url, NEW_KEY)
    async with renewed.begin() as db:
        found = await contacts.known(db, "tel:+50499887766")
        assert found is not None
        assert (found[0].name, found[1].stopped_at) == ("Ana", NOW)
        raw = type_coerce(inbox_rows.c.body, LargeBinary)
        cells = (await db.execute(select(raw))).scalars().all()
        assert {cell[0] for cell in cells} == {2}
        retired = select(keys.c.number).where(keys.c.retired_at.is_not(None))
        assert (await db.execute(retired)).scalars().all() == [1]
    await renewed.close()


async def test_an_interrupted_rotation_is_finished_by_the_same_command(
    database: Database, database_url: str
) -> None:
    async with database.begin() as db:
        await someone(db, name="Ana")
        old = (await db.execute(select(type_coerce(contact_rows.c.name, LargeBinary)))).scalar()
    await rotation.rotate(database, KEY, NEW_KEY, NOW)
    async with database.begin() as db:
        await db.execute(update(contact_rows).values(name=type_coerce(old, LargeBinary)))
    assert await rotation.rotate(database, KEY, NEW_KEY, NOW) == 1
    async with database.begin() as db:
        assert (await db.execute(select(contact_rows.c.name))).scalar() == "Ana"


async def test_a_rotation_with_a_wrong_key_changes_nothing(
    database: Database, database_url: str
) -> None:
    with pytest.raises(WrongKey):
        await rotation.rotate(database, NEW_KEY, "a third key of the tests, long enough", NOW)
    await (await connect(database_url, KEY)).close()
