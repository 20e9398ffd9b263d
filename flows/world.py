"""What the shell knows and an engine without a clock or a database needs to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date

from flows.light import light
from flows.understand.places import Gazetteer
from flows.values import Offer


@light(frozen=True)
class World:
    """What the shell knows and the engine needs: nothing here is looked up by the engine.

    `places`: gazetteers, the person's country first. `facts`: the flow's placeholders.
    `options`: what `options_from` names. `words`: the labels of what the engine offers itself
    ("yes", "no", "none_of_these") in the person's language."""

    language: str = "en"
    country: str = ""
    today: date = date.min
    channel: str = ""
    places: tuple[Gazetteer, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, tuple[Offer, ...]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
