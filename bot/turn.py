"""One inbound message being handled: who it is, what is known, and what will follow.

Nothing here is committed; what the turn decides is collected and written by `flush` with one
statement a kind, inside the transaction that also marks the message done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import hours, origin, wakes
from bot.agenda import Agenda
from bot.house import House
from bot.messages import Incoming, Reply, Wake, reply_json, wake_json
from bot.speech import Phrase, Speech, spoken
from storage import (
    consents,
    contacts,
    enterprises,
    events,
    ids,
    outbox,
    sessions,
    timers,
    urns,
    views,
)
from storage import roles as role_rows
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.roles import Role
from storage.urns import Urn

REPLY, ALERT, BULK = 0, 1, 2
CONSENT = "programme"


@dataclass
class Turn:
    """`urn` is where the answer goes; None where the contact cannot be reached just now.

    `rank` is that of the answer: a reply where the person wrote, an alert where the house did.
    `erased` lists the files that may be deleted once the turn is committed."""

    db: AsyncConnection
    house: House
    now: datetime
    incoming: Incoming
    inbox_seq: int | None
    contact: Contact
    urn: Urn | None
    roles: tuple[Role, ...]
    agenda: Agenda
    known: bool
    rank: int = REPLY
    purpose: str = "reply"
    speech: Speech = field(default_factory=Speech)
    replies: list[Reply] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    _enterprise: Enterprise | None = None
    _looked: bool = False
    _changes: dict[str, Any] = field(default_factory=dict)
    _wakes: list[tuple[str, Wake]] = field(default_factory=list)
    _timers: list[timers.New] = field(default_factory=list)
    _views: set[tuple[str, UUID]] = field(default_factory=set)
    _events: list[events.New] = field(default_factory=list)

    @classmethod
    async def load(
        cls,
        db: AsyncConnection,
        house: House,
        incoming: Incoming,
        now: datetime,
        inbox_seq: int | None = None,
    ) -> Turn | None:
        """Find and lock who it is from, or meet them. None where a wake's contact is gone."""
        known = True
        found: tuple[Contact, Urn | None] | None
        if incoming.wake is not None:
            contact = await contacts.by_id(db, incoming.wake.contact_id, lock=True)
            if contact is None or contact.erased_at is not None:
                return None
            found = contact, await contacts.address(db, contact.id)
        else:
            found = await _sender(db, incoming)
            known = found is not None
            if found is None:
                found = await _met(db, house, incoming, now)
        contact, urn = found
        stored = await sessions.of(db, contact.id) if known else ()
        return cls(
            db=db,
            house=house,
            now=now,
            incoming=incoming,
            inbox_seq=inbox_seq,
            contact=contact,
            urn=urn,
            roles=await role_rows.of(db, contact.id) if known else (),
            agenda=Agenda.of(contact.id, now, stored),
            known=known,
            rank=REPLY if incoming.wake is None else ALERT,
        )

    @property
    def language(self) -> str:
        """The contact's language, else the first that is offered."""
        return self.contact.language or self.house.settings.languages[0]

    @property
    def country(self) -> str:
        """ISO 3166 code of where the contact most likely is."""
        return self.contact.country or self.house.settings.country

    @property
    def translate(self) -> Callable[[str, str], str]:
        return self.house.catalogues.translate(self.language)

    @property
    def zone(self) -> ZoneInfo:
        return hours.zone_of(self.contact.zone, self.country)

    @property
    def is_stopped(self) -> bool:
        """Whether STOP was said: nothing is answered any more but START."""
        return self.urn is not None and self.urn.stopped_at is not None

    async def enterprise(self) -> Enterprise | None:
        """The contact's own business, looked up once a turn."""
        if not self._looked:
            self._enterprise = await enterprises.of_contact(self.db, self.contact.id)
            self._looked = True
        return self._enterprise

    def forget_enterprise(self) -> None:
        """It has changed: look it up again when it is next asked for."""
        self._looked = False

    async def has_joined(self) -> bool:
        """Whether the contact has registered or has a role."""
        return bool(self.roles) or await self.enterprise() is not None

    async def has_consented(self) -> bool:
        """Whether the contact agreed that something is kept about them."""
        return await consents.given(self.db, self.contact.id, CONSENT)

    async def note_heard(self) -> None:
        """Note that the contact wrote, from where and by which channel."""
        incoming, urn = self.incoming, self.urn
        if urn is not None and self.known:
            await urns.heard(self.db, urn.id, self.now, via=incoming.channel, look=incoming.look)
            self.urn = replace(urn, via=incoming.channel, heard_at=self.now)
            self.change(heard_at=self.now)

    def has_role(self, *names: str) -> bool:
        return any(role.role in names for role in self.roles)

    def role(self, name: str) -> Role | None:
        return next((role for role in self.roles if role.role == name), None)

    def spoken(self, phrase: Phrase) -> str:
        """The phrase in the contact's language."""
        return spoken(phrase, self.translate)

    def tell(self, phrase: Phrase) -> None:
        """Add a paragraph to the answer."""
        self.speech.add(self.spoken(phrase))

    def change(self, **columns: Any) -> None:
        """Change the contact: at once in memory, in the database with the rest."""
        self._changes.update(columns)
        self.contact = contacts.changed(self.contact, **columns)

    def wake(self, key: str, wake: Wake) -> None:
        """Leave something for another contact, once for the key."""
        self._wakes.append((key, wake))

    def later(self, due_at: datetime, wake: Wake, kind: str, subject_id: UUID) -> None:
        """Leave something for a contact at a time; a timer that was overtaken does nothing."""
        self._timers.append(timers.New(kind, subject_id, due_at, wake_json(wake)))

    def event(self, kind: str, whom: UUID | None = None, **data: Any) -> None:
        """Note what happened, by pseudonym, for matching and reports."""
        self._events.append(events.New(kind, self.contact.pseudonym, whom, data))

    def about(self, what: str, subject: object) -> UUID:
        """An id for what concerns this contact and a subject: the same whenever it is asked."""
        return uuid5(self.contact.id, f"{what}.{subject}")

    def view(self, what: str, subject_id: UUID) -> None:
        """Note that the contact is shown somebody's personal data; once a turn."""
        self._views.add((what, subject_id))

    def free_from(self) -> datetime:
        """From when on the contact may be written to unasked: their hours, or their return."""
        free = hours.opens(self.contact.hours, self.zone, self.contact.heard_at, self.now)
        return max(free, self.contact.away_until or free)

    def drop_changes(self) -> None:
        """The contact has been erased: nothing more is written about them."""
        self._changes.clear()
        self._events.clear()
        self._timers.clear()
        self._views.clear()
        self.agenda.forget()

    def noted(self, kind: str, who: UUID, whom: UUID | None = None, **data: Any) -> None:
        """Note what happened to somebody else than the sender."""
        self._events.append(events.New(kind, who, whom, data))

    async def flush(self) -> None:
        """Write what follows from the turn. The caller commits."""
        if self._changes:
            await contacts.change(self.db, self.contact.id, **self._changes)
        if self.agenda.changed:
            await sessions.put(self.db, list(self.agenda.changed.values()))
        if self.replies and self.urn is not None:
            await outbox.put(self.db, [self._outgoing(reply, self.urn) for reply in self.replies])
        if self._timers:
            await timers.put(self.db, self._timers, self.now)
        if self._wakes:
            await wakes.post(self.db, self._wakes, self.now)
        for what, subject_id in sorted(self._views):
            await views.note(self.db, self.contact.id, what, subject_id, self.now)
        if self._events:
            await events.put(self.db, self._events, self.now)

    def _outgoing(self, reply: Reply, urn: Urn) -> outbox.Outgoing:
        return outbox.Outgoing(
            id=ids.new(self.now),
            contact_id=self.contact.id,
            urn_id=urn.id,
            channel=urn.via or urn.scheme,
            rank=self.rank,
            purpose=self.purpose,
            reply=reply_json(reply),
            inbox_seq=self.inbox_seq,
            due_at=self.now if self.rank == REPLY else self.free_from(),
        )


async def _sender(db: AsyncConnection, incoming: Incoming) -> tuple[Contact, Urn] | None:
    for urn in incoming.urns:
        found = await contacts.known(db, urn, lock=True)
        if found is not None:
            return found
    return None


async def _met(
    db: AsyncConnection, house: House, incoming: Incoming, now: datetime
) -> tuple[Contact, Urn]:
    country = origin.country(incoming.urns[0], house.settings.country)
    return await contacts.meet(
        db,
        incoming.urns[0],
        now,
        via=incoming.channel,
        look=incoming.look,
        country=country,
        language=origin.language(incoming, country, house),
    )
