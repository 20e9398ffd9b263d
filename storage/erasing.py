"""Erasing a person: every text, file, address and name goes; what was counted stays, under a
pseudonym. A keyed hash of each address outlives it, so that STOP holds and imports obey."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.introductions import OPEN
from storage import contacts, ids, leaving, media, urns
from storage.conflicts import insert_new
from storage.contacts import Contact
from storage.mentions import Mentions, clean, take_out
from storage.tables import (
    blocks,
    broadcasts,
    contact_enterprises,
    contact_urns,
    do_not_contact,
    enterprises,
    guesses,
    handshakes,
    inbox,
    introductions,
    invitations,
    knowings,
    match_standings,
    matches,
    needs,
    outbox,
    phone_messages,
    phones,
    providers,
    receipts,
    roles,
    sends,
    sessions,
    tasks,
    timers,
)
from storage.tables import contacts as contact_rows
from storage.tables import media as media_rows
from storage.tables import urns as urn_rows
from storage.urns import Urn

FAREWELL = timedelta(hours=1)
"""How long an address stays, at most, so that "everything is erased" can be said to it."""


@dataclass(frozen=True)
class _Person:
    """Whom to erase: `own` addresses are nobody else's, `shared` ones are; `enterprise_ids` are
    those for which nobody else speaks."""

    contact: Contact
    own: tuple[Urn, ...]
    shared: tuple[Urn, ...]
    enterprise_ids: tuple[UUID, ...]
    mentions: Mentions


async def erase(
    db: AsyncConnection, contact_id: UUID, now: datetime, *, remember: bool = True
) -> list[str]:
    """Erase a contact; gives the paths of the media files to delete once this is committed.

    An address of theirs alone stays for the last word to it, until `sweep`. With `remember` its
    keyed hash goes to do_not_contact. Erasing twice does nothing the second time."""
    return await erase_all(db, [contact_id], now, remember=remember)


async def erase_all(
    db: AsyncConnection, contact_ids: Sequence[UUID], now: datetime, *, remember: bool = True
) -> list[str]:
    """`erase` for many: what others were told is gone through once for all of them."""
    found = [await contacts.by_id(db, one, lock=True) for one in contact_ids]
    living = [one for one in found if one is not None and one.erased_at is None]
    await _tell_nobody(db, [await _person(db, one) for one in living])
    paths = []
    for contact in living:  # whoever shared an address with somebody before has it alone now
        paths += await _erase(db, await _person(db, contact), now, remember)
    return paths


async def _erase(db: AsyncConnection, person: _Person, now: datetime, remember: bool) -> list[str]:
    contact_id = person.contact.id
    digests = [urn.digest for urn in (*person.own, *person.shared)]
    theirs = or_(media_rows.c.contact_id == contact_id, media_rows.c.urn_digest.in_(digests))
    paths = await media.erase(db, now, theirs)
    await _messages(db, person, digests)
    await _asked_for(db, person, now)
    await _businesses(db, person, now)
    await leaving.leave(db, person.enterprise_ids, contact_id, person.mentions, now)
    await _addresses(db, person, now, remember)
    await _roles(db, contact_id, digests, now)
    await _the_contact(db, contact_id, now)
    return paths


async def _person(db: AsyncConnection, contact: Contact) -> _Person:
    own: list[Urn] = []
    shared: list[Urn] = []
    links = select(contact_urns.c.urn_id).where(contact_urns.c.contact_id == contact.id)
    found = await urns.by_ids(db, list((await db.execute(links)).scalars().all()))
    for urn in found.values():
        others = [c for c, _ in await contacts.sharing(db, urn.id) if c.id != contact.id]
        (shared if others else own).append(urn)
    other = contact_enterprises.alias("other")
    another = exists().where(
        other.c.enterprise_id == contact_enterprises.c.enterprise_id,
        other.c.contact_id != contact.id,
    )
    alone = select(contact_enterprises.c.enterprise_id).where(
        contact_enterprises.c.contact_id == contact.id, ~another
    )
    enterprise_ids = tuple((await db.execute(alone)).scalars().all())
    named = select(enterprises.c.name).where(enterprises.c.id.in_(enterprise_ids))
    names = [contact.name, *(await db.execute(named)).scalars().all()]
    mentions = Mentions(names, [urn.address for urn in own])
    return _Person(contact, tuple(own), tuple(shared), enterprise_ids, mentions)


async def _tell_nobody(db: AsyncConnection, people: Sequence[_Person]) -> None:
    """Those they had to do with, and all who hold a role, may have been told of them."""
    if not people:
        return
    others = set((await db.execute(select(roles.c.contact_id))).scalars().all())
    for person in people:
        others |= await _involved(db, person)
    others -= {person.contact.id for person in people}
    query = (
        select(urn_rows.c.id, urn_rows.c.digest)
        .join(contact_urns, contact_urns.c.urn_id == urn_rows.c.id)
        .where(contact_urns.c.contact_id.in_(others))
    )
    addresses = (await db.execute(query)).all()
    urn_ids, digests = [row.id for row in addresses], [row.digest for row in addresses]
    mentions = Mentions.of_all(person.mentions for person in people)
    await take_out(db, mentions, others, urn_ids, digests)


async def _involved(db: AsyncConnection, person: _Person) -> set[UUID]:
    """Those somebody had to do with. What these were asked about them needs no answer any more."""
    pair = (introductions.c.from_id, introductions.c.to_id)
    involved = or_(*(side.in_(person.enterprise_ids) for side in pair))
    query = select(*pair, introductions.c.broker_id, introductions.c.id).where(involved)
    rows = (await db.execute(query)).all()
    partners = {side for row in rows for side in row[:2]} - set(person.enterprise_ids)
    partners |= await leaving.companions(db, person.enterprise_ids)
    speakers = select(contact_enterprises.c.contact_id).where(
        contact_enterprises.c.enterprise_id.in_(partners)
    )
    others = set((await db.execute(speakers)).scalars().all())
    about = [str(row.id) for row in rows]
    await _close_sessions(db, [*about, str(person.contact.id)])
    return others | {row.broker_id for row in rows if row.broker_id}


async def _close_sessions(db: AsyncConnection, subjects: Sequence[str]) -> None:
    """What others were asked about them needs no answer any more."""
    about = update(sessions).where(sessions.c.subject.in_(subjects), sessions.c.state != "done")
    await db.execute(about.values(state="done", answers={}, asked=None))


async def _messages(db: AsyncConnection, person: _Person, digests: Collection[str]) -> None:
    mine = or_(
        outbox.c.contact_id == person.contact.id,
        outbox.c.urn_id.in_([urn.id for urn in person.own]),
    )
    pending = update(outbox).where(mine, outbox.c.state.in_(("queued", "waiting")))
    await db.execute(pending.values(state="dropped"))
    await _blank_outbox(db, mine)
    # What they wrote and nobody has read yet came after DELETE and is a new beginning.
    read = and_(inbox.c.urn_digest.in_(digests), inbox.c.state != "ready")
    await db.execute(update(inbox).where(read).values(body=None, error=None))
    of_the_house = and_(inbox.c.urn_digest.in_(digests), inbox.c.channel == "house")
    await db.execute(update(inbox).where(of_the_house).values(body=None, state="done"))
    await db.execute(delete(phone_messages).where(phone_messages.c.urn_digest.in_(digests)))
    mine_alone = [urn.digest for urn in person.own]
    await db.execute(delete(phones).where(phones.c.urn_digest.in_(mine_alone)))
    await db.execute(delete(sessions).where(sessions.c.contact_id == person.contact.id))


async def _blank_outbox(db: AsyncConnection, mine: Any) -> None:
    """Texts go, and the far side's ids and errors, which may hold an address."""
    which = select(outbox.c.id).where(mine)
    await db.execute(
        update(sends).where(sends.c.outbox_id.in_(which)).values(external_id=None, error=None)
    )
    await db.execute(delete(receipts).where(receipts.c.outbox_id.in_(which)))
    await db.execute(update(outbox).where(mine).values(reply=None, error=None))


