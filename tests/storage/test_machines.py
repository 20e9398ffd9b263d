"""Each state machine as it is kept: every edge leads where its table says, and what the table does
not have changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.activities import ACTIVITY
from networks.joint_actions import JOINT_ACTION
from networks.machine import Machine, Refused
from networks.proposals import PROPOSAL
from networks.stages import MEMBERSHIP, NETWORK
from networks.votes import VOTE
from networks.workload import ALERT
from storage import (
    activities,
    alerts,
    introductions,
    joint_actions,
    networks,
    proposals,
    tables,
    votes,
)
from storage.database import Database
from tests.storage.conftest import NOW
from tests.storage.people import an_artisan

Made = tuple[Any, Callable[[AsyncConnection, Any, str], Awaitable[str | Refused]]]


async def a_network(db: AsyncConnection) -> tuple[networks.Network, UUID, UUID]:
    ana, _, hers = await an_artisan(db, "tel:+50499887766", "Ana")
    return await networks.found(db, [hers.id], NOW), hers.id, ana.id


async def alert(db: AsyncConnection) -> Made:
    made = await alerts.put(db, "help", UUID(int=1), NOW)
    assert made is not None
    return made, lambda db, one, deed: alerts.do(db, one, deed, NOW)


async def proposal(db: AsyncConnection) -> Made:
    made = await proposals.propose(db, [], NOW, category="inputs", first_step="fair", score=0.5)
    return made, lambda db, one, deed: proposals.do(db, one, deed, NOW)


async def network(db: AsyncConnection) -> Made:
    made, _, _ = await a_network(db)
    return made, lambda db, one, deed: networks.do(db, one, deed, NOW)


async def vote(db: AsyncConnection) -> Made:
    found, _, ana = await a_network(db)
    made = await votes.call(db, found.id, "rule", ["no", "yes"], ana, NOW, NOW)
    return made, lambda db, one, deed: votes.end(db, one, deed, NOW)


async def activity(db: AsyncConnection) -> Made:
    found, _, _ = await a_network(db)
    made = await activities.add(db, found.id, "Buy iron", NOW)
    return made, lambda db, one, deed: activities.do(db, one, deed, NOW)


async def membership(db: AsyncConnection) -> Made:
    found, hers, _ = await a_network(db)
    made = await networks.member(db, found.id, hers)
    return made, lambda db, one, deed: networks.end_membership(db, one, deed, NOW)


async def joint_action(db: AsyncConnection) -> Made:
    ana, _, hers = await an_artisan(db, "tel:+50499887766", "Ana")
    _, _, his = await an_artisan(db, "tel:+50499887767", "Ben")
    met = await introductions.propose(db, hers.id, his.id, NOW)
    assert met is not None
    made = await joint_actions.report(
        db, met.id, NOW, who=hers.pseudonym, whom=his.pseudonym, kind="bought", words=None,
        asked_after=30, broker_id=ana.id,
    )  # fmt: skip
    assert made is not None
    return made, lambda db, one, deed: joint_actions.do(db, one.id, deed, NOW)


KEPT: tuple[tuple[Machine, Callable[[AsyncConnection], Awaitable[Made]], Table, str], ...] = (
    (ALERT, alert, tables.alerts, "state"),
    (PROPOSAL, proposal, tables.proposals, "state"),
    (NETWORK, network, tables.networks, "stage"),
    (VOTE, vote, tables.votes, "state"),
    (ACTIVITY, activity, tables.activities, "state"),
    (MEMBERSHIP, membership, tables.memberships, "state"),
    (JOINT_ACTION, joint_action, tables.joint_actions, "state"),
)


@pytest.mark.parametrize(("machine", "make", "table", "column"), KEPT, ids=lambda one: "")
async def test_each_edge_is_kept_and_each_other_deed_changes_nothing(
    database: Database,
    machine: Machine,
    make: Callable[[AsyncConnection], Awaitable[Made]],
    table: Table,
    column: str,
) -> None:
    async with database.begin() as db:
        one, do = await make(db)
        for state, deed in product(machine.states, (*machine.deeds, "something else")):
            if machine is MEMBERSHIP and deed == "join":
                continue  # joining is for several at once: networks.join
            await db.execute(update(table).values({column: state}))
            came = await do(db, replace(one, **{column: state}), deed)
            kept = (await db.execute(select(table.c[column]))).scalar()
            assert came == machine.after(state, deed)
            assert kept == (state if isinstance(came, Refused) else came)
