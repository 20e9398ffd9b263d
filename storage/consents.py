"""Consents: a log of what people agreed to. The latest word on a purpose counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, and_, delete, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import ids
from storage.among import among
from storage.conflicts import inserting
from storage.direct import Direct, Write, write
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
    await write(db, noting([consent]))


def noting(words: Sequence[Consent]) -> list[Write | None]:
    """`note` for many, in this order."""
    rows = [{"id": ids.new(word.at), **fields_of(word)} for word in words]
    agreed = [word.contact_id for word in words if word.given]
    forgetting = Write(_FORGETTING, same={"contact_ids": agreed}) if agreed else None
    return [inserting(consents, rows), forgetting]


def _forgetting(sqlite: bool) -> Delete:
    theirs = (
        select(urns.c.digest)
        .join(contact_urns, contact_urns.c.urn_id == urns.c.id)
        .where(among(contact_urns.c.contact_id, "contact_ids", sqlite))
    )
    erased = delete(do_not_contact).where(do_not_contact.c.why == literal_column("'erased'"))
    return erased.where(do_not_contact.c.digest.in_(theirs))


_FORGETTING = Direct(_forgetting)


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
