"""Groups and pools for a country of firms: what they are worth, and the time they take.

The country is invented: districts of unequal size, each with crafts of its own, a third of the
firms known only by their district, two languages of which most have one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from bench.rows import Row
from matching.cohorts import Cut, cohorts
from matching.gathering import Gathering
from matching.groups import DEFAULTS, effort_for
from matching.quality import Members, Places, members_of
from matching.records import Enterprise, Need
from matching.standing import Standing

CATEGORIES = ("market_access", "inputs", "training", "technology", "finance", "infrastructure")
CRAFTS, PRODUCTS, CAPABILITIES, NEEDS = 24, 600, 48, 24
FIRMS_A_DISTRICT, SPREAD_KM, SIDE_KM, DEGREE_KM = 250, 4.5, 20.0, 111.2
MINUTES, TIMES, SHARE = 5.0, 1.9, 0.85
PRACTICE = 9
"""So many firms make a group where craft and district decide."""
COHORT = Cut(least=8, most=20, radius_km=10.0)


def rows(size: int) -> list[Row]:
    """For so many firms: groups against same craft and district, and wishes served in pools."""
    firms = country(size)
    places = Places.known(firms)
    members = members_of(firms, str.casefold, places)
    kinds = [firm.crafts[0] for firm in firms]
    began = time.process_time()
    gathering = Gathering(
        members, DEFAULTS.quality, DEFAULTS.sizes, DEFAULTS.fits, {}, effort_for(size)
    )
    gathering.gather(kinds)
    minutes = (time.process_time() - began) / 60
    ours = sum(group.worth for group in gathering.groups.values()) / size
    manual = by_craft_and_district(members, firms) / size
    served, minutes_of_pools = pooled(firms, members)
    many = f"{size:,} firms"
    return [
        Row(
            f"groups of {many}, worth each",
            "of 1",
            round(ours, 4),
            "same craft and district",
            round(manual, 4),
            round(ours / manual, 2),
            floor=TIMES,
            goal=2.1,
        ),
        _within(f"groups of {many}, processor time", minutes),
        Row(
            f"wishes of {many} served in pools within 10 km",
            "share",
            round(served, 4),
            "least",
            SHARE,
            round(served / SHARE, 3),
            floor=1.0,
            goal=0.93 / SHARE,
        ),
        _within(f"pools of {many}, processor time", minutes_of_pools),
    ]


def _within(name: str, minutes: float) -> Row:
    ratio = round(MINUTES / max(minutes, 1e-6), 2)
    return Row(name, "minutes", round(minutes, 3), "limit", MINUTES, ratio, floor=1.0)


def by_craft_and_district(members: Members, firms: Sequence[Enterprise]) -> float:
    """What grouping by craft and district, nine by nine, is worth: the practice of today."""
    together: dict[tuple[str | None, str], list[int]] = {}
    for place, firm in enumerate(firms):
        together.setdefault((firm.region, firm.crafts[0]), []).append(place)
    total = 0.0
    for crowd in together.values():
        count = max(1, len(crowd) // PRACTICE)
        for part in range(count):
            group = crowd[len(crowd) * part // count : len(crowd) * (part + 1) // count]
            total += Standing(members, DEFAULTS.quality, DEFAULTS.fits, group).worth
    return total


def pooled(firms: Sequence[Enterprise], members: Members) -> tuple[float, float]:
    """The share of wishes in a cohort with one language, and the minutes that took."""
    points = np.array(members.at)
    wishes: dict[tuple[str, str], list[int]] = {}
    for place, firm in enumerate(firms):
        for need in firm.needs:
            wishes.setdefault((str(need), min(firm.languages)), []).append(place)
    began = time.process_time()
    served = sum(
        len(cohort) for wished in wishes.values() for cohort in cohorts(points[wished], COHORT)
    )
    return served / sum(map(len, wishes.values())), (time.process_time() - began) / 60


def country(size: int, seed: int = 1) -> list[Enterprise]:
    """So many invented firms, the same for the same seed."""
    chance = np.random.default_rng(seed)
    districts = max(4, size // FIRMS_A_DISTRICT)
    weight = 1 / np.arange(1, districts + 1) ** 0.9
    of = chance.choice(districts, size, p=weight / weight.sum())
    seats = chance.uniform(0, SIDE_KM * np.sqrt(districts), (districts, 2))
    at = (seats[of] + chance.normal(0, SPREAD_KM, (size, 2))) / DEGREE_KM
    share = 1 / np.arange(1, CRAFTS + 1) ** 0.8
    mixed = 0.6 * share * chance.gamma(0.6, 1, (districts, CRAFTS)) + 0.2 * share
    steps = (mixed / mixed.sum(axis=1, keepdims=True)).cumsum(axis=1)
    craft = np.minimum((chance.random(size)[:, None] > steps[of]).sum(axis=1), CRAFTS - 1)
    of_craft = _Crafts(chance)
    return [
        _firm(index, int(craft[index]), int(of[index]), at[index], of_craft, chance)
        for index in range(size)
    ]


class _Crafts:
    """What each craft makes, buys, has, lacks and wishes."""

    def __init__(self, chance: np.random.Generator) -> None:
        self.sells = chance.integers(0, PRODUCTS, (CRAFTS, 12))
        self.suppliers = chance.integers(0, CRAFTS, (CRAFTS, 5))
        self.has = chance.integers(0, CAPABILITIES, (CRAFTS, 10))
        self.lacks = chance.integers(0, CAPABILITIES, (CRAFTS, 10))
        self.wishes = 0.7 * chance.dirichlet(np.full(NEEDS, 0.35), CRAFTS) + 0.3 / NEEDS


def _firm(
    index: int,
    craft: int,
    district: int,
    at: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    of: _Crafts,
    chance: np.random.Generator,
) -> Enterprise:
    bought = of.suppliers[craft][chance.integers(0, 5, chance.integers(1, 4))]
    needs = sorted(set(chance.choice(NEEDS, chance.integers(3, 9), p=of.wishes[craft]).tolist()))
    pinned = chance.random() > 0.3
    one = chance.random()
    return Enterprise(
        id=f"e{index}",
        crafts=(f"{1300 + craft}",),
        sells=frozenset(f"p{k}" for k in chance.choice(of.sells[craft], chance.integers(1, 4))),
        buys=frozenset(f"p{of.sells[k][chance.integers(0, 12)]}" for k in bought),
        has=frozenset(f"c{k}" for k in chance.choice(of.has[craft], chance.integers(1, 5))),
        lacks=frozenset(f"c{k}" for k in chance.choice(of.lacks[craft], chance.integers(1, 4))),
        needs=tuple(Need(CATEGORIES[k % len(CATEGORIES)], f"t{k}") for k in needs),
        lat=8 + float(at[0]) if pinned else None,
        lon=-85 + float(at[1]) if pinned else None,
        region=f"d{district}",
        languages=frozenset(("es",) if one < 0.8 else ("es", "miq") if one < 0.94 else ("miq",)),
    )
