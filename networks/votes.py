"""A vote by chat among the members of a network: for a leader, a treasurer, a rule, putting out.

Each member has one voice and may change it while the vote is open; nobody sees who voted how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from networks.machine import Machine

VOTE = Machine(
    "vote",
    "open",
    {("open", "decide"): "decided", ("open", "fail"): "failed", ("open", "call_off"): "called_off"},
)

ABOUT = ("leader", "treasurer", "rule", "put_out", "end_rule", "take_back")
"""What is voted on; permanent."""

TWO_THIRDS = ("put_out", "take_back")
"""What wants two thirds of all who may vote: who belongs to the group."""


@dataclass(frozen=True)
class Result:
    """`winner` is the option that won, "" where none did; `why` then says why not: "few" (fewer
    than half took part), "tie", "against" (no two thirds for putting somebody out)."""

    winner: str
    why: str
    voices: Mapping[str, int]


def count(
    about: str, options: Sequence[str], ballots: Mapping[str, str], members: Collection[str]
) -> Result:
    """The result by the ballots of those who are members now. At least half must take part; most
    voices win, and putting somebody out, or taking them back,
    wants two thirds of all the others."""
    valid = {who: choice for who, choice in ballots.items() if who in members and choice in options}
    counted = Counter(valid.values())
    voices = {option: counted.get(option, 0) for option in options}
    if about in TWO_THIRDS:
        if voices.get("yes", 0) * 3 >= len(members) * 2 and members:
            return Result("yes", "", voices)
        return Result("", "against", voices)
    if len(valid) * 2 < len(members) or not valid:
        return Result("", "few", voices)
    best = max(voices.values())
    winners = [option for option in options if voices[option] == best]
    if len(winners) > 1:
        return Result("", "tie", voices)
    return Result(winners[0], "", voices)


def is_settled(
    about: str, options: Sequence[str], ballots: Mapping[str, str], members: Collection[str]
) -> bool:
    """Whether nothing that is still to come can change the result: everybody has voted, or the
    first is further ahead than voices are missing."""
    valid = {who: choice for who, choice in ballots.items() if who in members and choice in options}
    missing = len(members) - len(valid)
    if missing <= 0:
        return True
    voices = [*sorted(Counter(valid.values()).values(), reverse=True), 0, 0]
    if about in TWO_THIRDS:
        yes = Counter(valid.values()).get("yes", 0)
        return yes * 3 >= len(members) * 2 or (yes + missing) * 3 < len(members) * 2
    return len(valid) * 2 >= len(members) and voices[0] - voices[1] > missing
