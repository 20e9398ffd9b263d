"""Invented enterprises, needs and providers for the demonstration; never loaded outside it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any, Literal

from flows.understand.gazetteer import Gazetteer, Spot, key
from matching import records
from matching.crafts import isic

HERE = Path(__file__).parent
MINOR_UNITS = 100
YEARS_MOST = 35
SPREAD_DEGREES = 0.02
TOWN = 50_000

_WILLING: tuple[Literal["yes", "known", "no"], ...] = ("yes",) * 16 + ("known",) * 2 + ("no",)
_SECOND_NEED = 0.4
_PIN = 0.4
_CHECKED = 0.85
_HIDES_LACKS = 0.3


@dataclass(frozen=True)
class DemoNeed:
    """A wish in the person's own words, with its BDS category (or `partners`) and our topic."""

    category: str
    topic: str | None
    words: str


@dataclass(frozen=True)
class DemoEnterprise:
    """An invented enterprise. `craft` is an option id; `sells`, `buys`, `has` and `lacks` are words
    of the matching vocabulary; `knows` are ids of others here; `called` is who speaks for it."""

    id: str
    urn: str
    called: str
    language: str
    languages: tuple[str, ...]
    craft: str
    products: str
    country: str
    region: str
    place: str
    lat: float
    lon: float
    years: int
    workers: int
    willing: Literal["yes", "known", "no"]
    needs: tuple[DemoNeed, ...]
    sells: tuple[str, ...]
    buys: tuple[str, ...]
    has: tuple[str, ...]
    lacks: tuple[str, ...]
    knows: tuple[str, ...] = ()
    agency: str = ""
    demo: bool = True


@dataclass(frozen=True)
class DemoService:
    """What an invented provider offers, to option ids of crafts (none is all), at a price for one
    enterprise in minor units."""

    category: str
    topic: str | None
    crafts: tuple[str, ...]
    price: int | None
    currency: str
    group_min: int | None
    group_max: int | None


@dataclass(frozen=True)
class DemoProvider:
    """An invented provider or service centre; `checked_how` is None where nobody checked it."""

    id: str
    urn: str
    name: str
    kind: Literal["provider", "service_centre"]
    agency: str
    languages: tuple[str, ...]
    country: str
    region: str
    place: str
    lat: float
    lon: float
    radius_km: float
    month_capacity: int
    services: tuple[DemoService, ...]
    checked_how: str | None
    demo: bool = True


@dataclass(frozen=True)
class Demonstration:
    """Everybody invented."""

    enterprises: tuple[DemoEnterprise, ...]
    providers: tuple[DemoProvider, ...]


def people(chance: Random, gazetteers: Mapping[str, Gazetteer]) -> Demonstration:
    """The same people for the same seed. `gazetteers` by country code, for those in
    countries.toml; a place they do not hold is a KeyError that names it."""
    countries, crafts, needs = _read("countries"), _read("crafts"), _read("needs")
    offers = _read("providers")
    enterprises: list[DemoEnterprise] = []
    providers: list[DemoProvider] = []
    for country, told in countries.items():
        maker = _Maker(chance, gazetteers[country], told, crafts, needs, offers)
        enterprises += maker.enterprises(first=len(enterprises) + 1)
        providers += maker.providers(first=len(providers) + 1)
    return Demonstration(tuple(_acquainted(enterprises, chance)), tuple(providers))


def record_of(enterprise: DemoEnterprise) -> records.Enterprise:
    """An invented enterprise as matching sees it."""
    return records.Enterprise(
        id=enterprise.id,
        crafts=(isic(enterprise.craft),),
        sells=frozenset(enterprise.sells),
        buys=frozenset(enterprise.buys),
        has=frozenset(enterprise.has),
        lacks=frozenset(enterprise.lacks),
        needs=tuple(records.Need(need.category, need.topic) for need in enterprise.needs),
        lat=enterprise.lat,
        lon=enterprise.lon,
        country=enterprise.country,
        region=enterprise.region,
        place=enterprise.place,
        workers=enterprise.workers,
        years=enterprise.years,
        languages=frozenset(enterprise.languages),
        willing=enterprise.willing,
        knows=frozenset(enterprise.knows),
    )


