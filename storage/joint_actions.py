"""What firms did together after they met: what each said when asked, and what was confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.joint_actions import JOINT_ACTION
from networks.machine import Refused
from storage import ids
from storage.conflicts import insert_all
from storage.tables import joint_actions


@dataclass(frozen=True)
class JointAction:
    """What `who` said to have done with `whom` (pseudonyms); `asked_after` days."""

    id: UUID
    introduction_id: UUID | None
    network_id: UUID | None
    broker_id: UUID | None
    who: UUID
    whom: UUID | None
    kind: str
    words: str | None = field(repr=False)
    asked_after: int
    state: str
    at: datetime
    confirmed_at: datetime | None


async def report(
    db: AsyncConnection,
    introduction_id: UUID,
    now: datetime,
    *,
    who: UUID,
    whom: UUID,
    kind: str,
    words: str | None,
    asked_after: int,
    broker_id: UUID | None,
) -> JointAction | None:
    """Keep what one side says; None where they have said it before. Where both say the same, both
    are agreed."""
    said = await of_introduction(db, introduction_id)
    if any((one.who, one.asked_after) == (who, asked_after) for one in said):
        return None
    new = JointAction(
        ids.new(now), introduction_id, None, broker_id, who, whom, kind, words, asked_after,
        JOINT_ACTION.first, now, None,
    )  # fmt: skip
    await insert_all(db, joint_actions, [vars(new)])
    same = [one for one in said if (one.who, one.kind) == (whom, kind)]
    if same and kind != "none":
        for one in (new, *same):
            await do(db, one.id, "agree", now)
    return new


async def of_introduction(db: AsyncConnection, introduction_id: UUID) -> Sequence[JointAction]:
    """All that was said after an introduction."""
    mine = joint_actions.c.introduction_id == introduction_id
    rows = (await db.execute(select(joint_actions).where(mine))).all()
    return [JointAction(**row._mapping) for row in rows]


async def by_id(db: AsyncConnection, action_id: UUID, lock: bool = False) -> JointAction | None:
    """The joint action with this id. `lock` keeps it for this transaction."""
    query = select(joint_actions).where(joint_actions.c.id == action_id)
    row = (await db.execute(query.with_for_update() if lock else query)).first()
    return JointAction(**row._mapping) if row else None


async def do(db: AsyncConnection, action_id: UUID, deed: str, now: datetime) -> str | Refused:
    """Do a deed of networks.joint_actions; gives the state then, or Refused."""
    found = await by_id(db, action_id, lock=True)
    state = JOINT_ACTION.after(found.state, deed) if found else Refused("")
    if isinstance(state, Refused):
        return state
    checked = {"confirmed_at": now} if state == "confirmed" else {}
    mine = update(joint_actions).where(joint_actions.c.id == action_id)
    await db.execute(mine.values(state=state, **checked))
    return state


async def counted(db: AsyncConnection, since: datetime) -> dict[UUID | None, dict[str, int]]:
    """By broker, how many in each state since a moment; those who did nothing left out."""
    query = (
        select(joint_actions.c.broker_id, joint_actions.c.state, func.count())
        .where(joint_actions.c.at > since, joint_actions.c.kind != "none")
        .group_by(joint_actions.c.broker_id, joint_actions.c.state)
    )
    found: dict[UUID | None, dict[str, int]] = {}
    for broker_id, state, count in (await db.execute(query)).all():
        found.setdefault(broker_id, {})[str(state)] = int(count)
    return found