async def _asked_for(db: AsyncConnection, person: _Person, now: datetime) -> None:
    contact_id = person.contact.id
    mine = tasks.c.contact_id == contact_id
    done = update(tasks).where(mine, tasks.c.state.in_(("open", "kept")))
    await db.execute(done.values(state="done", done_at=now))
    about = or_(mine, tasks.c.subject_id == contact_id)
    await db.execute(update(tasks).where(about).values(words=None, country=None, region=None))
    held = update(tasks).where(tasks.c.holder_id == contact_id, tasks.c.state.in_(("open", "kept")))
    await db.execute(held.values(holder_id=None))
    handed = update(introductions).where(
        introductions.c.broker_id == contact_id, introductions.c.state == "proposed"
    )
    await db.execute(handed.values(broker_id=None))
    said = introductions.c.broker_id == contact_id
    await db.execute(update(introductions).where(said).values(declined_why=None))
    wrote = broadcasts.c.coordinator_id == contact_id
    await clean(db, person.mentions, broadcasts, ["texts"], wrote)
    await clean(db, person.mentions, tasks, ["words"], tasks.c.words.is_not(None))


async def _businesses(db: AsyncConnection, person: _Person, now: datetime) -> None:
    mine = person.enterprise_ids
    blank: dict[str, Any] = dict.fromkeys(_OF_AN_ENTERPRISE)
    gone = update(enterprises).where(enterprises.c.id.in_(mine))
    await db.execute(gone.values(**blank, profile={}, languages=[], erased_at=now, changed_at=now))
    no_words = update(needs).where(needs.c.enterprise_id.in_(mine))
    await db.execute(no_words.values(words=None, topic=None))
    await db.execute(no_words.where(needs.c.state == "open").values(state="withdrawn"))
    theirs = or_(introductions.c.from_id.in_(mine), introductions.c.to_id.in_(mine))
    of_them = update(introductions).where(theirs)
    await db.execute(of_them.values(declined_why=None))
    open_ = introductions.c.state.in_(sorted(OPEN))
    await db.execute(of_them.where(open_).values(state="withdrawn", changed_at=now))
    await db.execute(delete(match_standings).where(match_standings.c.enterprise_id.in_(mine)))
    await db.execute(
        delete(matches).where(or_(matches.c.enterprise_id.in_(mine), matches.c.to_id.in_(mine)))
    )
    for table in (blocks, knowings):
        await db.execute(_either(table, mine))
    await db.execute(delete(handshakes).where(handshakes.c.enterprise_id.in_(mine)))
    links = contact_enterprises.c.contact_id == person.contact.id
    await db.execute(delete(contact_enterprises).where(links))
    provider = update(providers).where(providers.c.contact_id == person.contact.id)
    await db.execute(provider.values(contact_id=None, phone=None))
    subjects = select(introductions.c.id).where(theirs)
    about = or_(
        timers.c.subject_id.in_([*mine, person.contact.id]), timers.c.subject_id.in_(subjects)
    )
    await db.execute(update(timers).where(about).values(state="done", data={}))


