"""URNs: addresses on channels, whose they are, and whether they may be written to.

An address may have several contacts, one of them current; linking is logged and can be undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import ids, sealing
from storage.among import listed
from storage.conflicts import insert_all, insert_new, inserting, put_anew
from storage.direct import Direct, Write, write
from storage.tables import contact_urns, contacts, do_not_contact, inbox, linkings, urns


@light(frozen=True)
class Urn:
    """An address. `address` is the whole URN (`tel:+50499887766`), None once erased; `via` the
    channel it last came by; `look` how a simulated phone behaves; `line` which of our
    numbers they wrote to; `shared` by several people."""

    id: UUID
    scheme: str
    address: str | None
    digest: str
    via: str | None
    look: str | None
    line: str | None
    shared: bool
    stopped_at: datetime | None
    unreachable_at: datetime | None
    erased_at: datetime | None
    heard_at: datetime | None
    created_at: datetime

    @property
    def path(self) -> str:
        """The address without its scheme: `+50499887766`."""
        return (self.address or "").partition(":")[2]


@dataclass(frozen=True)
class Linking:
    """That an address went from one contact to another: what undoing needs."""

    id: UUID
    urn_id: UUID
    from_contact_id: UUID | None
    to_contact_id: UUID | None
    why: str
    at: datetime
    undone_at: datetime | None


COLUMNS = tuple(urns.c[field.name] for field in fields(Urn))

NOBODY = UUID(int=0)

NUMBERED = ("tel", "whatsapp")
"""Schemes whose paths are telephone numbers."""


def urn_of(row: RowMapping) -> Urn:
    """The URN in a row that has all columns of `urns`."""
    return urn_in([row[column] for column in COLUMNS])


def urn_in(cells: Sequence[Any]) -> Urn:
    """The URN in the columns of `urns`, in their order."""
    return Urn(*cells)


async def by_ids(db: AsyncConnection, urn_ids: Collection[UUID]) -> dict[UUID, Urn]:
    """The URNs with these ids."""
    rows = (await db.execute(select(urns).where(urns.c.id.in_(urn_ids)))).all()
    return {found.id: found for found in (urn_of(row._mapping) for row in rows)}


async def by_address(db: AsyncConnection, address: str) -> Urn | None:
    """The URN of this address, whether it is anybody's or not."""
    query = select(urns).where(urns.c.digest == sealing.digest(db, address))
    row = (await db.execute(query)).first()
    return urn_of(row._mapping) if row else None


async def of(db: AsyncConnection, contact_id: UUID) -> list[Urn]:
    """Every address that is a contact's now, last heard first."""
    query = (
        select(urns)
        .join(contact_urns, contact_urns.c.urn_id == urns.c.id)
        .where(contact_urns.c.contact_id == contact_id, contact_urns.c.current)
        .order_by(urns.c.heard_at.is_(None), urns.c.heard_at.desc(), urns.c.id)
    )
    return [urn_of(row._mapping) for row in (await db.execute(query)).all()]


@dataclass(frozen=True)
class Newcomer:
    """A contact and the address they were first heard from."""

    contact_id: UUID
    address: str
    via: str
    look: str = ""
    line: str = ""


def same_number(address: str) -> tuple[str, ...]:
    """The addresses that one number has on other channels; none where there is no number."""
    scheme, _, path = address.partition(":")
    if scheme not in NUMBERED or not path.startswith("+"):
        return ()
    return tuple(f"{other}:{path}" for other in NUMBERED if other != scheme)


async def note(db: AsyncConnection, address: str, now: datetime, *, via: str) -> Urn:
    """Write down an address nobody was heard from yet; one that is known is left as it is. An
    address that said STOP before it was erased is still stopped."""
    found = await by_address(db, address)
    if found is not None:
        return found
    digest = sealing.digest(db, address)
    stopped = await _stopped(db, [digest])
    newcomer = Newcomer(NOBODY, address, via)
    urn = replace(_urn_of(newcomer, digest, stopped.get(digest), now), heard_at=None)
    await insert_all(db, urns, [fields_of(urn)])
    return urn


async def link_new(
    db: AsyncConnection,
    contact_id: UUID,
    address: str,
    now: datetime,
    *,
    via: str,
    look: str = "",
    line: str = "",
) -> Urn:
    """Write down an address for a contact, heard from now; one that was known and is nobody's
    is taken up again. An address that said STOP before it was erased is still stopped."""
    newcomer = Newcomer(contact_id, address, via, look, line)
    (urn,) = await link_all_new(db, [newcomer], now)
    return urn


@dataclass(frozen=True)
class Trace:
    """What is known of an address: its digest; the URN, where it was ever written down; whose it
    is now; and when STOP was said there."""

    digest: str
    urn: Urn | None
    contact_id: UUID | None
    stopped_at: datetime | None


