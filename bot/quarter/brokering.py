"""What a broker does in the hour they have: what waits, worth most first, as they see it; then, of
what is left, a visit to a group."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.house import House
from bot.quarter.writing import Hand, Written, asked_of, flow_in, picks
from flows.model import Multi, Picking, Text, YesNo
from flows.values import Offer
from storage.sessions import Stored

HOUR = 60.0
COSTS = {
    "approval": 4.0, "proposal": 10.0, "task": 15.0, "callback": 15.0, "confirm": 5.0,
    "question": 3.0, "review": 5.0, "concern": 10.0, "queue": 0.5, "staff": 0.5,
}  # fmt: skip
"""Minutes that an answer takes, with what is done for it; a visit to a group takes longer."""

OTHERWISE, A_VISIT = 1.0, 30.0
VISITS_ON = 4
"""The weekday, Monday being 0, on which brokers visit their groups and leave the queue."""

REFUSES, PUTS_OFF, HANDS_OVER = 0.06, 0.05, 0.02
FOREMOST = ("approve", "done", "confirm", "release", "yes")
"""What is answered unless there is reason not to."""


@dataclass
class Broker:
    """One of them: the hour at which theirs begins, and where they are in it. `plan`: what they
    are about to do, option by question."""

    number: int
    channel: str
    language: str
    areas: tuple[str, ...]
    begins: int
    role: str = "broker"
    code: str = ""
    left: float = 0.0
    asked_queue: bool = False
    plan: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return ("Rosa", "Omar", "Ines", "Raul", "Nidia", "Hugo", "Vilma", "Dario")[
            self.number % 8
        ] + (f" {self.number // 8 + 1}" if self.number >= 8 else "")

    @property
    def urn(self) -> str:
        match self.channel:
            case "telegram":
                return f"telegram:{9_000_000 + self.number}"
            case "whatsapp":
                return f"whatsapp:+504{95_000_000 + self.number}"
            case _:
                return f"tel:+504{94_000_000 + self.number}"


def crew(count: int, regions: Sequence[str]) -> list[Broker]:
    """So many, each for some of the regions, half of them in the morning; and a coordinator."""
    channels = ("whatsapp", "telegram", "sms")
    brokers = [
        Broker(
            number,
            channels[number % 3],
            "es",
            tuple(regions[number % len(regions) :: count]) or (regions[number % len(regions)],),
            8 if number % 2 else 16,
        )
        for number in range(count)
    ]
    return [*brokers, Broker(count, "whatsapp", "es", (), 12, "coordinator")]


def answer(
    house: House, who: Broker, stored: Stored, doubts: float, chance: random.Random
) -> Written:
    """What a broker writes to the question that stands open. `doubts`: how little they think of
    what they are asked about, from 0 to 1, as far as they can see it."""
    asked = asked_of(house, who.language, stored)
    step = flow_in(house, who.language, stored.flow).step(asked.step) if asked else None
    hand = Hand(who.channel, who.language, 0.95)
    if asked is None or step is None:
        return Written("1")
    planned = who.plan.get(f"{stored.flow}.{asked.step}")
    wanted = planned or _wanted(stored, asked.shown, doubts, chance)
    offer = next((one for one in asked.shown if wanted in (one.id, str(one.value))), None)
    if (stored.flow, asked.step) == ("staff", "language"):
        offer = next((one for one in asked.shown if one.id == who.language), offer)
    if offer is not None:
        return picks(house, hand, stored, asked, offer, chance)
    if (stored.flow, asked.step) == ("staff", "called"):
        return Written(who.name)
    match step:
        case Multi():
            return Written("1")
        case Picking() | YesNo() if asked.shown:
            return picks(house, hand, stored, asked, asked.shown[0], chance)
        case Text():
            return Written(planned or "No queda claro")
        case _:
            return Written("1")


def _wanted(stored: Stored, shown: Sequence[Offer], doubts: float, chance: random.Random) -> str:
    names = {one.id for one in shown}
    if stored.flow in ("approval", "proposal") and "approve" in names:
        if chance.random() < doubts:
            return "decline"
        rest = chance.random()
        if rest < PUTS_OFF:
            return "snooze"
        if rest < PUTS_OFF + HANDS_OVER:
            return "hand_over"
    return next((name for name in FOREMOST if name in names), "")


def cost(flow: str) -> float:
    """The minutes that an answer in a flow takes."""
    return COSTS.get(flow, OTHERWISE)


# --- visits -------------------------------------------------------------------------------------


@dataclass
class Visited:
    """How far a group has come, as its broker knows: `met` visits, `done` what was ticked."""

    met: int = 0
    done: list[str] = field(default_factory=list)


Deed = tuple[str, Mapping[str, str]]


def next_deed(seen: Visited, stage: str, worth: float, chance: random.Random) -> Deed | None:
    """What a visit leads to in a group: the word and what is answered after it. `worth`: how well
    its members like each other, from 0 to 1; what they do together comes of that, not of visits
    alone."""
    seen.met += 1
    todo = STEPS.get(stage, ())
    for name, needs in todo:
        if name in seen.done:
            continue
        if chance.random() > needs + 0.6 * worth:
            return None
        seen.done.append(name)
        return _written(name)
    return None


STEPS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "promotion": (("first_meeting", 0.4), ("leader", 0.3), ("advance.promotion", 1.0)),
    "trust": (
        ("rule", 0.3), ("small_win", 0.0), ("first_plan", 0.3), ("advance.trust", 1.0),
    ),
    "pilot": (("joint_purchase_or_sale", 0.0), ("advance.pilot", 1.0)),
}  # fmt: skip
"""What comes of visits in each stage, in this order, each with how likely it is of any group."""

JOINT = ("small_win", "joint_purchase_or_sale")
"""What is ticked when a group has done something together."""


def _written(name: str) -> Deed:
    if name.startswith("advance"):
        return "network", {"network.do": "advance"}
    if name == "leader":
        return "network", {
            "network.do": "decide", "decide.about": "leader", "decide.how": "chosen",
        }  # fmt: skip
    if name == "rule":
        return "network", {
            "network.do": "decide", "decide.about": "rule", "decide.how": "chosen",
            "decide.rule": "Nos reunimos cada mes",
        }  # fmt: skip
    return "network", {"network.do": "tick", "tick.what": name}
