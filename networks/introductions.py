"""An introduction of two enterprises: who may do what when, as a table.

One side asks, a broker looks, both sides are asked, and only when both said yes do they learn of
each other. Whoever declines is never named: an end without a connection has one face outwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

State = Literal[
    "proposed", "approved", "accepted", "connected", "refused", "declined", "lapsed", "withdrawn"
]
Deed = Literal["approve", "refuse", "accept", "decline", "lapse", "withdraw"]
Side = Literal["asker", "other"]

STATES: tuple[State, ...] = get_args(State)
DEEDS: tuple[Deed, ...] = get_args(Deed)
SIDES: tuple[Side, ...] = get_args(Side)

TABLE: Mapping[tuple[State, Deed], State] = MappingProxyType(
    {
        ("proposed", "approve"): "approved",
        ("proposed", "refuse"): "refused",
        ("proposed", "lapse"): "lapsed",
        ("proposed", "withdraw"): "withdrawn",
        ("approved", "accept"): "accepted",
        ("approved", "decline"): "declined",
        ("approved", "lapse"): "lapsed",
        ("approved", "withdraw"): "withdrawn",
        ("accepted", "accept"): "connected",
        ("accepted", "decline"): "declined",
        ("accepted", "lapse"): "lapsed",
        ("accepted", "withdraw"): "withdrawn",
    }
)
"""(state, deed) -> state; what is not here may not be done. Connected is for ever: what comes
after it (NOT WITH, REPORT, erasing) is between the two and no state of the introduction."""

OPEN: frozenset[State] = frozenset(state for state, _ in TABLE)
"""States in which something is still to come."""

BY_A_SIDE: frozenset[Deed] = frozenset({"accept", "decline"})


@dataclass(frozen=True)
class Standing:
    """Where an introduction stands, and which sides have said yes."""

    state: State = "proposed"
    agreed: frozenset[Side] = frozenset()


@dataclass(frozen=True)
class Refused:
    """The deed is not possible now: it was done, or something else was done before it."""

    state: State


def after(standing: Standing, deed: Deed, side: Side | None = None) -> Standing | Refused:
    """The introduction after a deed. `side` is whose yes or no it is, for these two deeds only.

    Raises ValueError for an answer of no side, or a side to what is no answer."""
    if (deed in BY_A_SIDE) != (side is not None):
        raise ValueError(f"{deed} by {side or 'no side'}")
    state = TABLE.get((standing.state, deed))
    if state is None or side in standing.agreed:
        return Refused(standing.state)
    if deed == "accept" and side is not None:
        return Standing(state, standing.agreed | {side})
    return replace(standing, state=state)
