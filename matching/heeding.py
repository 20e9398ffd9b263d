"""What a no with a reason asks for from then on: nobody so far off, nobody of that craft, or no
question for a while. It is written into the records, so that every search heeds it alike."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

from matching.distance import measured
from matching.records import Enterprise, Event

HEEDED = timedelta(days=180)
REST = timedelta(days=14)
"""So long nobody asks to meet somebody who had no time."""
NO_TIME = frozenset({"not_now", "busy", "no_time", "later", "away"})
"""Reasons for a no that say little about who was refused."""
NEARER = 0.9
"""Of a distance that was too far so much is taken to be near enough."""
LEAST_KM = 2.0


def heeded(
    firms: Iterable[Enterprise], past: Iterable[Event], today: date
) -> tuple[Enterprise, ...]:
    """The firms as they want to be matched after what they said no to; in their order."""
    known = {firm.id: firm for firm in firms}
    for event in past:
        who, other = known.get(event.from_), known.get(event.to)
        told = event.kind == "declined" and timedelta(0) <= today - event.at < HEEDED
        if told and who is not None and other is not None:
            known[who.id] = after_no(who, other, event.reason)
    return tuple(known.values())


def after_no(who: Enterprise, other: Enterprise, reason: str | None) -> Enterprise:
    """Who said no to another, heeding why. Where nobody knows how far it was, nothing is nearer."""
    if reason == "too_far":
        return replace(who, travel_km=nearer(who.travel_km, measured(who, other)))
    if reason == "not_my_craft":
        return replace(who, avoids=who.avoids | avoided(who.crafts, other.crafts))
    return who


def nearer(travel_km: float | None, too_far_km: float | None) -> float | None:
    """How far somebody would travel after a distance was too far for them."""
    if too_far_km is None:
        return travel_km
    limit = max(LEAST_KM, NEARER * too_far_km)
    return limit if travel_km is None else min(travel_km, limit)


def avoided(mine: Collection[str], theirs: tuple[str, ...]) -> frozenset[str]:
    """The main craft of whoever was refused for it, unless it is one's own too."""
    return frozenset(theirs[:1]) - frozenset(mine)


def resting(past: Iterable[Event], today: date) -> frozenset[str]:
    """Who had no time lately, and is not asked for now."""
    return frozenset(
        event.from_
        for event in past
        if event.kind == "declined"
        and event.reason in NO_TIME
        and timedelta(0) <= today - event.at < REST
    )
