"""What stands around a place's name in a reply, in every language: words, and what is written onto
the name itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flows.understand.gazetteer import key
from flows.understand.tables import languages, split, table

FILE = Path(__file__).parent / "around.toml"
SHORTEST = 2
"""What is left of a name after its ending is taken off has at least so many letters."""


@dataclass(frozen=True)
class Around:
    """Words that may stand at a name (`at`, the rest of `frame`), tell that no name follows
    (`landmarks`) or what it is of (`streets`, `regions`), that it is one of two that enclose the
    place (`between`) or not the place (`denials`); `plain` are all that name none themselves."""

    at: frozenset[str]
    frame: frozenset[str]
    landmarks: frozenset[str]
    articles: frozenset[str]
    streets: frozenset[str]
    regions: frozenset[str]
    between: frozenset[str]
    denials: frozenset[str]
    plain: frozenset[str]
    before: tuple[str, ...]
    after: tuple[str, ...]

    def loose(self, word: str, front: bool) -> Iterator[str]:
        """A word without what may be written onto its front or its end."""
        for affix in self.before if front else self.after:
            rest = word.removeprefix(affix) if front else word.removesuffix(affix)
            if rest != word and len(rest) >= SHORTEST:
                yield rest


@lru_cache(maxsize=64)
def around(language: str = "") -> Around:
    """In a language, and in those heard beside it; in all of them where none is told."""
    base = language.partition("_")[0]
    codes = {base, *table(base).beside} if base in languages() else None
    at, rest, generic = (_words(name, codes) for name in ("at", "around", "generic"))
    landmarks, articles = _words("landmarks", codes), _words("articles", codes)
    return Around(
        at=at,
        frame=at | rest,
        landmarks=landmarks,
        articles=articles,
        streets=_words("streets", codes),
        regions=_words("regions", codes),
        between=_words("between", codes),
        denials=_denials(base, codes),
        plain=at | rest | landmarks | articles | generic,
        before=_affixes("before", codes),
        after=_affixes("after", codes),
    )


@lru_cache(maxsize=1)
def _source() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _told(name: str, codes: AbstractSet[str] | None) -> Iterator[str]:
    for code, text in _source()[name].items():
        if codes is None or code in codes:
            yield from split(text)


def _words(name: str, codes: AbstractSet[str] | None) -> frozenset[str]:
    """Each word by itself, as names are compared."""
    return frozenset(word for one in _told(name, codes) for word in key(one).split())


def _denials(base: str, codes: AbstractSet[str] | None) -> frozenset[str]:
    """Single words that say no in a language."""
    said = table(base).of("choice.not") if codes is not None else ()
    return frozenset(key(phrase[0]) for phrase in said if len(phrase) == 1)


def _affixes(name: str, codes: AbstractSet[str] | None) -> tuple[str, ...]:
    found = {key(one) for one in _told(name, codes)} - {""}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))
