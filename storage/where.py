"""WHERE: everything somebody asked for and has not got yet, who has it now and since when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from networks.introductions import OPEN
from storage import alerts, contacts, enterprises, introductions, needs, tasks


@dataclass(frozen=True)
class Asked:
    """Something asked for. `kind` task, introduction or need; `about` the task's kind, the
    introduction's state or the need's category; `holder` who has it: the name of a broker or
    coordinator, None where nobody has it yet; `other_id` the enterprise it is to lead to;
    `promised_for` by when an answer was promised."""

    kind: str
    id: UUID
    about: str
    since: datetime
    holder_id: UUID | None = None
    holder: str | None = field(default=None, repr=False)
    other_id: UUID | None = None
    promised_for: datetime | None = None
    words: str | None = field(default=None, repr=False)


async def everything(db: AsyncConnection, contact_id: UUID) -> list[Asked]:
    """What a contact waits for, oldest first."""
    asked = [
        Asked(
            kind="task",
            id=task.id,
            about=task.kind,
            since=task.created_at,
            holder_id=task.holder_id,
            promised_for=task.promised_for,
            words=task.words,
        )
        for task in await tasks.open_of(db, contact_id)
    ]
    enterprise = await enterprises.of_contact(db, contact_id)
    if enterprise is not None:
        asked += await _introductions(db, enterprise.id)
        asked += [
            Asked("need", need.id, need.category, need.created_at, words=need.words)
            for need in await needs.open_of(db, enterprise.id)
        ]
    names = await contacts.by_ids(db, {one.holder_id for one in asked if one.holder_id})
    held = [
        Asked(**{**vars(one), "holder": names[one.holder_id].name})
        if one.holder_id in names
        else one
        for one in asked
    ]
    return sorted(held, key=lambda one: (one.since, one.id))


async def _introductions(db: AsyncConnection, enterprise_id: UUID) -> list[Asked]:
    """Those it asked for: whom others asked for is nobody else's business."""
    open_ = [
        one
        for one in await introductions.of_enterprise(db, enterprise_id)
        if one.from_id == enterprise_id and one.state in OPEN
    ]
    asked = await alerts.holders(db, "introduction", [one.id for one in open_])
    return [
        Asked(
            kind="introduction",
            id=one.id,
            about=one.state,
            since=one.created_at,
            holder_id=one.broker_id or asked.get(one.id),
            other_id=one.to_id,
            promised_for=one.lapses_at,
        )
        for one in open_
    ]
