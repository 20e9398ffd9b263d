"""Words anyone may say at any time; never found inside a sentence about something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from flows.understand.plain import plain, words
from flows.understand.tables import NOTHING, Phrase, Phrases, Table, longest, table

LONGEST_COMMAND = 80

NAMES = ("STOP", "START", "HELP", "MENU", "BACK", "SKIP", "LANGUAGE", "DELETE")


def read(text: str, language: str) -> str | None:
    """The command a message is, alone or with polite words around it."""
    if len(text) > LONGEST_COMMAND:
        return None
    return _read(plain(text), language)


def is_more(text: str, language: str) -> bool:
    """Whether somebody asks for the next page of what was offered."""
    if len(text) > LONGEST_COMMAND:
        return False
    return _is_more(plain(text), language)


@lru_cache(maxsize=4096)
def _is_more(key: str, language: str) -> bool:
    said = words(key)
    return said == ["0"] or _bare(said, "words.more", language)


@lru_cache(maxsize=4096)
def _read(key: str, language: str) -> str | None:
    said = words(key.lstrip("/"))
    if len(said) > 1 and len(set(said)) == 1:  # "stop stop stop"
        said = said[:1]
    if tuple(said) in table(language).of("words.no_command"):  # "the end" is no END
        return None
    for words_of in _tables(language):
        found = set(_meant(said, _named(words_of), words_of))
        if found:
            return min(found, key=NAMES.index)
    return None


@lru_cache(maxsize=64)
def _named(words_of: Table) -> Mapping[Phrase, str]:
    """The command of each of a language's phrases, the first where two have the same."""
    return {p: name for name in reversed(NAMES) for p in words_of.commands.get(name, NOTHING)}


def _tables(language: str) -> tuple[Table, ...]:
    own = table(language)
    return (own, *(table(other) for other in own.beside))


def _bare(said: list[str], name: str, language: str) -> bool:
    return any(
        True for t in _tables(language) for _ in _meant(said, dict.fromkeys(t.of(name), name), t)
    )


def _meant(said: list[str], among: Mapping[Phrase, str], words_of: Table) -> Iterator[str]:
    """What the phrases mean that are all that was said, but for politeness before and after."""
    polite = words_of.of("words.polite")
    begins = len(said) if longest(said, 0, polite) else 1
    for start in range(min(begins, len(said))):
        if start and not _polite(said[:start], polite):
            continue
        for end in range(len(said), start, -1):
            meaning = among.get(tuple(said[start:end]))
            if meaning is not None and _polite(said[end:], polite):
                yield meaning


def _polite(said: list[str], polite: Phrases) -> bool:
    at = 0
    while at < len(said):
        size = longest(said, at, polite)
        if not size:
            return False
        at += size
    return True
