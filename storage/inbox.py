"""The inbox: what came in, kept before it is acknowledged, and handled once, in order.

A row is `ready` until it is `done` or, having failed alone three times, `parked`. Rows of one
address are handled one after the other; one that is to be tried again later holds up only those
behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    Update,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import light
from storage import sealing
from storage.among import among
from storage.conflicts import inserted
from storage.direct import Direct, Write, write
from storage.heads import IN_LINE, READY, as_kept, claimed, heads
from storage.packing import unpacked
from storage.tables import inbox


@light(frozen=True)
class Arrival:
    """What came in, not yet kept: `external_id` makes a repeated delivery one message, `urn` (best
    address) is what it is ordered by. A house message may be due later."""

    channel: str
    external_id: str
    urn: str
    body: Mapping[str, Any]
    received_at: datetime
    due_at: datetime


@light(frozen=True)
class Row:
    """A row of the inbox. `attempts` counts those that failed."""

    seq: int
    channel: str
    external_id: str
    urn_digest: str
    body: dict[str, Any] = field(repr=False)
    state: str
    attempts: int
    error: str | None
    due_at: datetime
    received_at: datetime
    done_at: datetime | None


async def put(db: AsyncConnection, arrivals: Sequence[Arrival]) -> int:
    """Keep what came in, in this order; what is there already is left. Gives how many were new."""
    return len(await put_new(db, arrivals))


async def put_new(db: AsyncConnection, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
    """`put`, giving which were new, by channel and external id."""
    names = (inbox.c.channel, inbox.c.external_id)
    digest = sealing.keyring(db.dialect).digest
    rows = [_columns(digest, arrival) for arrival in arrivals]
    new = await inserted(db, inbox, rows, names, {"state": "ready"})
    return {(channel, external_id) for channel, external_id in new}


def _columns(digest: Callable[[str], str], arrival: Arrival) -> dict[str, Any]:
    return {
        "channel": arrival.channel,
        "external_id": arrival.external_id,
        "urn_digest": digest(arrival.urn),
        "body": arrival.body,
        "received_at": arrival.received_at,
        "due_at": arrival.due_at,
    }


async def kept(db: AsyncConnection, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these, by channel and external id, are there already."""
    name = tuple_(inbox.c.channel, inbox.c.external_id)
    found = await db.execute(select(inbox.c.channel, inbox.c.external_id).where(name.in_(names)))
    return {(channel, external_id) for channel, external_id in found.all()}


async def last_received(db: AsyncConnection, channels: Collection[str]) -> datetime | None:
    """When the last message of people came by these channels; None where none has."""
    query = select(inbox.c.received_at).where(inbox.c.channel.in_(channels))
    found = await db.execute(query.order_by(inbox.c.seq.desc()).limit(1))
    last: datetime | None = found.scalar()
    return last


async def claim(db: AsyncConnection, now: datetime, limit: int = 64) -> list[Row]:
    """The rows to handle now, oldest first: of each address its oldest unhandled one, if due.

    They are this transaction's: on PostgreSQL others skip them, on SQLite nobody else writes.
    There may be more than are given, but not where none is. The cost depends on how many rows are
    ready before the last of them, not on those done."""
    rows, _ = await claimed(db, now, limit, _claiming)
    return [row_in(db, row) for row in rows]


@lru_cache
def _claiming(limit: int, look: int | None) -> Direct:
    return Direct(lambda sqlite: claiming(limit, look, sqlite))


def claiming(limit: int, look: int | None, sqlite: bool) -> Select[Any]:
    """What was seen, and with it each claimed row; nulls where none is."""
    firsts, seen = heads(limit, look, sqlite)
    both = seen.outerjoin(firsts, true())
    return select(*seen.c, *firsts.c).select_from(both).order_by(firsts.c.seq)


CELLS = tuple(field.name for field in fields(Row))


def row_in(db: AsyncConnection, cells: Sequence[Any]) -> Row:
    """The row in what `heads` gives. A body that does not open is left empty, so that it is this
    message that fails, and not the claim."""
    cells = list(cells)
    if cells[_BODY] is not None:
        try:
            cells[_BODY] = unpacked(sealing.keyring(db.dialect).unseal("inbox.body", cells[_BODY]))
        except sealing.BrokenCell:
            cells[_BODY] = {}
    return Row(*cells)


_BODY = CELLS.index("body")


async def begin(db: AsyncConnection, row: Row, attempts: int, until: datetime, error: str) -> bool:
    """Note the failure of a row before it is tried, in case nobody is left to note it; until then
    it is not due for others. False where somebody else has begun it."""
    same = (inbox.c.attempts == row.attempts, inbox.c.due_at == row.due_at, READY)
    begun = update(inbox).where(inbox.c.seq == row.seq, *same)
    noted = begun.values(attempts=attempts, due_at=until, error=error[:200])
    return (await db.execute(noted)).rowcount == 1


async def take(db: AsyncConnection, seq: int, attempts: int) -> Row | None:
    """One row whose failure `begin` noted: it is this transaction's, and has not failed unless
    this is rolled back. None where somebody else has it."""
    mine = (inbox.c.seq == seq, inbox.c.attempts == attempts, READY)
    taken = update(inbox).where(*mine).values(attempts=attempts - 1, error=None).returning(inbox)
    row = (await db.execute(taken)).first()
    return Row(**row._mapping) if row else None


async def begin_all(db: AsyncConnection, seqs: Collection[int], until: datetime, error: str) -> int:
    """`begin` for rows that are this transaction's and have not failed. Gives how many."""
    return await _BEGINNING.run(db, {"seqs": list(seqs), "until": until, "why": error[:200]})


def _beginning(sqlite: bool) -> Update:
    fresh = (among(inbox.c.seq, "seqs", sqlite), READY, inbox.c.attempts == literal_column("0"))
    begun = update(inbox).where(*fresh)
    return begun.values(attempts=1, due_at=bindparam("until"), error=bindparam("why"))


async def take_all(db: AsyncConnection, seqs: Collection[int], now: datetime) -> list[Row]:
    """`take` for what `begin_all` noted: of these rows those that nobody else has begun since,
    oldest first."""
    rows = await _TAKING.rows(db, {"seqs": list(seqs), "now": now})
    return sorted((row_in(db, row) for row in rows), key=lambda row: row.seq)


def _taking(sqlite: bool) -> Any:
    begun = (among(inbox.c.seq, "seqs", sqlite), READY, inbox.c.attempts == literal_column("1"))
    taken = update(inbox).where(*begun).values(attempts=0, due_at=bindparam("now"), error=None)
    return taken.returning(*map(as_kept, inbox.c))


async def newest(db: AsyncConnection) -> int:
    """The number of the last row that is ready, due or not; 0 where none is."""
    return (await db.execute(select(func.max(IN_LINE)).where(READY))).scalar() or 0


async def done(db: AsyncConnection, seqs: Collection[int], now: datetime) -> int:
    """Mark rows handled, in the transaction of what they caused. Gives how many were still ready:
    fewer than asked means somebody else handled one, and this transaction must be rolled back."""
    return sum(await write(db, [finishing(seqs, now)]))


def finishing(seqs: Collection[int], now: datetime) -> Write:
    """`done`, to be written with other things."""
    return Write(_DONE, same={"seqs": list(seqs), "now": now})


def _done(sqlite: bool) -> Update:
    handled = update(inbox).where(among(inbox.c.seq, "seqs", sqlite), READY)
    return handled.values(state="done", done_at=bindparam("now"), error=None)


_BEGINNING, _TAKING, _DONE = Direct(_beginning), Direct(_taking), Direct(_done)


async def failed(
    db: AsyncConnection, seq: int, due_at: datetime, error: str, attempts: int | None = None
) -> int:
    """Note that handling a row failed, and when to try again. Gives its attempts so far: one more
    than there were, or as many as are given."""
    so_far = inbox.c.attempts + 1 if attempts is None else attempts
    tried = (
        update(inbox)
        .where(inbox.c.seq == seq, READY)
        .values(attempts=so_far, due_at=due_at, error=error[:200])
        .returning(inbox.c.attempts)
    )
    return (await db.execute(tried)).scalar() or 0


async def postpone(db: AsyncConnection, seq: int, due_at: datetime) -> None:
    """Have a row, and those of its address behind it, wait."""
    await db.execute(update(inbox).where(inbox.c.seq == seq, READY).values(due_at=due_at))


async def complete(
    db: AsyncConnection, seq: int, body: Mapping[str, Any], due_at: datetime
) -> bool:
    """Say of a row what was not known of it when it came. False where it is not ready any more."""
    known = update(inbox).where(inbox.c.seq == seq, READY).values(body=dict(body), due_at=due_at)
    return (await db.execute(known)).rowcount == 1


async def before(db: AsyncConnection, seq: int) -> dict[str, Any] | None:
    """What came from the same address right before a row; None where nothing did, or is kept."""
    own = select(inbox.c.urn_digest).where(inbox.c.seq == seq).scalar_subquery()
    query = select(inbox.c.body).where(inbox.c.urn_digest == own, inbox.c.seq < seq)
    return (await db.execute(query.order_by(inbox.c.seq.desc()).limit(1))).scalar()


async def park(db: AsyncConnection, seq: int, error: str, now: datetime) -> None:
    """Lay a row aside that cannot be handled; what came after it goes on."""
    parked = update(inbox).where(inbox.c.seq == seq, READY)
    await db.execute(parked.values(state="parked", error=error[:200], done_at=now))


