"""What providers have been asked and have done: how much room they have left, whom they helped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from matching.records import Enterprise, Event, Provider
from matching.suggestions import Suggestion

MONTH = timedelta(days=30)
REFUSED_FOR = timedelta(days=180)
TAKEN = frozenset({"asked", "accepted", "connected"})
AGAIN = 1.15
"""What having been helped is worth: so much more, up to the whole."""
LEAST_FREE = 0.6
"""What somebody is still worth who has hardly any room left."""


@dataclass(frozen=True)
class Served:
    """`load`: of each provider how many enterprises came this month; `helped` and `refused`:
    pairs of enterprise and provider."""

    load: Mapping[str, int] = field(default_factory=dict)
    helped: frozenset[tuple[str, str]] = frozenset()
    refused: frozenset[tuple[str, str]] = frozenset()

    def room(self, provider: Provider) -> int | None:
        """How many more it can take this month, None where that is not known."""
        if provider.month_capacity is None:
            return None
        return max(0, provider.month_capacity - self.load.get(provider.id, 0))

    def part(self, who: Enterprise, provider: Provider) -> float:
        """What load and use before make of a provider's worth; 0 where it is not to be shown."""
        pair = (who.id, provider.id)
        room = self.room(provider)
        if pair in self.refused or room == 0:
            return 0.0
        free = 1.0 if room is None else room / max(1, provider.month_capacity or 1)
        part = LEAST_FREE + (1 - LEAST_FREE) * free
        return part * AGAIN if pair in self.helped else part


NOBODY_YET = Served()


def served(past: Iterable[Event], providers: Iterable[Provider], today: date) -> Served:
    """What events up to `today` tell of these providers; their order is of no account."""
    ids = {provider.id for provider in providers}
    came: dict[str, set[str]] = {}
    helped: set[tuple[str, str]] = set()
    refused: set[tuple[str, str]] = set()
    for event in past:
        if event.at > today:
            continue
        provider, who = (event.to, event.from_) if event.to in ids else (event.from_, event.to)
        if provider not in ids:
            continue
        if event.kind in TAKEN and today - event.at < MONTH:
            came.setdefault(provider, set()).add(who)
        if event.kind == "useful":
            helped.add((who, provider))
        if event.kind == "declined" and today - event.at < REFUSED_FOR:
            refused.add((who, provider))
    load = {provider: len(those) for provider, those in came.items()}
    return Served(load, frozenset(helped), frozenset(refused))


def within_room(
    lists: Sequence[Sequence[Suggestion]], providers: Iterable[Provider], known: Served, top: int
) -> list[list[Suggestion]]:
    """At most `top` of each list, and no provider in more lists than it has room for: first places
    are given first, of these to whom it serves best."""
    room = {provider.id: known.room(provider) for provider in providers}
    kept: list[list[Suggestion]] = [[] for _ in lists]
    at = [0] * len(lists)
    for _ in range(top):
        waiting = {number for number, one in enumerate(lists) if at[number] < len(one)}
        while waiting:
            turn = sorted(waiting, key=lambda n: (-lists[n][at[n]].score, lists[n][at[n]].for_))
            for number in turn:
                one = lists[number][at[number]]
                at[number] += 1
                left = room.get(one.to)
                if left is None or left > 0:
                    room[one.to] = None if left is None else left - 1
                    kept[number].append(replace(one, rank=len(kept[number]) + 1))
                    waiting.discard(number)
                elif at[number] >= len(lists[number]):
                    waiting.discard(number)
    return kept
