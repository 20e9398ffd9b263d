"""How number words and numerals add up, in languages that say "two thousand" and those that
say "thousand two" (Swahili, Hausa)."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto

from flows.light import light


class Kind(Enum):
    NUMERAL = auto()
    NUMBER = auto()
    SCALE = auto()
    ARTICLE = auto()
    JOINER = auto()
    HALF = auto()
    SHIFT = auto()
    WORD = auto()
    BREAK = auto()


@light(frozen=True)
class Item:
    kind: Kind
    value: Decimal | None = None

    @property
    def counts(self) -> bool:
        return self.kind in (Kind.NUMERAL, Kind.NUMBER, Kind.SCALE)


HUNDRED, THOUSAND = Decimal(100), Decimal(1000)
END = Item(Kind.BREAK)


def counted(
    items: list[Item], scale_first: bool, units_first: bool = False, whole_tens: bool = False
) -> tuple[list[Decimal | None], bool]:
    """The numbers these items spell, None for one that cannot be; and whether some joining word
    dangles, so that a number may have been read only in part."""
    items = _shifted(_settled(items))
    if units_first:
        items = _turned(items)
    reader = _ScaleFirst(items) if scale_first else _ScaleLast(items)
    reader.least = HUNDRED if whole_tens else Decimal(0)
    values: list[Decimal | None] = []
    while reader.at < len(items):
        kind = reader.here.kind
        if reader.here.counts or kind is Kind.HALF:
            at = reader.at
            values.append(reader.number())
            reader.at = max(reader.at, at + 1)  # a numeral without a value takes its place too
        else:
            reader.at += 1
    articles = [item.value for item in items if item.kind is Kind.ARTICLE and item.value]
    if not values and articles:
        return [articles[0]], any(item.kind is Kind.WORD for item in items)
    several = bool(articles) and any(item.kind is Kind.JOINER for item in items)
    return values, several or _dangles(items)


def _settled(items: list[Item]) -> list[Item]:
    """Articles before a scale say nothing more than it does; after a number they are a one."""
    settled: list[Item] = []
    for at, item in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else END
        before = settled[-1] if settled else END
        if before.kind is Kind.JOINER and len(settled) > 1:
            before = settled[-2]
        if item.kind is Kind.ARTICLE:
            if following.kind is Kind.SCALE and not before.counts:
                continue
            if item.value and before.counts:
                item = Item(Kind.NUMBER, item.value)
        settled.append(item)
    return settled


def _shifted(items: list[Item]) -> list[Item]:
    """ "and a half three hundred", "three and a half hundred": the count before a scale is more or
    less by a part of one."""
    shifted: list[Item] = []
    at = 0
    while at < len(items):
        item, (half, scale) = items[at], _half_and_scale(items, at + 1)
        at += 1
        if item.kind is Kind.SHIFT:
            following = items[at] if at < len(items) else END
            counts = following.kind in (Kind.NUMBER, Kind.NUMERAL)
            at += counts
            scaled = at < len(items) and items[at].kind is Kind.SCALE
            one = following.value if counts else Decimal(1)
            if scaled:
                item = Item(Kind.NUMERAL, _sum(one, item.value))
            else:  # "and a half three-hundred" in one word, as in Bengali
                whole = one is not None and one >= HUNDRED and one % HUNDRED == 0
                part = (item.value or Decimal(0)) * HUNDRED
                item = Item(Kind.NUMBER, _sum(one, part) if whole else None)
        elif scale and item.kind in (Kind.NUMBER, Kind.NUMERAL):
            item = Item(Kind.NUMERAL, _sum(item.value, Decimal("0.5")))
            at += half
        shifted.append(item)
    return shifted


def _half_and_scale(items: list[Item], at: int) -> tuple[int, bool]:
    """How many items make "and a half" here, and whether a scale follows them."""
    end = at
    while end < len(items) and items[end].kind in (Kind.JOINER, Kind.ARTICLE):
        end += 1
    half = end < len(items) and items[end].kind is Kind.HALF
    scaled = end + 1 < len(items) and items[end + 1].kind is Kind.SCALE
    return end + 1 - at, half and scaled


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _turned(items: list[Item]) -> list[Item]:
    """ "five and twenty" is twenty-five, in languages that say the units first."""
    turned: list[Item] = []
    for item in items:
        if item.kind is Kind.NUMBER and len(turned) > 1 and turned[-1].kind is Kind.JOINER:
            unit, tens = turned[-2].value or Decimal(0), item.value or Decimal(0)
            if turned[-2].kind is Kind.NUMBER and 0 < unit < 10 <= tens < 100 and not tens % 10:
                turned[-2:] = [Item(Kind.NUMBER, tens + unit)]
                continue
        turned.append(item)
    return turned


def _dangles(items: list[Item]) -> bool:
    for before, item, after in zip([END, *items], items, [*items[1:], END], strict=False):
        if item.kind is Kind.JOINER and (
            (before.counts and (after.kind is Kind.WORD or after is END))
            or (before.kind is Kind.WORD and after.counts)
        ):
            return True
    return False


class _Reader:
    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.at = 0
        self.least = Decimal(0)  # smaller numbers are one word, and none is added to them

    def peek(self, ahead: int = 0) -> Item:
        at = self.at + ahead
        return self.items[at] if at < len(self.items) else END

    @property
    def here(self) -> Item:
        return self.peek()

    def number(self) -> Decimal | None:
        raise NotImplementedError

    def half_follows(self) -> bool:
        """Take "and a half" if it stands here."""
        ahead = 1 if self.here.kind is Kind.JOINER else 0
        if self.peek(ahead).kind is Kind.HALF:
            self.at += ahead + 1
            return True
        return False

    def half_first(self) -> Decimal | None:
        """Take "half a million"; a half of nothing is no number."""
        self.at += 1
        if self.here.kind is Kind.ARTICLE:
            self.at += 1
        scale = self.here
        if scale.kind is Kind.SCALE and scale.value:
            self.at += 1
            return scale.value / 2
        return None


class _ScaleLast(_Reader):
    """ "two thousand three hundred and five": a count before each scale, the scales falling."""

    def number(self) -> Decimal | None:
        if self.here.kind is Kind.HALF:
            return self.half_first()
        if self.here.value is None:
            return None
        total = Decimal(0)
        part: Decimal | None = None
        limit: Decimal | None = None
        written = False
        while True:
            ahead = 1 if self.here.kind is Kind.JOINER and (part is not None or limit) else 0
            item = self.peek(ahead)
            value = item.value
            if value is None or not item.counts:
                break
            if item.kind is Kind.SCALE and value >= THOUSAND:
                if part is None and limit and value > limit:
                    total *= value
                elif limit and value >= limit:
                    break
                else:
                    total += (1 if part is None else part) * value
                part, limit = None, value
            elif item.kind is Kind.SCALE:
                if part is None or (part >= value and part % THOUSAND == 0):
                    part = (part or 0) + value
                elif 0 < part < value or value < HUNDRED:
                    part *= value
                else:
                    break
            elif part is None:
                if limit and value >= limit:
                    break
                part = value
            elif item.kind is Kind.NUMBER and not written and self._adds(part, value):
                part += value
            else:
                break
            written = item.kind is Kind.NUMERAL  # "200 one" is 200 for one, not 201
            self.at += ahead + 1
        if limit and part is None and self.half_follows():
            return total + limit / 2
        if self.half_follows():
            return None
        return total + (part or 0)

    def _adds(self, part: Decimal, value: Decimal) -> bool:
        """Whether a smaller number goes on where this one left room: twenty and five."""
        room = Decimal(10) ** len(str(int(value)))
        return (
            0 < value < part >= self.least and part % room == 0 and part == part.to_integral_value()
        )


class _ScaleFirst(_Reader):
    """ "elfu mbili mia tatu na tano": a count after each scale, the scales falling."""

    def number(self) -> Decimal | None:
        if self.here.kind is Kind.HALF:
            return self.half_first()
        written = self.here.kind is Kind.NUMERAL
        total = self._group()
        last = total
        if written and self.peek(-1).kind is Kind.NUMERAL:  # "200 one" is 200 for one, not 201
            return None if self.half_follows() else total
        while total is not None and last is not None:
            ahead = 1 if self.here.kind is Kind.JOINER else 0
            item = self.peek(ahead)
            if item.value is None or not item.counts or item.value > _room(last):
                break
            self.at += ahead
            last = self._group()
            total = None if last is None else total + last
        if self.half_follows():
            return None
        return total

    def _group(self) -> Decimal | None:
        """A scale with its count, or a number below a hundred, or numerals."""
        item = self.here
        self.at += 1
        value = item.value
        if value is None:
            return None
        if item.kind is not Kind.SCALE:
            return self._counted_before(item.kind, value)
        if value < THOUSAND:
            return value * self._count(10)
        if self.here.kind is Kind.SCALE and self.here.value == HUNDRED:
            self.at += 1
            return value * HUNDRED * self._count(10)
        amount = value * self._count(1000)
        return amount + value / 2 if self.half_follows() else amount

    def _count(self, below: int) -> Decimal:
        """The count that follows a scale directly: one where none does."""
        item = self.here
        if item.kind is Kind.NUMERAL and item.value is not None and 0 < item.value < 1000:
            self.at += 1
            return item.value
        if item.kind is not Kind.NUMBER or not item.value or item.value >= below:
            return Decimal(1)
        self.at += 1
        count = item.value
        ahead = 1 if self.here.kind is Kind.JOINER else 0
        unit = self.peek(ahead)
        if count % 10 == 0 and unit.kind is Kind.NUMBER and 0 < (unit.value or 0) < 10:
            self.at += ahead + 1
            count += unit.value or 0
        return count

    def _counted_before(self, kind: Kind, value: Decimal) -> Decimal | None:
        """ "15 elfu" and "kumi na tano elfu" are said as well, where no count follows."""
        ahead = 1 if self.here.kind is Kind.JOINER else 0
        unit = self.peek(ahead)
        tens = kind is Kind.NUMBER and value % 10 == 0 and value >= 10
        if tens and unit.kind is Kind.NUMBER and 0 < (unit.value or 0) < 10:
            self.at += ahead + 1
            value += unit.value or 0
        scale, following = self.here, self.peek(1)
        if scale.kind is Kind.SCALE and scale.value and scale.value >= THOUSAND > value:
            if following.kind in (Kind.NUMBER, Kind.NUMERAL):
                return value
            self.at += 1
            amount = value * scale.value
            return amount + scale.value / 2 if self.half_follows() else amount
        return value


def _room(value: Decimal) -> Decimal:
    """The greatest number that may still be added: below the last digit that is not nought."""
    whole = int(value)
    if whole <= 0 or whole != value:
        return Decimal(-1)
    room = 1
    while whole % (room * 10) == 0:
        room *= 10
    return Decimal(room - 1)
