"""Buyer requests: who can supply what a buyer wants by its date, alone or as a few together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp
from types import MappingProxyType

from matching.distance import abroad, measured
from matching.quality import Folding
from matching.records import Enterprise, Event, Request
from matching.suggestions import Weighed, reason, weightiest
from matching.vocabulary import key

DAYS_OF_A_MONTH = 30.4


@dataclass(frozen=True)
class Settings:
    """What a programme may set. Shares are from 0 to 1, distances kilometres.

    `free`: how much of its capacity a firm can give to one order; `most_together`: how many firms
    answer one request at most; `reach_km`: the distance at which delivering is worth 37 %.
    """

    free: float = 1.0
    most_together: int = 15
    reach_km: float = 150.0
    farthest_km: float = 500.0
    unknown_km: float = 100.0
    near_km: float = 50.0
    craft_only: float = 0.6
    unknown_standard: float = 0.6
    unknown_capacity: float = 0.4
    together: float = 0.9
    declined_days: int = 90


DEFAULTS = Settings()


@dataclass(frozen=True)
class Supply:
    """A firm that could supply, or several of one answer: its rank, and what part it would make.

    `share` is the number of pieces (or the unit asked for) it would make, None where nobody said
    how many are wanted; `together` are all firms of the answer, none where it can alone.
    """

    request: str
    to: str
    rank: int
    score: float
    share: float | None
    together: tuple[str, ...]
    reasons: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """As the documented line has them."""
        told: dict[str, object] = {
            "for": self.request,
            "kind": "buyer",
            "to": self.to,
            "rank": self.rank,
            "score": round(self.score, 6),
        }
        if self.share is not None:
            told["share"] = round(self.share, 2)
        if self.together:
            told["together"] = list(self.together)
        told["reasons"] = list(self.reasons)
        return told


@dataclass(frozen=True)
class _Able:
    """A firm that makes what is wanted: its worth for this request, and how much by the date."""

    firm: Enterprise
    worth: float
    amount: float | None
    word: str | None
    craft: str | None

    @property
    def order(self) -> tuple[float, str]:
        return -self.worth, self.firm.id


def suppliers(
    requests: Iterable[Request],
    firms: Sequence[Enterprise],
    past: Sequence[Event],
    today: date,
    top: int,
    settings: Settings = DEFAULTS,
    folded: Folding = key,
) -> Iterator[Supply]:
    """The answers to several requests, the most pressing first. What firms make together for one
    they have no longer for the next; those named alone are a choice, and nothing is held back."""
    promised: dict[str, float] = {}
    for request in sorted(requests, key=lambda r: (r.by or date.max, r.id)):
        found = answers(request, firms, past, today, top, settings, folded, promised)
        for supply in found:
            if supply.together and supply.share is not None:
                promised[supply.to] = promised.get(supply.to, 0.0) + supply.share
        yield from found


NOTHING: Mapping[str, float] = MappingProxyType({})


def answers(
    request: Request,
    firms: Iterable[Enterprise],
    past: Iterable[Event],
    today: date,
    top: int,
    settings: Settings = DEFAULTS,
    folded: Folding = key,
    promised: Mapping[str, float] = NOTHING,
) -> tuple[Supply, ...]:
    """The `top` firms that can meet the request alone, best first; if none can, the best few
    together, in order of what they would make. Empty where nobody makes it, or its date is past.

    Who was asked and declined this buyer lately is left out. A capacity that nobody said is not
    counted on: such a firm is named alone only where no quantity is asked for. `promised` is what
    each has already given away.
    """
    if request.by is not None and request.by < today:
        return ()
    refused = _refused(request, past, today, settings)
    able = sorted(
        (
            found
            for firm in firms
            if firm.id not in refused and firm.id != request.buyer
            for found in _able(request, firm, today, settings, folded, promised)
        ),
        key=lambda found: found.order,
    )
    wanted = request.quantity
    alone = [found for found in able if wanted is None or (found.amount or 0.0) >= wanted]
    if alone or wanted is None:
        return tuple(
            _told(request, found, rank, found.worth, wanted, (), settings)
            for rank, found in enumerate(alone[:top], 1)
        )
    return _together(request, able, wanted, settings)


def _together(
    request: Request, able: Sequence[_Able], wanted: float, settings: Settings
) -> tuple[Supply, ...]:
    """The few that reach the quantity: the largest worth first, then without who is not needed."""
    chosen: list[_Able] = []
    left = wanted
    for found in sorted(able, key=lambda f: (-f.worth * min(f.amount or 0.0, wanted), f.firm.id)):
        if left <= 0 or len(chosen) == settings.most_together:
            break
        if found.amount:
            chosen.append(found)
            left -= found.amount
    if left > 0:
        return ()
    for found in sorted(chosen, key=lambda f: (f.amount or 0.0, f.firm.id)):
        if left + (found.amount or 0.0) <= 0:
            chosen.remove(found)
            left += found.amount or 0.0
    ids = tuple(sorted(found.firm.id for found in chosen))
    worth = settings.together * min(found.worth for found in chosen)
    told, open_still = [], wanted
    for rank, found in enumerate(chosen, 1):
        share = min(found.amount or 0.0, open_still)
        open_still -= share
        told.append(_told(request, found, rank, worth, share, ids, settings))
    return tuple(told)


def _able(
    request: Request,
    firm: Enterprise,
    today: date,
    settings: Settings,
    folded: Folding,
    promised: Mapping[str, float],
) -> Iterator[_Able]:
    if firm.willing == "no" or abroad(firm, request):
        return
    wanted = {folded(word) for word in request.wants}
    words = sorted(word for word in firm.sells if folded(word) in wanted)
    crafts = [craft for craft in firm.crafts if craft in request.crafts]
    if not words and ((request.wants and firm.sells) or not crafts):
        return  # what it sells is known and is something else
    km = measured(firm, request)
    if km is not None and km > settings.farthest_km:
        return
    worth = 1.0 if words else settings.craft_only
    standards = {folded(name) for name in request.standards}
    held = {folded(name) for name in firm.has}
    if standards - held:
        if firm.has:
            return
        worth *= settings.unknown_standard
    amount = capacity_by(request, firm, today, settings)
    if amount is None:
        worth *= settings.unknown_capacity
    else:
        amount = max(0.0, amount - promised.get(firm.id, 0.0))
    worth *= exp(-(settings.unknown_km if km is None else km) / settings.reach_km)
    yield _Able(firm, worth, amount, words[0] if words else None, crafts[0] if crafts else None)


def capacity_by(
    request: Request, firm: Enterprise, today: date, settings: Settings = DEFAULTS
) -> float | None:
    """How much of what is asked for a firm makes until the date, a month where none is said.

    None where it did not say, or counts in another unit.
    """
    if firm.capacity is None:
        return None
    if request.unit and _unit(request.unit) != _unit(firm.capacity.unit):
        return None
    days = DAYS_OF_A_MONTH if request.by is None else (request.by - today).days
    return settings.free * firm.capacity.month * max(0.0, days / DAYS_OF_A_MONTH)


def _unit(name: str) -> str:
    return name.casefold().strip().rstrip("s.")


def _refused(
    request: Request, past: Iterable[Event], today: date, settings: Settings
) -> frozenset[str]:
    names = {request.id, request.buyer}
    return frozenset(
        event.from_
        for event in past
        if event.kind == "declined"
        and event.to in names
        and 0 <= (today - event.at).days < settings.declined_days
    )


def _told(
    request: Request,
    found: _Able,
    rank: int,
    score: float,
    share: float | None,
    together: tuple[str, ...],
    settings: Settings,
) -> Supply:
    reasons = []
    if found.word is not None:
        reasons.append(Weighed(1.0, reason("makes_what_you_use", found.word)))
    elif found.craft is not None:
        reasons.append(Weighed(0.8, reason("same_craft", found.craft)))
    km = measured(found.firm, request)
    if km is not None and km <= settings.near_km:
        reasons.append(Weighed(0.5, reason("near", f"{km:.1f}")))
    return Supply(
        request=request.id,
        to=found.firm.id,
        rank=rank,
        score=score,
        share=share,
        together=together,
        reasons=weightiest(reasons),
    )
