from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.pipeline.passing import is_passing
from storage import inbox, outbox, sessions
from storage.conflicts import inserting, inserting_new
from storage.database import Database, connect
from storage.direct import Direct, write
from storage.ids import new as new_id
from storage.sessions import Stored
from storage.tables import do_not_contact, events
from tests.storage.conftest import KEY, NOW
from tests.storage.people import someone


def stopped(*digests: str) -> list[dict[str, Any]]:
    return [{"digest": digest, "at": NOW} for digest in digests]


def happened(*kinds: str) -> list[dict[str, Any]]:
    return [{"id": new_id(NOW), "kind": k, "who": None, "whom": None, "data": {}} for k in kinds]


async def count(database: Database, table: Any) -> int:
    async with database.read() as db:
        return int((await db.execute(select(func.count()).select_from(table))).scalar_one())


async def test_several_writes_are_one_and_the_last_tells_how_many(database: Database) -> None:
    async with database.begin() as db:
        await write(db, [inserting(do_not_contact, stopped("a"), {"why": "stopped"})])
        *_, last = await write(
            db,
            [
                inserting(events, happened("came", "went"), {"at": NOW}),
                inserting(events, []),
                inserting_new(do_not_contact, stopped("a", "b", "c"), {"why": "erased"}),
            ],
        )
    assert last == 2
    assert await count(database, events) == 2
    assert await count(database, do_not_contact) == 3


async def test_what_is_in_the_way_of_one_write_undoes_all_and_has_its_name(
    database: Database,
) -> None:
    async with database.begin() as db:
        await write(db, [inserting(do_not_contact, stopped("a"), {"why": "stopped"})])
    with pytest.raises(IntegrityError) as caught:
        async with database.begin() as db:
            await write(
                db,
                [
                    inserting(events, happened("came"), {"at": NOW}),
                    inserting(do_not_contact, stopped("b", "a"), {"why": "stopped"}),
                ],
            )
    assert not is_passing(caught.value)
    assert await count(database, events) == 0
    assert await count(database, do_not_contact) == 1


async def test_a_new_session_and_what_is_said_are_written_beside_what_they_answer(
    database: Database,
) -> None:
    async with database.begin() as db:
        contact, urn = await someone(db, "phone:ana")
        arrived = inbox.Arrival("phone", "1", "phone:ana", {"text": "hello"}, NOW, NOW)
        await inbox.put(db, [arrived])
        asked = Stored(
            new_id(NOW), contact.id, "register", None, {"a": 1}, None, "active", 0, NOW, NOW
        )
        said = outbox.Outgoing(
            new_id(NOW), contact.id, urn.id, "phone", 0, "reply", {"text": "Hi"}, NOW, 1
        )
        later = NOW + timedelta(seconds=1)
        *_, handled = await write(
            db, [sessions.putting([asked]), outbox.putting([said]), inbox.finishing([1], later)]
        )
        assert handled == 1
        assert await sessions.active(db, contact.id) == asked
        assert (await outbox.by_ids(db, [said.id]))[said.id].reply == {"text": "Hi"}


async def test_a_connection_that_was_cut_is_known_to_pass_and_is_not_used_again(
    postgres_url: str,
) -> None:
    cut = Direct(lambda _: select(func.pg_terminate_backend(func.pg_backend_pid())))
    database = await connect(postgres_url, KEY)
    with pytest.raises(DBAPIError) as caught:
        async with database.begin() as db:
            await cut.run(db, {})
    assert is_passing(caught.value)
    async with database.begin() as db:
        await write(db, [inserting(events, happened("came"), {"at": NOW})])
    await database.close()
