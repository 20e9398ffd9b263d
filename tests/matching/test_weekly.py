"""The lists of a week: learned, shared out fairly, and the same in whatever order records come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np

from bench.crowds import country
from matching.answers import examined, remember
from matching.fairness import inequality
from matching.history import Recency, recall
from matching.records import Enterprise, Event, EventKind
from matching.versions import Version
from matching.weekly import RULES, Week, make

MONDAY = date(2026, 3, 2)
TOP = 5


def week(known: Sequence[Enterprise], past: Sequence[Event], enough: int = 20) -> Week:
    rules = replace(RULES, enough=enough, candidates=60)
    history = recall(past, MONDAY, Recency(shown=7))
    return make(known, remember(past, MONDAY), history, TOP, rules=rules)


def crowd(size: int, seed: int = 4) -> list[Enterprise]:
    """Near enough to each other that many might be shown to many."""
    return [
        replace(one, lat=12 + (one.lat or 0) % 0.4, lon=-86 - (-(one.lon or 0)) % 0.4)
        for one in country(size, seed)
    ]


def lived(known: Sequence[Enterprise], weeks: int, loves: str) -> list[Event]:
    """Weeks in which lists were drawn by lot, and all ask whoever sells what they love."""
    chance = Random(7)  # noqa: S311  chance, not secrecy
    past: list[Event] = []
    for number in range(weeks, 0, -1):
        day = MONDAY - timedelta(weeks=number)
        for one in known:
            for place, other in enumerate(chance.sample(list(known), TOP), 1):
                if other.id == one.id:
                    continue
                past.append(Event(day, "shown", one.id, other.id, place))
                if loves in other.crafts:
                    past.append(Event(day + timedelta(1), "asked", one.id, other.id))
                    yes = loves in one.crafts or chance.random() < 0.5
                    kind: EventKind = "accepted" if yes else "declined"
                    past.append(Event(day + timedelta(2), kind, other.id, one.id))
    return past


def test_nobody_is_shown_to_everybody_and_everybody_to_somebody() -> None:
    known = crowd(150)
    lists = week(known, ()).lists
    shown = Counter(one.to for line in lists.values() for one in line)
    assert set(shown) == {one.id for one in known}
    assert inequality(np.array([float(shown[one.id]) for one in known])) <= 0.35
    assert max(shown.values()) < 30


def test_a_newcomer_is_seen_in_the_first_week() -> None:
    known = crowd(120)
    past = lived(known[:100], 4, known[0].crafts[0])
    late = [replace(one, joined=MONDAY) for one in known[100:]]
    lists = week([*known[:100], *late], past).lists
    shown = {one.to for line in lists.values() for one in line}
    assert {one.id for one in late} <= shown


def test_what_was_asked_and_accepted_comes_sooner() -> None:
    known = crowd(150)
    loved = Counter(one.crafts[0] for one in known).most_common(3)[2][0]
    past = lived(known, 3, loved)

    def share(made: Week) -> float:
        crafts = {one.id: one.crafts[0] for one in known}
        first = [crafts[line[0].to] for line in made.lists.values() if line]
        return first.count(loved) / len(first)

    taught, untaught = week(known, past), week(known, past, enough=10**9)
    assert taught.version.lesson is not None
    assert untaught.version.lesson is None
    assert share(taught) > share(untaught)


def test_the_order_of_records_and_events_is_of_no_account() -> None:
    known = crowd(80)
    past = lived(known, 2, known[0].crafts[0])
    chance = Random(3)  # noqa: S311  chance, not secrecy
    mixed, events = known.copy(), past.copy()
    chance.shuffle(mixed)
    chance.shuffle(events)
    one, other = week(known, past), week(mixed, events)
    assert one.lists == other.lists
    assert one.version == other.version


def test_whoever_may_not_be_shown_is_in_no_list() -> None:
    known = crowd(60)
    known[0] = replace(known[0], willing="no")
    known[1] = replace(known[1], willing="known", knows=frozenset({known[2].id}))
    known[3] = replace(known[3], blocks=frozenset({known[4].id}))
    past = [
        Event(MONDAY - timedelta(90), "connected", known[5].id, known[6].id),
        Event(MONDAY - timedelta(90), "declined", known[7].id, known[8].id),
        *(Event(MONDAY - timedelta(2), "asked", known[k].id, known[9].id) for k in (20, 21, 22)),
    ]
    lists = {who: {one.to for one in line} for who, line in week(known, past).lists.items()}
    assert lists[known[0].id] == set()
    assert all(known[0].id not in line for line in lists.values())
    assert lists[known[1].id] <= {known[2].id}
    assert all(known[1].id not in line for who, line in lists.items() if who != known[2].id)
    for one, other in ((3, 4), (5, 6), (7, 8)):
        assert known[other].id not in lists[known[one].id]
        assert known[one].id not in lists[known[other].id]
    assert all(known[9].id not in line for line in lists.values())


def test_values_tell_the_order_of_a_list() -> None:
    for line in week(crowd(80), ()).lists.values():
        values = [one.value for one in line]
        assert values == sorted(values, reverse=True)
        assert all(0 < value <= 1 for value in values)


def test_too_few_and_nobody_make_a_week_too() -> None:
    assert week((), ()).lists == {}
    assert week((Enterprise("a"),), ()).lists == {"a": ()}
    assert week((), ()).version == Version("", None, {})


def test_the_first_place_is_looked_at_most_and_none_more_than_the_one_before() -> None:
    past = lived(crowd(60), 3, crowd(60)[0].crafts[0])
    shares = examined(remember(past, MONDAY).answers)
    assert shares[1] == 1.0
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_a_no_for_want_of_time_says_little_and_the_askers_own_yes_nothing() -> None:
    day = MONDAY - timedelta(3)
    past = [
        Event(day, "shown", "a", "b", 1),
        Event(day, "asked", "a", "b"),
        Event(day, "accepted", "a", "b"),
        Event(day, "declined", "b", "a", reason="busy"),
    ]
    shown, answered = remember(past, MONDAY).answers
    assert (shown.asked, shown.yes) == (False, True)
    assert (answered.who, answered.yes) == ("b", False)
    assert answered.weight < shown.weight


def test_where_nearly_all_who_are_asked_agree_learning_does_not_go_astray() -> None:
    known, chance = crowd(60), Random(7)  # noqa: S311  chance, not secrecy
    past: list[Event] = []
    for number in (3, 2, 1):
        day = MONDAY - timedelta(weeks=number)
        for one in known:
            for place, other in enumerate(chance.sample(known, TOP), 1):
                if other.id == one.id:
                    continue
                past.append(Event(day, "shown", one.id, other.id, place))
                if chance.random() < 0.2:
                    past.append(Event(day, "asked", one.id, other.id, place))
                    kind: EventKind = "accepted" if chance.random() < 0.95 else "declined"
                    past.append(Event(day, kind, other.id, one.id))
    made = week(known, past)
    assert made.version.lesson is not None
    assert -5 < made.version.lesson.start < 0
    assert all(line[0].value > 0.02 for line in made.lists.values())
