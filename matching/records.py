"""What matching knows: enterprises, providers, buyer requests, and what came of earlier matches.

The fields are those of the JSON lines of `artisan match`. Only the id is needed; every other field
left at its default means "not known", which lowers certainty and not worth.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Willing = Literal["yes", "known", "no"]
EventKind = Literal[
    "shown", "opened", "asked", "accepted", "declined", "lapsed", "connected", "useful"
]

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Need:
    """One of the seven BDS categories (or `partners`), and a topic within it where known."""

    category: str
    topic: str | None = None

    def __str__(self) -> str:
        """`inputs/yarn`, or `inputs` where no topic is known."""
        return f"{self.category}/{self.topic}" if self.topic else self.category


@dataclass(frozen=True)
class Capacity:
    """Output a month in a unit such as `piece`, `kg` or `m`."""

    unit: str
    month: float


@dataclass(frozen=True)
class Enterprise:
    """An artisan's business. Crafts are ISIC classes, the first the main one; `travel_km` how far
    its people would go; `knows` and `blocks` are ids of other enterprises (known; NOT WITH);
    `avoids` crafts they want no partner of."""

    id: str
    crafts: tuple[str, ...] = ()
    sells: frozenset[str] = NOBODY
    buys: frozenset[str] = NOBODY
    has: frozenset[str] = NOBODY
    lacks: frozenset[str] = NOBODY
    needs: tuple[Need, ...] = ()
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    region: str | None = None
    place: str | None = None
    workers: int | None = None
    years: float | None = None
    languages: frozenset[str] = NOBODY
    willing: Willing = "yes"
    knows: frozenset[str] = NOBODY
    travel_km: float | None = None
    capacity: Capacity | None = None
    joined: date | None = None
    blocks: frozenset[str] = NOBODY
    avoids: frozenset[str] = NOBODY


@dataclass(frozen=True)
class Service:
    """What a provider offers. No crafts means every craft. The price is for one enterprise, in
    whatever money the programme counts in; group sizes are enterprises."""

    category: str
    topic: str | None = None
    crafts: tuple[str, ...] = ()
    price: float | None = None
    group_min: int | None = None
    group_max: int | None = None


@dataclass(frozen=True)
class Rating:
    """Mean of `count` ratings from 1 to 5."""

    count: int = 0
    mean: float = 0.0


@dataclass(frozen=True)
class Provider:
    """Who serves needs. `radius_km` is how far it serves, `month_capacity` how many enterprises."""

    id: str
    services: tuple[Service, ...] = ()
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    radius_km: float | None = None
    languages: frozenset[str] = NOBODY
    month_capacity: int | None = None
    rating: Rating = field(default_factory=Rating)


@dataclass(frozen=True)
class Request:
    """What a buyer wants: products, a quantity in a unit, by a date; `crafts` that could make them
    (none named: any) and `standards` the maker must hold (names found among what it has)."""

    id: str
    buyer: str | None = None
    wants: frozenset[str] = NOBODY
    crafts: tuple[str, ...] = ()
    standards: frozenset[str] = NOBODY
    quantity: float | None = None
    unit: str | None = None
    by: date | None = None
    lat: float | None = None
    lon: float | None = None
    country: str | None = None


@dataclass(frozen=True)
class Event:
    """What happened between two: `from_` is who acted (for `shown`, who was shown `to`). `to` may
    be a provider: then `connected` is a visit or a course, `useful` one that helped."""

    at: date
    kind: EventKind
    from_: str
    to: str
    position: int | None = None
    reason: str | None = None


Record = Enterprise | Provider | Request | Event
