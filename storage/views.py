"""Views: who looked at whose personal data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.tables import views


async def note(
    db: AsyncConnection, viewer_id: UUID, what: str, subject_id: UUID, now: datetime
) -> None:
    """Write down that a contact was shown personal data. `what` names it: profile, number,
    export."""
    row = {"viewer_id": viewer_id, "what": what, "subject_id": subject_id, "at": now}
    await db.execute(insert(views).values(id=ids.new(now), **row))
