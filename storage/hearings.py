"""Hearings: that people wrote, from which address, by which channel and to which of our numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import light
from storage.among import unnested
from storage.direct import Direct, Write, write
from storage.tables import urns


@light(frozen=True)
class Hearing:
    """That somebody wrote from an address: by which channel, from how a phone, to what number."""

    urn_id: UUID
    via: str
    look: str = ""
    line: str = ""


async def note(
    db: AsyncConnection,
    urn_id: UUID,
    now: datetime,
    *,
    via: str,
    look: str = "",
    line: str = "",
) -> None:
    """Note that somebody wrote from an address: it can be reached, and by this channel."""
    await write(db, [noting([Hearing(urn_id, via, look, line)], now)])


def noting(hearings: Iterable[Hearing], now: datetime) -> Write | None:
    """`note` for many, in the order of their ids."""
    rows = [
        {"_id": one.urn_id, "_via": one.via, "_look": one.look or None, "_line": one.line or None}
        for one in sorted(hearings, key=lambda one: one.urn_id)
    ]
    return Write(_HEARING, rows, {"_now": now}) if rows else None


def _hearing(sqlite: bool) -> Update:
    types = {"_id": urns.c.id, "_via": urns.c.via, "_look": urns.c.look, "_line": urns.c.line}
    kinds = {name: one.type for name, one in types.items()}
    new: Any = {name: bindparam(name, type_=kind) for name, kind in kinds.items()}
    if not sqlite:
        new = unnested(kinds).c
    return (
        update(urns)
        .where(urns.c.id == new["_id"])
        .values(
            heard_at=bindparam("_now"),
            unreachable_at=None,
            via=new["_via"],
            look=func.coalesce(new["_look"], urns.c.look),
            line=func.coalesce(new["_line"], urns.c.line),
        )
    )


_HEARING = Direct(_hearing)
