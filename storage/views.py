"""Views: who looked at whose personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import inserting
from storage.direct import Write, write
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
    await write(db, [noting([View(viewer_id, what, subject_id)], now)])


def noting(seen: Sequence[View], now: datetime) -> Write | None:
    """`note` for many."""
    return inserting(views, [{"id": ids.new(now), **vars(view)} for view in seen], {"at": now})
