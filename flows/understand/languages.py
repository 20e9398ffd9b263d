"""Languages by name: their own, that of another language, or their code alone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

from flows.understand import choices, tables
from flows.understand.plain import plain, words
from flows.values import Clear, FlowOffers, Offer, Reading, Unclear

NAMES = Path(__file__).parent / "names.toml"
LONGEST = 100
"""Characters of a message in which a greeting or a code is looked for."""


def read(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The language meant among those offered. Codes are words of other languages as well ("I am",
    "yo soy", "so"): one counts where nothing else was said, and none is heard in a greeting."""
    said = words(plain(text[:LONGEST]))
    if tuple(said) in _greetings():
        return Unclear("no_option")
    coded = [offer for offer in offers if " ".join(said) in _codes(str(offer.value))]
    return Clear(coded[0].value) if coded else choices.pick(text, named(offers), language)


@lru_cache(maxsize=1)
def known() -> Mapping[str, tuple[str, ...]]:
    """What each language is called: first by those who speak it, then by others; in menu order."""
    source = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    return {code: tuple(tables.split(told)) for code, told in source["names"].items()}


@lru_cache(maxsize=64)
def named(offers: tuple[Offer, ...]) -> FlowOffers:
    """The languages offered, with every name that people may write for them."""
    codes = tuple(str(offer.value) for offer in offers)
    return FlowOffers(
        Offer(o.id, o.label, o.value, o.short, (*o.also, *names(str(o.value), codes)))
        for o in offers
    )


@lru_cache(maxsize=256)
def names(code: str, others: tuple[str, ...] = ("en",)) -> tuple[str, ...]:
    """What a language is called in itself and in the others."""
    base = code.partition("_")[0]
    found = [*known().get(base, ())]
    for other in dict.fromkeys((code, "en", *others, *known())):
        try:
            found.append(Locale.parse(other).languages.get(base, ""))
        except (UnknownLocaleError, ValueError):
            continue
    return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))


@lru_cache(maxsize=1)
def _greetings() -> frozenset[tables.Phrase]:
    """How people greet, in every language: "hi" is no Hindi."""
    each = (tables.table(code).of("words.greetings") for code in tables.languages())
    return frozenset().union(*each)


@lru_cache(maxsize=64)
def _codes(code: str) -> tuple[str, ...]:
    """A language's code as people may write it: es-HN, es_HN, es; by the latter the first of its
    regions."""
    whole = code.replace("_", " ").casefold()
    return whole, whole.partition(" ")[0]
