"""Languages by name: their own, that of another language, their code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from flows.understand import choices
from flows.understand.plain import plain, words
from flows.understand.tables import languages, longest, phrases, table
from flows.values import Offer, Reading


def read(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The language meant among those offered."""
    return choices.pick(text, _with_names(offers), language)


def likeliest(text: str, offered: Sequence[str]) -> str | None:
    """The one offered language whose name, or whose greeting, a first message is made of."""
    named = {code for code in offered if _greets(text, code, _names(code))}
    found = named or {code for code in offered if _greets(text, code, ())}
    return found.pop() if len(found) == 1 else None


def _greets(text: str, code: str, names: Sequence[str]) -> bool:
    said = words(plain(text[:200]))
    if names:
        own = phrases(names)
        return any(longest(said, at, own) for at in range(len(said)))
    if code.partition("_")[0] not in languages():
        return False
    return longest(said, 0, table(code).of("words.greetings")) > 0


@lru_cache(maxsize=64)
def _with_names(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    codes = tuple(str(offer.value) for offer in offers)
    return tuple(
        Offer(o.id, o.label, o.value, o.short, (*o.also, *_names(str(o.value), codes)))
        for o in offers
    )


@lru_cache(maxsize=256)
def _names(code: str, others: tuple[str, ...] = ("en",)) -> tuple[str, ...]:
    """What a language is called in itself and in the others, and its code."""
    names = [code, code.partition("_")[0]]
    for other in (code, "en", *others):
        try:
            names.append(Locale.parse(other).languages.get(code.partition("_")[0], ""))
        except (UnknownLocaleError, ValueError):
            continue
    return tuple(dict.fromkeys(name for name in names if name))
