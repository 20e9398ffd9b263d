"""Dataclasses of values that nobody changes, cheap to make.

A frozen dataclass sets each field through a method that would refuse anybody else, which makes it
cost eight times as much; a message passes through dozens of them. To the type checker `light` is
`dataclass` and forbids changes; when it runs it only compares and hashes by its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

__all__ = ["light"]

if TYPE_CHECKING:
    from dataclasses import dataclass as light
else:
    Kind = TypeVar("Kind")

    def light(*, frozen: bool) -> Callable[[type[Kind]], type[Kind]]:
        """Make a class a dataclass; `frozen=True` is for the type checker."""
        return dataclass(unsafe_hash=frozen)
