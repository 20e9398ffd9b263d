"""Taking somebody's name and address out of what others wrote or were told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import inbox, outbox, phone_messages, sessions

GONE = "…"
_LEAST = 3  # characters: what is shorter is in every other word


class Mentions:
    """What names somebody: names as whole words in any case, addresses wherever they stand."""

    def __init__(self, names: Iterable[str | None], addresses: Iterable[str | None]) -> None:
        words = {name.strip() for name in names if name}
        paths = {part for a in addresses if a for part in (a, a.partition(":")[2])}
        digits = {p.lstrip("+") for p in paths if p.lstrip("+").isdigit()}
        parts = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in words if len(word) >= _LEAST]
        parts += [re.escape(path) for path in paths | digits if len(path) >= _LEAST]
        parts.sort(key=len, reverse=True)
        self._parts = tuple(parts)
        self._pattern = _any_of(self._parts)

    @classmethod
    def of_all(cls, many: Iterable[Mentions]) -> Mentions:
        """What names any of them."""
        all_ = cls((), ())
        parts = {part for one in many for part in one._parts}
        all_._parts = tuple(sorted(parts, key=lambda part: (-len(part), part)))
        all_._pattern = _any_of(all_._parts)
        return all_

    def within(self, value: Any) -> bool:
        """Whether a text, or JSON with texts in it, mentions them."""
        return bool(self.without(value) != value)

    def without(self, value: Any) -> Any:
        """The same text or JSON, without them."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(GONE, value)
        if isinstance(value, dict):
            return {self.without(name): self.without(held) for name, held in value.items()}
        if isinstance(value, list):
            return [self.without(held) for held in value]
        return value


def _any_of(parts: Collection[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


async def take_out(
    db: AsyncConnection,
    mentions: Mentions,
    contact_ids: Collection[UUID],
    urn_ids: Collection[UUID],
    digests: Collection[str],
) -> None:
    """Take the mentions out of what these others, by contacts and addresses, were told and said;
    messages to them that were not sent yet and mention somebody who is gone are dropped."""
    pending = outbox.c.state.in_(("queued", "waiting"))
    mine = outbox.c.urn_id.in_(urn_ids)
    query = select(outbox.c.seq, outbox.c.reply).where(pending, mine)
    dropped = [row.seq for row in (await db.execute(query)).all() if mentions.within(row.reply)]
    if dropped:
        gone = update(outbox).where(outbox.c.seq.in_(dropped))
        await db.execute(gone.values(state="dropped", error="erased", reply=None))
    await clean(db, mentions, outbox, ["reply"], mine)
    await clean(
        db, mentions, sessions, ["answers", "asked"], sessions.c.contact_id.in_(contact_ids)
    )
    await clean(db, mentions, inbox, ["body"], inbox.c.urn_digest.in_(digests))
    await clean(db, mentions, phone_messages, ["body"], phone_messages.c.urn_digest.in_(digests))


async def clean(
    db: AsyncConnection,
    mentions: Mentions,
    table: Table,
    names: Collection[str],
    which: ColumnElement[bool],
) -> None:
    """Take the mentions out of sealed columns of some rows."""
    key = next(iter(table.primary_key))
    query = select(key, *(table.c[name] for name in names)).where(which)
    for row in (await db.execute(query)).all():
        values = {name: row._mapping[name] for name in names}
        changed = {n: mentions.without(v) for n, v in values.items() if mentions.within(v)}
        if changed:
            await db.execute(update(table).where(key == row[0]).values(**changed))
