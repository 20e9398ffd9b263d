from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.exhaustive import MOST, divided
from matching.gathering import Gathering
from matching.groups import DEFAULTS, FIRST_STEPS, FITS, Group, effort_for, first_step, groups
from matching.quality import Members, Places, Quality, members_of, weighed
from matching.records import Enterprise, Event, Need
from matching.standing import Standing
from tests.matching.strategies import TODAY, enterprises
from trial.worlds import TUNING, world

IDS = tuple(f"e{number:02d}" for number in range(16))
crowds = st.lists(st.sampled_from(IDS), unique=True, min_size=3).flatmap(
    lambda ids: st.tuples(*(enterprises(id) for id in ids))
)


def weaver(number: int, **fields: object) -> Enterprise:
    firm = Enterprise(
        f"w{number:02d}",
        crafts=("1312",),
        sells=frozenset({"cloth"}),
        buys=frozenset({"yarn"}),
        needs=(Need("inputs", "yarn"),),
        lat=12.0 + 0.01 * (number % 5),
        lon=-86.0,
        languages=frozenset({"es"}),
    )
    return replace(firm, **fields)  # type: ignore[arg-type]


def columns(firms: Sequence[Enterprise]) -> Members:
    return members_of(firms, str.casefold, Places.known(firms))


def proposed(firms: Sequence[Enterprise], past: Sequence[Event] = ()) -> tuple[Group, ...]:
    return groups(firms, past, TODAY, 100)


@settings(max_examples=20, deadline=None)
@given(crowds, st.randoms(use_true_random=False))
def test_groups_are_disjoint_of_allowed_size_of_the_willing_and_the_order_says_nothing(
    firms: tuple[Enterprise, ...], chance: object
) -> None:
    found = proposed(firms)
    by_id = {firm.id: firm for firm in firms}
    members = [identity for group in found for identity in group.members]
    assert len(members) == len(set(members))
    for group in found:
        assert 3 <= len(group.members) <= 15
        assert 0 < group.score <= 1
        assert group.first_step in FIRST_STEPS
        assert 0 < len(group.reasons) <= 2
        for identity in group.members:
            assert by_id[identity].willing == "yes"
            assert not by_id[identity].blocks & set(group.members)
        for told in group.reasons:
            assert is_true(told, [by_id[identity] for identity in group.members])
    assert [group.score for group in found] == sorted((g.score for g in found), reverse=True)
    shuffled = list(firms)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert proposed(shuffled) == found


def is_true(told: str, firms: Sequence[Enterprise]) -> bool:
    kind, _, argument = told.partition(":")
    match kind:
        case "same_need":
            category, _, topic = argument.partition("/")
            having = [
                firm
                for firm in firms
                for need in firm.needs
                if need.category == category
                and (not topic or topic.casefold() == (need.topic or "").casefold())
            ]
            buying = [
                firm for firm in firms if {topic.casefold()} & {*map(str.casefold, firm.buys)}
            ]
            return len({firm.id for firm in having + buying}) >= 2
        case "same_craft":
            return all(firm.crafts[0] == argument for firm in firms)
        case "near":
            return all(firm.lat is not None for firm in firms)
        case "same_place":
            return len({firm.place for firm in firms}) == 1
        case "same_region":
            return len({firm.region for firm in firms}) == 1
        case "has_what_you_lack":
            word = argument.casefold()
            return any(word in map(str.casefold, firm.has) for firm in firms) and any(
                word in map(str.casefold, firm.lacks) for firm in firms
            )
    return False


@settings(max_examples=60, deadline=None)
@given(crowds)
def test_a_group_with_one_more_is_worth_what_it_is_when_weighed_anew(
    firms: tuple[Enterprise, ...],
) -> None:
    members = columns(firms)
    fits = dict.fromkeys(range(1, 16), 1.0)
    for size in range(1, min(len(firms), 15)):
        group = tuple(range(size))
        standing = Standing(members, Quality(), fits, group)
        anew = weighed(members, group, Quality()).quality * size
        assert standing.worth == pytest.approx(anew)
        more = weighed(members, (*group, size), Quality()).quality * (size + 1)
        assert standing.joined(size) == pytest.approx(more)
        assert standing.at_most(size) >= standing.joined(size)


