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


def labelled(flow: Flow, name: str, value: Value, world: World, shown: str = "") -> str:
    """An answer as the person would say it: an option's label, own words, a place's name. What is
    no option any more is called as it was `shown`, never by its id; not at all where the shell
    offered it."""
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
        case str() | list() | tuple() if value and isinstance(step, Picking | YesNo):
            other = world.words.get("other", "") if step.offers else ""
            return called(step.offered(world.options), value) or shown or other
        case str() | int() | float():
            return shown or str(value)
        case _:
            return ""


def called(offers: tuple[Offer, ...], value: Value) -> str:
    """The labels of what was picked; empty where something of it is not offered."""
    picked = value if isinstance(value, list | tuple) else [value]
    labels = [next((offer.label for offer in offers if offer.value == one), "") for one in picked]
    return ", ".join(labels) if all(labels) else ""
