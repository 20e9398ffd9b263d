"""The index answers as weighing everyone would, whoever comes, changes and goes."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from bench.crowds import country
from bench.matching import everyone
from matching import index as indexing
from matching.index import Index
from matching.learning import NAMES, PERSONAL
from matching.records import Enterprise
from matching.versions import FIRST, Lesson, Standing, Version

SEEDS = range(4)


@pytest.fixture(autouse=True)
def cells_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small crowds are cut into cells too."""
    monkeypatch.setattr(indexing, "FEW", 50)


def learned(known: list[Enterprise], seed: int) -> Version:
    """A version with something learned, about everybody something else."""
    chance = Random(seed)  # noqa: S311  chance, not secrecy
    terms = tuple(chance.uniform(-1, 2) if k >= 18 else chance.uniform(0, 2) for k in range(25))
    lesson = Lesson(terms, -2.0, 0.5, -0.7, trust=chance.choice((0.3, 0.9)))
    standings = {
        one.id: Standing(
            chance.gauss(0, 1),
            chance.gauss(0, 1),
            tuple(chance.gauss(0, 1) for _ in PERSONAL),
            chance.uniform(0, 2),
        )
        for one in known
    }
    return Version("learned", lesson, standings)


def priced(known: list[Enterprise], seed: int) -> Version:
    chance = Random(seed)  # noqa: S311  chance, not secrecy
    return Version("priced", None, {one.id: Standing(price=chance.random()) for one in known})


def told(index: Index, who: Enterprise) -> list[tuple[str, float]]:
    found = index.best(who, 10)
    return list(zip(found.ids, found.value.tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("version", ["first", "priced", "learned"])
def test_the_best_ten_are_those_of_everyone_ties_included(seed: int, version: str) -> None:
    known = _some_vague(list(country(1500, seed)), seed)
    holds = {"first": lambda *_: FIRST, "priced": priced, "learned": learned}[version](known, seed)
    index = Index.of(known, holds)
    for who in known[::190]:
        assert told(index, who) == everyone(index, who)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_changes_the_answers_are_those_of_an_index_made_anew(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  chance, not secrecy
    known = {one.id: one for one in _some_vague(list(country(1200, seed)), seed)}
    index = Index.of(list(known.values())[:1000])
    for one in list(known.values())[1000:]:
        index.put(one)
    for identity in chance.sample(sorted(known), 60):
        if chance.random() < 0.3:
            index.remove(identity)
            del known[identity]
        else:
            known[identity] = replace(known[identity], sells=frozenset({"p1"}), lat=12.0, lon=-87.0)
            index.put(known[identity])
    for who in list(known.values())[::150]:
        assert told(index, who) == everyone(index, who)
    index.sort()
    for who in list(known.values())[::150]:
        assert told(index, who) == everyone(index, who)


@pytest.mark.parametrize("way", ["horizontal", "vertical", "complementary"])
def test_a_list_of_one_way_is_exact_too(way: str) -> None:
    known = list(country(1500, 5))
    index = Index.of(known)
    for who in known[::150]:
        found = index.best(who, 10, way=way)
        scored = np.sort(index.everyone(who, way))[::-1]
        mine = float(index.everyone(who, way)[index.crowd.ids.row(who.id) or 0])
        others = [float(v) for v in scored if v > 0]
        if mine > 0:
            others.remove(mine)
        assert found.value.tolist() == others[:10]


def test_the_order_in_which_they_came_is_of_no_account() -> None:
    known = list(country(1200, 3))
    shuffled = known.copy()
    Random(1).shuffle(shuffled)  # noqa: S311  chance, not secrecy
    one, other = Index.of(known), Index.of(shuffled)
    for who in known[::150]:
        assert told(one, who) == told(other, who)


def test_an_enterprise_takes_at_most_a_hundred_bytes() -> None:
    index = Index.of(country(20_000))
    assert index.nbytes / len(index) <= 100


def test_terms_that_bound_a_cell_are_all_named() -> None:
    assert len(NAMES) == 25
    assert max(PERSONAL) < len(NAMES)


def _some_vague(known: list[Enterprise], seed: int) -> list[Enterprise]:
    """Some without a pin, some without a craft, some who would not go far."""
    chance = Random(seed)  # noqa: S311  chance, not secrecy
    return [
        replace(
            one,
            lat=None if vague else one.lat,
            lon=None if vague else one.lon,
            crafts=() if chance.random() < 0.05 else one.crafts,
            travel_km=chance.choice((None, None, 8.0, 30.0)),
            place=None if chance.random() < 0.1 else one.place,
        )
        for one in known
        for vague in (chance.random() < 0.2,)
    ]
