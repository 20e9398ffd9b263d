"""Languages by name: their own, that of another language, their code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

from flows.understand import choices, tables
from flows.values import FlowOffers, Offer, Reading

NAMES = Path(__file__).parent / "names.toml"


def read(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The language meant among those offered."""
    return choices.pick(text, named(offers), language)


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
    """What a language is called in itself and in the others, and its code."""
    base = code.partition("_")[0]
    found = [code, base, *known().get(base, ())]
    for other in dict.fromkeys((code, "en", *others, *known())):
        try:
            found.append(Locale.parse(other).languages.get(base, ""))
        except (UnknownLocaleError, ValueError):
            continue
    return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))
