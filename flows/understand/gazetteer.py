"""The places of one country, indexed by every way of writing their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import cos, hypot, radians
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from flows.light import light
from flows.understand.plain import plain, words
from flows.values import Value

PIN_DECIMALS = 2
"""About a kilometre: a pin is never kept closer."""
DEGREE_KM = 111.2

OFFERED = 70.0
"""Names less alike than this (0 to 100) are not meant."""
SIMILAR_AT_MOST = 12
SEAT_TIMES = 3
"""A place this many times larger than any other of its region is what the region's name means."""

_SHORT = {
    "st": "saint",
    "sta": "santa",
    "sto": "santo",
    "sn": "san",
    "mt": "mount",
    "gral": "general",
}


def key(text: str) -> str:
    """A name as it is compared: no case, accents, punctuation or invisible characters."""
    split = (word.replace("'", "") for word in words(plain(text)))
    return " ".join(_SHORT.get(word, word) for word in split)


@light(frozen=True)
class Region:
    """A first-level division by its ISO 3166-2 code; `zone` an IANA zone; the centre in degrees."""

    code: str
    name: str
    zone: str
    lat: float | None = None
    lon: float | None = None


@light(frozen=True)
class Spot:
    """Somewhere a person may mean: a place of a region, or a region alone (no `place`)."""

    country: str
    region: str | None
    place: str | None
    lat: float | None = None
    lon: float | None = None
    people: int = 0

    def value(self, words: str | None = None) -> dict[str, Value]:
        """The answer that is kept, with the person's own words where they say more."""
        return {
            "country": self.country,
            "region": self.region,
            "place": self.place,
            "lat": self.lat,
            "lon": self.lon,
            "words": words,
        }


@light(frozen=True)
class Alike:
    """A name much like what was written: how alike (0 to 100) and by how many slips it differs."""

    name: str
    ratio: float
    slips: int


@light(frozen=True)
class _Name:
    """One way of writing a spot's name."""

    spot: Spot
    main: bool


