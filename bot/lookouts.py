"""What comes by itself after suggestions: once a week a look for somebody better, at the person's
hour."""

from __future__ import annotations

from datetime import timedelta

from bot import artisans, in_charge, suggestions
from bot.handlers import told
from bot.messages import Wake
from bot.turn import Turn
from storage import events, matches
from storage.enterprises import Enterprise

A_WEEK = timedelta(days=7)
SHOWN_LATELY = timedelta(days=84)
"""Whom somebody was shown in this time is not news."""


def begin(turn: Turn, mine: Enterprise) -> None:
    """Have the next look taken in a week."""
    wake = Wake(turn.contact.id, what="look_again", subject=str(mine.id))
    turn.later(turn.now + A_WEEK, wake, "look_again", mine.id)


@told("look_again")
async def look_again(turn: Turn, wake: Wake) -> None:
    """Tell of somebody new who fits better than who was shown last; else wait another week, as
    where brokers have no room for what might follow."""
    mine = await turn.enterprise()
    if mine is None or str(mine.id) != wake.subject or mine.willing == "no":
        return
    free = turn.free_from()
    if free > turn.now:
        turn.later(free, wake, "look_again", mine.id)
        return
    begin(turn, mine)
    if turn.urn is None or "partners" in turn.contact.wants:
        return
    if mine.id in await events.resting(turn.db, turn.now):
        return
    if not await in_charge.can_carry(turn, mine.country, mine.region):
        return
    before = await matches.shown_since(turn.db, mine.id, "partner", turn.now - SHOWN_LATELY)
    if await suggestions.better_partners(turn, mine, before):
        turn.purpose = "partners"
        await artisans.tell_partners(turn, mine)
