"""A group proposal: 3 to 15 firms that a broker looks at and invites, and when it opens.

Each firm hears craft and place of the others and answers for itself. With three yeses the group
opens and those who said yes learn of each other; whoever declined is never named, and nobody
learns that somebody did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from networks.machine import Machine

PROPOSAL = Machine(
    "group proposal",
    "proposed",
    {
        ("proposed", "approve"): "inviting",
        ("proposed", "decline"): "declined",
        ("proposed", "lapse"): "lapsed",
        ("inviting", "open"): "opened",
        ("inviting", "lapse"): "lapsed",
        ("inviting", "withdraw"): "withdrawn",
    },
)
"""To the broker, then to the firms; opened means that there is a network of it now."""

INVITATION = Machine(
    "invitation to a group",
    "suggested",
    {
        ("suggested", "drop"): "dropped",
        ("dropped", "add"): "suggested",
        ("suggested", "invite"): "invited",
        ("invited", "accept"): "yes",
        ("invited", "accept_known"): "known",
        ("invited", "decline"): "no",
        ("invited", "lapse"): "lapsed",
        ("yes", "join"): "joined",
        ("yes", "decline"): "no",
        ("yes", "lapse"): "lapsed",
        ("known", "join"): "joined",
        ("known", "accept"): "yes",
        ("known", "decline"): "no",
        ("known", "lapse"): "lapsed",
    },
)
"""What one firm of a proposal is asked and answers. `known`: yes, but only with people I know."""

ANSWERED_YES = frozenset({"yes", "known", "joined"})


@dataclass(frozen=True)
class Sizes:
    """How many firms a group has: `least` and `most` in a proposal, `opens` yeses to open."""

    least: int = 3
    ideal_least: int = 7
    ideal_most: int = 12
    most: int = 15
    opens: int = 3


def may_drop(firms: int, sizes: Sizes) -> bool:
    """Whether a firm may be dropped from a proposal of so many."""
    return firms > sizes.least


def may_add(firms: int, sizes: Sizes) -> bool:
    return firms < sizes.most


def in_it(answers: Mapping[str, str], knows: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Who would be in the group now: all who said yes, and of those who want only people they
    know whoever knows one of them, by and by. `answers` and `knows` by the firm's id, in order."""
    inside = [firm for firm, answer in answers.items() if answer in ("yes", "joined")]
    waiting = [firm for firm, answer in answers.items() if answer == "known"]
    found = True
    while found:
        found = False
        for firm in waiting:
            if firm not in inside and set(knows.get(firm, ())) & set(inside):
                inside.append(firm)
                found = True
    return tuple(firm for firm in answers if firm in inside)


def opens(
    answers: Mapping[str, str], knows: Mapping[str, Collection[str]], sizes: Sizes
) -> tuple[str, ...]:
    """The members of the network where enough said yes; empty while not."""
    inside = in_it(answers, knows)
    return inside if len(inside) >= sizes.opens else ()


def is_over(answers: Mapping[str, str], knows: Mapping[str, Collection[str]], sizes: Sizes) -> bool:
    """Whether it can no longer open, whatever those who have not answered yet say."""
    hoped = {
        firm: "yes" if answer in ("invited", "yes", "known", "joined") else answer
        for firm, answer in answers.items()
    }
    return len(in_it(hoped, knows)) < sizes.opens
