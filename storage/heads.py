"""What is to be handled next: of each address its oldest message that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    Subquery,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.direct import Direct
from storage.tables import inbox

# Spelt as the partial indices spell it: a bound parameter would keep them from being used.
READY = inbox.c.state == literal_column("'ready'")
_LOOKS = 4, 32, 256  # rows looked at for each that is wanted

# The same of rows that are looked up by number. Spelt otherwise, since the index of what is ready
# is no way to them: after a flood it is long, and full of what was.
_STILL_READY = inbox.c.state + literal_column("''") == literal_column("'ready'")

# What is ready is ordered by this, which only the index of ready rows has in order. By the bare
# number a server that last counted in the middle of a flood goes through all that was ever handled.
IN_LINE = inbox.c.seq + literal_column("0", Integer)


@dataclass(frozen=True)
class Seen:
    """What a look saw: how many ready rows, of how many addresses; `whole`: all there are."""

    ready: int
    heads: int

    whole: bool


Looking: TypeAlias = Callable[[int, int | None], Direct]
"""The statement that claims at most so many of the so many oldest rows (None: of all). It gives
what was seen and with it each claimed row, nulls where none is."""


async def claimed(
    db: AsyncConnection, now: datetime, limit: int, looking: Looking
) -> tuple[list[list[Any]], Seen]:
    """The rows that are claimed, looking at more of them where few are found, and what was seen."""
    for look in (*(limit * each for each in _LOOKS), None):
        rows = await looking(limit, look).rows(db, {"now": now})
        ready, heads = rows[0][:_SEEN]
        seen = Seen(ready, heads, whole=look is None or ready < look)
        found = [row[_SEEN:] for row in rows if row[_SEEN] is not None]
        if seen.whole or _is_enough(len(found), limit, look):
            break
    return found, seen


_SEEN = 2


def _is_enough(found: int, limit: int, look: int | None) -> bool:
    """Whether nobody need look further. Where what was looked at first is mostly in other hands,
    what little is left of it is not worth a transaction."""
    return found * 2 >= limit or (found > 0 and look != limit * _LOOKS[0])


def heads(limit: int, look: int | None, sqlite: bool) -> tuple[CTE, Subquery]:
    """Of the `look` oldest ready rows the first of each address is its very first one: those that
    are claimed, and what was seen.

    The limits are written out, so that a plan that the server keeps knows them."""
    ready = select(inbox.c.seq, inbox.c.urn_digest).where(READY)
    some = ready.order_by(IN_LINE).limit(_number(look)) if look else ready
    oldest = some.cte("oldest")  # used twice, and so gone through once
    least = select(func.min(oldest.c.seq).label("seq")).group_by(oldest.c.urn_digest).cte("least")
    firsts = select(least.c.seq)
    # As an array they are found first, whatever the server's statistics say of what is ready.
    first = inbox.c.seq.in_(firsts) if sqlite else inbox.c.seq == any_(_array(firsts))
    claimed = (
        select(*map(as_kept, inbox.c))
        .where(first, _STILL_READY, inbox.c.due_at <= bindparam("now"))
        .order_by(inbox.c.seq)
        .limit(_number(limit))
        .with_for_update(of=inbox, skip_locked=True)
    )
    counts = (select(func.count()).select_from(one).scalar_subquery() for one in (oldest, least))
    seen = select(*(count.label(n) for count, n in zip(counts, ("ready", "heads"), strict=True)))
    return claimed.cte("claimed"), seen.subquery("seen")


def as_kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, LargeBinary).label("body") if column is inbox.c.body else column


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


def _array(of: Select[Any]) -> ColumnElement[Any]:
    return func.array(of.scalar_subquery(), type_=ARRAY(inbox.c.seq.type))
