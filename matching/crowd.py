"""Enterprises as columns: what scoring reads of a country's enterprises, in few bytes each.

A profile is made of few distinct parts: a set of crafts, of needs, of languages, a settlement.
Each distinct part stands once in a table and a row holds its number. Words stand in lists by word:
which rows sell it, buy it, have it, lack it.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching.columns import Column, Postings
from matching.distance import EARTH_KM
from matching.needs import NeedTable
from matching.records import Enterprise
from matching.terms import Words, needs_by_category, things

FACETS = ("sells", "buys", "has", "lacks")
UNKNOWN_SIZE: Final = 0
NOWHERE: Final = 0
"""Number of the settlement of whoever named none."""

WILLING, KNOWN_ONLY, PINNED, PLACED, GONE = 1, 2, 4, 8, 16

T = TypeVar("T", bound=Hashable)


class Table(Generic[T]):
    """Distinct values, each with a number, in the order they came."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, value: T) -> int:
        """The number of a value, a new one where it is new."""
        found = self._numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


Settlement = tuple[str | None, str | None, str | None]
"""Country, region and place as named."""


@dataclass
class Centre:
    """Where the pinned of a settlement lie on average: km from the earth's centre, and how far
    from there they lie (root of the mean square, km)."""

    xyz: NDArray[np.float64]
    blur: float


class Crowd:
    """Rows of enterprises. `flags` holds WILLING, KNOWN_ONLY, PINNED, PLACED and GONE;
    `counts` how many words a row has of each facet; `travel` km, infinite where not said;
    `size` how many work there, 0 where not said."""

    COLUMNS: Final = {
        "x": "f", "y": "f", "z": "f", "blur": "f", "travel": "f", "settled": "i", "crafts": "i",
        "needs": "i", "languages": "H", "size": "H", "flags": "B",
        "n_sells": "B", "n_buys": "B", "n_has": "B", "n_lacks": "B",
    }  # fmt: skip

    def __init__(self) -> None:
        self.columns = {name: Column(kind) for name, kind in self.COLUMNS.items()}
        self.words = {facet: Postings() for facet in FACETS}
        self.crafts: Table[tuple[str, ...]] = Table()
        self.needs = NeedTable()
        self.languages: Table[frozenset[str]] = Table()
        self.settlements: Table[Settlement] = Table()
        self.settlements.number((None, None, None))
        self.centres: dict[Settlement, Centre] = {}
        self.ids: list[bytes] = []
        self.knows: dict[str, frozenset[str]] = {}
        self.known_by: dict[str, set[str]] = {}
        self.blocks: dict[str, frozenset[str]] = {}
        self.blocked_by: dict[str, set[str]] = {}

    @classmethod
    def of(cls, enterprises: Iterable[Enterprise]) -> "Crowd":
        """All of them, those without a pin placed where their neighbours are."""
        crowd = cls()
        for enterprise in enterprises:
            crowd.append(enterprise)
        crowd.settle()
        return crowd

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> NDArray[Any]:
        return self.columns[name].view()

    def id_of(self, row: int) -> str:
        return unpacked(self.ids[row])

    def append(self, enterprise: Enterprise) -> int:
        """Add one; gives its row."""
        row = len(self.ids)
        self.ids.append(packed(enterprise.id))
        self._append_place(enterprise)
        words = {facet: things(getattr(enterprise, facet)) for facet in FACETS}
        for facet, known in words.items():
            for word in known:
                self.words[facet].add(word, row)
            self.columns[f"n_{facet}"].append(min(len(known), 255))
        self.columns["crafts"].append(self.crafts.number(enterprise.crafts))
        self.columns["needs"].append(self.needs.number(needs_by_category(enterprise.needs)))
        self.columns["languages"].append(self.languages.number(enterprise.languages))
        travel = np.inf if enterprise.travel_km is None else enterprise.travel_km
        self.columns["travel"].append(travel)
        self.columns["size"].append(min(enterprise.workers or UNKNOWN_SIZE, 65535))
        self._append_ties(enterprise)
        return row

    def _append_place(self, enterprise: Enterprise) -> None:
        settlement = (enterprise.country, enterprise.region, enterprise.place)
        flags = {"yes": WILLING, "known": KNOWN_ONLY, "no": 0}[enterprise.willing]
        xyz, blur = np.zeros(3), 0.0
        if enterprise.lat is not None and enterprise.lon is not None:
            xyz = on_earth(enterprise.lat, enterprise.lon)
            flags |= PINNED | PLACED
        elif (centre := self._centre(settlement)) is not None:
            xyz, blur = centre.xyz, centre.blur
            flags |= PLACED
        for name, value in zip("xyz", xyz, strict=True):
            self.columns[name].append(value)
        self.columns["blur"].append(blur)
        self.columns["settled"].append(self.settlements.number(settlement))
        self.columns["flags"].append(flags)

    def _append_ties(self, enterprise: Enterprise) -> None:
        if enterprise.willing == "known":
            self.knows[enterprise.id] = enterprise.knows
            for other in enterprise.knows:
                self.known_by.setdefault(other, set()).add(enterprise.id)
        if enterprise.blocks:
            self.blocks[enterprise.id] = enterprise.blocks
            for other in enterprise.blocks:
                self.blocked_by.setdefault(other, set()).add(enterprise.id)

    def _centre(self, settlement: Settlement) -> Centre | None:
        country, region, _ = settlement
        return self.centres.get(settlement) or self.centres.get((country, region, None))

    def settle(self) -> None:
        """Find the centre of every settlement and region, and place whoever has no pin there."""
        flags, settled = self.column("flags"), self.column("settled")
        pinned = np.flatnonzero(flags & PINNED)
        where = np.stack([self.column(name)[pinned].astype(np.float64) for name in "xyz"], axis=1)
        self.centres = {}
        self._find_centres(self.settlements.values, settled[pinned], where)
        regions: Table[Settlement] = Table()
        whose = [regions.number((c, r, None)) for c, r, _ in self.settlements.values]
        self._find_centres(regions.values, np.array(whose, np.int32)[settled[pinned]], where)
        for row in np.flatnonzero((flags & PINNED) == 0).tolist():
            centre = self._centre(self.settlements.values[settled[row]])
            if centre is not None:
                for name, value in zip("xyz", centre.xyz, strict=True):
                    self.column(name)[row] = value
                self.column("blur")[row] = centre.blur
                flags[row] |= PLACED

    def _find_centres(
        self, names: list[Settlement], numbers: NDArray[Any], where: NDArray[np.float64]
    ) -> None:
        count = np.bincount(numbers, minlength=len(names))
        some = np.maximum(count, 1)
        mean = np.stack(
            [np.bincount(numbers, where[:, k], len(names)) / some for k in range(3)], axis=1
        )
        off = ((where - mean[numbers]) ** 2).sum(axis=1)
        blur = np.sqrt(np.bincount(numbers, off, len(names)) / some)
        for number, (country, region, place) in enumerate(names):
            if count[number] and (region or place):
                least = LEAST_BLUR_KM if place else LEAST_REGION_BLUR_KM
                centre = Centre(mean[number], max(least, float(blur[number])))
                self.centres.setdefault((country, region, place), centre)

    def reorder(self, order: NDArray[np.int32]) -> None:
        """Put row `order[k]` at k."""
        place_of = np.empty(len(order), np.int32)
        place_of[order] = np.arange(len(order), dtype=np.int32)
        for column in self.columns.values():
            column.put(column.view()[order])
        for postings in self.words.values():
            postings.move(place_of)
        self.ids = [self.ids[row] for row in order.tolist()]


