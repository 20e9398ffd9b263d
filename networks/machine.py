"""A state machine as a table: what may be done to a thing in each of its states, and what it is
then. Whatever is not in the table may not be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Refused:
    """The deed is not possible now: it was done, or something else was done before it."""

    state: str


class Machine:
    """`table`: (state, deed) -> state. `first` is what a new one is."""

    def __init__(self, name: str, first: str, table: Mapping[Any, str]) -> None:
        self.name = name
        self.first = first
        self.table: Mapping[tuple[str, str], str] = MappingProxyType(dict(table))

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order in which the table names them, the first one first."""
        named = (state for (before, _), after in self.table.items() for state in (before, after))
        return tuple(dict.fromkeys((self.first, *named)))

    @property
    def deeds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(deed for _, deed in self.table))

    @property
    def open(self) -> frozenset[str]:
        """States in which something is still to come."""
        return frozenset(state for state, _ in self.table)

    def after(self, state: str, deed: str) -> str | Refused:
        """The state after a deed; Refused where the table does not have it."""
        return self.table.get((state, deed)) or Refused(state)

    def drawn(self) -> Iterator[str]:
        """The lines of a Mermaid state diagram."""
        yield "stateDiagram-v2"
        yield f"    [*] --> {self.first}"
        for (before, deed), after in self.table.items():
            yield f"    {before} --> {after}: {deed}"
        for state in self.states:
            if state not in self.open:
                yield f"    {state} --> [*]"
