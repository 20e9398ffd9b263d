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
    group tried for a change, how often everybody is gone through, from how many beginnings, how
    often every group is broken up in the hope of better, and up to which size a group is small
    enough to be given up for that."""

    neighbours: int = 16
    groups: int = 6
    changes: int = 2
    rounds: int = 4
    beginnings: int = 1
    kicks: int = 0
    small: int = 5


@dataclass(frozen=True)
class Sizes:
    """How many firms make a group: at least, at most, and how many are aimed at."""

    least: int = 3
    most: int = 15
    aim: int = 9


_Kept = tuple[float, dict[int, Standing], list[int]]
KICK_ROUNDS = 4


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
        self.alone = set(range(len(members)))
        self.latest, self.total = 0, 0.0
        self.undo: list[tuple[int, Standing | None]] | None = None
        self.stale = set(range(len(members)))
        self.lines = _lines(members)
        self.places = [_inverse(line) for line in self.lines]

    def _stand(self, group: Sequence[Index]) -> Standing:
        """The group as it stands."""
        return Standing(self.members, self.quality, self.fits, group)

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
        self.total, self.groups, self.of = best
        self.without = {}
        self.alone = {firm for firm, name in enumerate(self.of) if name == NONE}
        self._give_up_small()
        for number in range(self.effort.kicks):
            self._break_up(number)

    def _kept(self) -> _Kept:
        return self.total, dict(self.groups), list(self.of)

    def _descend(self) -> None:
        """Move firms as long as that betters something, or the rounds are used up."""
        for _ in range(self.effort.rounds):
            if not self._bettered() + self._founded(self.alone):
                break

    def _give_up_small(self) -> None:
        """Let the members of each small group go where they are worth more, if they are."""
        small = self.effort.small
        for name in list(self.groups):
            if name in self.groups and len(self.groups[name].firms) <= small:
                self._kick([name], 0, 0)

    def _break_up(self, number: int) -> None:
        """Shuffle every group and a neighbour of it into one to three, the poorest first."""
        order = sorted(self.groups, key=lambda name: (self._each_is_worth(name), name))
        for name in order:
            if name not in self.groups:
                continue
            firms = self.groups[name].firms
            near = self._near(_mixed_choice(firms, number))
            broken = [name, *(other for _, _, other in near[number % 4 :][:1])]
            count = sum(len(self.groups[each].firms) for each in broken)
            most = max(1, count // self.sizes.least)
            least = max(-(-count // self.sizes.most), len(broken) - 1 + number % 3)
            self._kick(broken, number, min(most, least))

    def _each_is_worth(self, name: int) -> float:
        group = self.groups[name]
        return group.worth / len(group.firms)

    def _kick(self, broken: Sequence[int], number: int, parts: int) -> None:
        """Shuffle some groups into so many (0: everybody by itself) and let firms move from
        there; undo all of it where that betters nothing."""
        before = self.total
        undo: list[tuple[int, Standing | None]] = []
        self.undo = undo
        firms = [firm for name in broken for firm in self.groups[name].firms]
        for name in broken:
            self._become(name, ())
        firms.sort(key=lambda firm: (_mixed(firm, number), firm))
        for part in range(parts):
            some = firms[len(firms) * part // parts : len(firms) * (part + 1) // parts]
            self._found(self._at_peace(some))
        self.stale = set(firms)
        for _ in range(KICK_ROUNDS):
            if not self._bettered() + self._founded(self.alone.intersection(firms)):
                break
        self.undo, self.stale = None, set()
        if self.total <= before + ENOUGH:
            for name, old in reversed(undo):
                self._put(name, old)
            self.total = before

    def _founded(self, alone: Iterable[Index]) -> int:
        """Make new groups of those in none, wherever they are worth anything."""
        before = self.latest
        for block in _blocks(sorted(alone, key=self.places[0].__getitem__), self.sizes.aim):
            if len(block) >= self.sizes.least and self._stand(block).worth > ENOUGH:
                self._cut(list(block))
        made = [name for name in range(before + 1, self.latest + 1) if name in self.groups]
        self.stale.update(firm for name in made for firm in self.groups[name].firms)
        return len(made)

    def _begin(self, kinds: Sequence[str], shift: int) -> None:
        """The first groups: neighbours of one kind; then whoever is left, as neighbours."""
        self.of, self.groups, self.without = [NONE] * len(self.members), {}, {}
        self.stale, self.alone = set(range(len(self.members))), set(range(len(self.members)))
        self.total = 0.0
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
        if self.undo is not None:
            self.undo.append((name, self.groups.get(name)))
        self._put(name, self._stand(firms) if len(firms) >= self.sizes.least else None)

    def _put(self, name: int, group: Standing | None) -> None:
        old = self.groups.pop(name, None)
        self.without.pop(name, None)
        if old is not None:
            self.total -= old.worth
            for firm in old.firms:
                if self.of[firm] == name:
                    self.of[firm] = NONE
                    self.alone.add(firm)
        if group is not None:
            self.groups[name] = group
            self.total += group.worth
            for firm in group.firms:
                self.of[firm] = name
            self.alone.difference_update(group.firms)

    def _at_peace(self, firms: Iterable[Index]) -> list[Index]:
        """Those who may all be put together, whoever comes first before the others."""
        kept: list[Index] = []
        for firm in firms:
            if not self._quarrels(firm, kept):
                kept.append(firm)
        return kept

    def _quarrels(self, firm: Index, group: Iterable[Index]) -> bool:
        foes = self.apart.get(firm)
        return foes is not None and any(other in foes for other in group)

    def _bettered(self) -> int:
        """Go once through those near whom something changed, along the first line; how many moves
        there were."""
        moves = 0
        now, self.stale = self.stale, set()
        for firm in sorted(now, key=self.places[0].__getitem__):
            moves += self._moved(firm)
        return moves

    def _moved(self, firm: Index) -> bool:
        mine = self.of[firm]
        old = self.groups[mine] if mine != NONE else None
        rest = self._stand([other for other in old.firms if other != firm] if old else [])
        lost = old.worth - rest.worth if old else 0.0
        best, change = max(ENOUGH, -lost), (NONE, NONE) if -lost > ENOUGH else None
        for _, bound, name in self._near(firm):
            group = self.groups[name]
            goal = best + group.worth
            if bound - lost > goal and not self._quarrels(firm, group.firms):
                gain = group.joined(firm) - group.worth - lost
                if gain > best:
                    best, change = gain, (name, NONE)
            if not old:
                continue
            goal = best + group.worth + old.worth
            for other, without in self._changes(name):
                there = without.at_most(firm)
                if there + len(old.firms) <= goal or there + rest.at_most(other) <= goal:
                    continue
                if self._changed_quarrels(firm, other, rest, without):
                    continue
                gain = without.joined(firm) + rest.joined(other) - group.worth - old.worth
                if gain > best:
                    best, change = gain, (name, other)
                    goal = best + group.worth + old.worth
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

    def _near(self, firm: Index) -> list[tuple[float, float, int]]:
        """The groups of a firm's neighbours on every line, the likeliest first: what it could at
        most bring there if sizes were no matter, a bound on what that group would be worth, and
        its name."""
        seen: dict[int, None] = {}
        wide, of, mine = self.effort.neighbours, self.of, self.of[firm]
        for line, place in zip(self.lines, self.places, strict=True):
            at = place[firm]
            for other in line[max(0, at - wide) : at + wide + 1]:
                seen[of[other]] = None
        found = []
        for name in seen:
            if name not in (NONE, mine):
                group = self.groups[name]
                quality = group.bound(firm)
                count = len(group.firms)
                bound = quality * self.fits.get(count + 1, 0.0)
                found.append((quality - group.worth / self.fits[count], bound, name))
        found.sort(key=lambda each: (-each[0], each[2]))
        return found[: self.effort.groups]


def _mixed_choice(firms: Sequence[Index], number: int) -> Index:
    return firms[number % len(firms)]


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
