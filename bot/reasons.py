"""Why two fit, from data to one plain sentence; never closer to a place than is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from bot.catalogues import locale_of
from bot.speech import OTHER, Phrase, say
from bot.turn import Turn
from flows.model import Picking
from matching.crafts import CRAFTS
from matching.vocabulary import standard
from storage.needs import UNSORTED

Level = Literal["place", "region", "country", "nowhere"]
"""How closely the other's whereabouts may be told."""

OPTION_OF = {isic: name for name, isic in CRAFTS.items()}
NEARER_THAN = {"near": "place", "same_place": "place", "same_region": "region"}
COLONS = (":", "፦")
LEVELS: tuple[Level, ...] = ("place", "region", "country", "nowhere")


def sentence(turn: Turn, reasons: Iterable[str], level: Level = "place") -> str:
    """At most two reasons as the end of a sentence whose subject is the other."""
    told = _without_echo(tuple(reasons))
    said = [turn.spoken(one) for reason in told if (one := _phrase(turn, reason, level))]
    if not said:
        said = [turn.spoken(say("reason.willing", "would like to work with others"))]
    if len(said) == 1:
        return said[0]
    return turn.spoken(say("reason.two", "{one}, and {two}", one=said[0], two=said[1]))


def _without_echo(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Crafts that go together and crafts close to each other say one thing: the first is kept."""
    akin = [
        reason for reason in reasons if reason.partition(":")[0] in ("complementary", "kin_craft")
    ]
    return tuple(reason for reason in reasons if reason not in akin[1:])


def _phrase(turn: Turn, reason: str, level: Level) -> Phrase | None:
    kind, _, argument = reason.partition(":")
    if kind in NEARER_THAN and LEVELS.index(level) > LEVELS.index(NEARER_THAN[kind]):
        return None
    made = REASONS.get(kind)
    return made(turn, argument) if made else None


def _serves(turn: Turn, need: str) -> Phrase:
    """Without a topic in common only the kind of help is known to fit: nothing is promised."""
    label = need_label(turn, need)
    if "/" in need:
        return say("reason.serves", "helps with your wish ({need})", need=label)
    return say("reason.may_serve", "may help with your wish ({need})", need=label)


REASONS: dict[str, Callable[[Turn, str], Phrase]] = {
    "same_need": lambda turn, need: say(
        "reason.same_need", "has the same wish as you ({need})", need=need_label(turn, need)
    ),
    "same_craft": lambda turn, craft: say("reason.same_craft", "has the same craft as you"),
    "kin_craft": lambda turn, craft: say("reason.kin_craft", "has a craft close to yours"),
    "complementary": lambda turn, craft: say(
        "reason.complementary", "has a craft that goes well with yours"
    ),
    "makes_what_you_use": lambda turn, word: say(
        "reason.makes_what_you_use", "makes what you use ({word})", word=named(turn, word)
    ),
    "uses_what_you_make": lambda turn, word: say(
        "reason.uses_what_you_make", "uses what you make ({word})", word=named(turn, word)
    ),
    "has_what_you_lack": lambda turn, word: say(
        "reason.has_what_you_lack", "has what you lack ({word})", word=named(turn, word)
    ),
    "lacks_what_you_have": lambda turn, word: say(
        "reason.lacks_what_you_have", "lacks what you have ({word})", word=named(turn, word)
    ),
    "near": lambda turn, km: say("reason.near", "is about {km} km away", km=round(float(km)) or 1),
    "same_place": lambda turn, _: say("reason.same_place", "is in your town"),
    "same_region": lambda turn, _: say("reason.same_region", "is in your region"),
    "serves": lambda turn, need: _serves(turn, need),
    "serves_your_craft": lambda turn, craft: say("reason.serves_your_craft", "knows your craft"),
    "rated": lambda turn, rating: say(
        "reason.rated", "got {rating} of 5 from others", rating=rating
    ),
    "speaks": lambda turn, language: say(
        "reason.speaks", "speaks {language}", language=language_said(turn, language)
    ),
}


FLIPPED = {
    "makes_what_you_use": "uses_what_you_make",
    "uses_what_you_make": "makes_what_you_use",
    "has_what_you_lack": "lacks_what_you_have",
    "lacks_what_you_have": "has_what_you_lack",
}


def flipped(reasons: Iterable[str]) -> tuple[str, ...]:
    """The same reasons as the other side sees them."""
    parted = (reason.partition(":") for reason in reasons)
    return tuple(f"{FLIPPED.get(kind, kind)}{colon}{rest}" for kind, colon, rest in parted)


def between(turn: Turn, reasons: Iterable[str]) -> str:
    """The reasons for two others, a line each, to whoever looks at both."""
    said = []
    for reason in reasons:
        kind, _, argument = reason.partition(":")
        made = BETWEEN.get(kind)
        if made is not None:
            said.append(f"- {turn.spoken(made(turn, argument))}")
    return "\n".join(said)


BETWEEN: dict[str, Callable[[Turn, str], Phrase]] = {
    "same_need": lambda turn, need: say(
        "between.same_need", "both wish the same ({need})", need=need_label(turn, need)
    ),
    "same_craft": lambda turn, craft: say("between.same_craft", "the same craft"),
    "kin_craft": lambda turn, craft: say("between.kin_craft", "crafts close to each other"),
    "complementary": lambda turn, craft: say(
        "between.complementary", "crafts that go well together"
    ),
    "makes_what_you_use": lambda turn, word: say(
        "between.makes_and_uses", "one makes what the other uses ({word})", word=named(turn, word)
    ),
    "uses_what_you_make": lambda turn, word: say(
        "between.makes_and_uses", "one makes what the other uses ({word})", word=named(turn, word)
    ),
    "has_what_you_lack": lambda turn, word: say(
        "between.has_and_lacks", "one has what the other lacks ({word})", word=named(turn, word)
    ),
    "lacks_what_you_have": lambda turn, word: say(
        "between.has_and_lacks", "one has what the other lacks ({word})", word=named(turn, word)
    ),
    "near": lambda turn, km: say("between.near", "about {km} km apart", km=round(float(km)) or 1),
    "same_place": lambda turn, _: say("between.same_place", "the same town"),
    "same_region": lambda turn, _: say("between.same_region", "the same region"),
}


def need_label(turn: Turn, need: str) -> str:
    """A need's category in words; its topic is in ours and stays out."""
    return option_label(turn, "need", "category", need.partition("/")[0])


def need_in_words(turn: Turn, category: str, words: str | None) -> str:
    """A need as its owner would know it again: by its category and in their own words."""
    if category == UNSORTED:
        return words or ""
    label = need_label(turn, category)
    return f"{label} (“{words}”)" if words else label


def named(turn: Turn, word: str) -> str:
    """A product, material, machine or skill in the person's language, or as it was written."""
    return (turn.vocabulary or standard()).named(word, turn.language)


def craft_label(turn: Turn, craft: str | None, words: str | None = None) -> str:
    """A craft (option id or ISIC class) in words; something else in the person's own."""
    name = OPTION_OF.get(craft or "", craft or "other")
    if name == "other" and words:
        return words
    return option_label(turn, "register", "craft", name)


def craft_before_colon(turn: Turn, craft: str | None) -> str:
    """A craft in words that a colon may follow: by its short name where it has a colon itself."""
    label = craft_label(turn, craft)
    if not any(colon in label for colon in COLONS):
        return label
    return option_label(turn, "register", "craft", OPTION_OF.get(craft or "", craft or ""), True)


def option_label(turn: Turn, flow: str, step: str, name: str, brief: bool = False) -> str:
    """How an option of a flow is called in the contact's language, `brief` by its short name;
    something else where it is there no more."""
    question = turn.house.library.step(flow, step, turn.language, turn.translate)
    if isinstance(question, Picking):
        found = next((option for option in question.options if option.id == name), None)
        if found is not None:
            return (brief and found.short) or found.label
    return turn.translate(*OTHER) if name else ""


def language_name(turn: Turn, language: str) -> str:
    """A language in itself, as it stands in every list."""
    names = {code: own for code, own, _ in turn.house.catalogues.languages}
    return names.get(language, language)


def language_said(turn: Turn, language: str) -> str:
    """A language as the contact calls it, within a sentence."""
    called = locale_of(turn.language).languages.get(language)
    return str(called or language_name(turn, language))


def country_name(turn: Turn, country: str) -> str:
    """A country in the contact's language."""
    return str(locale_of(turn.language).territories.get(country, country))


def place_name(turn: Turn, code: str) -> str:
    """A country (ISO 3166) or a region (ISO 3166-2) by name."""
    country, dash, _ = code.partition("-")
    if not dash:
        return country_name(turn, code)
    for gazetteer in turn.house.places(country):
        region = gazetteer.region(code)
        if region is not None:
            return region.name
    return code
