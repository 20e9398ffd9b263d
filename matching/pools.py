"""Pooled requests: identical needs of firms near each other, put together for one provider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from matching.cohorts import Cut, Points, cohorts
from matching.crafts import likeness
from matching.providers import DEFAULTS as PROVIDING
from matching.providers import shrunk
from matching.quality import Folding, Places
from matching.records import Enterprise, Event, Need, Provider, Service
from matching.suggestions import Weighed, reason, weightiest
from matching.terms import NOT_SERVICES
from matching.vocabulary import key


@dataclass(frozen=True)
class Settings:
    """What a programme may set: how far from the middle anybody may be, the least and the largest
    group where a service names none, how many near ones are named, and for how many days a firm
    that declined a provider, or was served by one, is not asked again for the same."""

    radius_km: float = 10.0
    least: int = 5
    most: int = 20
    nearly_km: float = 20.0
    nearly_most: int = 10
    declined_days: int = 90
    served_days: int = 180


DEFAULTS = Settings()


@dataclass(frozen=True)
class Pool:
    """One need of several firms and the service that would meet it. `nearly` wish the same not far
    away and would make it cheaper; prices are for one firm, now and with one more, None where the
    service names none."""

    category: str
    topic: str | None
    members: tuple[str, ...]
    provider: str
    service: int
    nearly: tuple[str, ...]
    price: float | None
    price_with_one_more: float | None
    reasons: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """As the documented line has them; a price that is not known is left out."""
        told: dict[str, object] = {
            "kind": "pool",
            "category": self.category,
            "topic": self.topic,
            "members": list(self.members),
            "provider": self.provider,
            "service": self.service,
            "nearly": list(self.nearly),
        }
        if self.price is not None:
            told["price"] = round(self.price, 2)
        if self.price_with_one_more is not None:
            told["price_with_one_more"] = round(self.price_with_one_more, 2)
        told["reasons"] = list(self.reasons)
        return told


@dataclass(frozen=True)
class _Offer:
    """A service for groups, ready to be filled."""

    provider: Provider
    index: int
    least: int
    most: int

    @property
    def service(self) -> Service:
        return self.provider.services[self.index]


class _Room:
    """How many firms each provider can still take this month."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.left = {p.id: p.month_capacity for p in providers}

    def for_(self, provider: Provider, wanted: int) -> int:
        left = self.left[provider.id]
        return wanted if left is None else min(wanted, left)

    def take(self, provider: Provider, count: int) -> None:
        left = self.left[provider.id]
        if left is not None:
            self.left[provider.id] = left - count


@dataclass(frozen=True)
class _Wish:
    """Firms with one need, as places in the list of all firms."""

    need: Need
    key: str
    firms: tuple[int, ...]


def pools(
    firms: Iterable[Enterprise],
    providers: Iterable[Provider],
    past: Iterable[Event],
    today: date,
    top: int,
    settings: Settings = DEFAULTS,
    folded: Folding = key,
) -> tuple[Pool, ...]:
    """The `top` largest pools, the most served first. A firm is in at most one for each need; no
    provider gets more firms than it takes in a month, nor a group it does not take.

    All members have a language in common with the provider, are within its radius, near the middle
    of the pool and not farther from it than they said they would travel.
    """
    everybody = sorted(firms, key=lambda firm: firm.id)
    places = Places.known(everybody)
    free = [firm for firm in everybody if firm.willing != "no" and places.has(firm)]
    filling = _Filling(free, places, _gone(past, today, settings), settings, folded)
    offers = sorted(_offers(providers, settings), key=_best_first)
    room = _Room(offer.provider for offer in offers)
    found: list[Pool] = []
    for wish in _wishes(free, folded):
        found += filling.pools_of(wish, offers, room)
    return tuple(sorted(found, key=lambda p: (-len(p.members), p.category, p.members))[:top])


def _offers(providers: Iterable[Provider], settings: Settings) -> Iterator[_Offer]:
    for provider in providers:
        for index, service in enumerate(provider.services):
            least = service.group_min or settings.least
            most = min(64, service.group_max or max(settings.most, least))
            if 2 <= least <= most:
                yield _Offer(provider, index, least, most)


