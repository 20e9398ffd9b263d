"""The stages of a network, from a promise among firms to one that runs itself.

How long a stage usually takes, what must be seen before the next and which share of the cost the
firms carry are settings of the programme, not norms of anybody's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from networks.machine import Machine

NETWORK = Machine(
    "network",
    "promotion",
    {
        ("promotion", "pass"): "trust",
        ("promotion", "close"): "closed",
        ("trust", "pass"): "pilot",
        ("trust", "close"): "closed",
        ("pilot", "pass"): "strategic",
        ("pilot", "step_back"): "trust",
        ("pilot", "close"): "closed",
        ("strategic", "pass"): "self_managed",
        ("strategic", "step_back"): "pilot",
        ("strategic", "close"): "closed",
        ("self_managed", "step_back"): "strategic",
        ("self_managed", "close"): "closed",
    },
)

STAGES = ("promotion", "trust", "pilot", "strategic", "self_managed")

MEMBERSHIP = Machine(
    "membership",
    "member",
    {
        ("member", "leave"): "left",
        ("member", "put_out"): "put_out",
        ("left", "join"): "member",
        ("put_out", "take_back"): "left",
    },
)
"""Whoever left may come back; whoever was put out only after the group voted to take them back."""

CHECKS: Mapping[str, tuple[str, ...]] = {
    "promotion": ("first_meeting", "shared_problem", "leader_chosen", "treasurer_chosen"),
    "trust": ("rules_agreed", "visits_made", "first_plan", "small_win"),
    "pilot": ("joint_purchase_or_sale", "costs_shared", "results_known"),
    "strategic": ("common_project", "own_income", "firms_carry_cost"),
    "self_managed": (),
}
"""Names of what a broker ticks in each stage; permanent. The texts are in the catalogues."""


@dataclass(frozen=True)
class Stage:
    """Settings of one stage. `months` it usually takes, `needs` the checks that must be ticked
    before the next, `share` per cent of the cost the firms carry, `quiet_days` without anything
    happening after which it has stalled."""

    months: int
    needs: tuple[str, ...]
    share: int
    quiet_days: int = 30


DEFAULTS: Mapping[str, Stage] = {
    "promotion": Stage(3, ("first_meeting", "leader_chosen"), 0),
    "trust": Stage(4, ("rules_agreed", "first_plan"), 25),
    "pilot": Stage(6, ("joint_purchase_or_sale",), 50),
    "strategic": Stage(12, ("common_project", "firms_carry_cost"), 75),
    "self_managed": Stage(0, (), 100, quiet_days=90),
}


def lacking(stage: Stage, ticked: Collection[str]) -> tuple[str, ...]:
    """The checks that must still be ticked before the next stage."""
    return tuple(name for name in stage.needs if name not in ticked)


@dataclass(frozen=True)
class Stall:
    """Why a network seems to stand still: "late" (longer in its stage than usual, by so many
    days) or "quiet" (nothing happened for so many days)."""

    why: str
    days: int


def stall(
    stage: Stage, since: date, last_seen: date, today: date, paused: bool = False
) -> Stall | None:
    """Whether the broker should be warned; a paused network is not late."""
    if paused:
        return None
    quiet = (today - last_seen).days
    if quiet >= stage.quiet_days:
        return Stall("quiet", quiet)
    due = since + timedelta(days=round(stage.months * 30.44))
    if stage.months and today > due:
        return Stall("late", (today - due).days)
    return None
