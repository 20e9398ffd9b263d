"""What a broker holds, all of it, and how it passes to somebody else: networks, proposals,
introductions, tasks, alerts, and those they speak for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.introductions import OPEN
from storage import alerts, introductions, networks, proposals, tasks
from storage.alerts import Alert
from storage.among import is_sqlite
from storage.introductions import Introduction
from storage.networks import Network
from storage.proposals import Proposal
from storage.tables import alerts as alert_rows
from storage.tables import introductions as introduction_rows
from storage.tables import joint_actions as action_rows
from storage.tables import networks as network_rows
from storage.tables import proposals as proposal_rows
from storage.tables import tasks as task_rows
from storage.tasks import Task

CONFIDED = ("complaint", "worry")
"""Kinds of task that no broker may get."""

TO_A_COORDINATOR = ("review", "reported")
"""Kinds of task that only coordinators hold."""


@dataclass(frozen=True)
class Held:
    """What somebody holds that is not over. `tasks` are also those they speak for."""

    networks: tuple[Network, ...]
    proposals: tuple[Proposal, ...]
    introductions: tuple[Introduction, ...]
    tasks: tuple[Task, ...]
    alerts: tuple[Alert, ...]

    @property
    def count(self) -> int:
        """How many things these are; an alert is about one of the others, or about nobody's."""
        about = {one.id for one in self.networks} | {one.id for one in self.proposals}
        about |= {one.id for one in self.introductions} | {one.id for one in self.tasks}
        alone = [one for one in self.alerts if one.subject_id not in about]
        return len(about) + len(alone)


async def counted_alone(db: AsyncConnection, people: Collection[UUID]) -> None:
    """Whoever else counts what these hold, in order to give them more, waits until this transaction
    ends. SQLite writes one transaction after the other anyway."""
    if is_sqlite(db):
        return
    for number in sorted(one.int & _LOCK for one in people):
        await db.execute(select(func.pg_advisory_xact_lock(number)))


_LOCK = 2**63 - 1
"""What a lock's number holds of an id."""


async def by(db: AsyncConnection, contact_id: UUID) -> Held:
    """Everything that somebody holds now."""
    theirs = await tasks.held_by(db, contact_id)
    spoken_for = await tasks.assisted_by(db, contact_id)
    return Held(
        tuple(await networks.held_by(db, contact_id)),
        tuple(await proposals.held_by(db, contact_id)),
        tuple(await introductions.held_by(db, contact_id)),
        tuple(one for one in (*theirs, *spoken_for) if one.kind not in (*CONFIDED, "question")),
        tuple(await alerts.all_of(db, contact_id)),
    )


async def move_people(
    db: AsyncConnection, leaver: UUID, to: UUID, coordinator: UUID, now: datetime
) -> None:
    """Pass on what is about single people: introductions, whom they speak for, tasks, what they
    asked, and what is still to be confirmed. What no broker may hold goes to the coordinator."""
    kinds = introduction_rows.c.state.in_((*sorted(OPEN), "connected"))
    mine = update(introduction_rows).where(introduction_rows.c.broker_id == leaver, kinds)
    await db.execute(mine.values(broker_id=to))
    unsaid = action_rows.c.state.in_(("reported", "agreed"))
    await db.execute(
        update(action_rows).where(action_rows.c.broker_id == leaver, unsaid).values(broker_id=to)
    )
    open_ = task_rows.c.state.in_(("open", "kept"))
    held = update(task_rows).where(task_rows.c.holder_id == leaver, open_)
    await db.execute(
        held.where(task_rows.c.kind.in_(TO_A_COORDINATOR)).values(holder_id=coordinator)
    )
    others = task_rows.c.kind.not_in((*TO_A_COORDINATOR, *CONFIDED, "question"))
    # Nobody looks after their own: that stays with a coordinator.
    own = task_rows.c.contact_id == to
    await db.execute(held.where(others, own).values(holder_id=coordinator))
    await db.execute(held.where(others, ~own).values(holder_id=to))
    asked = update(task_rows).where(task_rows.c.contact_id == leaver, task_rows.c.state == "open")
    await db.execute(asked.where(task_rows.c.kind == "question").values(contact_id=to))


async def holders(db: AsyncConnection) -> set[UUID]:
    """Everybody who holds anything a broker holds."""
    found: set[UUID] = set()
    for query in (
        select(network_rows.c.broker_id).where(network_rows.c.stage != "closed"),
        select(proposal_rows.c.broker_id).where(
            proposal_rows.c.state.in_(("proposed", "inviting"))
        ),
        select(introduction_rows.c.broker_id).where(introduction_rows.c.state.in_(sorted(OPEN))),
        select(alert_rows.c.holder_id).where(alert_rows.c.state.in_(("waiting", "asked"))),
        select(task_rows.c.holder_id).where(
            task_rows.c.kind.not_in((*CONFIDED, "question")),
            or_(task_rows.c.state == "open", task_rows.c.state == "kept"),
        ),
    ):
        found |= {one for one in (await db.execute(query.distinct())).scalars() if one}
    return found


async def orphans(db: AsyncConnection, there: Collection[UUID]) -> list[Network]:
    """The living networks that nobody of `there` accompanies."""
    return [one for one in await networks.living(db) if one.broker_id not in there]
