"""Purging: what may not be kept longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import media
from storage.erasing import erase_all, sweep
from storage.tables import (
    consents,
    contacts,
    guesses,
    inbox,
    outbox,
    phone_messages,
    roles,
    sessions,
    timers,
    urns,
)

UNCONSENTED = timedelta(days=7)
RETENTION = timedelta(days=90)
_DAY = timedelta(days=1)


async def purge(db: AsyncConnection, now: datetime, retention: timedelta = RETENTION) -> list[str]:
    """Remove what nobody agreed to keep after seven days, and after `retention` the texts of what
    is long over. Gives the paths of the media files to delete once this is committed."""
    paths = await _unconsented(db, now - UNCONSENTED, now)
    paths += await media.erased_before(db, now - _DAY)
    await sweep(db, now)
    old = now - retention
    await db.execute(
        update(inbox)
        .where(inbox.c.body.is_not(None), inbox.c.state != "ready", inbox.c.done_at < old)
        .values(body=None)
    )
    over = outbox.c.state.not_in(("queued", "sending", "waiting"))
    await db.execute(
        update(outbox)
        .where(outbox.c.reply.is_not(None), over, outbox.c.created_at < old)
        .values(reply=None)
    )
    done = sessions.c.state == "done"
    await db.execute(delete(sessions).where(done, sessions.c.changed_at < old))
    await db.execute(delete(phone_messages).where(phone_messages.c.at < old))
    await db.execute(delete(timers).where(timers.c.state == "done", timers.c.due_at < old))
    await db.execute(delete(guesses).where(guesses.c.at < now - _DAY))
    return paths


async def _unconsented(db: AsyncConnection, before: datetime, now: datetime) -> list[str]:
    """People who wrote, never agreed, and have been silent since; and messages of nobody."""
    agreed = select(consents.c.id).where(consents.c.contact_id == contacts.c.id, consents.c.given)
    holding = select(roles.c.id).where(
        roles.c.contact_id == contacts.c.id, roles.c.revoked_at.is_(None)
    )
    query = select(contacts.c.id).where(
        contacts.c.created_at < before,
        or_(contacts.c.heard_at.is_(None), contacts.c.heard_at < before),
        contacts.c.erased_at.is_(None),
        ~agreed.exists(),
        ~holding.exists(),
    )
    silent = (await db.execute(query.order_by(contacts.c.id))).scalars().all()
    paths = await erase_all(db, silent, now, remember=False)
    known = select(urns.c.id).where(urns.c.digest == inbox.c.urn_digest)
    nobodys = update(inbox).where(
        inbox.c.received_at < before,
        inbox.c.body.is_not(None),
        inbox.c.state != "ready",
        ~known.exists(),
    )
    await db.execute(nobodys.values(body=None))
    return paths
