"""The firms of a planted world: what is true of each, and what its profile says of it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.records import Capacity, Enterprise, Need

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

CRAFTS = Path(__file__).parent / "crafts.toml"
START = date(2026, 3, 2)
"""The Monday on which every trial begins."""

SIDE_KM = 130.0
KM_PER_DEGREE = 111.2
SOUTH, WEST = 13.6, -88.4
TOWNS, DISTRICTS, CIRCLES = 18, 6, 40
COMMON_NEEDS = (
    Need("market_access", "buyers"),
    Need("market_access", "export"),
    Need("market_access", "large orders"),
    Need("training", "costing"),
    Need("training", "design"),
    Need("training", "quality"),
    Need("finance", "working capital"),
    Need("finance", "equipment"),
    Need("infrastructure", "electricity"),
    Need("infrastructure", "workshop"),
    Need("policy", "permits"),
)
LANGUAGES = ("es", "miq", "cab")
NEWCOMERS, DISTRICT_ONLY, ONLY_KNOWN, NOBODY = 0.1, 0.3, 0.05, 0.03
SAID_WORD, SAID_LACK, SAID_NEED, SAID_TOPIC, SAID_SIZE = 0.7, 0.55, 0.75, 0.7, 0.8


@dataclass(frozen=True)
class Firms:
    """What is true. Words, needs and languages are columns; a row is a firm; kilometres."""

    craft: Whole
    sells: Flags
    buys: Floats
    has: Flags
    lacks: Floats
    needs: Floats
    x: Floats
    y: Floats
    town: Whole
    district: Whole
    languages: Flags
    workers: Whole
    years: Whole
    circle: Whole
    joined: Whole

    def __len__(self) -> int:
        return len(self.craft)


@dataclass(frozen=True)
class Columns:
    """What the columns stand for."""

    crafts: tuple[str, ...]
    words: tuple[str, ...]
    needs: tuple[Need, ...]


@lru_cache(maxsize=1)
def crafts() -> dict[str, Any]:
    """The table of crafts, read once."""
    return tomllib.loads(CRAFTS.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def columns() -> Columns:
    """Classes, words and needs in a fixed order."""
    table = crafts()
    roles = ("sells", "buys", "has", "lacks")
    words = sorted({word for craft in table.values() for role in roles for word in craft[role]})
    bought = sorted({word for craft in table.values() for word in craft["buys"]})
    lacked = sorted({word for craft in table.values() for word in craft["lacks"]})
    special = [Need("inputs", word) for word in bought]
    special += [Need("technology", word) for word in lacked]
    return Columns(tuple(table), tuple(words), (*COMMON_NEEDS, *special))


def drawn(size: int, weeks: int, chance: np.random.Generator) -> Firms:
    """The firms of a world: towns of unequal size, each district with crafts of its own."""
    town, district, x, y = _places(size, chance)
    craft = _crafts(district, chance)
    sells, buys, has, lacks = (_words(craft, role, chance) for role in _ROLES)
    tongue = chance.random((DISTRICTS, len(LANGUAGES))) < (1.0, 0.35, 0.25)
    speaks = tongue[district] & (chance.random((size, len(LANGUAGES))) < (0.93, 0.6, 0.6))
    speaks[~speaks.any(axis=1), 0] = True
    late = chance.random(size) < NEWCOMERS
    return Firms(
        craft=craft,
        sells=sells > 0,
        buys=_shares(buys, chance),
        has=has > 0,
        lacks=_shares(lacks, chance),
        needs=_needs(buys, lacks, chance),
        x=x,
        y=y,
        town=town,
        district=district,
        languages=speaks,
        workers=np.minimum(60, 1 + np.floor(chance.lognormal(0.9, 0.9, size))).astype(np.int64),
        years=np.floor(chance.gamma(1.6, 5.0, size)).astype(np.int64),
        circle=(town * 5 + chance.integers(0, CIRCLES, size)) % CIRCLES,
        joined=np.where(late, chance.integers(1, max(2, weeks - 1), size), 0),
    )


_ROLES = ("sells", "buys", "has", "lacks")


def _places(size: int, chance: np.random.Generator) -> tuple[Whole, Whole, Floats, Floats]:
    seats = chance.uniform(0.1 * SIDE_KM, 0.9 * SIDE_KM, (DISTRICTS, 2))
    towns = chance.uniform(0, SIDE_KM, (TOWNS, 2))
    of_town = np.argmin(((towns[:, None] - seats[None]) ** 2).sum(axis=2), axis=1)
    weight = 1 / np.arange(1, TOWNS + 1) ** 0.8
    town = chance.choice(TOWNS, size, p=weight / weight.sum())
    spread = chance.choice([1.5, 4.0, 9.0], size, p=[0.45, 0.35, 0.2])
    at = towns[town] + chance.normal(0, 1, (size, 2)) * spread[:, None]
    return town.astype(np.int64), of_town[town].astype(np.int64), at[:, 0], at[:, 1]


def _crafts(district: Whole, chance: np.random.Generator) -> Whole:
    share = np.array([craft["share"] for craft in crafts().values()], dtype=float)
    special = share[None] * chance.gamma(1.2, 1.0, (DISTRICTS, len(share)))
    special /= special.sum(axis=1, keepdims=True)
    mixed = 0.65 * special + 0.35 * share / share.sum()
    steps = mixed.cumsum(axis=1)[district]
    found = (chance.random(len(district))[:, None] > steps).sum(axis=1)
    return np.asarray(np.minimum(found, len(share) - 1), dtype=np.int64)


def _words(craft: Whole, role: str, chance: np.random.Generator) -> Floats:
    """Which of its craft's words are true of each firm, the first the likeliest; at least one."""
    known = columns()
    place = {word: index for index, word in enumerate(known.words)}
    found = np.zeros((len(craft), len(known.words)))
    for index, name in enumerate(known.crafts):
        rows = np.flatnonzero(craft == index)
        words = crafts()[name][role]
        likely = np.linspace(0.75, 0.3, len(words))
        true = chance.random((len(rows), len(words))) < likely
        true[np.arange(len(rows)), chance.integers(0, 2, len(rows))] = True
        at = np.array([place[word] for word in words])
        found[np.ix_(rows, at)] = true
    return found


