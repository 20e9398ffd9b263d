"""An invented country of enterprises, for measuring: districts and crafts of very unequal size, a
third of pins only their town's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from matching.records import Enterprise, Need

DISTRICTS, CRAFTS, PRODUCTS, SKILLS = 400, 120, 1500, 48
CATEGORIES = (
    "market_access",
    "infrastructure",
    "policy",
    "inputs",
    "training",
    "technology",
    "finance",
)


def country(count: int, seed: int = 1) -> Iterator[Enterprise]:
    """So many enterprises, the same for a seed, made as they are asked for."""
    chance = np.random.default_rng(seed)
    size = 1 / np.arange(1, DISTRICTS + 1)
    middle = np.stack(
        (chance.uniform(8, 16, DISTRICTS), chance.uniform(-92, -82, DISTRICTS)), axis=1
    )
    district = chance.choice(DISTRICTS, count, p=size / size.sum())
    often = 1 / np.arange(1, CRAFTS + 1) ** 0.9
    drawn = chance.choice(CRAFTS, count, p=often / often.sum())
    own = (drawn + chance.integers(0, CRAFTS, DISTRICTS)[district]) % CRAFTS
    craft = np.where(chance.random(count) < 0.5, drawn, own)
    place = middle[district] + chance.normal(0, 0.06, (count, 2))
    vague = chance.random(count) < 0.3
    place[vague] = middle[district[vague]]
    for number in range(count):
        yield _one(number, int(craft[number]), int(district[number]), place[number], chance)


def askers(count: int, of: int, seed: int = 1) -> list[Enterprise]:
    """The first so many of a country of a size."""
    return list(islice(country(of, seed), count))


def _one(
    number: int, craft: int, district: int, place: np.ndarray, chance: np.random.Generator
) -> Enterprise:
    k = chance.integers(0, 1 << 30, 12).tolist()
    needs = (
        Need(CATEGORIES[one % 7], f"t{one // 7 % 4}" if one % 3 else None)
        for one in k[7 : 8 + k[9] % 2]
    )
    return Enterprise(
        id=f"e{number}",
        crafts=(str(1000 + craft * 37 % CRAFTS),),
        sells=frozenset(f"p{(craft * 37 + one % 25) % PRODUCTS}" for one in k[:2]),
        buys=frozenset(f"p{(craft * 53 + 700 + one % 30) % PRODUCTS}" for one in k[2:4]),
        has=frozenset(f"k{one % SKILLS}" for one in k[4:6]),
        lacks=frozenset((f"k{k[6] % SKILLS}",)),
        needs=tuple(needs),
        lat=round(float(place[0]), 2),
        lon=round(float(place[1]), 2),
        country="NI",
        region=f"R{district // 20}",
        place=f"D{district}",
        workers=1 + k[10] % 9,
        languages=frozenset({"es"} if k[11] % 10 else {"miq"}),
    )