_OF_AN_ENTERPRISE = (
    "name",
    "craft",
    "craft_words",
    "products",
    "country",
    "region",
    "place",
    "place_words",
    "lat",
    "lon",
    "since",
    "workers",
    "willing",
)


def _either(table: Table, mine: Collection[UUID]) -> Any:
    return delete(table).where(or_(table.c.enterprise_id.in_(mine), table.c.other_id.in_(mine)))


async def _addresses(db: AsyncConnection, person: _Person, now: datetime, remember: bool) -> None:
    links = contact_urns.c.contact_id == person.contact.id
    await db.execute(delete(contact_urns).where(links))
    for urn in person.shared:
        rest = await contacts.sharing(db, urn.id)
        if rest and not any(current for _, current in rest):
            last = contact_urns.c.contact_id == rest[-1][0].id
            again = update(contact_urns).where(last, contact_urns.c.urn_id == urn.id)
            await db.execute(again.values(current=True))
    for urn in person.own:
        await urns.change(db, urn.id, erased_at=now)
    if remember:
        rows = [{"digest": urn.digest, "why": "erased", "at": now} for urn in person.own]
        await insert_new(db, do_not_contact, rows)


async def _roles(
    db: AsyncConnection, contact_id: UUID, digests: Collection[str], now: datetime
) -> None:
    held = update(roles).where(roles.c.contact_id == contact_id, roles.c.revoked_at.is_(None))
    await db.execute(held.values(revoked_at=now))
    ever = update(roles).where(roles.c.contact_id == contact_id)
    await db.execute(ever.values(area=[], agency=None))
    bound = update(invitations).where(invitations.c.for_digest.in_(digests))
    await db.execute(
        bound.values(for_digest=None, revoked_at=func.coalesce(invitations.c.revoked_at, now))
    )
    await db.execute(delete(guesses).where(guesses.c.urn_digest.in_(digests)))


