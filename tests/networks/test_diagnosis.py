from __future__ import annotations

from datetime import date

from networks.diagnosis import needs_in, shared
from networks.pulses import (
    asked_on,
    is_open,
    last_closed,
    next_asked,
    next_quarter,
    quarter_before,
)


def test_answers_speak_of_needs_once_each_and_in_order() -> None:
    answers = {"refused": "yes", "buyers": "yes", "costing": "no", "records": "yes", "money": "no"}
    assert needs_in(answers) == ("market_access", "training")
    assert needs_in({}) == ()


def test_what_several_lack_comes_first_and_nothing_for_fewer_than_three() -> None:
    dear = {"inputs": "yes"}
    both = {"inputs": "yes", "money": "yes"}
    assert shared([dear, both]) == []
    assert shared([dear, both, both]) == [("inputs", 3), ("finance", 2)]
    assert shared([dear, dear, {"money": "yes"}]) == [("inputs", 2)]


def test_members_are_asked_in_the_middle_of_a_quarter_and_for_two_weeks() -> None:
    assert asked_on("2026-4") == date(2026, 11, 15)
    assert next_asked(date(2026, 11, 15)) == date(2026, 11, 15)
    assert next_asked(date(2026, 11, 16)) == date(2027, 2, 15)
    assert next_quarter("2026-4") == "2027-1"
    assert quarter_before("2027-1") == "2026-4"
    assert is_open("2026-4", date(2026, 11, 28))
    assert not is_open("2026-4", date(2026, 11, 29))
    assert last_closed(date(2026, 11, 28)) == "2026-3"
    assert last_closed(date(2026, 11, 29)) == "2026-4"
