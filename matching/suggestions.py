"""What matching answers: suggestions, and the closed set of reasons they may give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Argument = Literal["need", "craft", "word", "km", "category", "rating", "language", "nothing"]

REASONS: Mapping[str, Argument] = MappingProxyType(
    {
        "same_need": "need",
        "same_craft": "craft",
        "kin_craft": "craft",
        "complementary": "craft",
        "makes_what_you_use": "word",
        "uses_what_you_make": "word",
        "has_what_you_lack": "word",
        "lacks_what_you_have": "word",
        "near": "km",
        "same_place": "nothing",
        "same_region": "nothing",
        "serves": "need",
        "serves_your_craft": "craft",
        "rated": "rating",
        "speaks": "language",
    }
)
"""Kind of reason -> what stands after its colon.

need: `inputs` or `inputs/yarn`; craft: an ISIC class, the other's (for `serves_your_craft`, yours);
word: a product, material, skill or machine as in your record; km: kilometres to one decimal;
rating: a mean from 1 to 5 to one decimal; language: a code; nothing: no colon.
"""

Way = Literal["horizontal", "vertical", "complementary"]
"""Alike with a shared need; one uses what the other makes; one has what the other lacks."""

AT_MOST = 2


@dataclass(frozen=True)
class Suggestion:
    """One line of a list: `to` is suggested to `for_` as its `rank`-th; score from 0 to 1;
    `service` is the index of the provider's service that fits, `way` in which a partner does."""

    for_: str
    kind: Literal["partner", "provider"]
    to: str
    rank: int
    score: float
    reasons: tuple[str, ...]
    service: int | None = None
    way: Way | None = None


@dataclass(frozen=True)
class Weighed:
    """A reason and how much of the score it carries."""

    weight: float
    reason: str


def reason(kind: str, argument: object = "") -> str:
    """A reason as data: `near:4.2`. Raises KeyError for a kind that is not registered."""
    return kind if REASONS[kind] == "nothing" else f"{kind}:{argument}"


def weightiest(weighed: Iterable[Weighed]) -> tuple[str, ...]:
    """The one or two reasons that carry most, heaviest first; ties by the text."""
    best = sorted((w for w in weighed if w.weight > 0), key=lambda w: (-w.weight, w.reason))
    return tuple(w.reason for w in best[:AT_MOST])