def _shares(flags: Floats, chance: np.random.Generator) -> Floats:
    """How much each of a firm's words weighs for it: unequal, adding up to 1."""
    weighed = flags * chance.gamma(0.8, 1.0, flags.shape)
    return np.asarray(weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-12))


def _needs(buys: Floats, lacks: Floats, chance: np.random.Generator) -> Floats:
    """How pressing each need is: a few common ones, a material that is dear, a thing lacked."""
    known = columns()
    place = {word: index for index, word in enumerate(known.words)}
    pressing = np.zeros((len(buys), len(known.needs)))
    pull = np.array([3, 1.5, 2, 2, 1.5, 1, 2, 1, 1, 1, 0.7])
    common = len(COMMON_NEEDS)
    pressing[:, :common] = chance.random((len(buys), common)) < 0.11 * pull
    for column, need in enumerate(known.needs[common:], common):
        source, likely = (buys, 0.35) if need.category == "inputs" else (lacks, 0.25)
        felt = source[:, place[str(need.topic)]] > 0
        pressing[:, column] = felt & (chance.random(len(buys)) < likely)
    pressing[~pressing.any(axis=1), 0] = 1
    return np.asarray(pressing * chance.exponential(1.0, pressing.shape).clip(0.15))


def told(firms: Firms, name: str, chance: np.random.Generator) -> tuple[Enterprise, ...]:
    """What the profiles say: true as far as they go, but with much left out."""
    blurred = chance.random(len(firms)) < DISTRICT_ONLY
    willing = chance.choice(
        np.array(["yes", "known", "no"]),
        len(firms),
        p=[1 - ONLY_KNOWN - NOBODY, ONLY_KNOWN, NOBODY],
    )
    ids = [f"{name}-{index:05d}" for index in range(len(firms))]
    return tuple(
        _told(firms, index, ids, bool(blurred[index]), str(willing[index]), chance)
        for index in range(len(firms))
    )


def _told(
    firms: Firms,
    index: int,
    ids: Sequence[str],
    blurred: bool,
    willing: str,
    chance: np.random.Generator,
) -> Enterprise:
    known = columns()
    lat, lon = SOUTH + firms.y[index] / KM_PER_DEGREE, WEST + firms.x[index] / KM_PER_DEGREE
    friends = np.flatnonzero(firms.circle == firms.circle[index])
    met = chance.choice(friends, min(3, len(friends)), replace=False)
    sized = chance.random() < SAID_SIZE
    return Enterprise(
        id=ids[index],
        crafts=(known.crafts[firms.craft[index]],) if chance.random() < 0.97 else (),
        sells=_said(firms.sells[index], SAID_WORD, chance),
        buys=_said(firms.buys[index] > 0, SAID_WORD, chance),
        has=_said(firms.has[index], SAID_WORD, chance),
        lacks=_said(firms.lacks[index] > 0, SAID_LACK, chance),
        needs=_said_needs(firms.needs[index], chance),
        lat=None if blurred else round(float(lat), 2),
        lon=None if blurred else round(float(lon), 2),
        country="HN",
        region=f"D{firms.district[index]}",
        place=None if blurred else f"T{firms.town[index]}",
        workers=int(firms.workers[index]) if sized else None,
        years=float(firms.years[index]) if sized else None,
        languages=frozenset(
            language
            for language, speaks in zip(LANGUAGES, firms.languages[index], strict=True)
            if speaks
        ),
        willing="known" if willing == "known" else "no" if willing == "no" else "yes",
        knows=frozenset(ids[other] for other in met if other != index),
        capacity=Capacity("piece", 20.0 * int(firms.workers[index])) if sized else None,
        joined=START + timedelta(weeks=int(firms.joined[index])),
    )


def _said(true: Flags, likely: float, chance: np.random.Generator) -> frozenset[str]:
    words = columns().words
    found = np.flatnonzero(true)
    return frozenset(words[index] for index in found[chance.random(len(found)) < likely])


def _said_needs(pressing: Floats, chance: np.random.Generator) -> tuple[Need, ...]:
    """The most pressing first; some left out, some without their topic."""
    order = [int(index) for index in np.argsort(-pressing) if pressing[index] > 0][:4]
    said = [columns().needs[index] for index in order if chance.random() < SAID_NEED]
    return tuple(need if chance.random() < SAID_TOPIC else Need(need.category) for need in said)