def divisions(firms: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way to put some of the firms into groups of three and more."""
    if not firms:
        yield ()
        return
    first, *rest = firms
    yield from divisions(tuple(rest))
    for size in range(2, len(rest) + 1):
        for others in combinations(rest, size):
            for more in divisions(tuple(firm for firm in rest if firm not in others)):
                yield ((first, *others), *more)


@settings(max_examples=15, deadline=None)
@given(st.tuples(*(enterprises(id) for id in IDS[:7])), st.sets(st.integers(0, 6), max_size=2))
def test_of_few_firms_the_best_division_is_found(
    firms: tuple[Enterprise, ...], quarrel: set[int]
) -> None:
    members = columns(firms)
    apart = {one: frozenset(quarrel - {one}) for one in quarrel}
    stand = partial(Standing, members, Quality(), FITS)
    groups_of = divided(7, range(3, 8), lambda group: stand(group).worth, apart)
    found = sum(stand(group).worth for group in groups_of)
    everything = (
        sum(stand(group).worth for group in division)
        for division in divisions(tuple(range(7)))
        if not any(quarrel <= set(group) for group in division if len(quarrel) == 2)
    )
    assert found == pytest.approx(max(everything))


@pytest.mark.parametrize(("family", "seed"), TUNING)
def test_of_a_few_more_the_groups_are_within_three_in_a_hundred_of_the_best(
    family: str, seed: int
) -> None:
    firms = [firm for firm in world(family, seed, 120, 2).profiles if firm.willing == "yes"]
    towns = Counter(firm.place for firm in firms if firm.place)
    firms = [firm for firm in firms if firm.place == towns.most_common(1)[0][0]][:12]
    members = columns(firms)
    gathering = Gathering(members, Quality(), DEFAULTS.sizes, FITS, {}, effort_for(len(firms)))
    gathering.gather([""] * len(firms))
    found = sum(group.worth for group in gathering.groups.values())
    stand = partial(Standing, members, Quality(), FITS)
    best = divided(len(firms), range(3, 13), lambda group: stand(group).worth, {})
    assert len(firms) > MOST
    assert found >= 0.97 * sum(stand(group).worth for group in best)


def test_weavers_who_want_yarn_are_proposed_to_buy_it_together() -> None:
    (group,) = proposed([weaver(number) for number in range(8)])
    assert len(group.members) == 8
    assert group.first_step == "joint_purchase"
    assert group.reasons[0] == "same_need:inputs/yarn"


@pytest.mark.parametrize(
    ("needs", "step"),
    [
        ((Need("training", "costing"),), "course"),
        ((Need("market_access", "buyers"),), "fair"),
        ((Need("market_access", "Large orders"),), "shared_order"),
        ((Need("inputs"),), "joint_purchase"),
        ((Need("finance"),), "joint_purchase"),
    ],
)
def test_the_first_step_is_what_most_wish_and_else_what_most_buy(
    needs: tuple[Need, ...], step: str
) -> None:
    assert first_step([weaver(number, needs=needs) for number in range(6)])[0] == step


def test_who_shares_nothing_can_still_show_things_at_one_fair() -> None:
    words = [frozenset({f"thing {number}"}) for number in range(4)]
    firms = [weaver(number, needs=(), buys=(), sells=words[number]) for number in range(4)]
    assert first_step(firms) == ("fair", None, 0)


def declined_by(who: str, firms: Sequence[Enterprise], days: int) -> list[Event]:
    at = TODAY - timedelta(days=days)
    return [Event(at, "declined", who, firm.id, reason="group") for firm in firms]


def test_what_the_broker_declined_last_week_is_not_proposed_again_and_in_time_may_be() -> None:
    firms = [weaver(number) for number in range(8)]
    (first,) = proposed(firms)
    again = proposed(firms, declined_by("broker-1", firms, 7))
    for group in again:
        assert len(set(group.members) & set(first.members)) <= len(first.members) // 2
    assert again
    assert proposed(firms, declined_by("broker-1", firms, 200)) == (first,)


def test_who_declined_another_is_in_no_group_with_them() -> None:
    firms = [weaver(number) for number in range(8)]
    found = proposed(firms, declined_by("w00", firms[1:2], 7))
    assert not any({"w00", "w01"} <= set(group.members) for group in found)


def test_nobody_is_grouped_farther_away_than_they_would_travel() -> None:
    firms = [weaver(number) for number in range(7)]
    far = weaver(7, lat=12.15, travel_km=5.0)
    (group,) = proposed([*firms, far])
    assert "w07" not in group.members


def test_whoever_names_only_the_same_place_can_meet_and_who_says_nothing_is_left_out() -> None:
    named = [weaver(n, lat=None, lon=None, region="Masaya", place="Nindirí") for n in range(5)]
    nowhere = [weaver(n, lat=None, lon=None) for n in range(5, 10)]
    (group,) = proposed([*named, *nowhere])
    assert group.members == tuple(firm.id for firm in named)
    assert "same_place" in group.reasons


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_ever_grouped_with_whom_they_block_however_long_it_is_looked(seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    firms = []
    for number in range(40):
        foes = frozenset(f"w{chance.randrange(40):02d}" for _ in range(4))
        needs = tuple(Need("inputs", chance.choice(("yarn", "dye", "wood"))) for _ in range(2))
        at = {"lat": 12.0 + chance.random() / 20, "lon": -86.0 + chance.random() / 20}
        firms.append(weaver(number, blocks=foes - {f"w{number:02d}"}, needs=needs, **at))
    by_id = {firm.id: firm for firm in firms}
    for group in proposed(firms):
        assert not any(by_id[member].blocks & set(group.members) for member in group.members)
