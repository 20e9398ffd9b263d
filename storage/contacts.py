"""Contacts: the people we know, and finding them by an address or an id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    exists,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import altered, fields_of, light
from storage import conflicts, ids, sealing
from storage.among import among, is_sqlite
from storage.conflicts import insert_all, inserting
from storage.direct import Direct, Write, write
from storage.tables import contact_urns, contacts, do_not_contact, linkings, outbox, roles, urns
from storage.urns import COLUMNS as OF_URN
from storage.urns import Newcomer, Trace, Urn, link, link_all_new, urn_in, urn_of


@light(frozen=True)
class Contact:
    """A person. `pseudonym` names them in events; `hours` is "08-20" or None for any hour;
    `shows` is "bot" or "number"; `wants` lists the kinds of unprompted message switched off;
    `wishes` for their safety: {"meeting": "any" | "public" | "broker", "woman_broker",
    "women_only"}; `about` {"sex", "age"}, where they said so, for reports only."""

    id: UUID
    pseudonym: UUID
    name: str | None
    language: str | None
    second_language: str | None
    country: str | None
    zone: str | None
    hours: str | None
    shows: str
    wants: tuple[str, ...]
    sms_ok: bool
    wishes: Mapping[str, Any] | None = field(repr=False)
    about: Mapping[str, Any] | None = field(repr=False)
    away_until: datetime | None
    frozen_at: datetime | None
    erased_at: datetime | None
    heard_at: datetime | None
    created_at: datetime


COLUMNS = tuple(contacts.c[field.name] for field in fields(Contact))


def contact_of(row: RowMapping) -> Contact:
    """The contact in a row that has all columns of `contacts`."""
    return _contact([row[column] for column in COLUMNS])


def changed(contact: Contact, **columns: Any) -> Contact:
    """The contact as it will be after `change` with the same columns."""
    return altered(contact, **columns)


async def known(db: AsyncConnection, urn: str, lock: bool = False) -> tuple[Contact, Urn] | None:
    """Who writes from this address: the current contact of it. `lock` keeps both for this
    transaction."""
    found = await all_known(db, [urn], lock)
    return found.get(urn)


async def all_known(
    db: AsyncConnection, addresses: Collection[str], lock: bool = False
) -> dict[str, tuple[Contact, Urn]]:
    """`known` for many addresses in one question, contacts locked in the order of their ids."""
    digests = {sealing.digest(db, address): address for address in addresses}
    found = await _at(db, digests, lock)
    return {digests[urn.digest]: (contact, urn) for contact, urn in found}


async def known_at(db: AsyncConnection, digest: str) -> tuple[Contact, Urn] | None:
    """`known`, by the digest of an address."""
    return next(iter(await _at(db, [digest], lock=False)), None)


async def _at(
    db: AsyncConnection, digests: Collection[str], lock: bool
) -> list[tuple[Contact, Urn]]:
    query = _all_known(is_sqlite(db), lock)
    rows = (await db.execute(query, {"digests": list(digests)})).all()
    return [(_contact(row[:_WIDTH]), urn_in(row[_WIDTH:])) for row in rows]


@lru_cache
def _all_known(sqlite: bool, lock: bool) -> Select[Any]:
    query = _with_urn().where(among(urns.c.digest, "digests", sqlite))
    return _locked(query.order_by(contacts.c.id), lock)


async def writing(
    db: AsyncConnection, addresses: Collection[str]
) -> tuple[dict[str, tuple[Contact, Urn]], frozenset[UUID]]:
    """`all_known` of those who have written and are in nobody else's hands, locked; and the ids of
    those contacts among them who hold a role, and of those addresses for which a message waits:
    few."""
    digests = {sealing.digest(db, address): address for address in addresses}
    found: dict[str, tuple[Contact, Urn]] = {}
    marked: set[UUID] = set()
    for cells in await _WRITING.rows(db, {"digests": list(digests)}):
        contact, urn, marks = writer(cells)
        found[digests[urn.digest]] = contact, urn
        marked |= marks
    return found, frozenset(marked)


def writers(where: ColumnElement[bool]) -> Select[Any]:
    """The contacts at addresses, locked in the order of their ids, with what `writer` reads. Who is
    in other hands is left out: nobody waits for whoever holds them, who may never come back."""
    holds = exists().where(roles.c.contact_id == contacts.c.id, roles.c.revoked_at.is_(None))
    waiting = outbox.c.state == literal_column("'waiting'")
    waits = exists().where(outbox.c.urn_id == urns.c.id, waiting)
    named = [column.label(f"{column.table.name}_{column.name}") for column in (*COLUMNS, *OF_URN)]
    query = _joined(select(*named, holds.label("holds"), waits.label("waits"))).where(where)
    return _locked(query.order_by(contacts.c.id), True, skip=True)


DIGEST = "urns_digest"
"""What the address is called in `writers`."""


def writer(cells: Sequence[Any]) -> tuple[Contact, Urn, set[UUID]]:
    """A contact and their address; and of which of them there is more to know: that a role is held,
    that a message waits."""
    *cells, holds, waits = cells
    contact, urn = _contact(cells[:_WIDTH]), urn_in(cells[_WIDTH:])
    return contact, urn, ({contact.id} if holds else set()) | ({urn.id} if waits else set())


_WRITING = Direct(lambda sqlite: writers(among(urns.c.digest, "digests", sqlite)))


_WIDTH, _WANTS = len(COLUMNS), COLUMNS.index(contacts.c.wants)


def _contact(cells: Sequence[Any]) -> Contact:
    cells = list(cells)
    cells[_WANTS] = tuple(cells[_WANTS])
    return Contact(*cells)


def _with_urn() -> Select[Any]:
    return _joined(select(*COLUMNS, *OF_URN))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join_from(urns, contact_urns, contact_urns.c.urn_id == urns.c.id)
        .join(contacts, contacts.c.id == contact_urns.c.contact_id)
        .where(contact_urns.c.current)
    )


def _locked(query: Select[Any], lock: bool, skip: bool = False) -> Select[Any]:
    """Not the keys: rows of others that point at a contact may be written meanwhile. `skip` those
    that others hold."""
    if not lock:
        return query
    return query.with_for_update(of=contacts, key_share=True, skip_locked=skip)


@dataclass(frozen=True)
class Stranger:
    """Somebody not met yet: their address, the channel they came by, and what that tells."""

    urn: str
    via: str
    look: str = ""
    line: str = ""
    country: str | None = None
    language: str | None = None


async def meet(
    db: AsyncConnection,
    urn: str,
    now: datetime,
    *,
    via: str,
    look: str = "",
    line: str = "",
    country: str | None = None,
    language: str | None = None,
) -> tuple[Contact, Urn]:
    """Make a contact for an address that nobody has yet. An address that once said STOP and was
    erased is still stopped."""
    (met,) = await meet_all(db, [Stranger(urn, via, look, line, country, language)], now)
    return met


async def meet_all(
    db: AsyncConnection,
    strangers: Sequence[Stranger],
    now: datetime,
    known: Mapping[str, Trace] | None = None,
) -> list[tuple[Contact, Urn]]:
    """`meet` for many, each at an address of their own; `known` is what `urns.traces` gave."""
    if not strangers:
        return []
    met = [_contact_of(stranger, now) for stranger in strangers]
    new = inserting(contacts, [{**fields_of(contact), "wants": []} for contact in met])
    newcomers = [
        Newcomer(contact.id, one.urn, one.via, one.look, one.line)
        for contact, one in zip(met, strangers, strict=True)
    ]
    return list(zip(met, await link_all_new(db, newcomers, now, known, [new]), strict=True))


async def meet_beside(
    db: AsyncConnection, urn: Urn, now: datetime, country: str | None, language: str | None
) -> Contact:
    """Make a contact for somebody who writes from an address that others use as well; it is
    theirs now."""
    stranger = Stranger(urn.address or "", urn.via or "", country=country, language=language)
    contact = _contact_of(stranger, now)
    await insert_all(db, contacts, [{**fields_of(contact), "wants": []}])
    await link(db, urn.id, contact.id, now, why="shared")
    return contact


async def meet_without(
    db: AsyncConnection, now: datetime, country: str | None, language: str | None
) -> Contact:
    """Make a contact for somebody who has no address: others speak for them."""
    contact = _contact_of(Stranger("", "", country=country, language=language), now)
    await insert_all(db, contacts, [{**fields_of(contact), "wants": []}])
    return contact


def _contact_of(stranger: Stranger, now: datetime) -> Contact:
    return Contact(
        id=ids.new(now),
        pseudonym=ids.pseudonym(),
        name=None,
        language=stranger.language,
        second_language=None,
        country=stranger.country,
        zone=None,
        hours=None,
        shows="bot",
        wants=(),
        sms_ok=False,
        wishes=None,
        about=None,
        away_until=None,
        frozen_at=None,
        erased_at=None,
        heard_at=now,
        created_at=now,
    )


async def by_id(db: AsyncConnection, contact_id: UUID, lock: bool = False) -> Contact | None:
    """The contact with this id."""
    return (await by_ids(db, [contact_id], lock)).get(contact_id)


async def by_ids(
    db: AsyncConnection, contact_ids: Collection[UUID], lock: bool = False, skip: bool = False
) -> dict[UUID, Contact]:
    """The contacts with these ids, locked in the order of their ids; `skip`: without those that
    others hold."""
    query = select(*COLUMNS).where(contacts.c.id.in_(contact_ids)).order_by(contacts.c.id)
    rows = (await db.execute(_locked(query, lock, skip))).all()
    return {found.id: found for found in (contact_of(row._mapping) for row in rows)}


async def address(db: AsyncConnection, contact_id: UUID) -> Urn | None:
    """Where a contact can be written to: the address last heard from of those that are theirs
    now, reachable and not stopped; one that others use as well only where there is no other."""
    return (await addresses(db, [contact_id])).get(contact_id)


async def addresses(db: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, Urn]:
    """`address` for many contacts in one question; who cannot be written to is left out."""
    query = (
        _with_urn()
        .where(contacts.c.id.in_(contact_ids), urns.c.address.is_not(None))
        .where(urns.c.stopped_at.is_(None), urns.c.unreachable_at.is_(None))
        .order_by(urns.c.shared.desc(), urns.c.heard_at.is_(None).desc())
        .order_by(urns.c.heard_at, urns.c.id)
    )
    rows = (await db.execute(query)).all()
    return {row._mapping[contacts.c.id]: urn_of(row._mapping) for row in rows}


async def shared_addresses(db: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, Urn]:
    """Addresses that contacts use with others and that are not theirs now: what is left there for
    them waits until they are chosen."""
    query = (
        select(*urns.c, contact_urns.c.contact_id)
        .join(contact_urns, contact_urns.c.urn_id == urns.c.id)
        .where(contact_urns.c.contact_id.in_(contact_ids), ~contact_urns.c.current)
        .where(urns.c.address.is_not(None))
        .where(urns.c.stopped_at.is_(None), urns.c.unreachable_at.is_(None))
        .order_by(urns.c.heard_at, urns.c.id)
    )
    rows = (await db.execute(query)).all()
    return {row.contact_id: urn_of(row._mapping) for row in rows}


async def holder(db: AsyncConnection, urn_id: UUID) -> Contact | None:
    """Whose an address is now."""
    query = _with_urn().where(urns.c.id == urn_id)
    row = (await db.execute(query)).first()
    return contact_of(row._mapping) if row else None


async def resting(db: AsyncConnection, contact_id: UUID) -> list[UUID]:
    """The same person's other contacts: those whose address this one took over by linking, and
    that have none left."""
    theirs = contact_urns.c.contact_id == linkings.c.from_contact_id
    query = (
        select(linkings.c.from_contact_id)
        .join(contacts, contacts.c.id == linkings.c.from_contact_id)
        .where(linkings.c.to_contact_id == contact_id, linkings.c.why == "linked")
        .where(linkings.c.undone_at.is_(None), contacts.c.erased_at.is_(None))
        .where(~select(contact_urns.c.urn_id).where(theirs).exists())
    )
    return sorted(set((await db.execute(query)).scalars().all()))


async def sharing(db: AsyncConnection, urn_id: UUID) -> Sequence[tuple[Contact, bool]]:
    """Everybody who uses an address, each with whether it is theirs now."""
    query = (
        select(*COLUMNS, contact_urns.c.current)
        .join_from(contact_urns, contacts, contacts.c.id == contact_urns.c.contact_id)
        .where(contact_urns.c.urn_id == urn_id)
        .order_by(contact_urns.c.linked_at, contacts.c.id)
    )
    rows = (await db.execute(query)).all()
    return [(contact_of(row._mapping), bool(row._mapping[contact_urns.c.current])) for row in rows]


async def change(db: AsyncConnection, contact_id: UUID, **columns: Any) -> None:
    """Change columns of a contact."""
    await write(db, changing({contact_id: columns}))


def changing(changes: Mapping[UUID, Mapping[str, Any]]) -> list[Write | None]:
    """`change` for several contacts, each its own columns, in the order of their ids: one write for
    those of whom the same columns change."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for contact_id in sorted(changes):
        columns = dict(changes[contact_id])
        if "wants" in columns:
            columns["wants"] = list(columns["wants"])
        alike.setdefault(tuple(sorted(columns)), []).append({"id": contact_id, **columns})
    return [conflicts.changing(contacts, rows) for rows in alike.values()]


async def freeze(db: AsyncConnection, contact_id: UUID, now: datetime) -> None:
    """Nothing this contact asks for reaches others until a coordinator releases them (REPORT)."""
    frozen = update(contacts).where(contacts.c.id == contact_id, contacts.c.frozen_at.is_(None))
    await db.execute(frozen.values(frozen_at=now))


async def release(db: AsyncConnection, contact_id: UUID) -> None:
    """Undo `freeze`."""
    await change(db, contact_id, frozen_at=None)


async def may_be_imported(db: AsyncConnection, urn: str) -> bool:
    """Whether nobody at this address ever said STOP or was erased."""
    digest = sealing.digest(db, urn)
    query = select(do_not_contact.c.digest).where(do_not_contact.c.digest == digest)
    return (await db.execute(query)).first() is None
