"""The messages to handle now and who wrote them: found, and locked, by one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, any_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import contacts, inbox
from storage.contacts import Contact
from storage.direct import Direct
from storage.inbox import Row
from storage.tables import urns
from storage.urns import Urn


@dataclass(frozen=True)
class Claim:
    """Rows of the inbox, oldest first; `at` has whose the address of a row is now, by its digest,
    and nothing for somebody new. Of `marked` contacts and addresses there is more to know (see
    `contacts.writing`). `more`: other rows are ready, due or not."""

    rows: list[Row]
    at: Mapping[str, tuple[Contact, Urn]]
    marked: frozenset[UUID]
    more: bool


async def claim(db: AsyncConnection, now: datetime, limit: int) -> Claim:
    """As `inbox.claim_some`, with the contacts at the rows' addresses, locked in the order of their
    ids."""
    for look in inbox.looks(limit):
        found = await _claiming(limit, look).rows(db, {"now": now})
        if found or look is None or await inbox.is_all(db, look):
            break
    at: dict[str, tuple[Contact, Urn]] = {}
    marked: set[UUID] = set()
    for cells in found:
        written = cells[_ROW + 1 :]
        if written[0] is not None:
            contact, urn, marks = contacts.writer(written)
            at[urn.digest] = contact, urn
            marked |= marks
    rows = [inbox.row_in(cells[:_ROW]) for cells in found]
    more = bool(found) and found[0][_ROW] > len(found)
    return Claim(rows, at, frozenset(marked), more)


_ROW = len(inbox.CELLS)


@lru_cache
def _claiming(limit: int, look: int | None) -> Direct:
    return Direct(lambda sqlite: claiming(limit, look, sqlite))


def claiming(limit: int, look: int | None, sqlite: bool) -> Select[Any]:
    """Each claimed row, how many are ready, and what `contacts.writer` reads; nulls where there is
    nobody."""
    claimed = inbox.heads(limit, look, sqlite).cte("claimed")
    digests = select(claimed.c.urn_digest)
    # As an array the addresses are looked up, whatever the server expects to be claimed.
    array = func.array(digests.scalar_subquery(), type_=ARRAY(urns.c.digest.type))
    theirs = urns.c.digest.in_(digests) if sqlite else urns.c.digest == any_(array)
    held = contacts.writers(theirs).cte("held")
    both = claimed.outerjoin(held, held.c[contacts.DIGEST] == claimed.c.urn_digest)
    return select(*claimed.c, *held.c).select_from(both).order_by(claimed.c.seq)
