"""How far two places lie apart, measured where both are known and guessed where not."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

EARTH_KM = 6371.0088

SAME_PLACE_KM = 3.0
SAME_REGION_KM = 40.0
ANYWHERE_KM = 100.0


class Located(Protocol):
    """Anything with coordinates in degrees, perhaps unknown, and a country."""

    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def country(self) -> str | None: ...


class Settled(Located, Protocol):
    """Anything that also names its region and place."""

    @property
    def region(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...


@dataclass(frozen=True)
class Distance:
    """Kilometres in a straight line; `known` is False where they are only a guess."""

    km: float
    known: bool


def haversine(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres between two points given in degrees."""
    north, other_north = radians(lat), radians(other_lat)
    half = (
        sin((other_north - north) / 2) ** 2
        + cos(north) * cos(other_north) * sin(radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def measured(one: Located, other: Located) -> float | None:
    """Kilometres between two, None where either has no coordinates."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return haversine(one.lat, one.lon, other.lat, other.lon)


def same_region(one: Settled, other: Settled) -> bool:
    """Whether both name the same region, of countries not known to differ."""
    return bool(one.region) and one.region == other.region and not abroad(one, other)


def same_place(one: Settled, other: Settled) -> bool:
    """Whether both name the same place, of regions and countries not known to differ."""
    if not one.place or one.place != other.place or abroad(one, other):
        return False
    return not one.region or not other.region or one.region == other.region


def abroad(one: Located, other: Located) -> bool:
    """Whether the two are known to be in different countries."""
    return bool(one.country and other.country) and one.country != other.country


def between(one: Settled, other: Settled) -> Distance:
    """The distance of two enterprises, guessed from place and region where a pin is missing."""
    km = measured(one, other)
    if km is not None:
        return Distance(km, known=True)
    if same_place(one, other):
        return Distance(SAME_PLACE_KM, known=False)
    return Distance(SAME_REGION_KM if same_region(one, other) else ANYWHERE_KM, known=False)
