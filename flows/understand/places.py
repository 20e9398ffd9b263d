"""Where somebody is: a place or a region named in a reply, or a location pin.

A place that no table knows is kept in the person's own words under its region: see `in_region`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flows.understand.finding import Found, Several, Unknown, find
from flows.understand.gazetteer import Gazetteer, Spot, key, pinned
from flows.understand.plain import clean
from flows.values import Clear, Nearly, Offer, Reading, Unclear, Which

__all__ = ["Found", "Gazetteer", "Several", "Unknown", "find", "in_region", "near", "read"]

FARTHEST_KM = 100.0
"""A pin farther than this from every place we know is a slip, or at sea."""
WORDS_AT_MOST = 200


def read(text: str, gazetteers: tuple[Gazetteer, ...], language: str = "") -> Reading:
    """The place a reply names, looked for in the first gazetteer's country unless it names another.

    Clear, Nearly, Which("place") with up to three, Which("region") where no table knows it, each
    region's value keeping the words; Unclear("place") where there is nothing to look for, and
    "too_long" where a whole story names no place.
    """
    name = key(text)
    if not gazetteers or not any(character.isalpha() for character in name):
        return Unclear("place")
    named = _country_named(name, gazetteers)
    home = named or gazetteers[0]
    match find(text, home, language):
        case Found(spot, more):
            return Clear(spot.value(_kept(text) if more else None))
        case Several((spot,)):
            return Nearly(spot.value(), home.label(spot))
        case Several(spots):
            return Which("place", tuple(_offers(spots, home)))
        case Unknown():
            elsewhere = None if named else _elsewhere(text, gazetteers[1:])
            if elsewhere is None and len(clean(text)) > WORDS_AT_MOST:
                return Unclear("too_long")
            return elsewhere or Which("region", in_region(text, (home,)))


def near(latitude: float, longitude: float, gazetteers: tuple[Gazetteer, ...]) -> Reading:
    """The place nearest to a pin in degrees, at the pin rounded to about a kilometre."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return Unclear("pin")
    found = [nearest for g in gazetteers if (nearest := g.nearest(latitude, longitude))]
    spot, km = min(found, key=lambda nearest: nearest[1], default=(None, 0.0))
    if spot is None or km > FARTHEST_KM:
        return Unclear("pin")
    return Clear(pinned(spot, latitude, longitude).value())


def in_region(words: str, gazetteers: tuple[Gazetteer, ...]) -> tuple[Offer, ...]:
    """The regions of the first gazetteer's country, each value keeping a person's own words."""
    if not gazetteers:
        return ()
    home, kept = gazetteers[0], _kept(words) or None
    return tuple(
        Offer(
            id=region.code,
            label=region.name,
            value=Spot(home.country, region.code, None).value(kept),
        )
        for region in home.regions
    )


def _offers(spots: Iterable[Spot], gazetteer: Gazetteer) -> Iterable[Offer]:
    for number, spot in enumerate(spots, 1):
        yield Offer(id=f"p{number}", label=gazetteer.label(spot), value=spot.value())


def _country_named(name: str, gazetteers: tuple[Gazetteer, ...]) -> Gazetteer | None:
    said = f" {name} "
    for gazetteer in gazetteers:
        if any(f" {called} " in said and called != name for called in gazetteer.called):
            return gazetteer
    return None


def _elsewhere(text: str, gazetteers: tuple[Gazetteer, ...]) -> Reading | None:
    """A place of exactly this name in one other country, to be confirmed."""
    found = [
        (spots[0], gazetteer)
        for gazetteer in gazetteers
        if len(spots := gazetteer.named(key(text))) == 1 and spots[0].people
    ]
    if len(found) != 1:
        return None
    spot, gazetteer = found[0]
    return Nearly(spot.value(), f"{gazetteer.label(spot)} ({gazetteer.country})")


def _kept(words: str) -> str:
    return clean(words)[:WORDS_AT_MOST].strip()
