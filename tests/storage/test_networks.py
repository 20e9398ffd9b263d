"""Networks, proposals and alerts as they are kept, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from networks.machine import Refused
from storage import alerts, held, networks, proposals
from storage.areas import Area
from storage.database import Database, connect
from tests.storage.conftest import KEY, NOW
from tests.storage.people import an_artisan, someone
from tests.storage.test_receipts import waits_for

LATER = NOW + timedelta(days=4)


async def test_a_network_is_founded_and_members_come_and_go(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:+50499000001", "Ana")
        _, _, ben = await an_artisan(db, "tel:+50499000002", "Ben")
        made = await networks.found(db, [ana.id, ben.id], NOW, category="inputs", leader_id=ana.id)
        assert [one.enterprise_id for one in await networks.members_of(db, made.id)] == [
            ana.id, ben.id,
        ]  # fmt: skip
        assert await networks.join(db, made.id, [ben.id], NOW) == 0
        one = await networks.member(db, made.id, ana.id)
        assert one is not None
        assert await networks.end_membership(db, one, "leave", LATER) == "left"
        assert await networks.member(db, made.id, ana.id) is None
        kept = await networks.by_id(db, made.id, lock=True)
        assert kept is not None
        assert kept.leader_id is None
        assert await networks.join(db, made.id, [ana.id], LATER) == 1
        told = [one.kind for one in await networks.history(db, made.id)]
        assert told == ["founded", "joined", "joined", "left", "joined"]


async def test_a_network_goes_through_its_stages_and_no_other_way(database: Database) -> None:
    async with database.begin() as db:
        made = await networks.found(db, [], NOW)
        assert await networks.do(db, made, "step_back", NOW) == Refused("promotion")
        assert await networks.do(db, made, "pass", NOW) == "trust"
        kept = await networks.by_id(db, made.id)
        assert kept is not None
        assert await networks.do(db, kept, "close", LATER) == "closed"
        assert await networks.living(db) == []


async def test_a_proposal_is_kept_with_its_firms(database: Database) -> None:
    async with database.begin() as db:
        broker, _ = await someone(db, "tel:+50499000009", "Alma")
        _, _, ana = await an_artisan(db, "tel:+50499000001", "Ana")
        _, _, ben = await an_artisan(db, "tel:+50499000002", "Ben")
        made = await proposals.propose(
            db, [ana.id], NOW, category="inputs", first_step="joint_purchase", score=0.7,
            reasons=["same_need:inputs"], broker_id=broker.id, lapses_at=LATER,
        )  # fmt: skip
        await proposals.add(db, made.id, [ben.id], NOW)
        assert await proposals.firms_of(db, made.id) == {ana.id: "suggested", ben.id: "suggested"}
        await proposals.set_firms(db, made.id, {ana.id: "invited", ben.id: "dropped"}, NOW)
        assert [(p.id, s) for p, s in await proposals.of_firm(db, ana.id)] == [(made.id, "invited")]
        assert await proposals.held_counts(db, [broker.id]) == {broker.id: 1}
        assert [one.id for one in await proposals.lapsing(db, LATER)] == [made.id]
        assert [firms for _, firms in await proposals.since(db, NOW)] == [{ana.id, ben.id}]
        assert await proposals.do(db, made, "open", NOW) == Refused("proposed")
        assert await proposals.do(db, made, "decline", NOW, declined_why="lejos") == "declined"
        assert await proposals.held_by(db, broker.id) == []


async def test_something_is_looked_at_once_and_passes_on(database: Database) -> None:
    async with database.begin() as db:
        alma, _ = await someone(db, "tel:+50499000009", "Alma")
        rosa, _ = await someone(db, "tel:+50499000008", "Rosa")
        made = await alerts.put(db, "help", alma.id, NOW, holder_id=alma.id, region="HN-FM")
        assert made is not None
        assert await alerts.put(db, "help", alma.id, NOW, holder_id=rosa.id) is None
        assert [one.id for one in await alerts.held_by(db, alma.id, NOW)] == [made.id]
        assert await alerts.do(db, made, "ask", NOW) == "asked"
        assert await alerts.asked_since(db, alma.id, NOW) == 1
        assert [one.id for one in await alerts.untaken(db, LATER)] == [made.id]
        asked = await alerts.by_id(db, made.id, lock=True)
        assert asked is not None
        assert await alerts.do(db, asked, "pass_on", LATER, holder_id=rosa.id) == "waiting"
        assert await alerts.loads(db, [alma.id, rosa.id]) == {alma.id: 0, rosa.id: 1}
        passed = await alerts.about(db, "help", alma.id)
        assert passed is not None
        assert await alerts.do(db, passed, "answer", LATER) == "answered"
        assert await alerts.about(db, "help", alma.id) is None
        assert await alerts.put(db, "help", alma.id, LATER, country="HN") is not None
        assert len(await alerts.held_by(db, rosa.id, LATER, Area(("HN",)))) == 1


async def test_what_somebody_holds_is_counted_by_one_at_a_time(postgres_url: str) -> None:
    database = await connect(postgres_url, KEY)
    broker, other = uuid4(), uuid4()

    async def counted() -> None:
        async with database.begin() as db:
            await held.counted_alone(db, [other, broker])

    async with database.begin() as db:
        await held.counted_alone(db, [broker])
        mine = (await db.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        asks = asyncio.create_task(counted())
        async with asyncio.timeout(10):
            while not await waits_for(database, mine):
                pass
        assert not asks.done()
    await asks
    await database.close()