def provider_of(provider: DemoProvider) -> records.Provider:
    """An invented provider as matching sees it."""
    return records.Provider(
        id=provider.id,
        services=tuple(
            records.Service(
                category=service.category,
                topic=service.topic,
                crafts=tuple(map(isic, service.crafts)),
                price=service.price,
                group_min=service.group_min,
                group_max=service.group_max,
            )
            for service in provider.services
        ),
        lat=provider.lat,
        lon=provider.lon,
        country=provider.country,
        radius_km=provider.radius_km,
        languages=frozenset(provider.languages),
        month_capacity=provider.month_capacity,
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def _acquainted(enterprises: Sequence[DemoEnterprise], chance: Random) -> Iterator[DemoEnterprise]:
    """Those who work only with people they know, each with three neighbours they know."""
    for one in enterprises:
        if one.willing != "known":
            yield one
            continue
        near = [
            (abs(other.lat - one.lat) + abs(other.lon - one.lon), other.id)
            for other in enterprises
            if other.id != one.id and other.country == one.country
        ]
        known = chance.sample([identity for _, identity in sorted(near)[:6]], 3)
        yield DemoEnterprise(**{**vars(one), "knows": tuple(sorted(known))})


class _Maker:
    """Makes the people of one country."""

    def __init__(
        self,
        chance: Random,
        gazetteer: Gazetteer,
        told: Mapping[str, Any],
        crafts: Mapping[str, Any],
        needs: Mapping[str, Any],
        offers: Mapping[str, Any],
    ) -> None:
        self.chance, self.gazetteer, self.told = chance, gazetteer, told
        self.crafts, self.wishes, self.offers = crafts, needs, offers
        self.country = gazetteer.country

    def enterprises(self, first: int) -> Iterator[DemoEnterprise]:
        stands = [at for at in self.told["at"] for _ in range(at["weight"])]
        self.chance.shuffle(stands)
        crafts = {at["place"]: cycle(at["crafts"]) for at in self.told["at"]}
        names = self._names()
        for number, at in enumerate(islice(cycle(stands), self.told["count"]), first):
            yield self._enterprise(number, at, next(crafts[at["place"]]), next(names))

    def _names(self) -> Iterator[str]:
        pairs = [f"{first} {last}" for first in self.told["first"] for last in self.told["last"]]
        return cycle(self.chance.sample(pairs, len(pairs)))

    def _enterprise(
        self, number: int, at: Mapping[str, Any], craft: str, called: str
    ) -> DemoEnterprise:
        chance, knows = self.chance, self.crafts[craft]
        language = chance.choice(self.told["languages"][:1] * 2 + self.told["languages"])
        both = chance.random() < 0.5
        spot = self._spot(at)
        lacks = () if chance.random() < _HIDES_LACKS else tuple(knows["lacks"][:1])
        lat, lon = self._pin(spot)
        return DemoEnterprise(
            id=f"demo-e-{number:03}",
            urn=f"phone:demo-e-{number:03}",
            called=called,
            language=language,
            languages=tuple(self.told["languages"]) if both else (language,),
            craft=craft,
            products=chance.choice(knows["products"][language]),
            country=self.country,
            region=str(spot.region),
            place=str(spot.place),
            lat=lat,
            lon=lon,
            years=min(YEARS_MOST, 1 + int(chance.expovariate(1 / 9))),
            workers=min(40, 1 + int(chance.expovariate(1 / 3))),
            willing=chance.choice(_WILLING),
            needs=tuple(self._needs(knows, language)),
            sells=tuple(knows["sells"]),
            buys=tuple(knows["buys"]),
            has=tuple(knows["has"]),
            lacks=lacks,
            agency=self.told["agency"],
        )

    def _spot(self, at: Mapping[str, Any]) -> Spot:
        spots = self.gazetteer.placed(key(at["place"]), at["region"])
        if not spots or spots[0].lat is None or spots[0].lon is None:
            raise KeyError(f"{at['place']} of {at['region']} is in no table with coordinates")
        return spots[0]

    def _pin(self, spot: Spot) -> tuple[float, float]:
        """The place's own coordinates, or somewhere about it; rounded as pins are kept."""
        lat, lon = spot.lat or 0.0, spot.lon or 0.0
        if self.chance.random() < _PIN:
            lat += self.chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)
            lon += self.chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)
        return round(lat, 2), round(lon, 2)

    def _needs(self, craft: Mapping[str, Any], language: str) -> Iterator[DemoNeed]:
        """One need, or two of different categories; materials and buyers the most frequent."""
        often = ["inputs", "inputs", "market_access", "market_access"]
        often += ["training", "technology", "finance"]
        categories = [self.chance.choice([*often, *self.wishes])]
        if self.chance.random() < _SECOND_NEED:
            others = [c for c in often if c != categories[0]]
            categories.append(self.chance.choice(others))
        for category in categories:
            wish = self.chance.choice(self.wishes[category])
            machine = craft["machine"]["en"].partition(" ")[2]
            topics = {"<material>": craft["topic"], "<machine>": machine}
            words = wish[language].format(
                material=craft["material"][language], machine=craft["machine"][language]
            )
            topic = wish.get("topic")
            yield DemoNeed(category, topics.get(topic, topic), words)

    def providers(self, first: int) -> Iterator[DemoProvider]:
        kinds = {kind["id"]: kind for kind in self.offers["kinds"]}
        stands: dict[str, int] = {}
        for number, chosen in enumerate(self.offers["kinds_of"][self.country], first):
            kind = kinds[chosen]
            yield self._provider(number, kind, self._stand(kind, stands))

    def _stand(self, kind: Mapping[str, Any], taken: dict[str, int]) -> Mapping[str, Any]:
        """Where those it serves are many and few providers stand yet; what serves every craft
        stands in a town."""
        crafts = kind.get("crafts")

        def served(at: Mapping[str, Any]) -> float:
            fitting = sum(craft in crafts for craft in at["crafts"]) if crafts else 1
            town = crafts or self._spot(at).people >= TOWN
            return int(at["weight"]) * fitting * bool(town) / (1 + taken.get(at["place"], 0))

        best: Mapping[str, Any] = max(self.told["at"], key=served)
        taken[best["place"]] = taken.get(best["place"], 0) + 1
        return best

    def _provider(
        self, number: int, kind: Mapping[str, Any], at: Mapping[str, Any]
    ) -> DemoProvider:
        spot = self._spot(at)
        lat, lon = self._pin(spot)
        language = self.told["languages"][0]
        checked = self.chance.random() < _CHECKED
        return DemoProvider(
            id=f"demo-p-{number:03}",
            urn=f"phone:demo-p-{number:03}",
            name=kind["names"][language].format(place=spot.place),
            kind=kind["kind"],
            agency=self.told["agency"],
            languages=tuple(self.told["languages"]),
            country=self.country,
            region=str(spot.region),
            place=str(spot.place),
            lat=lat,
            lon=lon,
            radius_km=float(kind["radius_km"]),
            month_capacity=kind["month_capacity"],
            services=tuple(self._service(kind, service) for service in kind["services"]),
            checked_how=kind.get("how", self.offers["how"])[language] if checked else None,
        )

    def _service(self, kind: Mapping[str, Any], service: Mapping[str, Any]) -> DemoService:
        money = self.offers["scale"][self.country]
        price = None
        if "price" in service:
            least, most = service["price"]
            price = self.chance.randint(least, most) * money["unit"] * MINOR_UNITS
        return DemoService(
            category=service["category"],
            topic=service.get("topic"),
            crafts=tuple(kind.get("crafts", ())),
            price=price,
            currency=money["currency"],
            group_min=service.get("group_min"),
            group_max=service.get("group_max"),
        )
