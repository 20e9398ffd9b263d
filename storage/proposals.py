"""Group proposals: firms that a broker may invite to become a network. Their states, and those of
each firm's invitation, stand in networks.proposals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.machine import Refused
from networks.proposals import INVITATION, PROPOSAL
from storage import ids
from storage.conflicts import insert_all, put_anew
from storage.tables import enterprises, memberships, networks, proposal_firms, proposals


@dataclass(frozen=True)
class Proposal:
    """`category` and `topic` of the need they share; `first_step`, `reasons` and `missing` as
    matching.groups says them; `network_id` once it has opened."""

    id: UUID
    state: str
    category: str
    topic: str | None
    first_step: str
    score: float
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    agency: str | None
    country: str | None
    region: str | None
    place: str | None
    broker_id: UUID | None
    network_id: UUID | None
    declined_why: str | None = field(repr=False)
    created_at: datetime
    changed_at: datetime
    lapses_at: datetime | None


async def propose(
    db: AsyncConnection,
    firms: Sequence[UUID],
    now: datetime,
    *,
    category: str,
    first_step: str,
    score: float,
    **columns: Any,
) -> Proposal:
    """Write a proposal of these firms down."""
    given: dict[str, Any] = dict.fromkeys(Proposal.__dataclass_fields__)
    given |= {"id": ids.new(now), "state": PROPOSAL.first, "created_at": now, "changed_at": now}
    given |= {"category": category, "first_step": first_step, "score": score, **columns}
    given |= {name: tuple(given[name] or ()) for name in ("reasons", "missing")}
    made = Proposal(**given)
    row = {**vars(made), "reasons": list(made.reasons), "missing": list(made.missing)}
    await insert_all(db, proposals, [row])
    await add(db, made.id, firms, now, by_broker=False)
    return made


async def add(
    db: AsyncConnection,
    proposal_id: UUID,
    firms: Collection[UUID],
    now: datetime,
    *,
    by_broker: bool = True,
) -> None:
    """Put firms into a proposal, or back into it."""
    rows = [
        {
            "proposal_id": proposal_id,
            "enterprise_id": firm,
            "state": INVITATION.first,
            "by_broker": by_broker,
            "changed_at": now,
        }
        for firm in firms
    ]
    await put_anew(db, proposal_firms, rows, ["proposal_id", "enterprise_id"])


async def by_id(db: AsyncConnection, proposal_id: UUID, lock: bool = False) -> Proposal | None:
    """The proposal with this id. `lock` keeps it, and with it its firms, for this transaction."""
    query = select(proposals).where(proposals.c.id == proposal_id)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def do(
    db: AsyncConnection, proposal: Proposal, deed: str, now: datetime, **columns: Any
) -> str | Refused:
    """Do a deed of networks.proposals.PROPOSAL to a locked proposal; its state then, or Refused."""
    state = PROPOSAL.after(proposal.state, deed)
    if not isinstance(state, Refused):
        await change(db, proposal.id, now, state=state, **columns)
    return state


async def change(db: AsyncConnection, proposal_id: UUID, now: datetime, **columns: Any) -> None:
    """Change columns of a proposal."""
    changed = update(proposals).where(proposals.c.id == proposal_id)
    await db.execute(changed.values(changed_at=now, **columns))


async def firms_of(db: AsyncConnection, proposal_id: UUID) -> dict[UUID, str]:
    """The firms of a proposal with the state of each one's invitation, in the order of ids."""
    query = (
        select(proposal_firms.c.enterprise_id, proposal_firms.c.state)
        .where(proposal_firms.c.proposal_id == proposal_id)
        .order_by(proposal_firms.c.enterprise_id)
    )
    return {row.enterprise_id: row.state for row in (await db.execute(query)).all()}


async def set_firms(
    db: AsyncConnection, proposal_id: UUID, states: Mapping[UUID, str], now: datetime
) -> None:
    """Bring invitations to these states; whether that may be is for networks.proposals to say."""
    for firm, state in states.items():
        which = (
            proposal_firms.c.proposal_id == proposal_id,
            proposal_firms.c.enterprise_id == firm,
        )
        changed = update(proposal_firms).where(*which)
        await db.execute(changed.values(state=state, changed_at=now))


async def show(db: AsyncConnection, proposal_id: UUID, enterprise_id: UUID, shows: str) -> None:
    """Keep what a firm shows to those who said yes too: number, bot."""
    mine = (
        proposal_firms.c.proposal_id == proposal_id,
        proposal_firms.c.enterprise_id == enterprise_id,
    )
    await db.execute(update(proposal_firms).where(*mine).values(shows=shows))


