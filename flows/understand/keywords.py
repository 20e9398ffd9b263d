"""Words anyone may say at any time; never found inside a sentence about something else."""

from __future__ import annotations

from functools import lru_cache

from flows.understand.plain import plain, words
from flows.understand.tables import NOTHING, Phrases, Table, longest, table

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
    said = words(plain(text))
    return said == ["0"] or _bare(said, "words.more", language)


@lru_cache(maxsize=4096)
def _read(key: str, language: str) -> str | None:
    said = words(key.lstrip("/"))
    for words_of in _tables(language):
        for name in NAMES:
            if _is(said, words_of.commands.get(name, NOTHING), words_of):
                return name
    return None


def _tables(language: str) -> tuple[Table, ...]:
    own = table(language)
    return (own, *(table(other) for other in own.beside))


def _bare(said: list[str], name: str, language: str) -> bool:
    return any(_is(said, t.of(name), t) for t in _tables(language))


def _is(said: list[str], among: Phrases, words_of: Table) -> bool:
    """Whether a phrase is all that was said, but for politeness before and after it."""
    if tuple(said) in among:
        return True
    polite = words_of.of("words.polite")
    for start in range(len(said)):
        if start and not _polite(said[:start], polite):
            continue
        for end in range(len(said), start, -1):
            if tuple(said[start:end]) in among and _polite(said[end:], polite):
                return True
    return False


def _polite(said: list[str], polite: Phrases) -> bool:
    at = 0
    while at < len(said):
        size = longest(said, at, polite)
        if not size:
            return False
        at += size
    return True
