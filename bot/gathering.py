"""Who messages are from and what is known of them: for a whole batch, one question a kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import origin
from bot.agenda import Agenda
from bot.house import House
from bot.messages import Incoming
from bot.turn import ALERT, REPLY, Turn
from flows.light import light
from storage import contacts, enterprises, outbox, roles, sessions, urns
from storage.claiming import Claim
from storage.contacts import Contact, Stranger
from storage.urns import Urn


@light(frozen=True)
class Heard:
    """A message of the inbox."""

    seq: int | None
    incoming: Incoming


@dataclass
class Gathered:
    """The turns of a batch, in the order of its messages. `gone` are wakes of which nothing can
    come, since their contact is gone; `later` must wait until the others are done. Of
    `marked` contacts and addresses there is more to load; None: perhaps of all."""

    turns: list[Turn] = field(default_factory=list)
    gone: list[Heard] = field(default_factory=list)
    later: list[Heard] = field(default_factory=list)
    marked: frozenset[UUID] | None = None


@light(frozen=True)
class _Person:
    heard: Heard
    contact: Contact
    urn: Urn | None
    known: bool = True


async def gather(
    db: AsyncConnection,
    house: House,
    heard: Sequence[Heard],
    now: datetime,
    claimed: Claim | None = None,
) -> Gathered:
    """Find and lock, in the order of their ids, those whom messages are from, meet those nobody
    knows, and load what is known of each. Of one contact only the first message is theirs now, and
    none of whoever is in other hands.
    `claimed` is the claim of these messages, which has found and locked most already."""
    gathered = Gathered()
    found = (_claimed(heard, claimed) if claimed else None) or await _locked(db, heard)
    people = await _people(db, house, heard, now, gathered, found)
    known = [person.contact.id for person in people if person.known]
    stored = await sessions.of_many(db, known) if known else {}
    holders = [one for one in known if _is_marked(gathered, one)]
    held = await roles.of_many(db, holders) if holders else {}
    for person in people:
        theirs = stored.get(person.contact.id, ())
        gathered.turns.append(
            Turn(
                house=house,
                now=now,
                incoming=person.heard.incoming,
                inbox_seq=person.heard.seq,
                contact=person.contact,
                urn=person.urn,
                roles=held.get(person.contact.id, ()),
                agenda=Agenda.of(person.contact.id, now, theirs, house.library.flows),
                known=person.known,
                connection=db,
                rank=REPLY if person.heard.incoming.wake is None else ALERT,
            )
        )
    await _businesses(db, gathered.turns)
    writing = [t.urn.id for t in gathered.turns if t.urn and t.known and t.rank == REPLY]
    waited_for = [one for one in writing if _is_marked(gathered, one)]
    if waited_for:
        await outbox.release_all_waiting(db, waited_for, now)
    return gathered


async def met(
    db: AsyncConnection, house: House, incoming: Incoming, now: datetime
) -> tuple[Contact, Urn]:
    """Who a message of a person is from; whom nobody knows is met."""
    sender = _sender(incoming, await contacts.all_known(db, incoming.urns))
    return sender or (await contacts.meet_all(db, [_stranger(incoming, house)], now))[0]


def _is_marked(gathered: Gathered, one: UUID) -> bool:
    """Whether there may be more about a contact or an address than is loaded at once."""
    return gathered.marked is None or one in gathered.marked


async def _people(
    db: AsyncConnection,
    house: House,
    heard: Sequence[Heard],
    now: datetime,
    gathered: Gathered,
    found: _Found,
) -> list[_Person]:
    """Whom the messages are from, one each, in order; the others go where they belong."""
    gathered.marked = found.marked
    strangers = {
        one.incoming.urns[0]: _stranger(one.incoming, house)
        for one in heard
        if one.incoming.wake is None and _sender(one.incoming, found.at) is None
    }
    # Somebody else may have met them in the meantime, or has them in hand.
    missing = {
        urn
        for one in heard
        if one.incoming.wake is None
        for urn in one.incoming.urns
        if urn not in found.at
    }
    traces = await urns.traces(db, missing) if missing else {}
    taken = {address for address, trace in traces.items() if trace.contact_id is not None}
    alone = list(_each_alone(heard, found, taken, gathered))
    meeting = [one.incoming.urns[0] for one, person in alone if person is None]
    met = await contacts.meet_all(db, [strangers[address] for address in meeting], now, traces)
    new = dict(zip(meeting, met, strict=True))
    people = [
        person or _Person(one, *new[one.incoming.urns[0]], known=False) for one, person in alone
    ]
    for person in people:
        await _named_too(db, person, found.at, now)
    return people


async def _named_too(
    db: AsyncConnection, person: _Person, at: Mapping[str, tuple[Contact, Urn]], now: datetime
) -> None:
    """Know the sender by every address that their message names: one account has them all."""
    incoming = person.heard.incoming
    if incoming.wake is not None or len(incoming.urns) < 2:
        return
    for address in incoming.urns:
        if address in at or (person.urn is not None and address == person.urn.address):
            continue
        urn = await urns.note(db, address, now, via=incoming.channel)
        await urns.link(db, urn.id, person.contact.id, now, why="met")


@light(frozen=True)
class _Found:
    """Those who are locked: senders by each address of theirs, woken ones by id. `elsewhere`: woken
    ones who are in other hands."""

    at: Mapping[str, tuple[Contact, Urn]]
    woken: Mapping[UUID, Contact]
    reached: Mapping[UUID, Urn]
    locked: frozenset[UUID]
    marked: frozenset[UUID] | None = None
    elsewhere: Collection[UUID] = ()


def _claimed(heard: Sequence[Heard], claimed: Claim) -> _Found | None:
    """Those who were locked when their messages were claimed; None where these do not tell all:
    the house has something for somebody, or a sender is named by several addresses."""
    rows = {row.seq: row.urn_digest for row in claimed.rows}
    senders = claimed.senders()
    at: dict[str, tuple[Contact, Urn]] = {}
    for one in heard:
        if one.incoming.wake is not None or len(one.incoming.urns) != 1 or one.seq is None:
            return None
        sender = senders.at.get(rows[one.seq])
        if sender is not None:
            at[one.incoming.urns[0]] = sender
    locked = frozenset(contact.id for contact, _ in at.values())
    return _Found(at, {}, {}, locked, senders.marked)


async def _locked(db: AsyncConnection, heard: Sequence[Heard]) -> _Found:
    addresses = {urn for one in heard if one.incoming.wake is None for urn in one.incoming.urns}
    asleep = {one.incoming.wake.contact_id for one in heard if one.incoming.wake is not None}
    if not asleep:
        at, marked = await contacts.writing(db, addresses)
        return _Found(at, {}, {}, frozenset(contact.id for contact, _ in at.values()), marked)
    before = await contacts.all_known(db, addresses) if addresses else {}
    ids = asleep | {contact.id for contact, _ in before.values()}
    woken = await contacts.by_ids(db, ids, lock=True, skip=True)
    missing = asleep - woken.keys()
    elsewhere = await contacts.by_ids(db, missing) if missing else {}
    at = await contacts.all_known(db, addresses) if addresses else {}
    reached = await contacts.addresses(db, asleep)
    if asleep - reached.keys():
        reached |= await contacts.shared_addresses(db, asleep - reached.keys())
    return _Found(at, woken, reached, frozenset(woken), elsewhere=frozenset(elsewhere))


def _each_alone(
    heard: Sequence[Heard],
    found: _Found,
    taken: Collection[str],
    gathered: Gathered,
) -> Iterator[tuple[Heard, _Person | None]]:
    """Of each contact the first message, with who it is from: None for somebody new."""
    busy: set[UUID] = set()
    new: set[str] = set()
    for one in heard:
        person = _person(one, found)
        if one.incoming.wake is not None and person is None:
            elsewhere = one.incoming.wake.contact_id in found.elsewhere
            (gathered.later if elsewhere else gathered.gone).append(one)
        elif (
            (person is None and not new.isdisjoint(one.incoming.urns))
            or (
                person is not None
                and (person.contact.id in busy or person.contact.id not in found.locked)
            )
            or (one.incoming.wake is None and any(urn in taken for urn in one.incoming.urns))
        ):
            gathered.later.append(one)
        else:
            if person is None:
                new.update(one.incoming.urns)
            else:
                busy.add(person.contact.id)
            yield one, person


def _person(one: Heard, found: _Found) -> _Person | None:
    wake = one.incoming.wake
    if wake is not None:
        contact = found.woken.get(wake.contact_id)
        if contact is None or contact.erased_at is not None:
            return None
        return _Person(one, contact, found.reached.get(contact.id))
    sender = _sender(one.incoming, found.at)
    return _Person(one, *sender) if sender else None


def _sender(
    incoming: Incoming, at: Mapping[str, tuple[Contact, Urn]]
) -> tuple[Contact, Urn] | None:
    return next((at[urn] for urn in incoming.urns if urn in at), None)


def _stranger(incoming: Incoming, house: House) -> Stranger:
    country = origin.country(incoming.urns[0], house.settings.country)
    return Stranger(
        urn=incoming.urns[0],
        via=incoming.channel,
        look=incoming.look,
        line=incoming.line,
        country=country,
        language=origin.language(incoming, country, house),
    )


async def _businesses(db: AsyncConnection, turns: Sequence[Turn]) -> None:
    """Whoever is in the middle of nothing is asked for their business first."""
    idle = [turn for turn in turns if turn.known and turn.agenda.active is None]
    theirs = await enterprises.of_contacts(db, [t.contact.id for t in idle]) if idle else {}
    for turn in idle:
        turn.has_enterprise(theirs.get(turn.contact.id))
    for turn in turns:
        if not turn.known:
            turn.has_enterprise(None)