async def parked(db: AsyncConnection, limit: int = 100) -> list[Row]:
    """The rows laid aside, oldest first; a body that does not open is empty."""
    query = select(*map(as_kept, inbox.c)).where(inbox.c.state == "parked")
    found = (await db.execute(query.order_by(inbox.c.seq).limit(limit))).all()
    return [row_in(db, row) for row in found]


async def count_parked(db: AsyncConnection) -> int:
    """How many rows are laid aside."""
    query = select(func.count()).where(inbox.c.state == "parked")
    return int((await db.execute(query)).scalar_one())


async def retry(db: AsyncConnection, seq: int, now: datetime) -> bool:
    """Have a parked row handled again. False where it is not parked."""
    again = update(inbox).where(inbox.c.seq == seq, inbox.c.state == "parked")
    columns = {"state": "ready", "attempts": 0, "due_at": now, "done_at": None}
    return (await db.execute(again.values(**columns))).rowcount == 1


async def drop(db: AsyncConnection, seq: int, now: datetime) -> bool:
    """Give up a parked row and forget what it said. False where it is not parked."""
    gone = update(inbox).where(inbox.c.seq == seq, inbox.c.state == "parked")
    return (await db.execute(gone.values(state="done", body=None, done_at=now))).rowcount == 1


async def by_external_id(db: AsyncConnection, channel: str, external_id: str) -> Row | None:
    """The row of a delivery."""
    query = select(inbox).where(inbox.c.channel == channel, inbox.c.external_id == external_id)
    row = (await db.execute(query)).first()
    return Row(**row._mapping) if row else None


async def last_heard(
    db: AsyncConnection, urn: str, limit: int
) -> list[tuple[datetime, dict[str, Any]]]:
    """When an address last wrote and what, the latest first; what is purged is empty."""
    query = select(inbox.c.received_at, inbox.c.body).where(
        inbox.c.urn_digest == sealing.digest(db, urn)
    )
    found = await db.execute(query.order_by(inbox.c.seq.desc()).limit(limit))
    return [(row.received_at, row.body or {}) for row in found.all()]


async def waiting_of(db: AsyncConnection, urn: str) -> int:
    """How many rows of an address are not handled yet."""
    query = select(func.count()).where(inbox.c.urn_digest == sealing.digest(db, urn), READY)
    return int((await db.execute(query)).scalar_one())


async def waiting_of_many(
    db: AsyncConnection, urns: Collection[str], note: str
) -> dict[str, tuple[int, bool]]:
    """How many rows of each address are not handled yet, and whether one of them is a note, whose
    external id begins so."""
    digests = {sealing.digest(db, urn): urn for urn in urns}
    noted = func.count().filter(inbox.c.external_id.startswith(note))
    query = (
        select(inbox.c.urn_digest, func.count(), noted)
        .where(inbox.c.urn_digest.in_(digests), READY)
        .group_by(inbox.c.urn_digest)
    )
    found = {digest: (int(n), bool(m)) for digest, n, m in (await db.execute(query)).all()}
    return {urn: found.get(digest, (0, False)) for digest, urn in digests.items()}


async def next_note(db: AsyncConnection, urn: str, note: str) -> str:
    """The external id of an address's next note: the same for everybody until it is kept."""
    digest = sealing.digest(db, urn)
    # By the bare number the server might go through all that ever came, latest first.
    last = select(func.max(IN_LINE)).where(
        inbox.c.urn_digest == digest, inbox.c.external_id.startswith(note)
    )
    return f"{note}{digest[:40]}/{(await db.execute(last)).scalar() or 0}"


async def crowded(db: AsyncConnection, least: int, among_last: int = 10_000) -> frozenset[str]:
    """The digests of addresses of which at least so many rows wait to be handled, as far as the
    last rows tell."""
    last = select(inbox.c.urn_digest).where(READY).order_by(IN_LINE.desc()).limit(among_last)
    waiting = last.subquery()
    many = select(waiting.c.urn_digest).group_by(waiting.c.urn_digest)
    found = await db.execute(many.having(func.count() >= least))
    return frozenset(found.scalars().all())


async def next_due(db: AsyncConnection) -> datetime | None:
    """When the earliest ready row is due; None where none is."""
    due: datetime | None = (
        await db.execute(select(func.min(inbox.c.due_at)).where(READY))
    ).scalar()
    return due


async def depth(db: AsyncConnection) -> tuple[int, datetime | None]:
    """How many rows are ready, and when the oldest of them came."""
    query = select(func.count(), func.min(inbox.c.received_at)).where(READY)
    row = (await db.execute(query)).one()
    return int(row[0]), row[1]
