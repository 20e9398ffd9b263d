"""What an artisan answers: to what is known of them the truth, to what they are asked to decide as
their hidden wishes have it, and to anything else something that fits."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.house import House
from bot.quarter.people import MATERIALS, Artisan, likely, wish, wish_for_group
from bot.quarter.writing import (
    Hand,
    Written,
    asked_of,
    flow_in,
    misspelt,
    own_words,
    picks,
)  # fmt: skip
from flows.model import AnyStep, Date, Integer, Money, Multi, Picking, Place, Text, YesNo
from flows.session import Asked
from flows.values import Offer
from matching.vocabulary import standard
from storage.sessions import Stored

UNWILLING = 0.3
"""Whom somebody likes less than so is not asked to meet."""

AT_ONCE = 0.3
"""Minutes until somebody answers who is at it."""

AT_A_LOSS = 0.03
"""How often somebody writes what is no answer."""


@dataclass(frozen=True)
class Knows:
    """What a person sees of what they are asked about: whom an introduction or a list is about, by
    option; the others of a group and its first step."""

    others: Sequence[Artisan] = ()
    by_option: tuple[tuple[str, Artisan], ...] = ()
    first_step: str = ""


def answer(
    house: House, who: Artisan, stored: Stored, knows: Knows, chance: random.Random, seed: int
) -> Written:
    """What somebody writes to the question that stands open."""
    asked = asked_of(house, who.language, stored)
    step = flow_in(house, who.language, stored.flow).step(asked.step) if asked else None
    hand = Hand(who.channel, who.language, who.skill)
    if asked is None or step is None:
        return Written("1")
    if chance.random() < AT_A_LOSS * (1 - who.skill):
        return Written("??")
    if asked.state != "question":
        return _read_back(house, hand, stored, asked, who, chance)
    told = TOLD.get((stored.flow, asked.step))
    if told is not None:
        return Written(misspelt(told(house, who, chance), hand, chance))
    wanted = _wanted(who, stored, asked, knows, chance, seed)
    offer = next((one for one in asked.shown if one.id == wanted), None)
    if offer is not None:
        return picks(house, hand, stored, asked, offer, chance)
    return _something(house, hand, stored, asked, step, chance)


def _read_back(
    house: House, hand: Hand, stored: Stored, asked: Asked, who: Artisan, chance: random.Random
) -> Written:
    """ "Is it this?", "Which one?": yes, or the one in the own region."""
    shown = asked.shown
    mine = [one for one in shown if str(one.id) == "yes" or who.town.region in str(one.value)]
    return picks(house, hand, stored, asked, (mine or list(shown))[0], chance)


Tells = Callable[[House, Artisan, random.Random], str]


def _products(house: House, who: Artisan, chance: random.Random) -> str:
    words = own_words(house, who.language, "register", "craft", who.craft) or (who.craft,)
    return ", ".join(chance.sample(words, min(2, len(words))))


def _material(who: Artisan) -> str:
    """What they find dear, as their language calls it."""
    return standard().named(MATERIALS[who.craft], who.language)


TOLD: dict[tuple[str, str], Tells] = {
    ("register", "called"): lambda house, who, chance: who.name,
    ("register", "products"): _products,
    ("register", "place"): lambda house, who, chance: who.town.name,
    ("register", "years"): lambda house, who, chance: str(who.years),
    ("register", "workers"): lambda house, who, chance: str(who.workers),
    ("material", "material"): lambda house, who, chance: _material(who),
}


def _wanted(
    who: Artisan, stored: Stored, asked: Asked, knows: Knows, chance: random.Random, seed: int
) -> str:
    """The option they mean; empty where the question is none that they have a mind about."""
    match (stored.flow, asked.step):
        case ("register", "language"):
            return who.language
        case ("register", "consent"):
            return "yes" if chance.random() < 0.98 else "no"
        case ("register", "craft"):
            return who.craft
        case ("register", "need"):
            return who.need
        case ("register", "willing"):
            return who.willing
        case ("introduction", "answer"):
            odds = max((wish(who, one, seed) for one in knows.others), default=-2.0)
            return "yes" if chance.random() < likely(odds + 0.8) else "no"
        case ("invitation", "answer"):
            return _joins(who, knows, chance, seed)
        case ("partners", "pick"):
            return _liked(who, knows, chance, seed)
        case ("useful", "useful"):
            odds = max((wish(who, one, seed) for one in knows.others), default=-2.0)
            return "yes" if chance.random() < 0.7 * likely(odds) else "no"
        case ("safe", "wrong"):
            return "yes" if chance.random() < 0.01 else "no"
        case (_, "shows"):
            return "number" if chance.random() < 0.4 else "bot"
        case ("menu", "pick"):
            return "partners"
        case ("leave_group", "sure"):
            return "yes"
        case _:
            return ""


def _joins(who: Artisan, knows: Knows, chance: random.Random, seed: int) -> str:
    if chance.random() >= likely(wish_for_group(who, knows.others, knows.first_step, seed) + 0.8):
        return "no"
    return "known" if who.willing == "known" else "yes"


def _liked(who: Artisan, knows: Knows, chance: random.Random, seed: int) -> str:
    """Whom of a list they like best, as far as craft, place and reason let them see it."""
    seen = {name: wish(who, one, seed) + chance.gauss(0, 0.7) for name, one in knows.by_option}
    best = max(seen, key=lambda name: seen[name], default="none")
    if best != "none" and likely(seen[best]) > UNWILLING:
        return best
    return "more" if chance.random() < 0.5 else "none"


def _something(
    house: House, hand: Hand, stored: Stored, asked: Asked, step: AnyStep, chance: random.Random
) -> Written:
    """An answer of the right kind."""
    match step:
        case Multi():
            return Written("1")
        case Picking() | YesNo():
            shown: Sequence[Offer] = asked.shown
            return picks(house, hand, stored, asked, chance.choice(shown), chance)
        case Integer():
            return Written(str(max(step.least, min(step.most, 3))))
        case Date():
            return Written("30/12/2027")
        case Money():
            return Written("500")
        case Place():
            return Written("Gracias")
        case Text():
            return Written(chance.choice(REMARKS))
        case _:
            return Written("skip")


REMARKS = (
    "Iron is cheaper when we buy together", "We meet on Saturday", "Three of us have finished",
    "The fair is next month", "I can lend my tools", "Who has yarn to spare",
)  # fmt: skip


def goes_on(who: Artisan, unasked: bool, chance: random.Random) -> bool:
    """Whether they answer at all: what they are in the middle of nearly always, what came unasked
    as their patience has it."""
    likely_ = who.patience if unasked else 1 - 0.1 * (1 - who.patience)
    return chance.random() < likely_


def minutes(who: Artisan, unasked: bool, chance: random.Random) -> float:
    """After how many minutes they answer."""
    if not unasked and chance.random() < 0.93:
        return AT_ONCE
    return 5 + chance.expovariate(1 / (90 if who.channel != "sms" else 240))
