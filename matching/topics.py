"""What a need is about, from the words it was said in: the topic that makes two needs identical."""

from collections.abc import Mapping
from types import MappingProxyType

from matching.vocabulary import standard

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"inputs": ("material", "product"), "technology": ("machine",), "training": ("skill",)}
)
"""Which things a need of a category can be about. Of the other categories none: who says what
nobody buys wants buyers, whatever it is."""


def topic_of(category: str, words: str, language: str | None = None) -> str | None:
    """The thing a need is about, by its id; None where the words name none."""
    kinds = KINDS.get(category, ())
    heard = standard().things(words, language) if kinds else ()
    return next((thing.id for kind in kinds for thing in heard if thing.kind == kind), None)
