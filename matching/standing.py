"""A group as it stands, so that what one more would make of it is found without starting anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, sqrt

from matching.quality import Bits, Index, Members, Quality, at_least, cohesion

ROUNDING = 1e-6
"""Bounds are taken so much wider than they are, for what floats lose."""


class Standing:
    """Some firms and what they add up to. `worth` is size times quality times how well the size
    fits, 0 where it is no group; `joined` the worth with one more, `at_most` a bound on that. Never
    changed once made."""

    __slots__ = (
        "about",
        "almost",
        "away",
        "bought",
        "by",
        "common",
        "covered",
        "eight",
        "firms",
        "fits",
        "four",
        "has",
        "lacked",
        "lacking",
        "linked",
        "lonely",
        "missing",
        "nearly",
        "needs",
        "one",
        "open",
        "shared",
        "sold",
        "tongues",
        "two",
        "weakest",
        "worth",
        "x",
        "y",
        "z",
    )

    def __init__(
        self, about: Members, by: Quality, fits: Mapping[int, float], firms: Sequence[Index]
    ) -> None:
        self.about, self.by, self.fits, self.firms = about, by, fits, tuple(firms)
        self._add_up()
        self._weigh()

    def _add_up(self) -> None:
        about = self.about
        one = two = four = eight = has = sold = bought = needs = missing = 0
        tongues = -1
        x = y = z = 0.0
        for firm in self.firms:
            carry = about.needs[firm]
            needs |= carry
            one, carry = one ^ carry, one & carry
            two, carry = two ^ carry, two & carry
            four, carry = four ^ carry, four & carry
            eight |= carry
            has |= about.has[firm]
            missing |= about.lacks[firm]
            sold |= about.sells[firm]
            bought |= about.buys[firm]
            tongues &= about.languages[firm] or -1
            point = about.at[firm]
            x, y, z = x + point[0], y + point[1], z + point[2]
        self.one, self.two, self.four, self.eight = one, two, four, eight
        self.needs, self.has, self.missing = needs, has, missing
        self.sold, self.bought, self.tongues = sold, bought, tongues
        self.x, self.y, self.z = x, y, z

    def _weigh(self) -> None:
        about, count = self.about, len(self.firms)
        quorum = min(self.by.quorum, max(1, count))
        common = at_least(quorum, self.one, self.two, self.four, self.eight)
        shared, lacked, covered = 0.0, 0, 0
        lonely, own = [], []
        for firm in self.firms:
            mine, lacks = about.needs[firm], about.lacks[firm]
            part = (mine & common).bit_count() / mine.bit_count() if mine else 0.0
            lack, cover = lacks.bit_count(), (lacks & self.has).bit_count()
            linked = self._linked(firm)
            if not linked:
                lonely.append((about.sells[firm], about.buys[firm]))
            shared, lacked, covered = shared + part, lacked + lack, covered + cover
            own.append((part + (cover / lack if lack else 0.0) + linked, firm))
        self.common, self.shared, self.lacked, self.covered = common, shared, lacked, covered
        self.lonely, self.linked = lonely, count - len(lonely)
        self.weakest = [firm for _, firm in sorted(own)]
        self.almost: Mapping[Bits, float] | None = None
        self.open = self.missing & ~self.has
        base = self._base(count, shared, lacked, covered, self.linked)
        self.away, self.worth = (
            self._placed(self.firms, base, self.tongues) if count else (0.0, 0.0)
        )

    def _linked(self, firm: Index) -> bool:
        sells, buys = self.about.sells, self.about.buys
        mine, wanted = sells[firm], buys[firm]
        if not (wanted & self.sold or mine & self.bought):
            return False
        return any(
            wanted & sells[other] or mine & buys[other] for other in self.firms if other != firm
        )

    def at_most(self, firm: Index) -> float:
        """No less than what `joined` gives, found sooner: distances are only bounded."""
        return self.bound(firm) * self.fits.get(len(self.firms) + 1, 0.0)

    def bound(self, firm: Index) -> float:
        """`at_most`, were every size as fit as any."""
        before = len(self.firms)
        if not before:
            return 0.0
        about, count, by = self.about, before + 1, self.by
        x, y, z = about.at[firm]
        x, y, z = x - self.x / before, y - self.y / before, z - self.z / before
        farthest = sqrt(x * x + y * y + z * z) * before / count
        if farthest > about.travel_km[firm] + ROUNDING:
            return 0.0
        total = 2 * farthest
        if total < self.away:
            total = self.away
        value = self._with(firm, count) + by.near * exp(-total / (count * by.near_km))
        if not self.tongues & (about.languages[firm] or -1):
            value *= 1 - 1 / count
        if farthest > by.meeting_km:
            value *= exp(-(farthest - by.meeting_km) / by.beyond_km)
        return value * count + ROUNDING

    def joined(self, firm: Index) -> float:
        """What the group would be worth with one more, who is not in it yet."""
        count = len(self.firms) + 1
        if self.fits.get(count, 0.0) == 0.0:
            return 0.0
        tongues = self.tongues & (self.about.languages[firm] or -1)
        return self._placed((*self.firms, firm), self._with(firm, count), tongues)[1]

    def _with(self, firm: Index, count: int) -> float:
        """What counts apart from distance and language, with one more."""
        about, by = self.about, self.by
        mine, lacks, has = about.needs[firm], about.lacks[firm], about.has[firm]
        sells, buys = about.sells[firm], about.buys[firm]
        almost = self.almost
        if almost is None:
            almost = self.almost = self._almost()
        common, shared, left = self.common, self.shared, mine & self.nearly
        if count <= by.quorum:  # all have to share, and that by one more than before
            common, shared = left, 0.0
        else:
            common |= left
        while left:
            bit = left & -left
            shared += almost[bit]
            left ^= bit
        if mine:
            shared += (mine & common).bit_count() / mine.bit_count()
        linked = self.linked + (1 if buys & self.sold or sells & self.bought else 0)
        for theirs, wanted in self.lonely:
            if wanted & sells or theirs & buys:
                linked += 1
        value = (by.shared * shared + by.linked * linked) / count
        lacked = self.lacked + lacks.bit_count()
        if not lacked:
            return value
        covered = self.covered + (lacks & (self.has | has)).bit_count()
        brought = has & self.open
        while brought:
            bit = brought & -brought
            covered += self.lacking[bit]
            brought ^= bit
        return value + by.covered * covered / lacked

    def _almost(self) -> Mapping[Bits, float]:
        """For each need that one more may make common (or keep so, in a group so small that all
        have to share it): how much of all they need it is, over the members."""
        needs, quorum = self.about.needs, self.by.quorum
        self.nearly = self.common
        if len(self.firms) >= quorum:
            digits = self.one, self.two, self.four, self.eight
            self.nearly = at_least(quorum - 1, *digits) & ~self.common if quorum > 1 else 0
        found = dict.fromkeys(_each(self.nearly), 0.0)
        self.lacking = dict.fromkeys(_each(self.open), 0)
        for each in self.firms:
            for bit in _each(self.about.lacks[each] & self.open):
                self.lacking[bit] += 1
            part = 1 / max(1, needs[each].bit_count())
            for bit in _each(needs[each] & self.nearly):
                found[bit] += part
        return found

    def _base(self, count: int, shared: float, lacked: int, covered: int, linked: int) -> float:
        by = self.by
        value = (by.shared * shared + by.linked * linked) / max(1, count)
        return value + by.covered * covered / lacked if lacked else value

    def _placed(self, firms: Sequence[Index], value: float, tongues: Bits) -> tuple[float, float]:
        """All their ways to the middle together, km, and what the group is worth."""
        count, by = len(firms), self.by
        if not firms:
            return 0.0, 0.0
        fit = self.fits.get(count, 0.0)
        total, farthest, points, travel = 0.0, 0.0, self.about.at, self.about.travel_km
        x, y, z = self.x, self.y, self.z
        if count != len(self.firms):
            last = points[firms[-1]]
            x, y, z = x + last[0], y + last[1], z + last[2]
        x, y, z = x / count, y / count, z / count
        reachable = True
        for firm in firms:
            a, b, c = points[firm]
            a, b, c = a - x, b - y, c - z
            away = sqrt(a * a + b * b + c * c)
            total += away
            if away > farthest:
                farthest = away
            if away > travel[firm]:
                reachable = False
        if fit == 0.0 or not reachable:
            return total, 0.0
        value += by.near * exp(-total / (count * by.near_km))
        if not tongues:
            value *= cohesion(self.about, firms)
        if farthest > by.meeting_km:
            value *= exp(-(farthest - by.meeting_km) / by.beyond_km)
        return total, value * count * fit


def _each(bits: Bits) -> Iterator[Bits]:
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest
