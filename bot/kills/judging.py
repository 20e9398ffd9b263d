"""What the trial came to: what the people wrote and saw, held against what the database holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.telegram_http import Api
from bot.kills.far_side import TOKEN
from bot.kills.people import LINES, Person
from storage import contacts, enterprises
from storage.database import Database
from storage.tables import inbox, outbox, sends

SILENCE = (None, "uncertain")


@dataclass
class Verdict:
    """The counts that the last line says; `explained` says of each message that may have come
    twice why, `wrong` what should not have been."""

    conversations: int = 0
    kills: int = 0
    inbound_lost: int = 0
    answers_lost: int = 0
    turns_doubled: int = 0
    order_broken: int = 0
    outbound_lost: int = 0
    outbound_possibly_doubled: int = 0
    explained: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or out of order."""
        return not (
            self.inbound_lost
            or self.answers_lost
            or self.turns_doubled
            or self.order_broken
            or self.outbound_lost
        )

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Held:
    """What the database holds: inbox rows by the number of the update, outgoing messages by the
    inbox row they answer, attempts by message."""

    inbox: Mapping[int, Any]
    outgoing: Mapping[int, Sequence[Any]]
    attempts: Mapping[Any, Sequence[Any]]


async def judged(database: Database, people: Sequence[Person], pattern: Person) -> Verdict:
    """Hold everybody against the one who registered in calm."""
    verdict = Verdict(conversations=len(people))
    async with database.read() as db:
        held = await _held(db)
        for person in people:
            await _answers(db, verdict, person)
    for person in people:
        _inbound(verdict, held, person)
        _screen(verdict, held, person, pattern)
    return verdict


async def _held(db: AsyncConnection) -> Held:
    bot = Api(TOKEN).bot
    query = select(inbox.c.seq, inbox.c.external_id, inbox.c.state, inbox.c.channel)
    rows = {}
    for row in (await db.execute(query.where(inbox.c.channel == "telegram"))).all():
        rows[int(row.external_id.removeprefix(f"{bot}:"))] = row
    said = select(outbox.c.id, outbox.c.inbox_seq, outbox.c.state, outbox.c.reply, outbox.c.seq)
    outgoing: defaultdict[int, list[Any]] = defaultdict(list)
    for message in (await db.execute(said.order_by(outbox.c.seq))).all():
        outgoing[message.inbox_seq].append(message)
    tried = select(sends.c.outbox_id, sends.c.part, sends.c.result, sends.c.error)
    attempts: defaultdict[Any, list[Any]] = defaultdict(list)
    for attempt in (await db.execute(tried.order_by(sends.c.id))).all():
        attempts[attempt.outbox_id].append(attempt)
    return Held(rows, outgoing, attempts)


async def _answers(db: AsyncConnection, verdict: Verdict, person: Person) -> None:
    """What they answered is kept, as they answered it, once."""
    found = await contacts.known(db, person.urn)
    mine = await enterprises.of_contact(db, found[0].id) if found else None
    kept: tuple[object, ...] = (
        found[0].name if found else None,
        mine and mine.craft,
        mine and mine.place,
        mine and mine.joined_at and mine.since and mine.joined_at.year - mine.since,
        mine and mine.workers,
    )
    wanted = (person.name, "weaving", "Gracias", person.years, person.workers)
    lost = sum(was != is_ for was, is_ in zip(wanted, kept, strict=True))
    verdict.answers_lost += lost
    if lost:
        verdict.wrong.append(f"{person.urn}: {lost} answers are not kept")


def _inbound(verdict: Verdict, held: Held, person: Person) -> None:
    for update in person.updates:
        row = held.inbox.get(update)
        if row is None or row.state != "done":
            verdict.inbound_lost += 1
            verdict.wrong.append(f"update {update}: {row.state if row else 'not there'}")
            continue
        answers = held.outgoing.get(row.seq, ())
        if len(answers) > 1:
            verdict.turns_doubled += 1
            verdict.wrong.append(f"update {update}: answered by {len(answers)} messages")
        if not answers:
            verdict.outbound_lost += 1
            verdict.wrong.append(f"update {update}: answered by no message")
    if len(person.updates) != len(LINES):
        missing = len(LINES) - len(person.updates)
        verdict.outbound_lost += missing
        verdict.wrong.append(f"{person.urn}: {missing} answers were never asked for")


def _screen(verdict: Verdict, held: Held, person: Person, pattern: Person) -> None:
    """What they saw is what was said, in that order; and what was seen twice was in doubt."""
    said = []
    for update in person.updates:
        row = held.inbox.get(update)
        said += list(held.outgoing.get(row.seq, ())) if row else []
    said.sort(key=lambda row: row.seq)
    places = []
    for number, row in enumerate(said):
        text = str((row.reply or {}).get("text", ""))
        place = next((at for at, seen in enumerate(person.screen) if _is(text, seen)), None)
        doubt = _doubt(held.attempts.get(row.id, ()))
        if doubt:
            verdict.outbound_possibly_doubled += 1
            verdict.explained.append(f"outbox {row.id}: {doubt}")
        if place is None:
            verdict.outbound_lost += 1
            verdict.wrong.append(f"outbox {row.id} ({row.state}): number {number} was never seen")
            continue
        places.append(place)
        if place in person.doubled and not doubt:
            verdict.turns_doubled += 1
            verdict.wrong.append(f"outbox {row.id}: seen twice, and nobody doubted it")
    jumbled = sum(late <= early for early, late in pairwise(places))
    seen = [person.without_name(text) for text in person.screen[: len(LINES) - 1]]
    usual = [pattern.without_name(text) for text in pattern.screen[: len(LINES) - 1]]
    strange = len(person.screen) != len(LINES) or seen != usual[: len(seen)]
    if jumbled or strange:
        verdict.order_broken += max(jumbled, 1)
        verdict.wrong.append(f"{person.urn}: saw something else than others, or in another order")


def _is(text: str, seen: str) -> bool:
    """Whether what was seen is what was said: a channel may dress it."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    return bool(first) and seen.strip().startswith(first[:60])


def _doubt(attempts: Sequence[Any]) -> str:
    """Why a message may have come twice: an attempt nobody knows the end of, and another one."""
    for at, one in enumerate(attempts):
        again = any(later.part == one.part for later in attempts[at + 1 :])
        if one.result in SILENCE and again:
            return str(one.error or "no answer")
    return ""
