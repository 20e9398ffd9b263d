"""What is to be handled next: of each address its oldest message that is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """What a look saw: how many rows that are ready, of how many addresses."""

    ready: int
    heads: int


SEEN = 2


def looks(limit: int) -> tuple[int | None, ...]:
    """How many of the oldest ready rows are looked at for so many heads, one after the other."""
    return *(limit * each for each in _LOOKS), None


def is_enough(found: int, limit: int, look: int | None, seen: Seen) -> bool:
    """Whether nobody need look further. Where what was looked at first is mostly in other hands,
    what little is left of it is not worth a transaction."""
    if look is None or seen.ready < look:
        return True
    return found * 2 >= limit or (found > 0 and look > limit * _LOOKS[0])


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
