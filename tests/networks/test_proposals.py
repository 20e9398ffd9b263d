"""When a proposed group opens: who is in it, whoever hesitates or knows somebody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from networks.proposals import Sizes, in_it, is_over, may_add, may_drop, opens

SIZES = Sizes()
FIRMS = "abcdefghijklmno"
ANSWERS = st.dictionaries(
    st.sampled_from(FIRMS), st.sampled_from(["invited", "yes", "known", "no", "lapsed", "dropped"])
)
KNOWS = st.dictionaries(st.sampled_from(FIRMS), st.sets(st.sampled_from(FIRMS), max_size=3))


def test_three_yeses_open_it_and_two_do_not() -> None:
    assert opens({"a": "yes", "b": "yes", "c": "invited"}, {}, SIZES) == ()
    assert opens({"a": "yes", "b": "yes", "c": "yes", "d": "no"}, {}, SIZES) == ("a", "b", "c")


def test_who_wants_only_people_they_know_is_in_by_knowing_one_who_is() -> None:
    answers = {"a": "known", "b": "known", "c": "yes", "d": "yes"}
    assert in_it(answers, {"b": {"c"}, "a": {"b"}}) == ("a", "b", "c", "d")
    assert in_it(answers, {"a": {"b"}, "b": {"a"}}) == ("c", "d")
    assert in_it({"a": "known", "b": "known"}, {"a": {"b"}, "b": {"a"}}) == ()


def test_a_group_keeps_its_size() -> None:
    assert not may_drop(3, SIZES)
    assert may_drop(4, SIZES)
    assert may_add(14, SIZES)
    assert not may_add(15, SIZES)


@given(ANSWERS, KNOWS)
def test_nobody_is_in_it_who_did_not_say_so(
    answers: dict[str, str], knows: dict[str, set[str]]
) -> None:
    inside = opens(answers, knows, SIZES)
    assert all(answers[firm] in ("yes", "known") for firm in inside)
    assert not inside or len(inside) >= SIZES.opens


@given(ANSWERS, KNOWS, st.sampled_from(FIRMS))
def test_one_more_yes_takes_nobody_out(
    answers: dict[str, str], knows: dict[str, set[str]], firm: str
) -> None:
    assert set(in_it(answers, knows)) <= set(in_it({**answers, firm: "yes"}, knows))


@given(ANSWERS, KNOWS)
def test_what_is_over_does_not_open_however_the_others_answer(
    answers: dict[str, str], knows: dict[str, set[str]]
) -> None:
    if is_over(answers, knows, SIZES):
        hoped = {f: "yes" if a == "invited" else a for f, a in answers.items()}
        assert opens(hoped, knows, SIZES) == ()
    elif opens(answers, knows, SIZES):
        assert not is_over(answers, knows, SIZES)
