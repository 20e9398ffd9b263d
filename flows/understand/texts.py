"""Answers in a person's own words."""

from __future__ import annotations

from flows.understand.plain import clean
from flows.values import Clear, Reading, Unclear


def read(text: str, least: int, most: int) -> Reading:
    """The words as written, without what cannot be seen; something must be said in them."""
    said = clean(text)
    if len(said) > most:
        return Unclear("too_long")
    if len(said) < least or not any(character.isalnum() for character in said):
        return Unclear("empty")
    return Clear(said)
