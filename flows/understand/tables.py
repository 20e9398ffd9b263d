"""The words of each language, read once from `tables/<language>.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from flows.understand.plain import plain, words

FOLDER = Path(__file__).parent / "tables"
FALLBACK = "en"

Phrase = tuple[str, ...]
"""The words of an expression, plain."""


@dataclass(frozen=True, eq=False)
class Table:
    """One language's words, as phrases. What each list is for: docs/flows.md."""

    language: str
    scale_first: bool
    numbers: Mapping[Phrase, Decimal]
    scales: Mapping[Phrase, Decimal]
    lists: Mapping[str, frozenset[Phrase]]
    ordinals: Mapping[Phrase, int]
    ordinal_ends: frozenset[str]
    commands: Mapping[str, frozenset[Phrase]]

    def of(self, name: str) -> frozenset[Phrase]:
        """The phrases of a list such as "numbers.joiners"; none where a language has no such."""
        return self.lists.get(name, frozenset())


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that have a table."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache(maxsize=64)
def table(language: str) -> Table:
    """The table of a language, of its parent ("es" for "es_HN"), or of English."""
    while language and language not in languages():
        language = language.rpartition("_")[0]
    return _load(language or FALLBACK)


@lru_cache(maxsize=32)
def _load(language: str) -> Table:
    source = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    lists = {
        f"{section}.{name}": phrases(values)
        for section, entries in source.items()
        if section != "commands"
        for name, values in entries.items()
        if isinstance(values, list)
    }
    numbers: dict[str, Any] = source["numbers"]
    ordinals = source["choice"].get("ordinals", [])
    return Table(
        language=language,
        scale_first=numbers.get("scale_first", False),
        numbers=_valued(numbers["words"]),
        scales=_valued(numbers["scales"]),
        lists=lists,
        ordinals={phrase(w): n for n, group in enumerate(ordinals, 1) for w in group.split("|")},
        ordinal_ends=frozenset(source["choice"].get("ordinal_ends", [])),
        commands={name: phrases(values) for name, values in source["commands"].items()},
    )


def phrase(text: str) -> Phrase:
    return tuple(words(plain(text)))


def phrases(texts: Iterable[str]) -> frozenset[Phrase]:
    return frozenset(phrase(text) for text in texts) - {()}


def _valued(source: Mapping[str, int]) -> dict[Phrase, Decimal]:
    return {phrase(text): Decimal(value) for text, value in source.items()}


def longest(tokens: list[str], at: int, among: Mapping[Phrase, Any] | frozenset[Phrase]) -> int:
    """How many tokens from `at` on make the longest phrase among these; 0 for none."""
    for size in range(min(7, len(tokens) - at), 0, -1):
        if tuple(tokens[at : at + size]) in among:
            return size
    return 0