async def traces(db: AsyncConnection, addresses: Collection[str]) -> dict[str, Trace]:
    """What is known of each of these addresses."""
    digests = {sealing.digest(db, address): address for address in addresses}
    found = await _TRACES.rows(db, {"digests": list(digests)})
    return {
        digests[digest]: Trace(digest, urn_in(cells) if cells[0] else None, contact_id, stopped_at)
        for digest, contact_id, stopped_at, *cells in found
    }


def _traces(sqlite: bool) -> Select[Any]:
    digests = listed("digests", urns.c.digest.type, sqlite)
    digest = digests.c.value
    current = and_(contact_urns.c.urn_id == urns.c.id, contact_urns.c.current)
    stopped = do_not_contact.c.why == literal_column("'stopped'")
    return (
        select(digest.label("of"), contact_urns.c.contact_id, do_not_contact.c.at, *COLUMNS)
        .outerjoin_from(digests, urns, urns.c.digest == digest)
        .outerjoin(contact_urns, current)
        .outerjoin(do_not_contact, and_(do_not_contact.c.digest == digest, stopped))
    )


_TRACES = Direct(_traces)


async def link_all_new(
    db: AsyncConnection,
    newcomers: Sequence[Newcomer],
    now: datetime,
    known: Mapping[str, Trace] | None = None,
    beside: Sequence[Write | None] = (),
) -> list[Urn]:
    """`link_new` for many, each with an address of their own. `known` is what `traces` gave;
    `beside` is to be written first."""
    known = known or await traces(db, [newcomer.address for newcomer in newcomers])
    fresh: list[tuple[Newcomer, Urn]] = []
    for newcomer in newcomers:
        trace = known[newcomer.address]
        if trace.urn is None:
            fresh.append((newcomer, _urn_of(newcomer, trace.digest, trace.stopped_at, now)))
    await write(db, [*beside, *_linking(fresh, now)])
    linked = {newcomer.address: urn for newcomer, urn in fresh}
    for newcomer in newcomers:
        urn = known[newcomer.address].urn
        if urn is not None:
            linked[newcomer.address] = await _taken_up(db, urn, newcomer, now)
    return [linked[newcomer.address] for newcomer in newcomers]


def _linking(fresh: Sequence[tuple[Newcomer, Urn]], now: datetime) -> list[Write | None]:
    links = [{"contact_id": one.contact_id, "urn_id": urn.id} for one, urn in fresh]
    logged = [Linking(ids.new(now), u.id, None, n.contact_id, "met", now, None) for n, u in fresh]
    return [
        inserting(urns, [fields_of(urn) for _, urn in fresh]),
        inserting(contact_urns, links, {"current": True, "linked_at": now}),
        inserting(linkings, [vars(linking) for linking in logged]),
    ]


def _urn_of(newcomer: Newcomer, digest: str, stopped_at: datetime | None, now: datetime) -> Urn:
    return Urn(
        id=ids.new(now),
        scheme=newcomer.address.partition(":")[0],
        address=newcomer.address,
        digest=digest,
        via=newcomer.via,
        look=newcomer.look or None,
        line=newcomer.line or None,
        shared=False,
        stopped_at=stopped_at,
        unreachable_at=None,
        erased_at=None,
        heard_at=now,
        created_at=now,
    )


async def _taken_up(db: AsyncConnection, found: Urn, newcomer: Newcomer, now: datetime) -> Urn:
    urn = replace(found, erased_at=None, via=newcomer.via, heard_at=now)
    await change(db, urn.id, erased_at=None, via=urn.via, heard_at=now)
    # Back so soon after DELETE that the last words of the former contact still lie there.
    theirs = (inbox.c.urn_digest == urn.digest) & (inbox.c.state != "ready")
    await db.execute(update(inbox).where(theirs).values(body=None))
    await link(db, urn.id, newcomer.contact_id, now, why="met")
    return urn


async def _stopped(db: AsyncConnection, digests: Collection[str]) -> Mapping[str, datetime]:
    query = select(do_not_contact.c.digest, do_not_contact.c.at).where(
        do_not_contact.c.digest.in_(digests), do_not_contact.c.why == "stopped"
    )
    return {row.digest: row.at for row in (await db.execute(query)).all()}


async def change(db: AsyncConnection, urn_id: UUID, **columns: Any) -> None:
    """Change columns of an address."""
    await db.execute(update(urns).where(urns.c.id == urn_id).values(**columns))


async def stop(db: AsyncConnection, urn_id: UUID, now: datetime) -> None:
    """STOP: nothing goes to this address any more, whoever uses it, until START."""
    stopped = update(urns).where(urns.c.id == urn_id, urns.c.stopped_at.is_(None))
    await db.execute(stopped.values(stopped_at=now))
    digest = (await db.execute(select(urns.c.digest).where(urns.c.id == urn_id))).scalar_one()
    row = {"digest": digest, "why": "stopped", "at": now}
    await put_anew(db, do_not_contact, [row], ["digest"])


