"""The messages to handle now and who wrote them: found, and locked, by one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, func, select, true, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NULLTYPE

from storage import contacts, heads, inbox
from storage.contacts import Contact
from storage.direct import Direct
from storage.inbox import Row
from storage.tables import urns
from storage.urns import Urn


@dataclass(frozen=True)
class Senders:
    """`at` has whose the address of a row is now, by its digest, and nothing for somebody new, or
    for whoever is in other hands: `urns.traces` tells them apart. Of `marked` contacts and
    addresses there is more to know (see `contacts.writing`)."""

    at: Mapping[str, tuple[Contact, Urn]]
    marked: frozenset[UUID]


@dataclass(frozen=True)
class Claim:
    """Rows of the inbox, oldest first. `more`: other rows are ready, due or not; `others`: of
    about so many other addresses, in whosever hands. `senders` opens what is kept of who wrote
    them; raises BrokenCell."""

    rows: list[Row]
    more: bool
    others: int
    senders: Callable[[], Senders]


async def claim(db: AsyncConnection, now: datetime, limit: int) -> Claim:
    """As `inbox.claim`, with the contacts at the rows' addresses that are in nobody else's hands,
    locked in the order of their ids: a claim waits for nobody."""
    cells, seen = await heads.claimed(db, now, limit, _claiming)
    rows = [inbox.row_in(db, row[:_ROW]) for row in cells]
    held = [row[_ROW:] for row in cells if row[_ROW] is not None]
    others = seen.heads - len(rows) + (0 if seen.whole else limit)
    return Claim(rows, seen.ready > len(rows), others, lambda: _senders(db, held))


def _senders(db: AsyncConnection, held: Sequence[Sequence[Any]]) -> Senders:
    at: dict[str, tuple[Contact, Urn]] = {}
    marked: set[UUID] = set()
    for cells in _WRITERS.compiled(db.dialect).read(held):
        contact, urn, marks = contacts.writer(cells)
        at[urn.digest] = contact, urn
        marked |= marks
    return Senders(at, frozenset(marked))


_ROW = len(inbox.CELLS)


@lru_cache
def _claiming(limit: int, look: int | None) -> Direct:
    return Direct(lambda sqlite: claiming(limit, look, sqlite))


def claiming(limit: int, look: int | None, sqlite: bool) -> Select[Any]:
    """What was seen, each claimed row, and what `contacts.writer` reads; nulls where there is none,
    or nobody."""
    claimed, seen = heads.heads(limit, look, sqlite)
    digests = select(claimed.c.urn_digest)
    if not sqlite:
        # Of an array the server expects few, whatever it expects to be claimed, and looks each up;
        # where there are few addresses at all it goes through them once, and not for each.
        array = func.array(digests.scalar_subquery(), type_=ARRAY(urns.c.digest.type))
        digests = select(func.unnest(array, type_=urns.c.digest.type))
    theirs = urns.c.digest.in_(digests)
    held = contacts.writers(theirs).cte("held")
    # Opened later: what does not open is this person's trouble, and not the claim's.
    as_kept = [type_coerce(cell, NULLTYPE) for cell in held.c]
    both = seen.outerjoin(claimed, true()).outerjoin(
        held, held.c[contacts.DIGEST] == claimed.c.urn_digest
    )
    return select(*seen.c, *claimed.c, *as_kept).select_from(both).order_by(claimed.c.seq)


_WRITERS = Direct(lambda _: contacts.writers(true()))
