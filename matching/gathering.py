"""Putting firms into groups so that together they are worth most: a first sorting, then moves.

A move takes one firm from its group into another, or changes two against each other, wherever that
makes the two groups worth more; worth is size times quality. Nothing is left to chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matching import exhaustive
from matching.hilbert import along
from matching.quality import Index, Members, Quality
from matching.standing import Standing

NONE = -1
ENOUGH = 1e-9


@dataclass(frozen=True)
class Effort:
    """How long to look: neighbours looked at on each line, groups weighed for a firm, members of a
    group tried for a change, how often everybody is gone through, from how many
    beginnings, and how often two groups are broken up in the hope of better."""

    neighbours: int = 16
    groups: int = 6
    changes: int = 2
    rounds: int = 4
    beginnings: int = 1
    kicks: int = 0


@dataclass(frozen=True)
class Sizes:
    """How many firms make a group: at least, at most, and how many are aimed at."""

    least: int = 3
    most: int = 15
    aim: int = 9


_Kept = tuple[float, dict[int, Standing], list[int]]


class Gathering:
    """Firms in groups, and the moves that better them. `apart` are those never put together."""

    def __init__(
        self,
        members: Members,
        quality: Quality,
        sizes: Sizes,
        fits: Mapping[int, float],
        apart: Mapping[Index, frozenset[Index]],
        effort: Effort,
    ) -> None:
        self.members, self.quality, self.sizes = members, quality, sizes
        self.fits, self.apart, self.effort = fits, apart, effort
        self.of: list[int] = [NONE] * len(members)
        self.groups: dict[int, Standing] = {}
        self.without: dict[int, list[tuple[Index, Standing]]] = {}
        self.latest = 0
        self.stale = set(range(len(members)))
        self.lines = _lines(members)
        self.places = [_inverse(line) for line in self.lines]

    def _stand(self, group: Sequence[Index]) -> Standing:
        """The group as it stands."""
        return Standing(self.members, self.quality, self.fits, group)

    def _worth(self) -> float:
        """All groups together."""
        return sum(group.worth for group in self.groups.values())

    def gather(self, kinds: Sequence[str]) -> None:
        """Put everybody into the best groups found; `kinds` are what a first sorting goes by."""
        if len(self.members) <= exhaustive.MOST:
            sizes = range(self.sizes.least, min(self.sizes.most, len(self.members)) + 1)
            for group in exhaustive.divided(
                len(self.members), sizes, lambda firms: self._stand(firms).worth, self.apart
            ):
                self._found(group)
            return
        best = self._kept()
        for beginning in range(self.effort.beginnings):
            self._begin(kinds if beginning % 2 == 0 else [""] * len(kinds), beginning // 2)
            self._descend()
            best = max(best, self._kept(), key=lambda kept: kept[0])
        self._restore(best)
        for number in range(self.effort.kicks if self.groups else 0):
            self._kick(number)
            self._descend()
            if self._worth() <= best[0] + ENOUGH:
                self._restore(best)
            best = self._kept()

    def _kept(self) -> _Kept:
        return self._worth(), dict(self.groups), list(self.of)

    def _restore(self, kept: _Kept) -> None:
        _, groups, of = kept
        self.groups, self.of, self.without = dict(groups), list(of), {}
        self.stale = set()

    def _descend(self) -> None:
        """Move firms as long as that betters something, or the rounds are used up."""
        for _ in range(self.effort.rounds):
            if not self._bettered() + self._founded():
                break

    def _kick(self, number: int) -> None:
        """Shuffle a group and a neighbour of it into two or three others, however bad."""
        names = sorted(self.groups)
        first = self.groups[names[number % len(names)]].firms
        near = self._near(first[number % len(first)])
        broken = [self.of[first[0]], *near[number // len(names) % 4 :][:1]]
        firms = [firm for name in broken for firm in self.groups[name].firms]
        for name in broken:
            self._become(name, ())
        firms.sort(key=lambda firm: (_mixed(firm, number), firm))
        most = max(1, len(firms) // self.sizes.least)
        parts = min(most, max(-(-len(firms) // self.sizes.most), len(broken) + number % 3 - 1))
        for part in range(parts):
            self._found(firms[len(firms) * part // parts : len(firms) * (part + 1) // parts])
        self.stale.update(firms)

    def _founded(self) -> int:
        """Make new groups of those in none, wherever they are worth anything."""
        alone = [firm for firm in self.lines[0] if self.of[firm] == NONE]
        before = self.latest
        for block in _blocks(alone, self.sizes.aim):
            if len(block) >= self.sizes.least and self._stand(block).worth > ENOUGH:
                self._cut(list(block))
        made = [name for name in self.groups if name > before]
        self.stale.update(firm for name in made for firm in self.groups[name].firms)
        return len(made)

    def _begin(self, kinds: Sequence[str], shift: int) -> None:
        """The first groups: neighbours of one kind; then whoever is left, as neighbours."""
        self.of, self.groups, self.without = [NONE] * len(self.members), {}, {}
        self.stale = set(range(len(self.members)))
        left: list[Index] = []
        line = self.lines[0][shift:] + self.lines[0][:shift]
        for block in _blocks(line, 40 * self.sizes.aim):
            by_kind: dict[str, list[Index]] = {}
            for firm in block:
                by_kind.setdefault(kinds[firm], []).append(firm)
            for kind in sorted(by_kind):
                left += self._cut(by_kind[kind])
        place = self.places[0]
        self._cut(sorted(left, key=place.__getitem__))

    def _cut(self, firms: list[Index]) -> list[Index]:
        """Groups of about the size aimed at; those for whom it did not come out."""
        count = len(firms) // self.sizes.aim or (1 if len(firms) >= self.sizes.least else 0)
        if not count:
            return firms
        left: list[Index] = []
        for number in range(count):
            start, end = (len(firms) * k // count for k in (number, number + 1))
            part = firms[start:end]
            keep = [firm for firm in part if not self._quarrels(firm, part)]
            left += [firm for firm in part if firm not in keep]
            while len(keep) > self.sizes.most:
                left.append(keep.pop())
            if len(keep) < self.sizes.least:
                left += keep
                continue
            self._found(keep)
        return left

    def _found(self, firms: Sequence[Index]) -> None:
        self.latest += 1
        self._become(self.latest, firms)

    def _become(self, name: int, firms: Sequence[Index]) -> None:
        """Give a group other members; one that has too few is no more."""
        old = self.groups.pop(name, None)
        for firm in old.firms if old else ():
            if self.of[firm] == name:
                self.of[firm] = NONE
        self.without.pop(name, None)
        if len(firms) < self.sizes.least:
            return
        self.groups[name] = self._stand(firms)
        for firm in firms:
            self.of[firm] = name

    def _quarrels(self, firm: Index, group: Iterable[Index]) -> bool:
        foes = self.apart.get(firm)
        return foes is not None and any(other in foes for other in group)

    def _bettered(self) -> int:
        """Go through everybody once, along the first line; how many moves there were."""
        moves = 0
        now, self.stale = self.stale, set()
        for firm in self.lines[0]:
            if firm in now:
                moves += self._moved(firm)
        return moves

    def _moved(self, firm: Index) -> bool:
        mine = self.of[firm]
        old = self.groups[mine] if mine != NONE else None
        rest = self._stand([other for other in old.firms if other != firm] if old else [])
        lost = old.worth - rest.worth if old else 0.0
        best, change = max(ENOUGH, -lost), (NONE, NONE) if -lost > ENOUGH else None
        for name in self._near(firm):
            group = self.groups[name]
            if len(group.firms) < self.sizes.most and not self._quarrels(firm, group.firms):
                gain = group.joined(firm) - group.worth - lost
                if gain > best:
                    best, change = gain, (name, NONE)
            if not old:
                continue
            most = len(old.firms) - old.worth - group.worth
            for other, without in self._changes(name):
                there = without.joined(firm)
                if there + most <= best or self._changed_quarrels(firm, other, rest, without):
                    continue
                gain = there - group.worth + rest.joined(other) - old.worth
                if gain > best:
                    best, change = gain, (name, other)
        if change is None:
            return False
        self._change(firm, mine, rest.firms, *change)
        return True

    def _change(
        self, firm: Index, mine: int, rest: tuple[Index, ...], name: int, other: Index
    ) -> None:
        """Move a firm into a group or out of all, and `other` out of it into the firm's own."""
        if mine != NONE:
            self._become(mine, rest if other == NONE else (*rest, other))
        theirs: tuple[Index, ...] = ()
        if name != NONE:
            theirs = tuple(each for each in self.groups[name].firms if each != other)
            self._become(name, (*theirs, firm))
        self.stale.update(rest, theirs, (firm,), () if other == NONE else (other,))

    def _changed_quarrels(
        self, firm: Index, other: Index, rest: Standing, without: Standing
    ) -> bool:
        return self._quarrels(firm, without.firms) or self._quarrels(other, rest.firms)

    def _changes(self, name: int) -> list[tuple[Index, Standing]]:
        """The members that bring a group least, each with the group as it stands without them."""
        found = self.without.get(name)
        if found is None:
            group = self.groups[name]
            found = self.without[name] = [
                (firm, self._stand([each for each in group.firms if each != firm]))
                for firm in group.weakest[: self.effort.changes]
            ]
        return found

    def _near(self, firm: Index) -> list[int]:
        """The groups of a firm's neighbours on every line, the likeliest first."""
        seen: dict[int, None] = {}
        wide = self.effort.neighbours
        for line, place in zip(self.lines, self.places, strict=True):
            at = place[firm]
            for other in line[max(0, at - wide) : at + wide + 1]:
                name = self.of[other]
                if name != NONE and name != self.of[firm]:
                    seen[name] = None
        needs, lacks = self.members.needs[firm], self.members.lacks[firm]
        if len(seen) <= self.effort.groups:
            return list(seen)
        at_firm = self.members.at[firm]

        def likely(name: int) -> float:
            group = self.groups[name]
            there = self.members.at[group.firms[0]]
            away = sum(abs(a - b) for a, b in zip(at_firm, there, strict=True))
            alike = (needs & group.needs).bit_count() + 0.5 * (lacks & group.has).bit_count()
            return alike - 0.05 * away

        return sorted(seen, key=lambda name: (-likely(name), name))[: self.effort.groups]


def _mixed(firm: Index, number: int) -> int:
    """A number that looks like chance and is always the same."""
    found = (firm * 2654435761 + number * 0x9E3779B9) & 0xFFFFFFFF
    found = (found ^ found >> 16) * 0x45D9F3B & 0xFFFFFFFF
    return found ^ found >> 15


def _lines(members: Members) -> list[list[Index]]:
    """Lines on which those who may fit stand close: by place, and by place within a first need."""
    plain = along(members.at)
    turned = along(members.at, turned=True)
    place = _inverse(plain)
    needs = members.needs
    rank = [place[firm] * 16 // max(1, len(plain)) for firm in range(len(plain))]
    block = 2000
    rank = [place[firm] // block for firm in range(len(plain))]
    wished = sorted(plain, key=lambda firm: (rank[firm], needs[firm], place[firm]))
    return [plain, turned, wished]


def _inverse(line: Sequence[Index]) -> list[int]:
    found = [0] * len(line)
    for place, firm in enumerate(line):
        found[firm] = place
    return found


def _blocks(line: Sequence[Index], size: int) -> Iterator[Sequence[Index]]:
    for start in range(0, len(line), size):
        yield line[start : start + size]
