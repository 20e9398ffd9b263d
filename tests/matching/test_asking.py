from dataclasses import replace

from matching.asking import most_useful_question
from matching.index import Index
from matching.records import Enterprise, Need
from tests.matching.test_partners import weaver


def asked(who: Enterprise, *others: Enterprise) -> str | None:
    known = {one.id: one for one in (who, *others)}
    return most_useful_question(who, known, Index.of(known.values()))


def test_who_has_not_said_a_need_is_asked_for_it_where_others_share_one() -> None:
    others = [weaver(f"w{k}", need="inputs") for k in range(5)]
    assert asked(replace(weaver("me"), needs=()), *others) == "needs"


def test_who_has_said_all_that_helps_is_asked_nothing() -> None:
    others = [weaver(f"w{k}") for k in range(5)]
    assert asked(weaver("me"), *others) is None
    assert asked(weaver("alone")) is None


def test_materials_are_asked_for_where_the_neighbours_sell_some() -> None:
    others = [
        replace(weaver(f"w{k}"), sells=frozenset({"yarn"}), needs=(Need("finance"),))
        for k in range(5)
    ]
    assert asked(weaver("me"), *others) == "buys"
