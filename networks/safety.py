"""What people wish for their safety, and what follows for groups and brokers. Who is a woman is
never guessed: it counts only where she said so herself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wishes:
    """`woman`: she said that she is one. `woman_broker`, `women_only`: what she wishes."""

    woman: bool = False
    woman_broker: bool = False
    women_only: bool = False

    @property
    def is_woman(self) -> bool:
        """Who wishes to be among women only has said by that whom she counts herself among."""
        return self.woman or self.women_only


NONE = Wishes()


def read(wishes: Mapping[str, Any] | None) -> Wishes:
    """The wishes as they are kept of a contact."""
    said = wishes or {}
    return Wishes(*(bool(said.get(name)) for name in ("woman", "woman_broker", "women_only")))


def may_be_together(group: Iterable[Wishes]) -> bool:
    """Whether a group keeps what its members wish: one who wishes women only is among them only."""
    all_ = tuple(group)
    return not any(one.women_only for one in all_) or all(one.is_woman for one in all_)


def pools(wishes: Mapping[str, Wishes]) -> tuple[frozenset[str], frozenset[str]]:
    """Among whom groups are looked for, by the firm's id: first all women, where one wishes to be
    among them only, then everybody who has no such wish."""
    only = any(one.women_only for one in wishes.values())
    women = frozenset(firm for firm, one in wishes.items() if one.is_woman) if only else frozenset()
    return women, frozenset(firm for firm, one in wishes.items() if not one.women_only)


def kept_apart(wishes: Mapping[str, Wishes]) -> frozenset[str]:
    """Of firms that were to be asked together those who are left out: where not all are women,
    whoever wishes women only."""
    if may_be_together(wishes.values()):
        return frozenset()
    return frozenset(firm for firm, one in wishes.items() if one.women_only)


def brokers_for(
    wishes: Iterable[Wishes], brokers: Collection[str], women: Collection[str]
) -> list[str]:
    """Of those who might be asked the women, where somebody wishes one and there is one."""
    found = [one for one in brokers if one in women]
    return found if found and any(one.woman_broker for one in wishes) else list(brokers)
