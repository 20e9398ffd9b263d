"""A version: what was learned and what attention costs, frozen until the next one is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Standing:
    """What is known of one enterprise from answers: how open it is, how much it appeals, which
    PERSONAL terms it cares for; and its `price`: how much of others' attention it has already
    (0 for the freest)."""

    open_: float = 0.0
    appeal: float = 0.0
    cares: tuple[float, ...] = ()
    price: float = 0.0


NEWCOMER = Standing()


@dataclass(frozen=True)
class Lesson:
    """What all answers taught together: `terms` by NAMES, `start` for who is shown, `asked` more
    for who is asked, `again` for each time shown in vain; `trust` from 0 to 1."""

    terms: tuple[float, ...]
    start: float
    asked: float
    again: float
    trust: float


@dataclass(frozen=True)
class Version:
    """What orders the lists until the next one is made. `name` is permanent."""

    name: str = ""
    lesson: Lesson | None = None
    standings: Mapping[str, Standing] = field(default_factory=dict)

    def standing(self, identity: str) -> Standing:
        """Of whoever came since the version was made: that of a newcomer."""
        return self.standings.get(identity, NEWCOMER)


FIRST = Version()
