"""What people do when they look at their phone: answer what stands open, begin something, or
nothing; and what they make of what comes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.house import House
from bot.messages import Incoming
from bot.openings import READ_IT
from bot.quarter import answering, brokering, people, seeing
from bot.quarter.agenda import Agenda
from bot.quarter.brokering import Broker, Visited
from bot.quarter.far_side import Came
from bot.quarter.people import Artisan
from bot.quarter.writing import Written, asked_of, command
from storage import contacts, networks, sessions
from storage.sessions import Stored

GIVES_CODE = 0.5
"""To how many of those they know somebody who works only with these gives their code."""

AWAKE = (6, 21)
"""Local hours in which people write."""

ASKS_FOR_PARTNERS, AGAIN, ASKS_FOR_HELP, TALKS = 0.45, 0.12, 0.01, 0.15
"""How many, told of partners, write to meet one; how many do so on news that asks nothing; how
many write for help then; and in how many groups a day somebody says something to all."""

GREETINGS = {
    "es": "Hola",
    "en": "Hello",
    "fr": "Bonjour",
    "sw": "Habari",
    "pt": "Olá",
    "ht": "Bonjou",
}


@dataclass
class Heard:
    """What somebody was brought and wrote: messages, on SMS segments too."""

    channel: str
    out: int = 0
    segments: int = 0
    templates: int = 0
    written: int = 0
    letters: int = 0
    unasked: list[datetime] = field(default_factory=list)


@dataclass
class Crowd:
    """Everybody: artisans and brokers by address, what they are about to write, and what they
    heard. `known` grows as they become contacts."""

    house: House
    zone: ZoneInfo
    artisans: Mapping[str, Artisan]
    brokers: Mapping[str, Broker]
    seed: int
    agenda: Agenda = field(default_factory=Agenda)
    heard: dict[str, Heard] = field(default_factory=dict)
    known: dict[UUID, str] = field(default_factory=dict)
    visits: dict[UUID, Visited] = field(default_factory=dict)
    _wants: dict[str, str] = field(default_factory=dict)
    _given: dict[str, str] = field(default_factory=dict)
    _notices: set[str] = field(default_factory=set)
    _count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"crowd.{self.seed}")

    def begin(self, now: datetime) -> None:
        """Have everybody come: the brokers first, each with the code they were given."""
        for place, broker in enumerate(self.brokers.values()):
            self._wants[broker.urn] = broker.code
            broker.left = brokering.HOUR
            self.agenda.plan(broker.urn, now + timedelta(minutes=place))
        for artisan in self.artisans.values():
            self._wants[artisan.urn] = GREETINGS.get(artisan.language, "Hello")
            self.agenda.plan(artisan.urn, max(now, artisan.arrives))

    async def day(self, db: AsyncConnection, now: datetime) -> None:
        """A new day: brokers have their hour on working days, and in some groups somebody talks."""
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        if midnight.weekday() < 5:
            for broker in self.brokers.values():
                begins = midnight + timedelta(hours=broker.begins)
                broker.left = brokering.HOUR
                broker.asked_queue = midnight.weekday() == brokering.VISITS_ON
                self.agenda.plan(broker.urn, max(now, begins.astimezone(now.tzinfo)))
        for network in await networks.living(db):
            if self.chance.random() < TALKS:
                inside = await seeing.members(db, self, network.id)
                if inside:
                    who = self.chance.choice(inside)
                    self._wants[who.urn] = f"group {self.chance.choice(answering.REMARKS)}"
                    self.agenda.plan(who.urn, now + timedelta(hours=self.chance.uniform(7, 20)))

    # --- what comes -----------------------------------------------------------------------------

    def comes(self, came: Came) -> None:
        """Somebody is brought a message: it is counted, and they look at it in their time."""
        mine = self.heard.setdefault(came.urn, Heard(came.channel))
        mine.out += 1
        mine.segments += came.segments
        mine.templates += came.template
        mine.letters += len(came.text)
        if came.unasked:
            mine.unasked.append(came.at)
        if came.template:
            self._notices.add(came.urn)
        who = self.artisans.get(came.urn)
        if who is None or not answering.goes_on(who, came.unasked, self.chance):
            return
        wait = answering.minutes(who, came.unasked, self.chance)
        self.agenda.plan(came.urn, self._awake(came.at + timedelta(minutes=wait)))

    def _awake(self, at: datetime) -> datetime:
        """The time, or the next morning where it is night."""
        local = at.astimezone(self.zone)
        if AWAKE[0] <= local.hour < AWAKE[1]:
            return at
        morning = local.replace(hour=AWAKE[0], minute=0) + timedelta(
            days=local.hour >= AWAKE[1], minutes=self.chance.uniform(0, 120)
        )
        return morning.astimezone(at.tzinfo)

    # --- what they write ------------------------------------------------------------------------

    async def write(
        self, db: AsyncConnection, urns: Sequence[str], now: datetime
    ) -> list[Incoming]:
        """What those who look at their phones now write."""
        met = await contacts.all_known(db, urns)
        self.known |= {contact.id: urn for urn, (contact, _) in met.items()}
        open_ = await sessions.of_many(db, [contact.id for contact, _ in met.values()])
        written = []
        for urn in urns:
            contact = met[urn][0] if urn in met else None
            stored = open_.get(contact.id, ()) if contact else ()
            active = next((one for one in stored if one.state == "active"), None)
            if urn in self._notices:
                self._notices.discard(urn)
                said: Written | None = Written(tap=READ_IT)
                if urn in self.brokers:
                    self.agenda.plan(urn, now + timedelta(minutes=0.5))
            elif urn in self.artisans:
                said = await self._artisan(db, self.artisans[urn], active, now)
            else:
                said = await self._broker(
                    db, self.brokers[urn], contact.id if contact else None, active, now
                )
            if said is not None:
                written.append(self._incoming(urn, said))
        return written

    def _incoming(self, urn: str, said: Written) -> Incoming:
        who = self.artisans.get(urn) or self.brokers[urn]
        mine = self.heard.setdefault(urn, Heard(who.channel))
        mine.written += 1
        mine.letters += len(said.text)
        self._count += 1
        kind = "tap" if said.tap else "text"
        name = f"{self.seed}-{self._count}"
        return Incoming(who.channel, name, (urn,), kind=kind, text=said.text, tap=said.tap)  # type: ignore[arg-type]

    async def _artisan(
        self, db: AsyncConnection, who: Artisan, active: Stored | None, now: datetime
    ) -> Written | None:
        wants = self._wants.get(who.urn)
        asked = asked_of(self.house, who.language, active)
        if active is None and who.urn in self._given:
            code = await seeing.code_of(db, self._given.pop(who.urn))
            if code:
                self._wants.setdefault(who.urn, f"know {code}")
                wants = self._wants[who.urn]
        if active is None or asked is None:
            self._wants.pop(who.urn, None)
            if wants is not None:
                return Written(wants)
            return self._begins_something(who)
        knows = await seeing.seen(db, self, who, active)
        if (active.flow, asked.step) == ("register", "willing"):
            self._may_ask_later(who, ASKS_FOR_PARTNERS, now)
            if who.willing == "known":
                self._gives_code(who, now)
        return answering.answer(self.house, who, active, knows, self.chance, self.seed)

    def _may_ask_later(self, who: Artisan, share: float, now: datetime) -> None:
        if self.chance.random() < share:
            self._wants[who.urn] = command(self.house, who.language, "partners")
            later = now + timedelta(hours=self.chance.expovariate(1 / 24))
            self.agenda.plan(who.urn, self._awake(later))

    def _gives_code(self, who: Artisan, now: datetime) -> None:
        """They give the code they were told to some whom they know, who write it when they can."""
        for friend in people.acquainted(who, list(self.artisans.values()), self.seed):
            if self.chance.random() < GIVES_CODE:
                days = self.chance.expovariate(1 / 3)
                at = max(now, friend.arrives) + timedelta(days=0.5 + days)
                self._given[friend.urn] = who.urn
                self.agenda.plan(friend.urn, self._awake(at))

    def _begins_something(self, who: Artisan) -> Written | None:
        """On news that asks nothing: they look for partners, ask for help, or do nothing."""
        if self.chance.random() < ASKS_FOR_HELP:
            return Written("help")
        if who.willing != "no" and self.chance.random() < AGAIN:
            return Written(command(self.house, who.language, "partners"))
        return None

    async def _broker(
        self,
        db: AsyncConnection,
        who: Broker,
        contact_id: UUID | None,
        active: Stored | None,
        now: datetime,
    ) -> Written | None:
        if who.left <= 0:
            return None
        code = self._wants.pop(who.urn, "")
        if code:
            said, took, who.asked_queue = Written(code), 0.5, False
        elif active is not None and asked_of(self.house, who.language, active) is not None:
            doubts = await seeing.doubts(db, self, active)
            said = brokering.answer(self.house, who, active, doubts, self.chance)
            took, who.asked_queue = brokering.cost(active.flow), False
        elif not who.asked_queue:
            word = command(self.house, who.language, "queue")
            said, took, who.asked_queue = Written(word), brokering.cost("queue"), True
        else:
            deed = (
                await seeing.visit(db, self, contact_id) if who.left >= brokering.A_VISIT else None
            )
            if deed is None:
                who.left = 0
                return None
            word, who.plan = command(self.house, who.language, deed[0]), dict(deed[1])
            said, took, who.asked_queue = Written(word), brokering.A_VISIT, False
        who.left -= took
        self.agenda.plan(who.urn, now + timedelta(minutes=took))
        return said
