"""What events say of answers: who was shown, asked and accepted, made ready to be learned from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from matching.heeding import NO_TIME, resting
from matching.records import Event

ORDER = ("shown", "opened", "asked", "lapsed", "accepted", "declined", "connected", "useful")
LITTLE = 0.3
LATELY = timedelta(days=84)
WEEK = timedelta(days=7)


@dataclass
class Answer:
    """One who was shown or asked, and what they did: `position` in a list from 1, None where it
    is not known; `again` how often the same had been shown in vain; `opened` whether it was seen
    for sure."""

    who: str
    whom: str
    asked: bool
    yes: bool = False
    position: int | None = None
    again: int = 0
    opened: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Memory:
    """`answers` in order; `vain` how often one was shown to another and nothing came of it;
    `exposure` how often each was shown of late, `this_week` since a week; `waiting` how many
    requests each has not answered yet; `resting` who had no time lately. `since` is the first day
    anybody was shown of late."""

    answers: Sequence[Answer]
    vain: Mapping[tuple[str, str], int]
    exposure: Mapping[str, int]
    waiting: Mapping[str, int]
    resting: frozenset[str]
    today: date
    since: date
    opens: bool = False

    @property
    def answered(self) -> int:
        """How many introductions were answered."""
        return sum(answer.asked for answer in self.answers)


@dataclass
class _Telling:
    answers: list[Answer] = field(default_factory=list)
    last: dict[tuple[str, str], Answer] = field(default_factory=dict)
    vain: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: dict[tuple[str, str], date] = field(default_factory=dict)
    settled: set[tuple[str, str]] = field(default_factory=set)
    exposure: dict[str, int] = field(default_factory=dict)
    since: date | None = None
    opens: bool = False


def remember(past: Iterable[Event], today: date) -> Memory:
    """What the events up to `today` tell; their order is of no account."""
    told = _Telling()
    known = [event for event in past if event.at <= today]
    rests = resting(known, today)
    for event in sorted(known, key=_order):
        _take(told, event, today)
    waiting: dict[str, int] = {}
    for (who, whom), at in told.asked.items():
        if (who, whom) not in told.settled and today - at < WEEK:
            waiting[whom] = waiting.get(whom, 0) + 1
    since = told.since or today
    return Memory(told.answers, told.vain, told.exposure, waiting, rests, today, since, told.opens)


def _order(event: Event) -> tuple[date, int, str, str, int]:
    return event.at, ORDER.index(event.kind), event.from_, event.to, event.position or 0


def _take(told: _Telling, event: Event, today: date) -> None:
    pair, back = (event.from_, event.to), (event.to, event.from_)
    match event.kind:
        case "shown":
            vain = told.vain.get(pair, 0)
            shown = Answer(*pair, asked=False, position=event.position, again=vain)
            told.answers.append(shown)
            told.last[pair] = shown
            told.vain[pair] = vain + 1
            if today - event.at < LATELY:
                told.exposure[event.to] = told.exposure.get(event.to, 0) + 1
                told.since = told.since or event.at
        case "opened":
            told.opens = True
            if pair in told.last:
                told.last[pair].opened = True
        case "asked":
            told.asked[pair] = event.at
            if pair in told.last:
                told.last[pair].yes = told.last[pair].opened = True
        case "accepted" | "declined":
            _answer(told, event)
        case "connected":
            for one in (pair, back):
                if one in told.asked and one not in told.settled:
                    told.settled.add(one)
                    told.answers.append(Answer(one[1], one[0], asked=True, yes=True))
        case "lapsed":
            told.settled.update((pair, back))
        case "useful":
            pass


def _answer(told: _Telling, event: Event) -> None:
    """A yes or no of whoever was asked; the asker's own yes says what asking said already."""
    pair, back = (event.from_, event.to), (event.to, event.from_)
    if pair in told.asked and back not in told.asked:
        return
    told.settled.add(back)
    weight = LITTLE if event.reason in NO_TIME else 1.0
    yes = event.kind == "accepted"
    asked = event.reason is None or back in told.asked
    told.answers.append(Answer(*pair, asked=asked, yes=yes, weight=weight))


def examined(
    answers: Sequence[Answer], usual: float = 0.85, worth: float = 30.0
) -> dict[int, float]:
    """How likely each position is looked at, as a share of the first: as often as it is asked
    from, held to the usual fall while that is seldom; never rising."""
    shown: dict[int, int] = {}
    asked: dict[int, int] = {}
    for answer in answers:
        if not answer.asked and answer.position:
            shown[answer.position] = shown.get(answer.position, 0) + 1
            asked[answer.position] = asked.get(answer.position, 0) + answer.yes
    if not shown:
        return {}
    overall = max(1e-6, sum(asked.values()) / sum(shown.values()))
    rates: dict[int, float] = {}
    for position in sorted(shown):
        held = overall * usual ** (position - 1) * worth / overall
        rates[position] = (asked[position] / overall + held) / (shown[position] + worth)
    first = rates[min(rates)]
    least, shares = 1.0, {}
    for position, rate in rates.items():
        least = max(0.1, min(least, rate / first))
        shares[position] = least
    return shares
