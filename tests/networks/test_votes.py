"""Counting a vote: one voice each, half must take part, two thirds put somebody out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.votes import count, is_settled

MEMBERS = frozenset("abcdef")
OPTIONS = ("a", "b", "c")


@pytest.mark.parametrize(
    ("ballots", "winner", "why"),
    [
        ({"a": "b", "c": "b", "d": "a"}, "b", ""),
        ({"a": "b", "c": "b"}, "", "few"),
        ({"a": "b", "c": "b", "d": "a", "e": "a"}, "", "tie"),
        ({"a": "b", "c": "b", "x": "a", "y": "a", "d": "c"}, "b", ""),
        ({"a": "b", "c": "z", "d": "z"}, "", "few"),
        ({}, "", "few"),
    ],
)
def test_most_voices_of_those_who_are_members_win(
    ballots: dict[str, str], winner: str, why: str
) -> None:
    result = count("leader", OPTIONS, ballots, MEMBERS)
    assert (result.winner, result.why) == (winner, why)


@pytest.mark.parametrize(("yes", "winner"), [(3, ""), (4, "yes"), (6, "yes"), (0, "")])
def test_two_thirds_of_the_others_put_somebody_out(yes: int, winner: str) -> None:
    ballots = dict.fromkeys(sorted(MEMBERS)[:yes], "yes")
    assert count("put_out", ("yes", "no"), ballots, MEMBERS).winner == winner


BALLOTS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcz"))


@given(BALLOTS, BALLOTS)
def test_what_is_settled_is_not_changed_by_those_who_have_not_voted(
    early: dict[str, str], late: dict[str, str]
) -> None:
    if is_settled("leader", OPTIONS, early, MEMBERS):
        valid = {who for who, choice in early.items() if who in MEMBERS and choice in OPTIONS}
        more = {who: choice for who, choice in late.items() if who not in valid}
        both = {**more, **{who: early[who] for who in valid}}
        assert (
            count("leader", OPTIONS, both, MEMBERS).winner
            == count("leader", OPTIONS, early, MEMBERS).winner
        )


@given(BALLOTS)
def test_nobody_has_two_voices(ballots: dict[str, str]) -> None:
    result = count("treasurer", OPTIONS, ballots, MEMBERS)
    assert sum(result.voices.values()) <= len(MEMBERS)
