"""Planted worlds by name: the same name and size is the same world for ever.

The sealed ones were committed before anything was tuned. Whoever tunes does it on `TUNING`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.records import Enterprise
from trial.firms import Firms, Floats, drawn, told
from trial.truths import FAMILIES, hearts, ties, wanting

SEALED = (
    ("neighbours", 7301),
    ("placeless", 7302),
    ("rivals", 7303),
    ("circles", 7304),
    ("neighbours", 8411),
    ("placeless", 8412),
    ("rivals", 8413),
    ("circles", 8414),
)
"""Family and seed of the worlds that results are told of."""

TUNING = (("neighbours", 11), ("placeless", 12), ("rivals", 13), ("circles", 14))
"""Family and seed of the worlds that settings may be chosen on, and no other."""

SIZE, WEEKS = 1000, 10


@dataclass(frozen=True)
class World:
    """A world: its name, what is true, what profiles say, and how likely row says yes to column.

    `knowable` is the same without the whims between two, for who knows all that can be known.
    """

    name: str
    seed: int
    firms: Firms
    profiles: tuple[Enterprise, ...]
    wants: Floats
    knowable: Floats


def world(family: str, seed: int, size: int = SIZE, weeks: int = WEEKS) -> World:
    """The world of a family and seed. Raises KeyError for a family that is not one of FAMILIES."""
    truth = FAMILIES[family]
    chances = [np.random.default_rng((seed, part)) for part in range(5)]
    firms = drawn(size, weeks, chances[0])
    hidden = hearts(size, chances[1])
    worth = truth(ties(firms, chances[2]), hidden)
    whims = chances[3].normal(0, 1, (size, size))
    return World(
        name=f"{family}-{seed}",
        seed=seed,
        firms=firms,
        profiles=told(firms, family, chances[4]),
        wants=wanting(worth, hidden, whims),
        knowable=wanting(worth, hidden, np.zeros_like(whims)),
    )
