"""How somebody writes what they mean: by a tap, a number or in words, more or less well."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.house import House
from bot.speech import tag_of
from flows.model import Flow, Picking
from flows.session import Asked
from flows.values import Offer
from storage.sessions import Stored

MOST_TAPPED = 9
"""Options beyond so many may stand on another page, and are written."""

TAPS, NUMBERS, LABELS = 0.7, 0.55, 0.2
"""How many tap where there are buttons, how many of the others write the number or the label;
the rest write a word of their own."""


@dataclass(frozen=True)
class Written:
    """What is sent: words, or what a button carries."""

    text: str = ""
    tap: str = ""


@dataclass(frozen=True)
class Hand:
    """Whose hand it is: the channel, the language, how well they write."""

    channel: str
    language: str
    skill: float


def flow_in(house: House, language: str, name: str) -> Flow:
    """A flow in a language."""
    return house.library.flow(name, language, house.catalogues.translate(language))


def asked_of(house: House, language: str, stored: Stored | None) -> Asked | None:
    """The question that stands open in a session."""
    if stored is None or stored.flow not in house.library.names:
        return None
    return stored.session(flow_in(house, language, stored.flow)).asked


def picks(
    house: House, hand: Hand, stored: Stored, asked: Asked, offer: Offer, chance: random.Random
) -> Written:
    """One of the options that were shown."""
    number = str(asked.shown.index(offer) + 1)
    if hand.channel != "sms" and len(asked.shown) <= MOST_TAPPED and chance.random() < TAPS:
        return Written(tap=f"{tag_of(stored.id)}.{asked.number}.{offer.id}")
    how = chance.random()
    if how < NUMBERS:
        return Written(number)
    label = offer.short or offer.label
    own = own_words(house, hand.language, stored.flow, asked.step, offer.id)
    if how < NUMBERS + LABELS or not own:
        return Written(misspelt(label, hand, chance))
    return Written(misspelt(chance.choice(own), hand, chance))


def own_words(house: House, language: str, flow: str, step: str, option: str) -> tuple[str, ...]:
    """Other words for an option, as people of a language say it."""
    found = flow_in(house, language, flow).step(step)
    offers = found.offers if isinstance(found, Picking) else ()
    return next((offer.also for offer in offers if offer.id == option), ())


def misspelt(words: str, hand: Hand, chance: random.Random) -> str:
    """The words with a slip now and then, the likelier the less skill: two letters changed about,
    one left out or one doubled. Short words are written as they are."""
    if len(words) < 5 or chance.random() > 0.4 * (1 - hand.skill):
        return words
    at = chance.randrange(1, len(words) - 2)
    match chance.randrange(3):
        case 0:
            return words[:at] + words[at + 1] + words[at] + words[at + 2 :]
        case 1:
            return words[:at] + words[at + 1 :]
        case _:
            return words[:at] + words[at] + words[at:]


def command(house: House, language: str, flow: str) -> str:
    """The word that starts a flow in a language."""
    return flow_in(house, language, flow).keywords.split(",")[0].strip()
