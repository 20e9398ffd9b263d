"""Providers: which of their services answer a need, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from heapq import nsmallest
from math import exp
from statistics import median

from matching.crafts import SAME, likeness
from matching.distance import abroad, measured
from matching.records import Enterprise, Need, Provider, Rating, Service
from matching.served import NOBODY_YET, Served
from matching.suggestions import Suggestion, Weighed, reason, weightiest
from matching.vocabulary import key, standard

MOST_TIMES = 20.0
"""A price counts as at most so many times the usual one."""


@dataclass(frozen=True)
class Settings:
    """What a programme may tune. Shares are from 0 to 1, distances kilometres."""

    unknown_topic: float = 0.75
    other_topic: float = 0.45
    any_craft: float = 0.8
    kin_craft: float = 0.7
    other_craft: float = 0.2
    unshared_language: float = 0.3
    unknown_language: float = 0.8
    reach_km: float = 80.0
    farthest_km: float = 150.0
    unknown_km: float = 60.0
    near_km: float = 50.0
    group_needed: float = 0.85
    price_matters: float = 0.25
    prior_rating: Rating = field(default_factory=lambda: Rating(count=5, mean=3.5))
    well_rated: Rating = field(default_factory=lambda: Rating(count=3, mean=4.0))


DEFAULTS = Settings()


@dataclass(frozen=True)
class _Offer:
    """One service held against one need, with the parts of its worth."""

    provider: Provider
    service: int
    need: Need
    topic: float
    craft: float
    language: float
    nearness: float
    terms: float
    part: float = 1.0

    @property
    def score(self) -> float:
        """From 0 to 1."""
        fits = self.topic * self.craft * self.language * self.nearness * self.terms
        return round(min(1.0, fits * self.part), 9)

    @property
    def order(self) -> tuple[float, str, int, str]:
        """Best first, ties by the provider's id."""
        return -self.score, self.provider.id, self.service, str(self.need)


def providers(
    who: Enterprise,
    need: Need,
    providers: Iterable[Provider],
    today: date,
    top: int = 3,
    settings: Settings = DEFAULTS,
) -> tuple[Suggestion, ...]:
    """The `top` providers for one need of `who`, best first, ties by id, with their best service.

    Only services of the need's category, of a provider that serves so far and has room; one meant
    for other crafts only where it is on the very topic, one about another thing only where it is
    for the very craft.
    """
    return for_needs(who, (need,), tuple(providers), today, top, settings)


def for_needs(
    who: Enterprise,
    needs: tuple[Need, ...],
    providers: tuple[Provider, ...],
    today: date,
    top: int = 3,
    settings: Settings = DEFAULTS,
    known: Served = NOBODY_YET,
) -> tuple[Suggestion, ...]:
    """The `top` providers with room, each for whichever of the needs it serves best."""
    near = [provider for provider in providers if _reachable(who, provider, settings)]
    near = [provider for provider in near if known.part(who, provider) > 0]
    usual = usual_prices(near)
    best = []
    for provider in near:
        offers = _offers(who, needs, provider, usual, settings)
        chosen = min(offers, key=lambda offer: offer.order, default=None)
        if chosen is not None:
            best.append(replace(chosen, part=known.part(who, provider)))
    first = nsmallest(top, best, key=lambda offer: offer.order)
    return tuple(
        Suggestion(
            for_=who.id,
            kind="provider",
            to=offer.provider.id,
            rank=rank,
            score=offer.score,
            reasons=weightiest(_reasons(who, offer, settings)),
            service=offer.service,
        )
        for rank, offer in enumerate(first, 1)
    )


def usual_prices(providers: Iterable[Provider]) -> Mapping[str, float]:
    """The median price of the services of each category; a category without prices is absent."""
    prices: dict[str, list[float]] = {}
    for provider in providers:
        for service in provider.services:
            if service.price is not None:
                prices.setdefault(service.category, []).append(service.price)
    return {category: median(known) for category, known in prices.items()}


def shrunk(rating: Rating, prior: Rating) -> float:
    """The mean pulled towards the prior's while ratings are few, from 1 to 5."""
    count = rating.count + prior.count
    return (rating.count * rating.mean + prior.count * prior.mean) / count