def _best_first(offer: _Offer) -> tuple[float, float, str, int]:
    """Well rated first, then cheap; ties by id."""
    rated = shrunk(offer.provider.rating, PROVIDING.prior_rating)
    price = offer.service.price
    return -round(rated, 1), 1e9 if price is None else price, offer.provider.id, offer.index


def _wishes(firms: Sequence[Enterprise], folded: Folding) -> Iterator[_Wish]:
    """Every need with a topic, the most wished first; without a topic no two are identical."""
    kept: dict[tuple[str, str], dict[int, None]] = {}
    written: dict[tuple[str, str], str] = {}
    for place, firm in enumerate(firms):
        for need in firm.needs:
            if need.topic and need.category not in NOT_SERVICES:
                key = (need.category, folded(need.topic))
                kept.setdefault(key, {})[place] = None
                written[key] = min(written.get(key, need.topic), need.topic)
    for key in sorted(kept, key=lambda key: (-len(kept[key]), key)):
        yield _Wish(Need(key[0], written[key]), key[1], tuple(kept[key]))


def _gone(past: Iterable[Event], today: date, settings: Settings) -> Mapping[str, frozenset[str]]:
    """Providers whom a firm lately declined or was with, by the firm."""
    days = {
        "declined": settings.declined_days,
        "connected": settings.served_days,
        "useful": settings.served_days,
    }
    found: dict[str, set[str]] = {}
    for event in past:
        kept = days.get(event.kind, 0)
        if timedelta(0) <= today - event.at < timedelta(days=kept):
            found.setdefault(event.from_, set()).add(event.to)
            found.setdefault(event.to, set()).add(event.from_)
    return {who: frozenset(others) for who, others in found.items()}


