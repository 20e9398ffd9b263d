"""Views: who looked at whose personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_all
from storage.tables import views


@dataclass(frozen=True)
class View:
    """That a contact was shown personal data. `what` names it: profile, number, export."""

    viewer_id: UUID
    what: str
    subject_id: UUID


async def note(
    db: AsyncConnection, viewer_id: UUID, what: str, subject_id: UUID, now: datetime
) -> None:
    """Write down that a contact was shown personal data."""
    await note_all(db, [View(viewer_id, what, subject_id)], now)


async def note_all(db: AsyncConnection, seen: Sequence[View], now: datetime) -> None:
    """`note` for many."""
    if seen:
        rows = [{"id": ids.new(now), **vars(view), "at": now} for view in seen]
        await insert_all(db, views, rows)