async def start(db: AsyncConnection, urn_id: UUID) -> None:
    """START: undo STOP, and that it was erased: its owner came back by their own word."""
    digest = (await db.execute(select(urns.c.digest).where(urns.c.id == urn_id))).scalar_one()
    await db.execute(delete(do_not_contact).where(do_not_contact.c.digest == digest))
    await change(db, urn_id, stopped_at=None, unreachable_at=None)


async def link(
    db: AsyncConnection, urn_id: UUID, contact_id: UUID, now: datetime, *, why: str
) -> Linking:
    """Make an address a contact's current one, taken from who had it. The former one still uses
    it where `why` is "shared", else no longer ("moved", "met", "linked")."""
    former = await _current(db, urn_id)
    if former is not None and former != contact_id:
        await _not_current(db, urn_id, forget=why != "shared")
        if why == "shared":
            await change(db, urn_id, shared=True)
    link_row = {"contact_id": contact_id, "urn_id": urn_id, "current": True, "linked_at": now}
    await put_anew(db, contact_urns, [link_row], ["contact_id", "urn_id"])
    return await _log(db, urn_id, former, contact_id, why, now)


async def unlink(db: AsyncConnection, urn_id: UUID, now: datetime) -> Linking:
    """Take an address from its current contact; it is nobody's until it is linked again."""
    former = await _current(db, urn_id)
    await _not_current(db, urn_id, forget=True)
    return await _log(db, urn_id, former, None, "unlinked", now)


async def undo(db: AsyncConnection, linking_id: UUID, now: datetime) -> bool:
    """Put an address back to whom it was before, or to nobody where they were erased meanwhile.
    False where something happened to it since."""
    query = select(linkings).where(linkings.c.id == linking_id).with_for_update()
    row = (await db.execute(query)).first()
    if row is None or row.undone_at is not None:
        return False
    if await _current(db, row.urn_id) != row.to_contact_id:
        return False
    await _not_current(db, row.urn_id, forget=True)
    if row.from_contact_id is not None and not await _is_erased(db, row.from_contact_id):
        again = {
            "contact_id": row.from_contact_id,
            "urn_id": row.urn_id,
            "current": True,
            "linked_at": now,
        }
        await put_anew(db, contact_urns, [again], ["contact_id", "urn_id"])
    await db.execute(update(linkings).where(linkings.c.id == linking_id).values(undone_at=now))
    return True


async def _is_erased(db: AsyncConnection, contact_id: UUID) -> bool:
    query = select(contacts.c.erased_at).where(contacts.c.id == contact_id)
    return (await db.execute(query)).scalar() is not None


async def linked_to(db: AsyncConnection, contact_id: UUID) -> list[tuple[Linking, Urn]]:
    """What a contact joined with their own ("linked") and may separate again, oldest first."""
    query = (
        select(linkings)
        .join(contact_urns, contact_urns.c.urn_id == linkings.c.urn_id)
        .where(linkings.c.to_contact_id == contact_id, linkings.c.why == "linked")
        .where(linkings.c.undone_at.is_(None))
        .where(contact_urns.c.contact_id == contact_id, contact_urns.c.current)
        .order_by(linkings.c.id)
    )
    links = [Linking(**row._mapping) for row in (await db.execute(query)).all()]
    found = await by_ids(db, [link.urn_id for link in links])
    return [(link, found[link.urn_id]) for link in links]


async def linkings_of(db: AsyncConnection, urn_id: UUID) -> list[Linking]:
    """What became of an address, oldest first."""
    query = select(linkings).where(linkings.c.urn_id == urn_id).order_by(linkings.c.id)
    return [Linking(**row._mapping) for row in (await db.execute(query)).all()]


async def _current(db: AsyncConnection, urn_id: UUID) -> UUID | None:
    query = select(contact_urns.c.contact_id).where(
        contact_urns.c.urn_id == urn_id, contact_urns.c.current
    )
    return (await db.execute(query)).scalar()


async def _not_current(db: AsyncConnection, urn_id: UUID, *, forget: bool) -> None:
    mine = (contact_urns.c.urn_id == urn_id) & contact_urns.c.current
    if forget:
        await db.execute(delete(contact_urns).where(mine))
    else:
        await db.execute(update(contact_urns).where(mine).values(current=False))


async def _log(
    db: AsyncConnection,
    urn_id: UUID,
    former: UUID | None,
    latter: UUID | None,
    why: str,
    now: datetime,
) -> Linking:
    linking = Linking(ids.new(now), urn_id, former, latter, why, now, None)
    await insert_new(db, linkings, [vars(linking)])
    return linking
