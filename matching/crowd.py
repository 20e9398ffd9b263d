"""Enterprises as columns: what scoring reads of a country's enterprises, in few bytes each.

A profile is made of few distinct parts: a set of crafts, of needs, of languages, a settlement.
Each distinct part stands once in a table and a row holds its number. Words stand in lists by word:
which rows sell it, buy it, have it, lack it.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.columns import Column, Postings
from matching.crafts import complementary, likeness
from matching.distance import EARTH_KM
from matching.identities import Ids
from matching.needs import NeedTable
from matching.records import Enterprise
from matching.terms import UNKNOWN_CRAFT, Words, needs_by_category, things

FACETS = ("sells", "buys", "has", "lacks")
UNKNOWN_SIZE: Final = 0
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

    def find(self, value: T) -> int:
        """The number of a value, -1 where nobody has it."""
        return self._numbers.get(value, -1)


class CraftSets(Table[tuple[str, ...]]):
    """Sets of crafts by number, and how alike each is to another; the answers of late are kept."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, ...], tuple[NDArray[np.float64], NDArray[np.bool_]]] = {}

    def against(self, mine: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of each set how alike its likest craft is to mine, a guess where either has none; and
        whether one goes together with one of mine."""
        kept = self._kept.pop(mine, None)
        if kept is None or len(kept[0]) != len(self.values):
            found = [craft_likeness(mine, theirs) for theirs in self.values]
            kept = (
                np.array([like for like, _ in found], np.float64),
                np.array([together for _, together in found], np.bool_),
            )
        self._kept[mine] = kept
        if len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        return kept

    def avoided(self, crafts: frozenset[str]) -> NDArray[np.bool_]:
        """Of each set whether its main craft is one of these."""
        if not crafts:
            return np.zeros(len(self.values), np.bool_)
        return np.array([theirs[:1] != () and theirs[0] in crafts for theirs in self.values])


MOST_KEPT = 512


def craft_likeness(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[float, bool]:
    """How alike the likest two crafts are, a guess where either has none; whether two of them go
    together."""
    if not mine or not theirs:
        return UNKNOWN_CRAFT, False
    like = max(likeness(one, other) for one in mine for other in theirs)
    return like, any(complementary(one, other) for one in mine for other in theirs)


Settlement = tuple[str | None, str | None, str | None]
"""Country, region and place as named."""


class Settlements(Table[Settlement]):
    """Settlements by number, and for each the number of its country, region and place (0: not
    named), so that all are compared with one at once."""

    def __init__(self) -> None:
        super().__init__()
        self._names: Table[str | None] = Table()
        self._names.number(None)
        self._columns = tuple(Column("i") for _ in range(3))

    def number(self, value: Settlement) -> int:
        found = super().number(value)
        if found == len(self._columns[0]):
            for column, name in zip(self._columns, value, strict=True):
                column.append(self._names.number(name or None))
        return found

    def same(self, value: Settlement) -> tuple[NDArray[np.bool_], ...]:
        """Of each settlement whether it is of another country, the same region, the same place."""
        mine = [self._names.find(name or None) for name in value]
        country, region, place = (column.view() for column in self._columns)
        abroad = (country != mine[0]) & (country > 0) & (mine[0] != 0)
        same_region = (region == mine[1]) & (region > 0) & ~abroad
        differ = (region != mine[1]) & (region > 0) & (mine[1] != 0)
        return abroad, same_region, (place == mine[2]) & (place > 0) & ~abroad & ~differ


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
        self.crafts = CraftSets()
        self.needs = NeedTable()
        self.languages: Table[frozenset[str]] = Table()
        self.settlements = Settlements()
        self.centres: dict[Settlement, Centre] = {}
        self.ids = Ids()
        self.knows: dict[str, frozenset[str]] = {}
        self.known_by: dict[str, set[str]] = {}
        self.blocks: dict[str, frozenset[str]] = {}
        self.blocked_by: dict[str, set[str]] = {}
        self.avoids: dict[str, frozenset[str]] = {}
        self.avoided_by: dict[str, set[str]] = {}

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
        return self.ids.of(row)

    def append(self, enterprise: Enterprise) -> int:
        """Add one; gives its row."""
        row = self.ids.append(enterprise.id)
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
        if enterprise.avoids:
            self.avoids[enterprise.id] = enterprise.avoids
            for craft in enterprise.avoids:
                self.avoided_by.setdefault(craft, set()).add(enterprise.id)

    def forget(self, identity: str) -> None:
        """Forget whom somebody knows, and whom and which crafts they want nothing with."""
        for other in self.knows.pop(identity, frozenset()):
            self.known_by.get(other, set()).discard(identity)
        for other in self.blocks.pop(identity, frozenset()):
            self.blocked_by.get(other, set()).discard(identity)
        for craft in self.avoids.pop(identity, frozenset()):
            self.avoided_by.get(craft, set()).discard(identity)

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
        """Put row `order[k]` at k; rows not named go."""
        place_of = np.full(len(self), -1, np.int32)
        place_of[order] = np.arange(len(order), dtype=np.int32)
        for column in self.columns.values():
            column.put(column.view()[order])
        for postings in self.words.values():
            postings.move(place_of)
        self.ids.keep(order)


LEAST_BLUR_KM = 2.0
LEAST_REGION_BLUR_KM = 15.0


def on_earth(lat: float, lon: float) -> NDArray[np.float64]:
    """Kilometres from the earth's centre along three axes, to half a metre as columns hold them."""
    north, east = radians(lat), radians(lon)
    ring = EARTH_KM * cos(north)
    exact = (ring * cos(east), ring * sin(east), EARTH_KM * sin(north))
    return np.array(exact, np.float32).astype(np.float64)


def words_of(enterprise: Enterprise) -> Iterator[tuple[str, Words]]:
    """The words of each facet, folded, and how the enterprise wrote them."""
    for facet in FACETS:
        yield facet, things(getattr(enterprise, facet))
