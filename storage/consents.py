"""Consents: a log of what people agreed to. The latest word on a purpose counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import light
from storage import ids
from storage.conflicts import insert_all
from storage.tables import consents, contact_urns, do_not_contact, urns


@light(frozen=True)
class Consent:
    """A word on a purpose. `version` says which text was shown, `how` is asked, spoken or
    imported."""

    contact_id: UUID
    channel: str
    purpose: str
    version: str
    how: str
    given: bool
    at: datetime


async def note(db: AsyncConnection, consent: Consent) -> None:
    """Write a yes or a no down. Who was erased and agrees anew may be written to again."""
    await note_all(db, [consent])


async def note_all(db: AsyncConnection, words: Sequence[Consent]) -> None:
    """`note` for many, in this order."""
    if not words:
        return
    await insert_all(db, consents, [{"id": ids.new(w.at), **vars(w)} for w in words])
    agreed = [word.contact_id for word in words if word.given]
    if agreed:
        theirs = (
            select(urns.c.digest)
            .join(contact_urns, contact_urns.c.urn_id == urns.c.id)
            .where(contact_urns.c.contact_id.in_(agreed))
        )
        erased = delete(do_not_contact).where(do_not_contact.c.why == "erased")
        await db.execute(erased.where(do_not_contact.c.digest.in_(theirs)))


async def given(db: AsyncConnection, contact_id: UUID, purpose: str) -> bool:
    """Whether a contact's latest word on a purpose was yes."""
    return contact_id in await given_by(db, [contact_id], purpose)


async def given_by(
    db: AsyncConnection, contact_ids: Collection[UUID], purpose: str
) -> frozenset[UUID]:
    """Which of these contacts' latest word on a purpose was yes."""
    query = _latest().where(consents.c.contact_id.in_(contact_ids), consents.c.purpose == purpose)
    query = query.where(consents.c.given)
    return frozenset((await db.execute(query)).scalars().all())


async def of(db: AsyncConnection, contact_id: UUID) -> list[Consent]:
    """All a contact ever said to what we asked, oldest first."""
    query = select(consents).where(consents.c.contact_id == contact_id)
    rows = (await db.execute(query.order_by(consents.c.at, consents.c.id))).all()
    names = Consent.__dataclass_fields__
    return [Consent(**{n: v for n, v in row._mapping.items() if n in names}) for row in rows]


def holds(contact_id: ColumnElement[Any], purpose: str) -> ColumnElement[bool]:
    """The condition that the latest word on a purpose of the contact in a column was yes."""
    latest = _latest().where(
        consents.c.contact_id == contact_id, consents.c.purpose == purpose, consents.c.given
    )
    return latest.exists()


def _latest() -> Select[Any]:
    later = consents.alias("later")
    newer = and_(
        later.c.contact_id == consents.c.contact_id,
        later.c.purpose == consents.c.purpose,
        (later.c.at > consents.c.at)
        | ((later.c.at == consents.c.at) & (later.c.id > consents.c.id)),
    )
    return select(consents.c.contact_id).where(~exists().where(newer))
