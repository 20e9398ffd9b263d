"""What the trial came to: what the people wrote and saw, held against what the database holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kills.far_side import FarSide
from bot.kills.people import CHANNELS, LINES, Person, Seen
from bot.kills.twilio import STATES
from bot.pipeline.preparing import LEFT
from bot.pipeline.recovering import NOT_MADE
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
    """What the database holds: inbox rows by channel and name, outgoing messages by the inbox row
    they answer, attempts by message. And what the far sides know."""

    inbox: Mapping[tuple[str, str], Any]
    outgoing: Mapping[int, Sequence[Any]]
    attempts: Mapping[Any, Sequence[Any]]
    far_side: FarSide

    def row(self, person: Person, name: str) -> Any:
        """The inbox row of something that somebody wrote; None where there is none."""
        return self.inbox.get((person.channel, name))

    def said_to(self, person: Person) -> list[Any]:
        """What answers somebody, in the order in which it was written."""
        rows = [row for name in person.wrote if (row := self.row(person, name)) is not None]
        return sorted((one for row in rows for one in self.outgoing.get(row.seq, ())), key=_seq)


async def judged(database: Database, people: Sequence[Person], far_side: FarSide) -> Verdict:
    """Hold everybody against the one who registered by the same channel in calm."""
    verdict = Verdict(conversations=len(people))
    async with database.read() as db:
        held = await _held(db, far_side)
        for person in people:
            await _answers(db, verdict, person)
    for person in people:
        _inbound(verdict, held, person)
        _screen(verdict, held, person, people[person.number % len(CHANNELS)])
    return verdict


async def _held(db: AsyncConnection, far_side: FarSide) -> Held:
    query = select(inbox.c.seq, inbox.c.external_id, inbox.c.state, inbox.c.channel)
    rows = {(row.channel, row.external_id): row for row in (await db.execute(query)).all()}
    said = select(outbox.c.id, outbox.c.inbox_seq, outbox.c.state, outbox.c.reply, outbox.c.seq)
    outgoing: defaultdict[int, list[Any]] = defaultdict(list)
    for message in (await db.execute(said.order_by(outbox.c.seq))).all():
        outgoing[message.inbox_seq].append(message)
    tried = select(sends.c.outbox_id, sends.c.part, sends.c.result, sends.c.error)
    attempts: defaultdict[Any, list[Any]] = defaultdict(list)
    for attempt in (await db.execute(tried.order_by(sends.c.id))).all():
        attempts[attempt.outbox_id].append(attempt)
    return Held(rows, outgoing, attempts, far_side)


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
    for name in person.wrote:
        row = held.row(person, name)
        if row is None or row.state != "done":
            verdict.inbound_lost += 1
            verdict.wrong.append(f"message {name}: {row.state if row else 'not there'}")
            continue
        answers = held.outgoing.get(row.seq, ())
        if len(answers) > 1:
            verdict.turns_doubled += 1
            verdict.wrong.append(f"message {name}: answered by {len(answers)} messages")
        if not answers:
            verdict.outbound_lost += 1
            verdict.wrong.append(f"message {name}: answered by no message")
    if len(person.wrote) != len(LINES):
        missing = len(LINES) - len(person.wrote)
        verdict.outbound_lost += missing
        verdict.wrong.append(f"{person.urn}: {missing} answers were never asked for")


def _screen(verdict: Verdict, held: Held, person: Person, pattern: Person) -> None:
    """What they saw is what was said, in that order; and what was seen twice was in doubt."""
    places: list[tuple[int, bool]] = []
    for number, row in enumerate(held.said_to(person)):
        place = next((at for at, seen in enumerate(person.screen) if _is(row, seen)), None)
        attempts = held.attempts.get(row.id, ())
        _doubled(verdict, held, person, row, place)
        _told(verdict, held, row)
        shown = sum(one.of == str(row.id) for one in (*person.screen, *person.further))
        if place is None or (shown and shown < len({one.part for one in attempts})):
            verdict.outbound_lost += 1
            why = f"number {number} was never seen; attempts: {_tried(attempts)}"
            verdict.wrong.append(f"outbox {row.id} by {person.channel} ({row.state}): {why}")
        if place is not None:
            places.append((place, any(one.error == NOT_MADE for one in attempts)))
    # What a far side refused without saying so holds up nobody: it alone may be overtaken.
    in_line = [place for place, overtaken in places if not overtaken]
    jumbled = sum(late <= early for early, late in pairwise(in_line))
    seen = [person.without_name(person.screen[place].gist) for place, _ in places][:-1]
    usual = [pattern.without_name(one.gist) for one in pattern.screen][:-1]
    if jumbled or seen != usual or len(person.screen) != len(LINES):
        verdict.order_broken += max(jumbled, 1)
        verdict.wrong.append(f"{person.urn}: saw something else than others, or in another order")


def _doubled(verdict: Verdict, held: Held, person: Person, row: Any, place: int | None) -> None:
    """Whatever may have come twice has a reason: a process was killed, or a far side was silent."""
    doubt = _doubt(held.attempts.get(row.id, ()))
    silent = {str(row.id), f"{person.urn} {person.screen[place].text if place is not None else ''}"}
    silent_to_us = "TimeoutError" in doubt or not silent.isdisjoint(held.far_side.log.silent)
    explained = doubt == LEFT or silent_to_us
    if doubt:
        verdict.outbound_possibly_doubled += 1
        verdict.explained.append(f"outbox {row.id} by {person.channel}: {doubt}")
    if (doubt or place in person.doubled) and not (doubt and explained):
        verdict.turns_doubled += 1
        tried = _tried(held.attempts[row.id])
        why = f"seen twice, and there was no reason for it; attempts: {tried}"
        verdict.wrong.append(f"outbox {row.id} by {person.channel} ({row.state}): {why}")


def _tried(attempts: Sequence[Any]) -> str:
    """Attempts in the order they were made: which part, what it came to and by what name."""
    names = {one.external_id: f"#{at}" for at, one in enumerate(attempts) if one.external_id}
    return ", ".join(
        " ".join((str(one.part), str(one.result), names.get(one.external_id, ""), one.error or ""))
        for one in attempts
    )


def _told(verdict: Verdict, held: Held, row: Any) -> None:
    """What we were told of it stands, in whatever order we were."""
    parts = held.far_side.twilio.told.get(str(row.id), {}).values()
    told = min(parts, key=STATES.index, default="")
    if STATES.index(told) > (STATES.index(row.state) if row.state in STATES else 0):
        verdict.order_broken += 1
        verdict.wrong.append(f"outbox {row.id}: {row.state}, though we were told {told}")


def _is(row: Any, seen: Seen) -> bool:
    """Whether what was seen is this message: a channel may dress it."""
    if seen.of:
        return seen.of == str(row.id)
    text = str((row.reply or {}).get("text", "")).strip()
    first = text.splitlines()[0] if text else ""
    return bool(first) and seen.text.strip().startswith(first[:60])


def _seq(row: Any) -> int:
    return int(row.seq)


def _doubt(attempts: Sequence[Any]) -> str:
    """Why a message may have come twice: an attempt nobody knows the end of, and another one."""
    for at, one in enumerate(attempts):
        again = any(later.part == one.part for later in attempts[at + 1 :])
        if one.result in SILENCE and again:
            return str(one.error or "no answer")
    return ""