async def _the_contact(db: AsyncConnection, contact_id: UUID, now: datetime) -> None:
    blank: dict[str, Any] = dict.fromkeys(
        (
            "name",
            "language",
            "second_language",
            "country",
            "zone",
            "hours",
            "away_until",
            "heard_at",
            "wishes",
            "about",
        )
    )
    gone = update(contact_rows).where(contact_rows.c.id == contact_id)
    await db.execute(gone.values(**blank, wants=[], sms_ok=False, shows="bot", erased_at=now))


async def unswept(db: AsyncConnection) -> bool:
    """Whether `sweep` may have something to do."""
    query = select(urn_rows.c.id).where(
        urn_rows.c.erased_at.is_not(None), urn_rows.c.address.is_not(None)
    )
    return (await db.execute(query.limit(1))).first() is not None


async def sweep(db: AsyncConnection, now: datetime) -> int:
    """Blank the addresses of erased people to which nothing is under way any more, and whatever
    was said with them last; a simulated phone goes on showing its owner the last word. Gives how
    many."""
    on_its_way = (
        select(outbox.c.seq)
        .where(outbox.c.urn_id == urn_rows.c.id)
        .where(outbox.c.state.in_(("queued", "sending")))
        .exists()
    )
    unread = (
        select(inbox.c.seq)
        .where(inbox.c.urn_digest == urn_rows.c.digest, inbox.c.state == "ready")
        .exists()
    )
    query = select(urn_rows.c.id, urn_rows.c.digest).where(
        urn_rows.c.erased_at.is_not(None),
        urn_rows.c.address.is_not(None),
        or_(and_(~on_its_way, ~unread), urn_rows.c.erased_at < now - FAREWELL),
    )
    rows = (await db.execute(query.with_for_update(of=urn_rows))).all()
    for row in rows:
        await _sweep_one(db, row.id, row.digest, now)
    return len(rows)


async def _sweep_one(db: AsyncConnection, urn_id: UUID, digest: str, now: datetime) -> None:
    mine = outbox.c.urn_id == urn_id
    unsent = update(outbox).where(mine, outbox.c.state.in_(("queued", "waiting")))
    await db.execute(unsent.values(state="dropped"))
    await _blank_outbox(db, mine)
    of_theirs = inbox.c.urn_digest == digest
    read = update(inbox).where(of_theirs, inbox.c.state != "ready")
    await db.execute(read.values(body=None, error=None, urn_digest="erased"))
    nobody = f"erased:{ids.pseudonym().hex}"
    await urns.change(db, urn_id, address=None, digest=nobody, look=None, heard_at=None)
