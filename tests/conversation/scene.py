"""A stage for conversations: a real database, real turns, and people who write and read.

What the house leaves for somebody is handled as their own turn, and timers when their time comes,
as the pipeline does it; what is said is read from the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import conversation, wakes
from bot.catalogues import Catalogues
from bot.gathering import Heard, gather
from bot.house import House
from bot.invitations import new_code
from bot.messages import Attachment, Incoming, Reply, incoming_json, read_incoming, read_reply
from bot.pipeline.permission import Drop, Hold, Wait, permission
from bot.places import gazetteers
from bot.recording import record
from bot.settings import Settings
from bot.turn import CONSENT
from flows.library import Library
from storage import (
    consents,
    contacts,
    delays,
    enterprises,
    inbox,
    invitations,
    needs,
    outbox,
    roles,
    timers,
    urns,
)
from storage import database as store
from storage import tables as t
from storage.consents import Consent
from storage.contacts import Contact
from storage.urns import NOBODY

ROOT = Path(__file__).resolve().parent.parent.parent
MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Nine in the morning in Honduras, a Monday."""

REGISTRATION = {
    "language": "English",
    "consent": "yes",
    "called": "",
    "craft": "weaving",
    "products": "hammocks and shawls",
    "place": "Gracias",
    "years": "12",
    "workers": "3",
    "need": "1",
    "willing": "yes",
}
"""What a weaver of Gracias answers, in the order she is asked."""


LIVES = {
    "craft": "weaving",
    "products": "hammocks and shawls",
    "country": "HN",
    "region": "HN-LE",
    "place": "Gracias",
    "lat": 14.59,
    "lon": -88.58,
    "since": 2014,
    "workers": 3,
    "willing": "yes",
    "languages": ("en",),
}
"""A workshop as her answers make it."""


@cache
def house(languages: tuple[str, ...] = ("en", "es", "fr", "sw")) -> House:
    settings = Settings(
        database_url="",
        redis_url="",
        host="127.0.0.1",
        port=0,
        public_url="",
        demo=True,
        media_url="",
        country="HN",
        languages=languages,
        database_key="",
        programme="Weavers of Lempira",
        home=Path(),
    )
    return House(
        settings,
        Library.load(ROOT / "flows" / "definitions"),
        Catalogues.load(ROOT / "locales", languages),
        gazetteers(ROOT / "locales" / "places", "HN"),
    )


@dataclass
class Scene:
    """The stage. `now` is the clock; `said` is all that went to each address, in order."""

    database: store.Database
    house: House
    now: datetime = MORNING
    said: dict[str, list[Reply]] = field(default_factory=dict)
    _count: int = 0

    def phone(self, urn: str, channel: str = "phone") -> Phone:
        return Phone(self, urn, channel)

    async def bring(self, incoming: Incoming) -> None:
        """Take a message in and let everything happen that follows from it now."""
        async with self.database.begin() as db:
            body = incoming_json(incoming)
            urn = incoming.urns[0]
            arrival = inbox.Arrival(
                incoming.channel, incoming.external_id, urn, body, self.now, self.now
            )
            await inbox.put(db, [arrival])
        await self.settle()

    async def pass_time(self, **span: float) -> None:
        """Move the clock, in steps in which timers fire when they are due."""
        until = self.now + timedelta(**span)
        while True:
            async with self.database.read() as db:
                due = await timers.next_due(db)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            async with self.database.begin() as db:
                fired = await timers.claim(db, self.now)
                await wakes.fired(db, fired, self.now)
                await timers.done(db, [timer.id for timer in fired])
            await self.settle()
        self.now = until
        await self._hear()

    async def settle(self) -> None:
        """Handle every message that is there, those of the house among them."""
        while await self.handle():
            self.now += timedelta(seconds=1)
        await self._hear()

    async def handle(self, limit: int = 64) -> bool:
        """One transaction of one worker. Says whether there was anything to do."""
        async with self.database.begin() as db:
            rows = await inbox.claim(db, self.now, limit)
            heard = [Heard(row.seq, read_incoming(row.body)) for row in rows]
            gathered = await gather(db, self.house, heard, self.now)
            for turn in gathered.turns:
                await conversation.respond(turn)
                await record([turn])
            later = {one.seq for one in gathered.later}
            await inbox.done(db, [row.seq for row in rows if row.seq not in later], self.now)
        return bool(rows)

    async def _hear(self) -> None:
        """Deliver what is due and may go, as the far sides would."""
        async with self.database.begin() as db:
            due = (t.outbox.c.state == "queued") & (t.outbox.c.due_at <= self.now)
            found = (await db.execute(select(t.outbox).where(due).order_by(t.outbox.c.seq))).all()
            rows = [outbox.Row(**row._mapping) for row in found]
            addresses = await urns.by_ids(db, {row.urn_id for row in rows})
            people = {row.contact_id for row in rows if row.contact_id}
            known = await contacts.by_ids(db, people)
            agreed = await consents.given_by(db, people, CONSENT)
            for row in rows:
                contact, urn = known.get(row.contact_id or NOBODY), addresses[row.urn_id]
                match permission(row, contact, urn, row.contact_id in agreed, "HN", self.now):
                    case Drop(why=why):
                        await outbox.drop(db, row.id, why)
                    case Wait(until=until):
                        await outbox.postpone_each(db, {row.id: until}, delays.HOURS)
                    case Hold(why=why):
                        await outbox.hold(db, row.id, why)
                    case None:
                        self.said.setdefault(urn.digest, []).append(read_reply(row.reply or {}))
                        sent = update(t.outbox).where(t.outbox.c.seq == row.seq)
                        await db.execute(sent.values(state="sent", sent_at=self.now))

    def said_to(self, urn: str) -> list[Reply]:
        """All that went to an address, also of somebody who has been erased since."""
        return self.said.get(self.database.keyring.digest(urn), [])

    async def registers(self, urn: str, called: str, **answers: str) -> Phone:
        """Somebody new, through the whole registration in English."""
        phone = self.phone(urn)
        told = {**REGISTRATION, "called": called, **answers}
        await phone.talks("hello", *told.values())
        return phone

    async def staff(self, urn: str, called: str, role: str, *area: str) -> Phone:
        """Somebody who is a broker or a coordinator."""
        async with self.database.begin() as db:
            who = await self._met(db, urn, called)
            await roles.grant(db, who, role, self.now, area=area)
        return self.phone(urn)

    async def _met(self, db: AsyncConnection, urn: str, called: str) -> UUID:
        """Somebody who is known, has agreed, and reads English."""
        met, _ = await contacts.meet(db, urn, self.now, via="phone", country="HN", language="en")
        await contacts.change(db, met.id, name=called, zone="America/Tegucigalpa")
        yes = Consent(met.id, "phone", CONSENT, "en:1", "asked", given=True, at=self.now)
        await consents.note(db, yes)
        return met.id

    async def lives(self, urn: str, called: str, **columns: object) -> Phone:
        """Somebody who has registered before, a weaver of Gracias if nothing else is said."""
        async with self.database.begin() as db:
            known = {**LIVES, **columns}
            who = await self._met(db, urn, called)
            mine = await enterprises.register(db, who, self.now, **known)
            await needs.add(db, mine.id, "market_access", self.now)
        return self.phone(urn)

    async def contact(self, urn: str) -> Contact:
        async with self.database.read() as db:
            found = await contacts.known(db, urn)
        assert found is not None
        return found[0]

    def next_id(self) -> str:
        self._count += 1
        return f"m{self._count}"

    async def invited(self, role: str, *area: str, agency: str | None = None) -> str:
        """A code for a role."""
        code = new_code()
        async with self.database.begin() as db:
            await invitations.make(db, code, role, self.now, agency=agency, area=area)
        return code

    def all_said_to(self, urn: str) -> str:
        return "\n".join(words(reply) for reply in self.said_to(urn))


