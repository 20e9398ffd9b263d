"""Sessions: where contacts stand in flows. One of a contact's is active, others wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from flows.model import Flow
from flows.session import Session, load
from storage.among import among
from storage.conflicts import putting_anew
from storage.direct import Direct, Write, write
from storage.tables import sessions


@light(frozen=True)
class Stored:
    """A session. `answers` by step name; `asked` is what stands open, as the engine keeps it;
    `state` active, waiting or done; a higher `rank` is asked first."""

    id: UUID
    contact_id: UUID
    flow: str
    subject: str | None
    answers: dict[str, Any] = field(repr=False)
    asked: dict[str, Any] | None = field(repr=False)
    state: str
    rank: int
    created_at: datetime
    changed_at: datetime

    def session(self, flow: Flow | None) -> Session:
        """Where the contact stands in its flow, as the engine has it."""
        return load(fields_of(self), flow)


COLUMNS = tuple(field.name for field in fields(Stored))
_CELLS = tuple(sessions.c[name] for name in COLUMNS)


async def of(db: AsyncConnection, contact_id: UUID) -> tuple[Stored, ...]:
    """A contact's unfinished sessions: the active one first, then as they will be asked."""
    return (await of_many(db, [contact_id]))[contact_id]


async def of_many(
    db: AsyncConnection, contact_ids: Collection[UUID]
) -> dict[UUID, tuple[Stored, ...]]:
    """`of` for many contacts in one question."""
    found: dict[UUID, list[Stored]] = {contact_id: [] for contact_id in contact_ids}
    for row in await _UNFINISHED.rows(db, {"contact_ids": list(contact_ids)}):
        stored = Stored(*row)
        found[stored.contact_id].append(stored)
    return {contact_id: tuple(stored) for contact_id, stored in found.items()}


def _unfinished(sqlite: bool) -> Select[Any]:
    return (
        select(*_CELLS)
        .where(among(sessions.c.contact_id, "contact_ids", sqlite))
        .where(sessions.c.state.in_((literal_column("'active'"), literal_column("'waiting'"))))
        .order_by(sessions.c.state, sessions.c.rank.desc(), sessions.c.created_at, sessions.c.id)
    )


_UNFINISHED = Direct(_unfinished)


async def active(db: AsyncConnection, contact_id: UUID) -> Stored | None:
    """The session a contact is in."""
    return next((s for s in await of(db, contact_id) if s.state == "active"), None)


async def waiting(db: AsyncConnection, contact_id: UUID) -> tuple[Stored, ...]:
    """The sessions that will be asked after it, next first."""
    return tuple(s for s in await of(db, contact_id) if s.state == "waiting")


async def by_id(db: AsyncConnection, session_id: UUID) -> Stored | None:
    """The session with this id, finished ones included."""
    row = (await db.execute(select(sessions).where(sessions.c.id == session_id))).first()
    return Stored(**row._mapping) if row else None


async def last_done(db: AsyncConnection, contact_id: UUID, flow: str) -> Stored | None:
    """The session of a flow a contact finished last, unless its answers were purged since."""
    query = (
        select(sessions)
        .where(sessions.c.contact_id == contact_id, sessions.c.flow == flow)
        .where(sessions.c.state == "done")
        .order_by(sessions.c.changed_at.desc(), sessions.c.id.desc())
    )
    row = (await db.execute(query)).first()
    return Stored(**row._mapping) if row else None


async def put(db: AsyncConnection, stored: Sequence[Stored]) -> None:
    """Write sessions, new or changed."""
    await write(db, [putting(stored)])


def putting(stored: Sequence[Stored]) -> Write | None:
    """Sessions, new or changed. Whose turn changes from one session to another writes the one that
    is no longer active first; this does so itself."""
    rows = [fields_of(session) for session in stored]
    rows.sort(key=lambda row: row["state"] == "active")
    changing = ("subject", "answers", "asked", "state", "rank", "changed_at")
    return putting_anew(sessions, rows, ["id"], changing)


async def finish(db: AsyncConnection, session_id: UUID, now: datetime) -> None:
    """End a session."""
    finished = update(sessions).where(sessions.c.id == session_id)
    await db.execute(finished.values(state="done", asked=None, changed_at=now))


async def forget(db: AsyncConnection, contact_id: UUID) -> None:
    """Remove all sessions of a contact."""
    await db.execute(delete(sessions).where(sessions.c.contact_id == contact_id))
