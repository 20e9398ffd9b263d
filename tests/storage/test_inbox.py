from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from storage import claiming, inbox, sealing
from storage.database import Database, connect
from storage.inbox import Arrival
from storage.tables import inbox as inbox_rows
from tests.storage.conftest import KEY, NOW

SOON = NOW + timedelta(seconds=1)


def arrival(urn: str, number: int = 0, **columns: Any) -> Arrival:
    kept = {"received_at": NOW, "due_at": NOW, **columns}
    return Arrival("phone", f"{urn}/{number}", urn, {"text": f"{urn} {number}"}, **kept)


async def claimed(database: Database, limit: int = 64) -> list[str]:
    """The texts of what is claimed, and handled."""
    async with database.begin() as db:
        rows = await inbox.claim(db, SOON, limit)
        assert await inbox.done(db, [row.seq for row in rows], SOON) == len(rows)
    return [row.body["text"] for row in rows]


async def test_the_same_delivery_twice_is_one_message(database: Database) -> None:
    async with database.begin() as db:
        assert await inbox.put(db, [arrival("tel:+1"), arrival("tel:+1")]) == 1
    async with database.begin() as db:
        assert await inbox.put(db, [arrival("tel:+1"), arrival("tel:+2")]) == 1
    assert await claimed(database) == ["tel:+1 0", "tel:+2 0"]


async def test_one_message_of_each_address_is_handled_at_a_time_oldest_first(
    database: Database,
) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a", 1), arrival("a", 2), arrival("b", 1), arrival("a", 3)])
    assert await claimed(database) == ["a 1", "b 1"]
    assert await claimed(database) == ["a 2"]
    assert await claimed(database) == ["a 3"]
    assert await claimed(database) == []


async def test_no_more_than_asked_for_are_claimed(database: Database) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival(str(number)) for number in range(10)])
    assert await claimed(database, 3) == ["0 0", "1 0", "2 0"]


async def test_a_message_to_be_tried_again_holds_up_only_those_behind_it(
    database: Database,
) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a", 1), arrival("a", 2), arrival("b", 1), arrival("b", 2)])
    async with database.begin() as db:
        (first, _) = await inbox.claim(db, NOW)
        assert await inbox.failed(db, first.seq, NOW + timedelta(minutes=1), "ValueError") == 1
    assert await claimed(database) == ["b 1"]
    assert await claimed(database) == ["b 2"]
    async with database.begin() as db:
        (again,) = await inbox.claim(db, NOW + timedelta(minutes=1))
    assert (again.seq, again.attempts, again.error) == (first.seq, 1, "ValueError")


async def test_a_parked_message_holds_nobody_up_and_can_be_retried_or_dropped(
    database: Database,
) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a", 1), arrival("a", 2)])
        await inbox.park(db, 1, "ValueError", NOW)
    assert await claimed(database) == ["a 2"]
    async with database.begin() as db:
        (parked,) = await inbox.parked(db)
        assert parked.error == "ValueError"
        assert await inbox.retry(db, parked.seq, NOW)
        assert not await inbox.retry(db, parked.seq, NOW)
    assert await claimed(database) == ["a 1"]
    async with database.begin() as db:
        await inbox.put(db, [arrival("a", 3)])
        await inbox.park(db, 3, "ValueError", NOW)
        assert await inbox.drop(db, 3, NOW)
        dropped = await inbox.by_external_id(db, "phone", "a/3")
    assert dropped is not None
    assert dropped.state == "done"
    assert not dropped.body


async def test_what_is_due_later_waits(database: Database) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a", due_at=NOW + timedelta(hours=1))])
        assert await inbox.next_due(db) == NOW + timedelta(hours=1)
    assert await claimed(database) == []


async def test_a_message_is_done_once(database: Database) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a")])
        assert await inbox.done(db, [1], NOW) == 1
        assert await inbox.done(db, [1], NOW) == 0


async def test_depth_and_waiting_count_what_is_not_handled(database: Database) -> None:
    async with database.begin() as db:
        assert await inbox.depth(db) == (0, None)
        await inbox.put(db, [arrival("a", 1), arrival("a", 2), arrival("b")])
        assert await inbox.depth(db) == (3, NOW)
        assert await inbox.waiting_of(db, "a") == 2


async def test_a_number_is_never_given_twice(database: Database) -> None:
    async with database.begin() as db:
        await inbox.put(db, [arrival("a")])
        await db.execute(text("DELETE FROM inbox"))
        await inbox.put(db, [arrival("b")])
        (row,) = await inbox.claim(db, NOW)
    assert row.seq == 2