@dataclass
class Phone:
    """Somebody's phone: what they write, and what comes back."""

    scene: Scene
    urn: str
    channel: str = "phone"
    heard: int = 0

    async def says(self, text: str) -> str:
        """Write; what comes back, options included, as one text."""
        return await self._send(self._incoming("text", text))

    async def taps(self, label: str) -> str:
        """Press the button of the last message that is called so."""
        last = self.scene.said_to(self.urn)[-1]
        tap = next(choice.payload for choice in last.choices if choice.label == label)
        return await self.presses(tap)

    async def presses(self, payload: str) -> str:
        incoming = self._incoming("tap", "")
        return await self._send(_with(incoming, tap=payload))

    async def pins(self, lat: float, lon: float) -> str:
        return await self._send(_with(self._incoming("pin", ""), pin=(lat, lon)))

    async def shows(self, kind: str) -> str:
        """Send a photo or a voice note that has been stored."""
        media = (Attachment(kind, id="11111111-1111-1111-1111-111111111111"),)
        return await self._send(_with(self._incoming("media", ""), attachments=media))

    async def follows(self, code: str) -> str:
        """Open a deep link."""
        return await self._send(_with(self._incoming("start", "/start"), code=code))

    async def reads(self) -> str:
        """What has come since, unasked or not."""
        new = self.scene.said_to(self.urn)[self.heard :]
        self.heard += len(new)
        return "\n\n".join(words(reply) for reply in new)

    async def talks(self, *lines: str) -> str:
        """Several messages; what came back to the last."""
        answer = ""
        for line in lines:
            answer = await self.says(line)
        return answer

    def _incoming(self, kind: str, text: str) -> Incoming:
        return Incoming(self.channel, self.scene.next_id(), (self.urn,), kind=kind, text=text)  # type: ignore[arg-type]

    async def _send(self, incoming: Incoming) -> str:
        await self.reads()
        await self.scene.bring(incoming)
        return await self.reads()


def _with(incoming: Incoming, **fields: object) -> Incoming:
    return replace(incoming, **fields)  # type: ignore[arg-type]


def words(reply: Reply) -> str:
    """A reply as it is read: its text, then its options by number."""
    options = [f"{n}. {choice.label}" for n, choice in enumerate(reply.choices, 1)]
    return "\n".join([reply.text, *options])


@asynccontextmanager
async def stage(url: str, key: str, **kind: object) -> AsyncIterator[Scene]:
    database = await store.connect(url, key)
    try:
        yield Scene(database, house(**kind))
    finally:
        await database.close()
