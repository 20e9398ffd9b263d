"""Whether a message may go to somebody now: asked again right before it goes, since they may have
said STOP, or been frozen, or moved the hours, since it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.hours import opens, zone_of
from bot.turn import ALERT, REPLY
from storage.contacts import Contact
from storage.outbox import SHARED, Row
from storage.urns import Urn

FAREWELLS = frozenset({"stop", "stopped", "erase", "erased"})
"""Purposes of the one reply that says that nothing more will come."""

LOOK_AGAIN = timedelta(hours=1)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Drop:
    """It must not go, now or later."""

    why: str


@dataclass(frozen=True)
class Wait:
    """It may go from `until`."""

    until: datetime


@dataclass(frozen=True)
class Hold:
    """It must lie until something else lets it go."""

    why: str


Permission: TypeAlias = Drop | Wait | Hold | None


def permission(
    message: Row, contact: Contact | None, urn: Urn, consented: bool, country: str, now: datetime
) -> Permission:
    """None where it may go. An answer to what somebody just wrote needs no consent and has no
    hours; STOP, erasing and blocking hold for everything."""
    is_reply = message.rank == REPLY
    farewell = is_reply and message.purpose in FAREWELLS
    if urn.address is None or message.reply is None:
        return Drop("erased")
    if message.expires_at is not None and message.expires_at <= now:
        return Drop("expired")
    if urn.unreachable_at is not None:
        return Drop("unreachable")
    if urn.stopped_at is not None and not farewell:
        return Drop("stopped")
    if is_reply or contact is None:
        return None
    if urn.shared and message.rank == ALERT:
        return Hold(SHARED)  # nothing personal goes unasked where others may read it
    if contact.erased_at is not None:
        return Drop("erased")
    if not consented:
        return Drop("no consent")
    if contact.frozen_at is not None:
        return Wait(now + LOOK_AGAIN)
    if contact.away_until is not None and contact.away_until > now:
        return Wait(min(contact.away_until, now + A_DAY))
    zone = zone_of(contact.zone, contact.country or country)
    start = opens(contact.hours, zone, contact.heard_at, now)
    return Wait(start) if start > now else None