class _Filling:
    """Fills services with firms, wish by wish."""

    def __init__(
        self,
        firms: Sequence[Enterprise],
        places: Places,
        gone: Mapping[str, frozenset[str]],
        settings: Settings,
        folded: Folding,
    ) -> None:
        self.firms, self.gone, self.settings, self.folded = firms, gone, settings, folded
        self.at: Points = np.array([places.of(firm) for firm in firms]).reshape(-1, 3)
        self.places = places

    def pools_of(self, wish: _Wish, offers: Sequence[_Offer], room: _Room) -> Iterator[Pool]:
        """The pools for one wish, by the best provider first."""
        waiting = set(wish.firms)
        made: list[tuple[_Offer, str | None, list[int]]] = []
        for offer in offers:
            if not self._serves(offer.service, wish):
                continue
            for language in self._languages(offer.provider, waiting):
                able = [place for place in sorted(waiting) if self._able(place, offer, language)]
                for cohort in self._cohorts(able, offer):
                    members = cohort[: room.for_(offer.provider, len(cohort))]
                    if len(members) < offer.least:
                        continue
                    room.take(offer.provider, len(members))
                    waiting.difference_update(members)
                    made.append((offer, language, members))
        for offer, language, members in made:
            yield self._told(wish, offer, language, sorted(members), waiting)

    def _serves(self, service: Service, wish: _Wish) -> bool:
        if service.category != wish.need.category:
            return False
        return not service.topic or self.folded(service.topic) == wish.key

    def _languages(self, provider: Provider, waiting: Iterable[int]) -> Sequence[str | None]:
        """The languages a course could be held in, the one most understand first."""
        spoken: dict[str, int] = {}
        for place in waiting:
            for language in self.firms[place].languages or provider.languages:
                spoken[language] = spoken.get(language, 0) + 1
        usable = [
            (-count, language)
            for language, count in spoken.items()
            if not provider.languages or language in provider.languages
        ]
        return [language for _, language in sorted(usable)] or [None]

    def _able(self, place: int, offer: _Offer, language: str | None) -> bool:
        firm, provider, service = self.firms[place], offer.provider, offer.service
        if firm.languages and language is not None and language not in firm.languages:
            return False
        if language is None and firm.languages and provider.languages:
            return False
        if provider.id in self.gone.get(firm.id, ()):
            return False
        if provider.country and firm.country and provider.country != firm.country:
            return False
        if service.crafts and firm.crafts and not _suits(firm, service):
            return False
        km = self._from_provider(place, provider)
        return km is None or km <= (provider.radius_km or PROVIDING.farthest_km)

    def _from_provider(self, place: int, provider: Provider) -> float | None:
        if provider.lat is None or provider.lon is None:
            return None
        seat = self.places.of(Enterprise("", lat=provider.lat, lon=provider.lon))
        return float(np.sqrt(((self.at[place] - np.array(seat)) ** 2).sum()))

    def _cohorts(self, able: Sequence[int], offer: _Offer) -> Iterator[list[int]]:
        """Groups of those able, each near enough for its members; the largest first."""
        cut = Cut(offer.least, offer.most, self.settings.radius_km)
        if len(able) < cut.least:
            return
        found = [[able[row] for row in cohort] for cohort in cohorts(self.at[list(able)], cut)]
        for cohort in sorted(found, key=lambda cohort: (-len(cohort), cohort)):
            members = self._who_would_come(cohort)
            if len(members) >= offer.least:
                yield members

    def _who_would_come(self, cohort: list[int]) -> list[int]:
        """The members, nearest to the middle first, without those for whom it is too far."""
        members = cohort
        while members:
            middle = self.at[members].mean(axis=0)
            away = np.sqrt(((self.at[members] - middle) ** 2).sum(axis=1))
            order = np.argsort(away, kind="stable")
            staying = [
                members[place]
                for place in order
                if away[place] <= min(self.settings.radius_km + 1e-9, self._travel(members[place]))
            ]
            if len(staying) == len(members):
                return staying
            members = staying
        return []

    def _travel(self, place: int) -> float:
        travel = self.firms[place].travel_km
        return float("inf") if travel is None else travel

    def _told(
        self,
        wish: _Wish,
        offer: _Offer,
        language: str | None,
        members: Sequence[int],
        waiting: Iterable[int],
    ) -> Pool:
        middle = self.at[list(members)].mean(axis=0)
        away = np.sqrt(((self.at[list(members)] - middle) ** 2).sum(axis=1))
        reasons = [Weighed(1.0, reason("serves", wish.need))]
        if all(self.firms[place].lat is not None for place in members):
            reasons.append(Weighed(0.9, reason("near", f"{away.max():.1f}")))
        elif language is not None and all(self.firms[p].languages for p in members):
            reasons.append(Weighed(0.5, reason("speaks", language)))
        price = offer.service.price
        full = len(members) >= offer.most
        return Pool(
            category=wish.need.category,
            topic=wish.need.topic,
            members=tuple(self.firms[place].id for place in members),
            provider=offer.provider.id,
            service=offer.index,
            nearly=() if full else self._nearly(middle, offer, language, waiting),
            price=None if price is None else shared_price(price, offer.least, len(members)),
            price_with_one_more=None
            if price is None or full
            else shared_price(price, offer.least, len(members) + 1),
            reasons=weightiest(reasons),
        )

    def _nearly(
        self, middle: Points, offer: _Offer, language: str | None, waiting: Iterable[int]
    ) -> tuple[str, ...]:
        """Who wishes the same, is in no pool and lives not much farther away; the nearest first."""
        near = []
        for place in waiting:
            away = float(np.sqrt(((self.at[place] - middle) ** 2).sum()))
            if away <= self.settings.nearly_km and self._able(place, offer, language):
                near.append((away, self.firms[place].id))
        return tuple(identity for _, identity in sorted(near)[: self.settings.nearly_most])


def _suits(firm: Enterprise, service: Service) -> bool:
    return any(
        mine == theirs or likeness(mine, theirs) > 0
        for mine in firm.crafts
        for theirs in service.crafts
    )


def shared_price(price: float, least: int, count: int) -> float:
    """What each of `count` firms pays where the least group pays the named price each, and what
    the group pays together stays the same as more join."""
    return price * least / max(least, count)
