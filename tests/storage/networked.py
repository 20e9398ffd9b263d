"""A network, with something in every table of networks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids, tables
from storage.contacts import Contact
from storage.enterprises import Enterprise
from tests.storage.conftest import NOW

LATER = NOW + timedelta(days=30)


async def fill_networks(
    db: AsyncConnection, hers: Enterprise, his: Enterprise, broker: Contact, said: str
) -> None:
    """Two in one network, of whom one (`hers`) said the word wherever something can be said."""
    network, proposal, vote = ids.new(NOW), ids.new(NOW), ids.new(NOW)
    where = {"network_id": network}
    named = f"Filomena dice {said}" if hers.name == "Filomena" else said
    by_broker = f"{hers.name} cumple"

    async def put(table: Any, **columns: Any) -> None:
        own = {"id": ids.new(NOW)} if "id" in table.c and "id" not in columns else {}
        await db.execute(insert(table).values(**own, **columns))

    await put(
        tables.networks, id=network, name=f"Red de {hers.name}", stage="trust", stage_at=NOW,
        category="inputs", broker_id=broker.id, leader_id=hers.id, settings={}, seen_at=NOW,
        created_at=NOW,
    )  # fmt: skip
    await put(
        tables.proposals, id=proposal, state="opened", category="inputs", score=0.5,
        first_step="joint_purchase", reasons=[], missing=[], broker_id=broker.id,
        network_id=network, declined_why=by_broker, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    for one in (hers, his):
        await put(
            tables.proposal_firms, proposal_id=proposal, enterprise_id=one.id, state="invited",
            changed_at=NOW,
        )  # fmt: skip
        await put(
            tables.memberships, **where, enterprise_id=one.id, pseudonym=one.pseudonym,
            state="member", joined_at=NOW,
        )  # fmt: skip
    await put(tables.network_checks, **where, name="first_meeting", words=by_broker, by=broker.id,
              at=NOW)  # fmt: skip
    await put(tables.network_events, **where, kind="joined", who=hers.pseudonym,
              data={"words": by_broker}, at=NOW)  # fmt: skip
    await put(
        tables.votes, id=vote, **where, about="leader", words=by_broker, options=[str(hers.id)],
        state="open", opened_by=broker.id, opened_at=NOW, ends_at=LATER,
    )  # fmt: skip
    await put(tables.ballots, vote_id=vote, enterprise_id=his.id, choice=str(hers.id), at=NOW)
    await put(tables.network_rules, **where, words=by_broker, since=NOW)
    await put(tables.room_messages, **where, enterprise_id=hers.id, who=hers.pseudonym,
              words=named, at=NOW)  # fmt: skip
    await put(tables.room_messages, **where, enterprise_id=his.id, who=his.pseudonym,
              words=by_broker, at=NOW)  # fmt: skip
    await put(
        tables.activities, **where, number=1, what=by_broker, owner_id=hers.id, payer=named,
        resources=by_broker, indicator=by_broker, state="planned", created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    await put(tables.diagnoses, **where, enterprise_id=hers.id, months=0, answers={"x": said},
              at=NOW)  # fmt: skip
    await put(tables.pulses, **where, member="0" * 64, quarter="2026-4", answers={"trust": 3},
              at=NOW)  # fmt: skip
    await put(tables.joint_actions, **where, who=hers.pseudonym, kind="bought", words=named,
              asked_after=30, state="reported", at=NOW)  # fmt: skip
    await put(tables.alerts, kind="stall", subject_id=network, holder_id=broker.id,
              state="waiting", created_at=NOW)  # fmt: skip
    made = insert(tables.stage_settings)
    settings = {"months": 4}
    await db.execute(made.values(stage="trust", settings=settings, by=broker.id, at=NOW))
    await put(tables.cases, broker_id=broker.id, craft="weaving", words=by_broker, at=NOW)
