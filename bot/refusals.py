"""After a no: why, if somebody wants to say, and how far they would go. Matching heeds both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from bot import artisans, steps, suggestions
from bot.commands import command
from bot.handlers import outcome
from bot.hours import today
from bot.turn import Turn
from flows.session import Session
from matching.distance import measured
from matching.heeding import avoided
from storage import candidates, enterprises, events
from storage.enterprises import Enterprise


@outcome("why_not")
async def told_why(turn: Turn, session: Session) -> None:
    """Keep the reason with the no it belongs to, and heed it from now on. Who was refused is the
    subject, and hears nothing of it."""
    why = session.answers.get("why")
    mine = await turn.enterprise()
    other = await enterprises.by_id(turn.db, UUID(session.subject or ""))
    if mine is None or other is None:
        return
    if isinstance(why, str):
        await events.explain(turn.db, mine.pseudonym, other.pseudonym, why)
        await _heed(turn, mine, other, why)
    if why == "too_far" and mine.profile.get("travel") in (None, "any"):
        await steps.start(turn, "travel")
    elif session.answers.get("then") == "others" and why != "not_now":
        await artisans.more(turn, "")


async def _heed(turn: Turn, mine: Enterprise, other: Enterprise, why: str) -> None:
    if why == "too_far":
        km, before = measured(mine, other), mine.profile.get("too_far_km")
        if km is not None and (before is None or km < before):
            await _keep(turn, mine, too_far_km=round(km, 1))
    elif why == "not_my_craft":
        await _avoid(turn, mine, other)


async def _avoid(turn: Turn, mine: Enterprise, other: Enterprise) -> None:
    """Whoever is of the craft that was refused is shown no more."""
    day = today(turn.zone, turn.now)
    found = {one.id: one for one in await candidates.of(turn.db, (mine.id, other.id), day)}
    who, refused = found.get(str(mine.id)), found.get(str(other.id))
    if who is not None and refused is not None:
        crafts = who.avoids | avoided(who.crafts, refused.crafts)
        await _keep(turn, mine, avoids=sorted(crafts))


async def _keep(turn: Turn, mine: Enterprise, **answers: Any) -> None:
    profile: Mapping[str, Any] = {**mine.profile, **answers}
    await enterprises.change(turn.db, mine.id, turn.now, profile=profile)
    turn.forget_enterprise()


@command("command.only_near", "only near, only nearby")
async def only_near(turn: Turn, rest: str) -> None:
    """Say how far one would go; nobody farther is suggested from then on."""
    if await turn.enterprise() is None:
        turn.tell(artisans.NO_WORKSHOP)
        return
    await steps.start(turn, "travel")


@outcome("travel")
async def would_go(turn: Turn, session: Session) -> None:
    """What is said now holds, whatever was too far before; whom it leaves is shown at once."""
    mine = await turn.enterprise()
    answer = session.answers.get("travel")
    if mine is None or answer is None:
        return
    await _keep(turn, mine, travel=answer, too_far_km=None)
    mine = await turn.enterprise()
    if mine is None or mine.willing == "no":
        return
    if await suggestions.find_partners(turn, mine):
        await artisans.choose_partner(turn, mine)
    else:
        turn.tell(artisans.NOBODY)
