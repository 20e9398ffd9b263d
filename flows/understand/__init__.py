"""Reading a reply: what a person meant by what they sent, or why that cannot be said.

Pure and table-driven: a language is a file in `tables/`. A wrong value is far worse than asking
again: what is nearly sure is asked back, and nothing is half-read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flows.model import (
    Choice,
    Date,
    Integer,
    Language,
    Money,
    Multi,
    Phone,
    Photo,
    Place,
    Question,
    Text,
    Voice,
    Year,
    YesNo,
)
from flows.understand import (
    choices,
    dates,
    languages,
    money,
    multi,
    numbers,
    phones,
    places,
    texts,
    years,
    yes_no,
)
from flows.understand.plain import clean
from flows.values import Clear, Media, Nearly, Offer, Reading, Said, Unclear, Which

if TYPE_CHECKING:
    from flows.world import World

MEDIA = ("photo", "voice")
OWN_WORDS = 200
"""The most characters of own words kept where options were offered."""


def read(question: Question, said: Said, world: World, offers: tuple[Offer, ...]) -> Reading:
    """What a message means as the answer to a question, with the options as they were shown."""
    if said.heard and not said.text and question.kind not in MEDIA:
        return _heard(question, said, world, offers)
    if said.media is not None and (kept := _kept(question, said.media, said.text)) is not None:
        return kept
    if question.kind in MEDIA:
        return Unclear(question.kind)
    if said.pin is not None and not said.text:
        if isinstance(question, Place):
            return places.near(*said.pin, world.places)
        return Unclear("pin")
    if not clean(said.text):
        return Unclear("media" if said.media else "empty")
    reading = _read(question, said.text, world, offers)
    if reading == Unclear("empty"):  # "???" or a smile: something was said, though no word
        return Unclear("unclear")
    return reading


def _heard(question: Question, said: Said, world: World, offers: tuple[Offer, ...]) -> Reading:
    """What a listener understood, asked back; where it answers nothing, the recording counts."""
    match _read(question, said.heard, world, offers):
        case Clear(value=value):
            label = next((offer.label for offer in offers if offer.value == value), said.heard)
            return Nearly(value, clean(label))
        case Nearly() | Which() as reading:
            return reading
        case unclear:
            kept = _kept(question, said.media, "") if said.media is not None else None
            return kept or unclear


def _kept(question: Question, media: Media, caption: str) -> Reading | None:
    """Media where media or words are asked; a caption answers every other question."""
    value = {"media": media.id, "kind": media.kind}
    match question:
        case Photo() | Voice():
            return Clear(value) if media.kind == question.kind else Unclear(question.kind)
        case Text():
            words = clean(caption)[: question.most]
            return Clear({**value, "words": words} if words else value)
        case _:
            return None


def _read(question: Question, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return READERS[type(question)](question, text, world, offers)


def _text(question: Text, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return texts.read(text, question.least, question.most)


def _language(question: Language, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return languages.read(text, offers, world.language)


def _multi(question: Multi, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return multi.read(text, offers, world.language)


def _choice(question: Choice, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    reading = choices.pick(text, offers, world.language)
    return _own_words(text, reading) if question.own_words else reading


def _integer(question: Integer, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return _within(numbers.read(text, world.language), question.least, question.most)


def _year(question: Year, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    latest = world.today.year + question.ahead
    return years.read(text, world.language, question.least, latest, world.country)


def _money(question: Money, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return money.read(text, world.language, world.country)


def _phone(question: Phone, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return phones.read(text, world.country)


def _date(question: Date, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return dates.read(text, world.language, world.today)


def _place(question: Place, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    return places.read(text, world.places, world.language)


def _yes_no(question: YesNo, text: str, world: World, offers: tuple[Offer, ...]) -> Reading:
    """The language's words, then those of the question's own labels ("Send it")."""
    reading = yes_no.read(text, world.language)
    if isinstance(reading, Clear) or not offers:
        return reading
    labelled = choices.pick(text, offers, world.language)
    return labelled if isinstance(labelled, Clear) else reading


def _within(reading: Reading, least: int, most: int) -> Reading:
    if isinstance(reading, Clear | Nearly) and isinstance(reading.value, int):
        if reading.value < least:
            return Unclear("too_small")
        if reading.value > most:
            return Unclear("too_large")
    return reading


def _own_words(text: str, reading: Reading) -> Reading:
    """Words that are no option are kept, unless they ask something or say nothing."""
    if not isinstance(reading, Unclear) or reading.reason != "no_option":
        return reading
    words = clean(text)
    if not any(character.isalpha() for character in words):
        return reading
    return Clear({"words": words[:OWN_WORDS]})


READERS: Mapping[type[Question], Callable[[Any, str, World, tuple[Offer, ...]], Reading]] = {
    Text: _text,
    YesNo: _yes_no,
    Language: _language,
    Multi: _multi,
    Choice: _choice,
    Integer: _integer,
    Year: _year,
    Money: _money,
    Phone: _phone,
    Date: _date,
    Place: _place,
}
"""What reads the words that answer a question, by its kind."""