async def shown_in(db: AsyncConnection, network_id: UUID) -> dict[UUID, str]:
    """What each firm that came into a network by its proposal shows to the others."""
    query = (
        select(proposal_firms.c.enterprise_id, proposal_firms.c.shows)
        .join(proposals, proposals.c.id == proposal_firms.c.proposal_id)
        .where(proposals.c.network_id == network_id, proposal_firms.c.shows.is_not(None))
    )
    return {row.enterprise_id: row.shows for row in (await db.execute(query)).all()}


def grouped() -> CompoundSelect[Any]:
    """The ids of enterprises that are in an open proposal or a living network."""
    asked = (
        select(proposal_firms.c.enterprise_id)
        .join(proposals, proposals.c.id == proposal_firms.c.proposal_id)
        .where(proposals.c.state.in_(sorted(PROPOSAL.open)))
        .where(proposal_firms.c.state.in_(sorted(INVITATION.open - {"dropped"})))
    )
    inside = (
        select(memberships.c.enterprise_id)
        .join(networks, networks.c.id == memberships.c.network_id)
        .where(memberships.c.state == "member", networks.c.stage != "closed")
    )
    return asked.union(inside)


async def taken(db: AsyncConnection, enterprise_ids: Collection[UUID]) -> set[UUID]:
    """Those of these who are in an open proposal or a living network already. They are locked,
    so that two brokers who look at once cannot propose the same firm twice."""
    rows = select(enterprises.c.id).where(enterprises.c.id.in_(enterprise_ids))
    await db.execute(rows.order_by(enterprises.c.id).with_for_update())
    busy = grouped().subquery()
    query = select(busy.c.enterprise_id).where(busy.c.enterprise_id.in_(enterprise_ids))
    return set((await db.execute(query)).scalars())


async def of_firm(db: AsyncConnection, enterprise_id: UUID) -> list[tuple[Proposal, str]]:
    """The open proposals a firm is in, with the state of its invitation."""
    query = (
        select(*proposals.c, proposal_firms.c.state.label("invitation"))
        .join(proposal_firms, proposal_firms.c.proposal_id == proposals.c.id)
        .where(proposal_firms.c.enterprise_id == enterprise_id)
        .where(proposals.c.state.in_(sorted(PROPOSAL.open)))
        .order_by(proposals.c.id)
    )
    found = []
    for row in (await db.execute(query)).all():
        columns = dict(row._mapping)
        invitation = columns.pop("invitation")
        found.append((_proposal(columns), str(invitation)))
    return found


async def held_by(db: AsyncConnection, broker_id: UUID) -> list[Proposal]:
    """The open proposals a broker holds, oldest first."""
    mine = proposals.c.broker_id == broker_id
    return await _read(
        db, select(proposals).where(mine, proposals.c.state.in_(sorted(PROPOSAL.open)))
    )


async def held_counts(db: AsyncConnection, broker_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many open proposals each broker holds."""
    query = (
        select(proposals.c.broker_id, func.count())
        .where(proposals.c.broker_id.in_(broker_ids))
        .where(proposals.c.state.in_(sorted(PROPOSAL.open)))
        .group_by(proposals.c.broker_id)
    )
    counts = {broker: int(count) for broker, count in (await db.execute(query)).all()}
    return {one: counts.get(one, 0) for one in broker_ids}


async def lapsing(db: AsyncConnection, now: datetime) -> list[Proposal]:
    """The open proposals whose time is over."""
    open_ = proposals.c.state.in_(sorted(PROPOSAL.open))
    return await _read(db, select(proposals).where(open_, proposals.c.lapses_at <= now))


async def since(db: AsyncConnection, moment: datetime) -> list[tuple[Proposal, frozenset[UUID]]]:
    """The proposals made since a moment and their firms, so that none is proposed again."""
    found = await _read(db, select(proposals).where(proposals.c.created_at >= moment))
    query = select(proposal_firms.c.proposal_id, proposal_firms.c.enterprise_id).where(
        proposal_firms.c.proposal_id.in_([one.id for one in found])
    )
    firms: dict[UUID, set[UUID]] = {}
    for row in (await db.execute(query)).all():
        firms.setdefault(row.proposal_id, set()).add(row.enterprise_id)
    return [(one, frozenset(firms.get(one.id, ()))) for one in found]


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Proposal]:
    rows = (await db.execute(query.order_by(proposals.c.id))).all()
    return [_proposal(dict(row._mapping)) for row in rows]


def _proposal(columns: dict[str, Any]) -> Proposal:
    return Proposal(
        **{**columns, "reasons": tuple(columns["reasons"]), "missing": tuple(columns["missing"])}
    )
