"""Telling those who answer for a programme that something needs whoever runs it: by chat, since
nobody reads logs at night. Log and metrics say the same to machines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import wakes
from bot.handlers import told
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from storage import inbox, roles

PARKED = "parked"


async def parked(db: AsyncConnection, now: datetime) -> None:
    """A message was laid aside: tell every coordinator, once an hour however many there are."""
    hour = now.strftime("%Y-%m-%dT%H")
    whom = dict.fromkeys(role.contact_id for role in await roles.holders(db, "coordinator"))
    left = [(f"{PARKED}:{hour}:{one}", Wake(one, what=PARKED)) for one in whom]
    await wakes.post(db, left, now)


@told(PARKED)
async def tell_parked(turn: Turn, wake: Wake) -> None:
    """How many there are now; nothing where somebody has seen to them meanwhile."""
    count = await inbox.count_parked(turn.db)
    if count:
        turn.purpose = PARKED
        turn.tell(
            say(
                "phrase.parked",
                "Messages that could not be handled and were laid aside: {count}. "
                "Please tell whoever looks after the server: artisan parked list shows them.",
                count=count,
            )
        )
