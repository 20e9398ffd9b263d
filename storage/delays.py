"""Delays: why a queued message that was due does not go yet, and what it holds up meanwhile.

What was put off stands in line: what was written to the same person after it goes after it. What
was written for a time of its own does not, and nothing brings it forward."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    Update,
    bindparam,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)

from storage.among import among
from storage.direct import Direct, Write
from storage.tables import outbox

HOURS = "not in their hours"
"""They are away, or frozen, or it is too early or too late where they are."""

PACE = "pace"
"""No more may be said there, or by this channel, just now."""

ARRIVING = "a picture is on its way"
"""Kept with the picture: nothing goes to its address until it is `due_at`, or has arrived."""

# Spelt as the partial indices spell it: a bound parameter would keep them from being used.
_QUEUED = literal_column("'queued'", String)
_ARRIVING = literal_column(f"'{ARRIVING}'", String)

IS_ARRIVING = outbox.c.error == _ARRIVING

_AHEAD, _PICTURE = outbox.alias("ahead"), outbox.alias("picture")


def is_held_up(now: datetime) -> ColumnElement[bool]:
    """The condition that a row of `outbox` must wait for something else at its address: a message
    that stands before it and was put off, or a picture."""
    put_off = select(_AHEAD.c.seq).where(
        _AHEAD.c.contact_id == outbox.c.contact_id,
        _AHEAD.c.urn_id == outbox.c.urn_id,
        _AHEAD.c.state == _QUEUED,
        _AHEAD.c.error.is_not(None),
        _AHEAD.c.due_at > now,
        tuple_(_AHEAD.c.rank, _AHEAD.c.seq) < tuple_(outbox.c.rank, outbox.c.seq),
    )
    arriving = select(_PICTURE.c.seq).where(
        _PICTURE.c.urn_id == outbox.c.urn_id, _PICTURE.c.error == _ARRIVING, _PICTURE.c.due_at > now
    )
    return or_(put_off.exists(), arriving.exists())


def ending(contact_ids: Collection[UUID], now: datetime) -> Write | None:
    """These may be written to sooner than was thought: what was put off until then is due now."""
    if not contact_ids:
        return None
    return Write(_ENDING, same={"contact_ids": list(contact_ids), "now": now})


def _ending(sqlite: bool) -> Update:
    put_off = update(outbox).where(
        among(outbox.c.contact_id, "contact_ids", sqlite),
        outbox.c.state == _QUEUED,
        outbox.c.error == literal_column(f"'{HOURS}'"),
        outbox.c.due_at > bindparam("now"),
    )
    return put_off.values(due_at=bindparam("now"), error=null())


_ENDING = Direct(_ending)