def _reachable(who: Enterprise, provider: Provider, settings: Settings) -> bool:
    if provider.month_capacity == 0 or abroad(who, provider):
        return False
    km = measured(who, provider)
    radius = settings.farthest_km if provider.radius_km is None else provider.radius_km
    return km is None or km <= radius


def _offers(
    who: Enterprise,
    needs: tuple[Need, ...],
    provider: Provider,
    usual: Mapping[str, float],
    settings: Settings,
) -> Iterator[_Offer]:
    km = measured(who, provider)
    nearness = exp(-(settings.unknown_km if km is None else km) / settings.reach_km)
    language = _understanding(who, provider, settings)
    rated = shrunk(provider.rating, settings.prior_rating) / 5
    for need in needs:
        for index, service in enumerate(provider.services):
            if service.category != need.category:
                continue
            topic = _topic(need, service, settings)
            craft = _craft(who, service, settings)
            if craft == settings.other_craft and topic < 1:
                continue
            if craft < SAME and of_another_thing(need.topic, service.topic):
                continue
            yield _Offer(
                provider=provider,
                service=index,
                need=need,
                topic=topic,
                craft=craft,
                language=language,
                nearness=nearness,
                terms=rated * _cost(service, usual, settings) * _alone(service, settings),
            )


@lru_cache(maxsize=10_000)
def of_another_thing(wanted: str | None, served: str | None) -> bool:
    """Whether two topics name things, and not the same: who lacks a loom is not helped with an
    overlock machine. What can be learned (quality, costing) lies nearer to each other."""
    mine, theirs = _things(wanted), _things(served)
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _things(topic: str | None) -> set[str]:
    """The things of a topic that one can hold, and what they are kinds of."""
    heard = standard().heard(topic).things if topic else ()
    held = [thing for thing in heard if thing.kind != "skill"]
    return {name for thing in held for name in (thing.id, thing.wider) if name}


def _topic(need: Need, service: Service, settings: Settings) -> float:
    if not need.topic or not service.topic:
        return settings.unknown_topic
    return 1.0 if key(need.topic) == key(service.topic) else settings.other_topic


def _craft(who: Enterprise, service: Service, settings: Settings) -> float:
    if not service.crafts or not who.crafts:
        return settings.any_craft
    if set(who.crafts) & set(service.crafts):
        return SAME
    kin = any(likeness(mine, theirs) for mine in who.crafts for theirs in service.crafts)
    return settings.kin_craft if kin else settings.other_craft


def _understanding(who: Enterprise, provider: Provider, settings: Settings) -> float:
    if not who.languages or not provider.languages:
        return settings.unknown_language
    return 1.0 if who.languages & provider.languages else settings.unshared_language


def _cost(service: Service, usual: Mapping[str, float], settings: Settings) -> float:
    """Falls with the price; a price not known counts as the usual one."""
    typical = usual.get(service.category, 0.0)
    known = service.price is not None and typical > 0
    times = service.price / typical if known and service.price is not None else 1.0
    return 1 / (1 + settings.price_matters * min(times, MOST_TIMES))


def _alone(service: Service, settings: Settings) -> float:
    """A service only for groups has to wait for others."""
    return settings.group_needed if (service.group_min or 1) > 1 else 1.0


def _reasons(who: Enterprise, offer: _Offer, settings: Settings) -> Iterator[Weighed]:
    service = offer.provider.services[offer.service]
    shared = offer.need if offer.need.topic == service.topic else Need(offer.need.category)
    yield Weighed(0.6 * offer.topic, reason("serves", shared))
    crafts = sorted(set(who.crafts) & set(service.crafts), key=who.crafts.index)
    if crafts:
        yield Weighed(0.5, reason("serves_your_craft", crafts[0]))
    km = measured(who, offer.provider)
    if km is not None and km <= settings.near_km:
        yield Weighed(0.45 * offer.nearness, reason("near", f"{km:.1f}"))
    rating = offer.provider.rating
    if rating.count >= settings.well_rated.count and rating.mean >= settings.well_rated.mean:
        yield Weighed(0.4 * offer.terms, reason("rated", f"{rating.mean:.1f}"))
    shared_languages = sorted(who.languages & offer.provider.languages)
    if shared_languages:
        yield Weighed(0.1, reason("speaks", shared_languages[0]))
