"""One inbound message being handled: who it is, what is known, and what will follow.

Nothing here is committed; what the turn decides is collected, and written with what other turns
decided (`recording`) inside the transaction that also marks their messages done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import hours
from bot.agenda import Agenda
from bot.catalogues import Translate
from bot.house import House
from bot.messages import Incoming, Reply, Wake, wake_json
from bot.speech import Phrase, Speech, spoken
from flows.light import altered
from flows.world import World
from matching.vocabulary import Vocabulary
from storage import consents, contacts, enterprises, events, learned, needs, timers
from storage.consents import Consent
from storage.contacts import Contact
from storage.direct import write
from storage.enterprises import Enterprise
from storage.hearings import Hearing
from storage.needs import Need
from storage.roles import Role
from storage.urns import Urn

REPLY, ALERT, BULK = 0, 1, 2
CONSENT = "programme"

MOMENT = timedelta(minutes=1)
"""How exactly it is kept when somebody last wrote: two rows of nearly every message are spared, and
a window that is open for a day closes so much sooner at most."""


@dataclass(slots=True)
class Left:
    """What a turn decided and somebody has to write: changes of the contact, what they agreed to,
    that they were heard, and what will follow."""

    changes: dict[str, Any] = field(default_factory=dict)
    agreed: list[Consent] = field(default_factory=list)
    heard: Hearing | None = None
    businesses: list[tuple[UUID, Enterprise]] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    wakes: list[tuple[str, Wake]] = field(default_factory=list)
    timers: list[timers.New] = field(default_factory=list)
    views: set[tuple[str, UUID]] = field(default_factory=set)
    events: list[events.New] = field(default_factory=list)


@dataclass(slots=True)
class Turn:
    """`urn` is where the answer goes; None where the contact cannot be reached just now.

    `known` is whether we had met before, `heard_before` when they last wrote before now. `rank` is
    that of the answer: a reply where the person wrote, an alert where the house did. `left` is what
    the turn leaves to be written. `world` is what the engine was told of a contact who writes from
    an address. `rests`: what waits is not asked until the person writes again.
    `erased` lists the files that may be deleted once the turn is committed."""

    house: House
    now: datetime
    incoming: Incoming
    inbox_seq: int | None
    contact: Contact
    urn: Urn | None
    roles: tuple[Role, ...]
    agenda: Agenda
    known: bool
    connection: AsyncConnection
    rank: int = REPLY
    purpose: str = "reply"
    speech: Speech = field(default_factory=Speech)
    replies: list[Reply] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    has_asked: bool = False
    rests: bool = False
    heard_before: datetime | None = None
    left: Left = field(default_factory=Left)
    vocabulary: Vocabulary | None = None
    world: tuple[Contact, Urn | None, World] | None = None
    language: str = field(init=False)
    """The contact's language, else the first that is offered."""
    translate: Translate = field(init=False)
    _before: Contact = field(init=False)
    _enterprise: Enterprise | None = None
    _looked: bool = False

    def __post_init__(self) -> None:
        self._before = self.contact
        self._speak()

    def _speak(self) -> None:
        self.language = self.contact.language or self.house.settings.languages[0]
        self.translate = self.house.catalogues.translate(self.language)

    @property
    def db(self) -> AsyncConnection:
        """The database, for what was not loaded. Who asks it, or writes there, is written down
        before another's turn begins."""
        self.has_asked = True
        return self.connection

    @property
    def country(self) -> str:
        """ISO 3166 code of where the contact most likely is."""
        return self.contact.country or self.house.settings.country

    @property
    def zone(self) -> ZoneInfo:
        return hours.zone_of(self.contact.zone, self.country)

    @property
    def is_stopped(self) -> bool:
        """Whether STOP was said: nothing is answered any more but START."""
        return self.urn is not None and self.urn.stopped_at is not None

    def has_enterprise(self, enterprise: Enterprise | None) -> None:
        """Know the contact's own business, or that there is none, without looking it up."""
        self._enterprise, self._looked = enterprise, True

    def register(self, enterprise: Enterprise) -> None:
        """The contact's own business is this one from now on."""
        self.left.businesses.append((self.contact.id, enterprise))
        self.has_enterprise(enterprise)

    def need(self, need: Need) -> None:
        """Note what the contact's business needs."""
        self.left.needs.append(need)

    async def settle(self) -> None:
        """Write down what the business is and needs, so that it can be compared with others."""
        businesses = enterprises.registering(self.left.businesses, self.now)
        await write(self.db, [*businesses, needs.adding(self.left.needs)])
        self.left.businesses, self.left.needs = [], []

    async def enterprise(self) -> Enterprise | None:
        """The contact's own business, looked up once a turn."""
        if not self._looked:
            self._enterprise = await enterprises.of_contact(self.db, self.contact.id)
            self._looked = True
        return self._enterprise

    async def learn_words(self) -> None:
        """Know what coordinators explained, to name things of the programme's own."""
        self.vocabulary = await learned.vocabulary(self.db)

    def forget_enterprise(self) -> None:
        """It has changed: look it up again when it is next asked for."""
        self._looked = False

    async def has_joined(self) -> bool:
        """Whether the contact has registered or has a role."""
        return bool(self.roles) or await self.enterprise() is not None

    async def has_consented(self) -> bool:
        """Whether the contact agreed that something is kept about them."""
        words = [word.given for word in self.left.agreed if word.purpose == CONSENT]
        if words:
            return words[-1]
        return await consents.given(self.db, self.contact.id, CONSENT)

    def note_heard(self) -> None:
        """Note that the contact wrote, from where and by which channel; where that is known since a
        moment ago nothing is written."""
        incoming, urn = self.incoming, self.urn
        if urn is None or not self.known:
            return
        self.heard_before = self.contact.heard_at
        heard = Hearing(urn.id, incoming.channel, incoming.look, incoming.line)
        if not self._is_known(heard, urn):
            self.left.heard = heard
            self.urn = altered(urn, via=incoming.channel, heard_at=self.now)
            self.change(heard_at=self.now)

    def _is_known(self, heard: Hearing, urn: Urn) -> bool:
        """Whether the contact wrote a moment ago, here and not elsewhere since, in the same way."""
        last = urn.heard_at
        return (
            last is not None
            and last == self.contact.heard_at
            and timedelta() <= self.now - last < MOMENT
            and urn.unreachable_at is None
            and heard.via == urn.via
            and heard.look in ("", urn.look)
            and heard.line in ("", urn.line)
        )

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
        self.left.changes.update(columns)
        self.contact = contacts.changed(self.contact, **columns)
        if "language" in columns:
            self._speak()

    def agree(self, word: Consent) -> None:
        """Note a yes or a no of the contact."""
        self.left.agreed.append(word)

    def wake(self, key: str, wake: Wake) -> None:
        """Leave something for another contact, once for the key."""
        self.left.wakes.append((key, wake))

    def later(self, due_at: datetime, wake: Wake, kind: str, subject_id: UUID) -> None:
        """Leave something for a contact at a time; a timer that was overtaken does nothing."""
        self.left.timers.append(timers.New(kind, subject_id, due_at, wake_json(wake)))

    def event(self, kind: str, whom: UUID | None = None, **data: Any) -> None:
        """Note what happened, by pseudonym, for matching and reports."""
        self.left.events.append(events.New(kind, self.contact.pseudonym, whom, data))

    def about(self, what: str, subject: object) -> UUID:
        """An id for what concerns this contact and a subject: the same whenever it is asked."""
        return uuid5(self.contact.id, f"{what}.{subject}")

    def view(self, what: str, subject_id: UUID) -> None:
        """Note that the contact is shown somebody's personal data; once a turn."""
        self.left.views.add((what, subject_id))

    def free_from(self) -> datetime:
        """From when on the contact may be written to unasked: their hours, or their return."""
        return self._free_from(self.contact)

    def is_free_sooner(self) -> bool:
        """Whether the contact may be written to unasked sooner than before this turn: they wrote,
        or are back, or moved their hours, or were released."""
        if self.contact is self._before or self.contact.frozen_at is not None:
            return False
        released = self._before.frozen_at is not None
        return released or self._free_from(self.contact) < self._free_from(self._before)

    def _free_from(self, contact: Contact) -> datetime:
        zone = hours.zone_of(contact.zone, contact.country or self.house.settings.country)
        free = hours.opens(contact.hours, zone, contact.heard_at, self.now)
        return max(free, contact.away_until or free)

    def drop_changes(self) -> None:
        """The contact has been erased: nothing more is written about them."""
        self.left = Left(wakes=self.left.wakes)
        self.agenda.forget()

    def noted(self, kind: str, who: UUID, whom: UUID | None = None, **data: Any) -> None:
        """Note what happened to somebody else than the sender."""
        self.left.events.append(events.New(kind, who, whom, data))
