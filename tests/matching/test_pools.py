from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.cohorts import Cut, cohorts
from matching.distance import measured
from matching.pools import DEFAULTS, Pool, pools, shared_price
from matching.quality import Places, middle
from matching.records import Enterprise, Event, EventKind, Need, Provider, Service
from tests.matching.strategies import TODAY, directories, enterprises

FAR_OUT = np.array([6371.0, 0.0, 0.0])
COSTING = Need("training", "costing")
TEACHER = Provider(
    "p1",
    services=(Service("training", "costing", price=40.0, group_min=4, group_max=6),),
    lat=12.0,
    lon=-86.0,
    radius_km=60.0,
    languages=frozenset({"es"}),
)
crowds = st.lists(st.integers(0, 30).map("e{:02d}".format), unique=True).flatmap(
    lambda ids: st.tuples(*(enterprises(id) for id in ids))
)


def learner(number: int, **fields: object) -> Enterprise:
    firm = Enterprise(
        f"e{number:02d}",
        needs=(COSTING,),
        lat=12.0 + 0.002 * number,
        lon=-86.0,
        languages=frozenset({"es"}),
    )
    return replace(firm, **fields)  # type: ignore[arg-type]


def pooled(
    firms: Sequence[Enterprise],
    providers: Sequence[Provider] = (TEACHER,),
    past: Sequence[Event] = (),
) -> tuple[Pool, ...]:
    return pools(firms, providers, past, TODAY, 100)


@settings(max_examples=60, deadline=None)
@given(crowds, directories, st.randoms(use_true_random=False))
def test_pools_keep_sizes_capacity_and_distance_and_the_order_of_records_says_nothing(
    firms: tuple[Enterprise, ...], providers: tuple[Provider, ...], chance: object
) -> None:
    found = pooled(firms, providers)
    by_id = {firm.id: firm for firm in firms}
    known = {provider.id: provider for provider in providers}
    places = Places.known(firms)
    taken: Counter[str] = Counter()
    for pool in found:
        provider, inside = known[pool.provider], [by_id[member] for member in pool.members]
        service = provider.services[pool.service]
        assert (service.group_min or DEFAULTS.least) <= len(inside)
        assert len(inside) <= (service.group_max or 64)
        assert service.category == pool.category
        assert not set(pool.nearly) & set(pool.members)
        taken[provider.id] += len(inside)
        centre = middle([places.of(firm) for firm in inside])
        for firm in inside:
            assert firm.willing != "no"
            assert any(n.category == pool.category and n.topic == pool.topic for n in firm.needs)
            away = float(np.linalg.norm(np.subtract(places.of(firm), centre)))
            assert away <= min(DEFAULTS.radius_km, firm.travel_km or 1e9) + 1e-6
            km = measured(firm, provider)
            assert km is None or km <= (provider.radius_km or 150) + 0.1
            assert (
                not firm.languages or not provider.languages or firm.languages & provider.languages
            )
    for name, count in taken.items():
        capacity = known[name].month_capacity
        assert capacity is None or count <= capacity
    wishes = Counter((member, p.category, p.topic) for p in found for member in p.members)
    assert all(count == 1 for count in wishes.values())
    shuffled = list(firms)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pooled(shuffled, providers[::-1]) == found


def test_the_least_group_is_reached_and_one_more_makes_it_cheaper() -> None:
    firms = [learner(number) for number in range(5)]
    far = learner(9, lat=12.13)
    (pool,) = pooled([*firms, far])
    assert pool.members == tuple(firm.id for firm in firms)
    assert pool.nearly == ("e09",)
    assert pool.price == 32.0
    assert pool.price_with_one_more == pytest.approx(26.67, abs=0.01)
    assert pool.fields()["reasons"] == ["serves:training/costing", "near:0.4"]
    assert pooled(firms[:3]) == ()


def test_a_full_pool_names_nobody_nearly_in_it_and_no_lower_price() -> None:
    pool = pooled([learner(number) for number in range(7)])[0]
    assert (len(pool.members), pool.nearly, pool.price_with_one_more) == (6, (), None)


def test_who_was_served_or_declined_lately_is_not_put_in_again() -> None:
    firms = [learner(number) for number in range(5)]
    week_ago = TODAY - timedelta(days=7)
    kinds: tuple[EventKind, ...] = ("connected", "declined")
    for kind in kinds:
        past = [Event(week_ago, kind, "e00", "p1")]
        assert pooled(firms, past=past)[0].members == ("e01", "e02", "e03", "e04")


def test_words_with_another_topic_or_none_are_not_identical_and_are_not_pooled() -> None:
    firms = [learner(number, needs=(Need("training", "design"),)) for number in range(5)]
    vague = [learner(number, needs=(Need("training"),)) for number in range(5, 12)]
    assert pooled([*firms, *vague]) == ()


def test_a_price_falls_as_more_join_and_never_before_the_least_group_is_reached() -> None:
    prices = [shared_price(40.0, 4, count) for count in range(1, 9)]
    assert prices[:4] == [40.0] * 4
    assert prices == sorted(prices, reverse=True)
    assert prices[7] == 20.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_cohorts_are_disjoint_neither_too_small_nor_too_large_nor_too_wide(
    seed: int, count: int
) -> None:
    towns = np.random.default_rng(seed)
    points = np.repeat(towns.uniform(0, 60, (5, 3)), 40, axis=0)[:count] + FAR_OUT
    points = points + towns.normal(0, 4, points.shape)
    made = cohorts(points, Cut(4, 9, 8.0))
    rows = [row for cohort in made for row in cohort]
    assert len(rows) == len(set(rows))
    for cohort in made:
        assert 4 <= len(cohort) <= 9
        inside = points[cohort]
        assert np.linalg.norm(inside - inside.mean(axis=0), axis=1).max() <= 8.0 + 1e-6


def test_close_together_nearly_everybody_is_served() -> None:
    points = np.random.default_rng(3).normal(0, 2, (500, 3)) + FAR_OUT
    made = cohorts(points, Cut(8, 20, 10.0))
    assert sum(map(len, made)) >= 0.97 * len(points)