class Gazetteer:
    """Built once from a country's table (`locales/places/<COUNTRY>.json`), then only read."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.country = str(table["country"])
        self.zone = str(table["zone"])
        self.called = frozenset(key(name) for name in table.get("called", ()))
        self._names: dict[str, list[_Name]] = {}
        self._regions: dict[str, Region] = {}
        self._spots: list[Spot] = []
        for row in table["regions"]:
            self._add_region(row)
        for name, region, lat, lon, people, also in table["places"]:
            spot = Spot(self.country, region, name, lat, lon, people)
            self._spots.append(spot)
            self._name(spot, name, also)
        self.longest = max((len(name.split()) for name in self._names), default=1)

    def _add_region(self, row: Mapping[str, Any]) -> None:
        zone = row.get("zone", self.zone)
        region = Region(row["code"], row["name"], zone, row["lat"], row["lon"])
        self._regions[region.code] = region
        self._name(Spot(self.country, region.code, None), region.name, row["also"])

    def _name(self, spot: Spot, name: str, also: Iterable[str]) -> None:
        keys = dict.fromkeys((key(name), *map(key, also)))
        for index, written in enumerate(filter(None, keys)):
            self._names.setdefault(written, []).append(_Name(spot, main=index == 0))

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The regions, by name."""
        return tuple(sorted(self._regions.values(), key=lambda region: key(region.name)))

    def region(self, code: str | None) -> Region | None:
        """The region of an ISO 3166-2 code."""
        return self._regions.get(code or "")

    def zone_of(self, code: str | None) -> str:
        """The IANA zone of a region, the country's where the region is not known."""
        region = self.region(code)
        return region.zone if region else self.zone

    @property
    def spots(self) -> Sequence[Spot]:
        """Every place, largest first."""
        return self._spots

    def label(self, spot: Spot) -> str:
        """ "San Pedro, Copán"; a region by its name alone."""
        region = self.region(spot.region)
        if spot.place is None:
            return region.name if region else self.country
        if region is None or key(region.name) == key(spot.place):
            return spot.place
        return f"{spot.place}, {region.name}"

    def knows(self, name: str) -> bool:
        """Whether a key is a name here."""
        return name in self._names

    def named(self, name: str) -> tuple[Spot, ...]:
        """The spots a key names, the likeliest first.

        A place that only also goes by the name counts where it is larger than those it is the
        name of, and a district without people of its own not beside its town. A region gives way
        to the place in it of the same name.
        """
        found = self._names.get(name, [])
        peopled = {n.spot.region for n in found if n.spot.people}
        found = [
            n
            for n in found
            if n.main or n.spot.people or not n.spot.place or n.spot.region not in peopled
        ]
        largest = max((n.spot.people for n in found if n.main and n.spot.place), default=-1)
        meant = [n for n in found if n.main or n.spot.people > largest]
        places = sorted((n.spot for n in meant if n.spot.place), key=_largest)
        seats = {n.spot.region for n in meant if n.spot.place and (n.main or self._is_seat(n.spot))}
        regions = [n.spot for n in meant if not n.spot.place and n.spot.region not in seats]
        return (*regions, *places)

    def _is_seat(self, spot: Spot) -> bool:
        """Whether a region's name, said alone, means this place in it."""
        region = self._regions.get(spot.region or "")
        named_alike = region is not None and key(region.name) == key(spot.place or "")
        return named_alike or self._seats.get(spot.region or "") == spot

    def placed(self, name: str, region: str) -> tuple[Spot, ...]:
        """The places of a region that a key names, the largest first."""
        found = (n.spot for n in self._names.get(name, ()) if n.spot.place)
        return tuple(sorted((spot for spot in found if spot.region == region), key=_largest))

    def region_named(self, name: str) -> str | None:
        """The code of the region a key names."""
        found = self._names.get(name, [])
        return next((n.spot.region for n in found if not n.spot.place), None)

    def beginning(self, name: str) -> tuple[Spot, ...]:
        """Places whose name only begins with, or holds, all the words of a key; largest first."""
        words = name.split()
        if not words:
            return ()
        held = f" {name} "
        names = min((self._holding.get(word, ()) for word in words), key=len)
        spots = {
            n.spot
            for written in names
            if held in f" {written} "
            for n in self._names[written]
            if n.main and n.spot.place
        }
        return tuple(sorted(spots, key=_largest))

    def similar(self, name: str, region: str | None = None) -> tuple[Alike, ...]:
        """Names written much like a key (within a region), likest first."""
        written = self._written if region is None else self._written_in(region)
        found = process.extract(
            name, written, scorer=fuzz.ratio, score_cutoff=OFFERED, limit=SIMILAR_AT_MOST
        )
        alike = [Alike(match, ratio, OSA.distance(name, match)) for match, ratio, _ in found]
        return tuple(sorted(alike, key=lambda a: (a.slips, -a.ratio, a.name)))

    def nearest(self, lat: float, lon: float) -> tuple[Spot, float] | None:
        """The place nearest to a point in degrees, and the kilometres to it."""
        east = cos(radians(lat))
        best: tuple[float, Spot] | None = None
        for spot in self._spots:
            if spot.lat is None or spot.lon is None:
                continue
            away = hypot(spot.lat - lat, ((spot.lon - lon + 180) % 360 - 180) * east)
            if best is None or away < best[0]:
                best = (away, spot)
        return None if best is None else (best[1], best[0] * DEGREE_KM)

    @cached_property
    def _written(self) -> list[str]:
        return list(self._names)

    @cached_property
    def _holding(self) -> Mapping[str, Sequence[str]]:
        """The names that hold a word."""
        holding: dict[str, list[str]] = {}
        for written in self._names:
            for word in dict.fromkeys(written.split()):
                holding.setdefault(word, []).append(written)
        return holding

    @cached_property
    def _seats(self) -> Mapping[str, Spot]:
        """The place of a region that is far larger than every other there, by region."""
        ranked: dict[str, list[Spot]] = {}
        for spot in self._spots:
            ranked.setdefault(spot.region or "", []).append(spot)
        largest = {region: sorted(spots, key=_largest) for region, spots in ranked.items()}
        return {
            region: spots[0]
            for region, spots in largest.items()
            if len(spots) == 1 or spots[0].people >= SEAT_TIMES * max(1, spots[1].people)
        }

    def _written_in(self, region: str) -> list[str]:
        return [
            written
            for written, names in self._names.items()
            if any(name.spot.region == region for name in names)
        ]


def pinned(spot: Spot, lat: float, lon: float) -> Spot:
    """A spot at a person's own point, rounded to about a kilometre."""
    return replace(spot, lat=round(lat, PIN_DECIMALS), lon=round(lon, PIN_DECIMALS))


def _largest(spot: Spot) -> tuple[int, str, str]:
    return -spot.people, spot.place or "", spot.region or ""
