"""Areas: which places a broker or coordinator answers for.

A list of ISO 3166-2 regions or ISO 3166 countries; the empty list is everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true


@dataclass(frozen=True)
class Area:
    """Everywhere `inside` (empty: anywhere) that is not in one of `outside`, the areas of
    others."""

    inside: tuple[str, ...] = ()
    outside: tuple[tuple[str, ...], ...] = ()

    def holds(self, country: str | None, region: str | None) -> bool:
        """Whether a place belongs to it. A place nobody knows belongs to whoever has all."""
        return covers(self.inside, country, region) and not any(
            covers(other, country, region) for other in self.outside
        )

    def condition(
        self, country: ColumnElement[Any], region: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        """`holds` for columns."""
        others = [_within(other, country, region) for other in self.outside]
        return and_(_within(self.inside, country, region), ~or_(false(), *others))


EVERYWHERE = Area()


def covers(area: Sequence[str], country: str | None, region: str | None) -> bool:
    """Whether a place lies in an area."""
    return not area or region in area or country in area


def _within(
    area: Sequence[str], country: ColumnElement[Any], region: ColumnElement[Any]
) -> ColumnElement[bool]:
    if not area:
        return true()
    # A place without region is in no region: NULL must not make the whole answer unknown.
    in_region = and_(region.is_not(None), region.in_(area))
    return or_(in_region, and_(country.is_not(None), country.in_(area)))
