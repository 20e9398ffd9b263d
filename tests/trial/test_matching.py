import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import matching
from trial import policies
from trial.firms import START, Whole, columns
from trial.lines import of_enterprise, write
from trial.matching import BASELINES, KNOWING, OURS, everything, table, tried
from trial.measures import gini, ratio
from trial.truths import FAMILIES
from trial.weeks import ANSWERS, PLACES, Week, played
from trial.worlds import SEALED, TUNING, World, world

SIZE, WEEKS = 120, 4


@pytest.fixture(scope="module")
def planted() -> World:
    return world("neighbours", 11, SIZE, WEEKS)


def test_the_sealed_worlds_are_those_that_were_committed() -> None:
    told = sha256()
    for family, seed in SEALED:
        for firm in world(family, seed, 40, WEEKS).profiles:
            told.update(of_enterprise(firm).encode())
    assert told.hexdigest()[:16] == "b05b49a3960d6dbc"
    assert {family for family, _ in SEALED} == set(FAMILIES)
    assert not {seed for _, seed in SEALED} & {seed for _, seed in TUNING}


def test_profiles_say_nothing_untrue_and_leave_much_out(planted: World) -> None:
    words, firms = columns().words, planted.firms
    said = true = 0
    for index, firm in enumerate(planted.profiles):
        for role in ("sells", "buys", "has", "lacks"):
            real = {words[column] for column in np.flatnonzero(getattr(firms, role)[index])}
            assert getattr(firm, role) <= real
            said, true = said + len(getattr(firm, role)), true + len(real)
        assert firm.crafts in ((), (columns().crafts[firms.craft[index]],))
    assert 0.5 < said / true < 0.8
    assert 0.2 < sum(firm.lat is None for firm in planted.profiles) / SIZE < 0.4


@pytest.mark.parametrize("family", FAMILIES)
def test_in_every_family_few_pairs_want_each_other_and_nobody_wants_themselves(family: str) -> None:
    wants = world(family, 5, SIZE, WEEKS).wants
    assert (np.diag(wants) == 0).all()
    assert abs((wants * wants.T).mean() - 0.007) < 0.001
    assert wants.max() <= 1


class Watched:
    """A policy whose lists are kept, with who was allowed when they were made."""

    def __init__(self, planted: World, name: str) -> None:
        self.policy = everything()[name](planted)
        self.limits = policies.limits(planted)
        self.seen: list[Whole] = []

    def lists(self, week: Week) -> Whole:
        lists = self.policy.lists(week)
        open_now = policies.open_to(week, self.limits, 1)
        for who, row in enumerate(lists):
            shown = [other for other in row if other >= 0]
            assert len(shown) == len(set(shown)) <= PLACES
            assert all(open_now[who, other] for other in shown)
        self.seen.append(lists)
        return lists


@pytest.mark.parametrize("name", [*BASELINES, OURS, KNOWING])
def test_no_policy_shows_whom_it_may_not_nor_do_people_answer_more_than_they_can(
    planted: World, name: str
) -> None:
    watched = Watched(planted, name)
    outcome = played(planted, watched, WEEKS)
    assert outcome.shown.sum() == sum((lists >= 0).sum() for lists in watched.seen)
    answers = Counter(
        (event.from_, event.at)
        for event in outcome.events
        if event.kind in ("accepted", "declined")
    )
    assert max(answers.values()) <= ANSWERS
    kinds = Counter(event.kind for event in outcome.events)
    assert outcome.successes.sum() == 2 * kinds["connected"]
    assert outcome.lost == kinds["lapsed"]


def test_the_file_of_a_monday_gives_the_lists_that_were_played(
    planted: World, tmp_path: Path
) -> None:
    watched = Watched(planted, OURS)
    played(planted, watched, 2)
    paths = list(write(planted, 2, tmp_path))
    monday = START + timedelta(weeks=1)
    lines = paths[1].read_text(encoding="utf-8").splitlines()
    answer = matching.run(lines, "partners", PLACES, monday)
    assert answer.slips == ()
    found = np.full((SIZE, PLACES), -1)
    place = {firm.id: index for index, firm in enumerate(planted.profiles)}
    for line in map(json.loads, answer.lines):
        found[place[line["for"]], line["rank"] - 1] = place[line["to"]]
    assert (found == watched.seen[1]).all()


def test_knowing_the_truth_brings_more_than_lots_and_the_table_says_by_how_much() -> None:
    names = ("random", "bm25 role-mapped", OURS, KNOWING)
    makings = {name: everything()[name] for name in names}
    trial = tried(TUNING[:2], makings, SIZE, WEEKS)
    assert trial.mean(KNOWING, "successes").mean > trial.mean("random", "successes").mean
    lines = list(table(trial))
    assert lines[0].startswith("Worlds: 2 of 120 firms, 4 weeks: neighbours-11, placeless-12")
    assert sum(line.startswith("- ") for line in lines) == len(names) - 1


def test_a_ratio_is_paired_by_world_with_an_interval_that_holds_what_does_not_vary() -> None:
    steady = ratio([20.0, 40.0, 80.0], [10.0, 20.0, 40.0])
    assert steady.ratio == pytest.approx(2)
    assert steady.won == 3
    assert steady.low == pytest.approx(2) == steady.high
    unsure = ratio([20.0, 10.0], [10.0, 20.0])
    assert unsure.low < 1 < unsure.high
    assert ratio([3.0], [0.0]).ratio == pytest.approx(30)


def test_gini_is_nothing_among_equals_and_nearly_one_where_one_has_all() -> None:
    assert gini(np.ones(10)) == pytest.approx(0)
    assert gini(np.eye(1, 100)[0]) == pytest.approx(0.99)
    assert gini(np.zeros(3)) == 0


def test_who_has_not_joined_is_in_no_list() -> None:
    planted = world("circles", 3, SIZE, WEEKS)
    late = replace(planted.firms, joined=np.full(SIZE, 2))
    outcome = played(replace(planted, firms=late), Watched(planted, "random"), 2)
    assert outcome.shown.sum() == 0
