"""The options of a question, prepared once for reading replies against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flows.understand import yes_no
from flows.understand.tables import Phrase, Phrases, Table, phrase, table
from flows.values import FlowOffers, Offer


@dataclass(frozen=True)
class Words:
    """An option as it may be said: by its labels, by its other words, by the language's ways to
    say yes or no where it is one of them. `own`: the words no other option shares, of its labels
    and of other words that stand alone."""

    at: int
    labels: frozenset[Phrase]
    others: frozenset[Phrase]
    polar: frozenset[Phrase]
    own: frozenset[str]

    @cached_property
    def phrases(self) -> Phrases:
        return Phrases(self.labels | self.others)

    @cached_property
    def sets(self) -> tuple[frozenset[str], ...]:
        """The words of each phrase."""
        return tuple(frozenset(one) for one in self.phrases)

    @cached_property
    def label_sets(self) -> tuple[frozenset[str], ...]:
        """The words of each label."""
        return tuple(frozenset(one) for one in self.labels)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of its phrases."""
        return frozenset(word for one in self.phrases for word in one)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """Its phrases as they are written."""
        return tuple(" ".join(one) for one in self.phrases)


@dataclass(frozen=True)
class Offered:
    offers: tuple[Offer, ...]
    words: tuple[Words, ...]
    table: Table
    language: str

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of every option."""
        return frozenset().union(*(spoken.vocabulary for spoken in self.words))

    @cached_property
    def exact(self) -> Mapping[Phrase, frozenset[int]]:
        """Which options a phrase names: labels before other words before the language's ways to
        say yes and no."""
        named: dict[Phrase, frozenset[int]] = {}
        for kind in ("polar", "others", "labels"):
            own: dict[Phrase, set[int]] = {}
            for spoken in self.words:
                for one in getattr(spoken, kind):
                    own.setdefault(one, set()).add(spoken.at)
            named.update((one, frozenset(ats)) for one, ats in own.items())
        return named


Spelt = tuple[tuple[str, str, str, tuple[str, ...]], ...]


def prepared(offers: tuple[Offer, ...], language: str) -> Offered:
    """The options as readers of a language look through them."""
    known = isinstance(offers, FlowOffers)
    return _kept(offers, language) if known else _prepared(offers, language)


def _prepared(offers: tuple[Offer, ...], language: str) -> Offered:
    spelt = tuple((offer.id, offer.label, offer.short, offer.also) for offer in offers)
    return Offered(offers, _words(spelt, language), table(language), language)


_kept = lru_cache(maxsize=2048)(_prepared)


@lru_cache(maxsize=2048)
def _words(spelt: Spelt, language: str) -> tuple[Words, ...]:
    small = {word for phrase in table(language).of("choice.small") for word in phrase}
    labels = [frozenset({phrase(label), phrase(short)} - {()}) for _, label, short, _ in spelt]
    others = [frozenset(map(phrase, also)) - {()} for *_, also in spelt]
    parts = [{word for p in a | b for word in p} for a, b in zip(labels, others, strict=True)]
    strong = [
        {word for p in a for word in p} | {p[0] for p in b if len(p) == 1}
        for a, b in zip(labels, others, strict=True)
    ]
    return tuple(
        Words(
            at,
            labels[at],
            others[at] - labels[at],
            yes_no.phrases(id_, language) if id_ in ("yes", "no") else frozenset(),
            frozenset(_own(at, parts) & strong[at] - small),
        )
        for at, (id_, *_) in enumerate(spelt)
    )


def _own(at: int, parts: list[set[str]]) -> set[str]:
    elsewhere = set[str]().union(*(part for n, part in enumerate(parts) if n != at))
    return {word for word in parts[at] - elsewhere if len(word) > 1 and not word.isdigit()}
