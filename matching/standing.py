"""A group as it stands, so that what one more would make of it is found without starting anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt

from matching.quality import Bits, Index, Members, Quality, at_least, cohesion


class Standing:
    """Some firms and what they add up to. `worth` is size times quality times how well the size
    fits, 0 where it is no group; `joined` the worth with one more. Never changed once made."""

    __slots__ = (
        "about",
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
        "linked",
        "lonely",
        "missing",
        "needs",
        "one",
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
                lonely.append(firm)
            shared, lacked, covered = shared + part, lacked + lack, covered + cover
            own.append((part + (cover / lack if lack else 0.0) + linked, firm))
        self.common, self.shared, self.lacked, self.covered = common, shared, lacked, covered
        self.lonely, self.linked = lonely, count - len(lonely)
        self.weakest = [firm for _, firm in sorted(own)]
        self.worth = self._worth(self.firms, shared, lacked, covered, self.linked, self.tongues)

    def _linked(self, firm: Index) -> bool:
        sells, buys = self.about.sells, self.about.buys
        mine, wanted = sells[firm], buys[firm]
        if not (wanted & self.sold or mine & self.bought):
            return False
        return any(
            wanted & sells[other] or mine & buys[other] for other in self.firms if other != firm
        )

    def joined(self, firm: Index) -> float:
        """What the group would be worth with one more, who is not in it yet."""
        about, count = self.about, len(self.firms) + 1
        if self.fits.get(count, 0.0) == 0.0:
            return 0.0
        mine, lacks, has = about.needs[firm], about.lacks[firm], about.has[firm]
        common, shared = self._common(mine, count)
        if mine:
            shared += (mine & common).bit_count() / mine.bit_count()
        lacked = self.lacked + lacks.bit_count()
        covered = self.covered + (lacks & (self.has | has)).bit_count()
        brought = has & ~self.has & self.missing
        if brought:
            covered += sum((about.lacks[each] & brought).bit_count() for each in self.firms)
        sells, buys = about.sells[firm], about.buys[firm]
        linked = self.linked + (1 if buys & self.sold or sells & self.bought else 0)
        for other in self.lonely:
            if about.buys[other] & sells or about.sells[other] & buys:
                linked += 1
        tongues = self.tongues & (about.languages[firm] or -1)
        return self._worth((*self.firms, firm), shared, lacked, covered, linked, tongues)

    def _common(self, mine: Bits, count: int) -> tuple[Bits, float]:
        """The needs that enough would share with one more who has `mine`, and how much of theirs
        the others share then."""
        quorum = self.by.quorum
        if count <= quorum:  # all have to share, and that by one more than before
            common = at_least(count - 1, self.one, self.two, self.four, self.eight) & mine
        else:
            almost = at_least(quorum - 1, self.one, self.two, self.four, self.eight)
            common = self.common | almost & mine
            if common == self.common:
                return common, self.shared
        needs = self.about.needs
        shared = sum(
            (needs[each] & common).bit_count() / needs[each].bit_count()
            for each in self.firms
            if needs[each]
        )
        return common, shared

    def _worth(
        self,
        firms: Sequence[Index],
        shared: float,
        lacked: int,
        covered: int,
        linked: int,
        tongues: Bits,
    ) -> float:
        count, by = len(firms), self.by
        fit = self.fits.get(count, 0.0)
        if fit == 0.0:
            return 0.0
        total, farthest, points, travel = 0.0, 0.0, self.about.at, self.about.travel_km
        x = y = z = 0.0
        if count == len(self.firms):
            x, y, z = self.x / count, self.y / count, self.z / count
        else:
            last = points[firms[-1]]
            x, y, z = (self.x + last[0]) / count, (self.y + last[1]) / count, self.z + last[2]
            z /= count
        for firm in firms:
            a, b, c = points[firm]
            a, b, c = a - x, b - y, c - z
            away = sqrt(a * a + b * b + c * c)
            total += away
            if away > farthest:
                farthest = away
            if away > travel[firm]:
                return 0.0
        value = by.shared * shared / count + by.linked * linked / count
        value += by.near * exp(-total / (count * by.near_km))
        if lacked:
            value += by.covered * covered / lacked
        if not tongues:
            value *= cohesion(self.about, firms)
        if farthest > by.meeting_km:
            value *= exp(-(farthest - by.meeting_km) / by.beyond_km)
        return value * count * fit
