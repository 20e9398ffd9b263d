"""Which of the options a reply means: by number, letter, label, part of it, other word or typo."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from flows.understand import likeness, numbers, yes_no
from flows.understand.options import Offered, prepared
from flows.understand.plain import LETTER, LONGEST, plain, words
from flows.understand.tables import Phrases, Table, longest
from flows.values import Clear, FlowOffers, Nearly, Offer, Reading, Unclear, Which

_QUESTION = re.compile(r"[?؟]")
MOST_TO_OFFER = 5


def pick(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The option a reply means; Nearly where it is misspelt too far to be sure, Which where it
    means several."""
    if not offers or len(text) > LONGEST:
        return Unclear("no_option")
    known = isinstance(offers, FlowOffers)
    accented = yes_no.is_accented(text, language)
    return (_picked_before if known else _picked)(plain(text), offers, language, accented)


def _picked(key: str, offers: tuple[Offer, ...], language: str, accented: bool) -> Reading:
    offered = prepared(offers, language)
    said = apart(words(key), offered)
    if not said:
        return Unclear("empty")
    if tuple(said) in offered.table.of("choice.all") and tuple(said) not in offered.exact:
        return Unclear("several")
    reading = _by_name(said, offered)
    if _QUESTION.search(key):
        return Unclear("question")
    if reading is None and _starts(said, offered.table.of("choice.question")):
        return Unclear("question")
    reading = reading or _by_likeness(said, offered) or Unclear("no_option")
    doubted = isinstance(reading, Clear) and likeness.doubted(
        reading.value, said, offered, "" if accented else key
    )
    return Unclear("no_option") if doubted else reading


_picked_before = lru_cache(maxsize=4096)(_picked)


def named(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The option whose number, letter, label or other word a reply is, to the letter."""
    said = words(plain(text)) if len(text) <= LONGEST else []
    return (_by_name(said, prepared(offers, language)) if said else None) or Unclear("no_option")


def part(said: list[str], offered: Offered) -> Reading:
    """The option that a part of a reply to a question of many answers means."""
    return _by_name(said, offered) or _by_likeness(said, offered) or Unclear("no_option")


def named_option(said: list[str], offered: Offered) -> str | None:
    """The one option whose label or other word this is, without numbers and guesses."""
    exact = offered.exact.get(tuple(said), ())
    return str(offered.offers[next(iter(exact))].value) if len(exact) == 1 else None


def _by_name(said: list[str], offered: Offered) -> Reading | None:
    """A label or another word exactly, a number, a letter, an ordinal, a number and its label."""
    rest = bare(said, offered.table)
    for spoken in (said, rest):
        exact = offered.exact.get(tuple(spoken))
        if exact:
            return _among(exact, offered)
    return _by_number(rest, offered)


def apart(said: list[str], offered: Offered) -> list[str]:
    """The words with what is written onto an option's name standing by itself: "and" before it in
    Arabic and behind it in Amharic, "of" in Bengali."""
    return [part for word in said for part in _apart(word, offered)]


def _apart(word: str, offered: Offered) -> list[str]:
    if word in offered.vocabulary:
        return [word]
    for ending in offered.table.endings:
        stem = word.removesuffix(ending)
        if stem != word and stem in offered.vocabulary:
            return [stem, ending]
    for glue in offered.table.glued:
        rest = word.removeprefix(glue)
        if rest != word and rest in offered.vocabulary:
            return [glue, rest]
    return [word]


def _by_number(said: list[str], offered: Offered) -> Reading | None:
    only = offered.table.of("choice.only")
    said = said[longest(said, 0, only) :] or said
    said = next((said[:-n] for n in (2, 1) if tuple(said[-n:]) in only and said[:-n]), said)
    said = bare(said, offered.table)
    at = _index(said, offered)
    if at is not None:
        inside = 0 <= at < len(offered.offers)
        return Clear(offered.offers[at].value) if inside else Unclear("no_option")
    for digit, rest in ((said[0], said[1:]), (said[-1], said[:-1])):
        if rest and digit.isdecimal() and not any(word.isdecimal() for word in rest):
            return _agreeing(int(digit[:6]) - 1, part(rest, offered), offered)
    return None


def _agreeing(at: int, name: Reading, offered: Offered) -> Reading | None:
    """A number with a name beside it: both must mean the same option."""
    if not isinstance(name, Clear | Nearly):
        return None
    right = 0 <= at < len(offered.offers) and offered.offers[at].value == name.value
    return Clear(name.value) if right else Unclear("several")


def _index(said: list[str], offered: Offered) -> int | None:
    """Which place in the list a number, a number word, an ordinal or a letter names."""
    words_of = offered.table
    whole = tuple(said)
    if whole in words_of.ordinals:
        return words_of.ordinals[whole] - 1
    if whole in words_of.of("choice.last"):
        return len(offered.offers) - 1
    glued = re.fullmatch(rf"(\d{{1,3}})\s?({LETTER}+)", " ".join(said))
    if glued and glued[2] in words_of.ordinal_ends:
        return int(glued[1]) - 1
    if len(said) == 1 and len(said[0]) == 1 and "a" <= said[0] <= "z":
        letter = ord(said[0]) - ord("a")
        return letter if letter < len(offered.offers) else None
    found = numbers.find(" ".join(said), offered.language)
    if not found.bare or found.doubtful or found.unclear or found.only is None:
        return None
    return int(found.only) - 1 if found.only == int(found.only) else None


def bare(said: list[str], words_of: Table) -> list[str]:
    """What is left without politeness and without "option", "number", "the ... one"."""
    idle = words_of.idle
    rest: list[str] = []
    at = 0
    while at < len(said):
        size = longest(said, at, idle)
        if not size:
            rest.append(said[at])
        at += size or 1
    return rest or said


def _by_likeness(said: list[str], offered: Offered) -> Reading | None:
    """Part of a label, a misspelt label, or the words of one option inside a sentence."""
    rest = bare(said, offered.table)
    found: set[int] = set()
    denied = likeness.denied(said, offered)
    if not denied:
        found = likeness.by_part(rest, offered) or likeness.misspelt(said, offered)
        found = found or likeness.misspelt(rest, offered)
    found = found or likeness.in_sentence(said, offered)
    if found:
        return _among(found, offered)
    nearly = None if denied else likeness.nearly(rest, offered)
    if nearly is None:
        return None
    offer = offered.offers[nearly]
    return Nearly(offer.value, offer.label)


def _among(found: Collection[int], offered: Offered) -> Reading:
    offers = tuple(offered.offers[at] for at in sorted(found))
    if len(offers) == 1:
        return Clear(offers[0].value)
    return Which("which", offers) if len(offers) <= MOST_TO_OFFER else Unclear("several")


def _starts(said: list[str], among: Phrases) -> bool:
    return longest(said, 0, among) > 0