LEAST_BLUR_KM = 2.0
LEAST_REGION_BLUR_KM = 15.0


def on_earth(lat: float, lon: float) -> NDArray[np.float64]:
    """Kilometres from the earth's centre along three axes, to half a metre as columns hold them."""
    north, east = radians(lat), radians(lon)
    ring = EARTH_KM * cos(north)
    exact = (ring * cos(east), ring * sin(east), EARTH_KM * sin(north))
    return np.array(exact, np.float32).astype(np.float64)


def packed(identity: str) -> bytes:
    """An id in few bytes: a UUID in 16, anything else as it is spelt behind a mark."""
    if len(identity) == 36 and identity.count("-") == 4:
        try:
            found = UUID(identity)
        except ValueError:
            found = None
        if found is not None and str(found) == identity:
            return b"\0" + found.bytes
    return b"\1" + identity.encode(errors="surrogatepass")


def unpacked(identity: bytes) -> str:
    """The id that was packed."""
    rest = identity[1:]
    return str(UUID(bytes=rest)) if identity[0] == 0 else rest.decode(errors="surrogatepass")


def words_of(enterprise: Enterprise) -> Iterator[tuple[str, Words]]:
    """The words of each facet, folded, and how the enterprise wrote them."""
    for facet in FACETS:
        yield facet, things(getattr(enterprise, facet))
