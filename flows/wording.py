"""Texts with values in them: placeholders filled in, answers in words, options as shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flows.model import Flow, Picking, YesNo
from flows.understand.money import in_words
from flows.values import Offer, Value
from flows.world import World

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def worded(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` replaced; a name that has no value leaves nothing behind."""
    if "{" not in text:
        return text
    return PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def placeholders(text: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(text))


def labelled(flow: Flow, name: str, value: Value, world: World) -> str:
    """An answer as the person would say it: an option's label, own words, a place's name."""
    step = flow.step(name)
    match value:
        case None:
            return ""
        case {"words": str(words), **rest}:
            return str(rest.get("place") or words)
        case {"place": place, "region": region}:
            return str(place or region or "")
        case {"amount": int(amount), "currency": currency}:
            return in_words(amount, str(currency or ""), world.country, world.language)
        case str() | list() | tuple() if isinstance(step, Picking | YesNo):
            ids = [value] if isinstance(value, str) else value
            offers = step.offered(world.options)
            return ", ".join(_label(offers, one) for one in ids)
        case str() | int() | float():
            return str(value)
        case _:
            return ""


def _label(offers: tuple[Offer, ...], value: Value) -> str:
    return next((offer.label for offer in offers if offer.value == value), str(value))
