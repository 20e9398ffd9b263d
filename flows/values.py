"""What answers are made of: plain values that survive JSON, and what a reader made of a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from flows.light import light

Value: TypeAlias = str | int | float | Sequence["Value"] | Mapping[str, "Value"] | None
"""An answer. By kind of question: text str; choice and yes_no the option's id; multi a sorted
list of ids; integer and year int; money {"amount": minor units, "currency": ISO 4217 or None};
phone E.164; place {"country", "region", "place", "lat", "lon", "words"}; language its code;
date ISO 8601; photo and voice {"media": id, "kind": ...}. None is a question skipped.
Where a question takes own words, {"words": str} may stand for an option's id; where a text is
asked, {"media": id, "kind": "voice" | "photo"} may stand for the words."""

Answers: TypeAlias = Mapping[str, Value]


@light(frozen=True)
class Offer:
    """An option exactly as it was shown: picking it gives `value`."""

    id: str
    label: str
    value: Value
    short: str = ""
    also: tuple[str, ...] = ()

    @property
    def lean(self) -> dict[str, Any]:
        """The option as it is kept: without what has its usual value."""
        texts = {"label": self.label, "short": self.short, "also": list(self.also)}
        kept: dict[str, Any] = {"id": self.id, **{n: v for n, v in texts.items() if v}}
        return kept if self.value == self.id else {**kept, "value": self.value}


class FlowOffers(tuple[Offer, ...]):
    """Options that are the same for everybody, as those that stand in a flow: what is worked out
    of them is kept for the next who is asked."""

    @cached_property
    def lean(self) -> list[dict[str, Any]]:
        """The options as they are kept in a session. Not to be changed."""
        return [offer.lean for offer in self]

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash


@light(frozen=True)
class Media:
    """A photo, voice note or document that came with a message and has been stored."""

    id: str
    kind: str


@light(frozen=True)
class Said:
    """What a person sent: words, a tap's payload, a pin (latitude, longitude) or media; `heard` is
    what somebody understood of a recording, to be asked back before it counts."""

    text: str = ""
    tap: str = ""
    pin: tuple[float, float] | None = None
    media: Media | None = None
    heard: str = ""


@light(frozen=True)
class Clear:
    """The reply means this value."""

    value: Value


@light(frozen=True)
class Nearly:
    """The reply almost surely means this value: asked back before it counts."""

    value: Value
    label: str


@light(frozen=True)
class Which:
    """The reply could mean several things: these are offered. `reason` names the phrase."""

    reason: str
    offers: tuple[Offer, ...]


@light(frozen=True)
class Unclear:
    """The reply cannot be read as an answer. `reason` names the phrase that says why."""

    reason: str


Reading: TypeAlias = Clear | Nearly | Which | Unclear
