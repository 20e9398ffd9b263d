"""Wishes for one's safety: who may be in a group together, and who is asked."""

from __future__ import annotations

from networks.safety import NONE, Wishes, brokers_for, kept_apart, may_be_together, pools, read

ANA = Wishes(women_only=True)
BEA = Wishes(woman=True)
LUIS = NONE


def test_nobody_is_a_woman_who_has_not_said_so() -> None:
    assert not read(None).is_woman
    assert not read({"meeting": "public", "woman_broker": True}).is_woman
    assert read({"woman": True}).is_woman
    assert read({"women_only": True}).is_woman


def test_who_wishes_women_only_is_among_women_only() -> None:
    assert may_be_together([ANA, BEA])
    assert may_be_together([BEA, LUIS])
    assert not may_be_together([ANA, BEA, LUIS])


def test_groups_are_looked_for_among_women_first_where_one_wishes_so() -> None:
    women, rest = pools({"ana": ANA, "bea": BEA, "luis": LUIS})
    assert women == {"ana", "bea"}
    assert rest == {"bea", "luis"}
    women, rest = pools({"bea": BEA, "luis": LUIS})
    assert not women
    assert rest == {"bea", "luis"}


def test_who_cannot_be_kept_as_they_wish_is_left_out_and_not_the_others() -> None:
    assert kept_apart({"ana": ANA, "bea": BEA, "luis": LUIS}) == {"ana"}
    assert kept_apart({"ana": ANA, "bea": BEA}) == frozenset()


def test_a_woman_is_asked_where_one_is_wished_and_there_is_one() -> None:
    wish = [Wishes(woman_broker=True)]
    assert brokers_for(wish, ["rosa", "luis"], ["rosa"]) == ["rosa"]
    assert brokers_for(wish, ["luis"], []) == ["luis"]
    assert brokers_for([NONE], ["rosa", "luis"], ["rosa"]) == ["rosa", "luis"]
