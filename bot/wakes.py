"""What the house has for a contact: a row in the inbox, so that order and exactly-once hold.

Nobody's conversation is touched from another one's turn. A turn, or a timer that is due, leaves a
wake; it is handled as that contact's own message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Incoming, Wake, incoming_json, read_wake
from storage import contacts, inbox
from storage.timers import Timer
from storage.urns import Urn

CHANNEL = "house"


async def post(db: AsyncConnection, wakes: Iterable[tuple[str, Wake]], now: datetime) -> None:
    """Leave each wake for its contact, once for each key, however often it is posted."""
    posted = list(wakes)
    if not posted:
        return
    reached = await contacts.addresses(db, {wake.contact_id for _, wake in posted})
    await inbox.put(
        db, [_row(key, wake, reached.get(wake.contact_id), now) for key, wake in posted]
    )


async def fired(db: AsyncConnection, timers: Iterable[Timer], now: datetime) -> None:
    """Leave the wakes that due timers hold."""
    await post(db, [(f"timer:{timer.id}", read_wake(timer.data)) for timer in timers], now)


def _row(key: str, wake: Wake, urn: Urn | None, now: datetime) -> inbox.Arrival:
    address = urn.address if urn else None
    return inbox.Arrival(
        channel=CHANNEL,
        external_id=key,
        urn=address or nobody(wake.contact_id),
        body=incoming_json(
            Incoming(CHANNEL, key, (address,) if address else (), kind="wake", wake=wake)
        ),
        due_at=now,
        received_at=now,
    )


def nobody(contact_id: UUID) -> str:
    """What stands for the address of somebody who has none now."""
    return f"contact:{contact_id}"