async def test_two_workers_share_the_work_and_never_one_address(postgres_url: str) -> None:
    database = await connect(postgres_url, KEY)
    async with database.begin() as db:
        await inbox.put(db, [arrival(urn, n) for n in (1, 2) for urn in ("a", "b", "c")])
    async with database.begin() as one, database.begin() as other:
        mine = await inbox.claim(one, SOON, 2)
        theirs = await inbox.claim(other, SOON, 5)
        assert [row.body["text"] for row in mine] == ["a 1", "b 1"]
        assert [row.body["text"] for row in theirs] == ["c 1"]
    await database.close()


async def test_what_others_hold_of_the_oldest_is_no_reason_to_take_only_a_few(
    postgres_url: str,
) -> None:
    """Ten people wrote ten messages each before anybody else did."""
    database = await connect(postgres_url, KEY)
    async with database.begin() as db:
        early = [arrival(f"early {who}", n) for who in range(10) for n in range(10)]
        await inbox.put(db, [*early, *(arrival(f"late {n}") for n in range(10))])
    async with database.begin() as one, database.begin() as other:
        assert len(await inbox.claim(one, SOON, 9)) == 9
        theirs = await claiming.claim(other, SOON, 8)
        assert theirs.rows[0].body["text"] == "early 9 0"
        assert [row.body["text"] for row in theirs.rows[1:]] == [f"late {n} 0" for n in range(7)]
        assert (theirs.more, theirs.others) == (True, 12)
    await database.close()


async def test_a_claim_that_finds_nothing_says_whether_anything_is_ready(
    postgres_url: str,
) -> None:
    database = await connect(postgres_url, KEY)
    async with database.begin() as db:
        found = await claiming.claim(db, SOON, 8)
        assert (found.rows, found.more, found.others) == ([], False, 0)
        await inbox.put(db, [arrival("a", 1), arrival("a", 2)])
    async with database.begin() as one, database.begin() as other:
        assert len(await inbox.claim(one, SOON, 8)) == 1
        found = await claiming.claim(other, SOON, 8)
        assert (found.rows, found.more, found.others) == ([], True, 1)
    await database.close()


# --- with very many -----------------------------------------------------------------------------


async def filled(database: Database, stuck: int, others: int, done: int) -> None:
    """`stuck` rows behind one that is not due, ready rows of `others`, and rows long done."""
    async with database.begin() as db:
        first = {"state": "ready", "due_at": NOW + timedelta(days=1)}
        ready = {"state": "ready", "due_at": NOW}
        over = {"state": "done", "due_at": NOW}
        rows: list[tuple[str, dict[str, Any]]] = [(f"done {n % 100}", over) for n in range(done)]
        rows += [("stuck", first), *[("stuck", ready)] * stuck]
        rows += [(f"other {n}", ready) for n in range(others)]
        digest = sealing.digest
        await db.execute(
            insert(inbox_rows),
            [
                {
                    "channel": "phone",
                    "external_id": str(number),
                    "urn_digest": digest(db, urn),
                    "received_at": NOW,
                    **columns,
                }
                for number, (urn, columns) in enumerate(rows)
            ],
        )
    async with database.begin() as db:
        await db.execute(text("ANALYZE inbox"))


def plan(connection: Connection, statement: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement))


MIDDLE_OF_A_FLOOD = {"stuck": 0, "others": 3000, "done": 100}


@pytest.mark.parametrize(
    "counted", [{"stuck": 2000, "others": 40, "done": 12000}, MIDDLE_OF_A_FLOOD]
)
async def test_a_claim_looks_at_ready_rows_by_their_index_only(
    database: Database, counted: dict[str, int]
) -> None:
    await filled(database, **counted)
    async with database.begin() as db:
        for claim in (inbox.claiming, claiming.claiming):
            query = claim(32, 512, database.sqlite).params(now=NOW)
            compiled = query.compile(db.sync_connection, compile_kwargs={"literal_binds": True})
            told = await db.run_sync(plan, str(compiled))
            assert "ix_inbox_ready" in told, told
            assert "Seq Scan on inbox" not in told, told
            assert "SCAN inbox\n" not in told, told
            # By the bare number only what is named is looked up; nobody goes through all of it.
            assert not re.search(r"using pk_inbox.*\n(?!.*Index Cond)", told), told


async def test_a_stuck_address_with_thousands_behind_it_holds_up_nobody(
    database: Database,
) -> None:
    await filled(database, stuck=3000, others=40, done=2000)
    async with database.begin() as db:
        rows = await inbox.claim(db, SOON, 32)
    assert len(rows) == 32
    assert len({row.urn_digest for row in rows}) == 32


@pytest.mark.parametrize("others", [0, 5])
async def test_a_claim_that_finds_too_few_has_looked_at_all(
    database: Database, others: int
) -> None:
    await filled(database, stuck=600, others=others, done=0)
    async with database.begin() as db:
        assert len(await inbox.claim(db, SOON, 8)) == others
