"""The weekly making of a version: what the answers so far teach, and what attention costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching.answers import Answer, Memory, examined
from matching.crowd import Crowd
from matching.fairness import Candidates, Fairness, shared_out, with_quota, with_seldom
from matching.history import History
from matching.index import Index, Shown
from matching.learning import NAMES, Examples, Holding, Learned, features, learn
from matching.records import Enterprise
from matching.versions import Lesson, Standing, Version
from matching.weighing import DEFAULTS, Floats, Settings, asker, pairs, shared_words

MOST_EXAMPLES = 300_000


@dataclass(frozen=True)
class Rules:
    """What a programme may tune of its weeks. Nothing is learned before `enough` introductions
    were answered; so many `candidates` are weighed for each list, fewer where enterprises are
    `many`."""

    enough: int = 500
    candidates: int = 300
    many: int = 20_000
    candidates_of_many: int = 40
    holding: Holding = field(default_factory=Holding)
    fairness: Fairness = field(default_factory=Fairness)


RULES = Rules()


def examples_of(
    crowd: Crowd, enterprises: Sequence[Enterprise], memory: Memory, settings: Settings = DEFAULTS
) -> Examples | None:
    """The answers in columns; None where there is none between enterprises that are still here."""
    row_of = {enterprise.id: row for row, enterprise in enumerate(enterprises)}
    known = [a for a in memory.answers if a.who in row_of and a.whom in row_of and a.who != a.whom]
    known = sorted(known[-MOST_EXAMPLES:], key=lambda answer: answer.who)
    if not known:
        return None
    who = np.array([row_of[a.who] for a in known], np.int64)
    whom = np.array([row_of[a.whom] for a in known], np.int64)
    terms = np.empty((len(known), len(NAMES)))
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(known)], strict=True):
        me = asker(crowd, enterprises[int(who[start])], settings)
        rows = whom[start:end].astype(np.int32)
        terms[start:end] = features(pairs(crowd, me, shared_words(crowd, me), rows), settings)
    seen = examined(known)
    return Examples(
        who=who,
        whom=whom,
        terms=terms,
        yes=np.array([float(a.yes) for a in known]),
        weight=np.array([_weight(a, seen, memory.opens) for a in known]),
        asked=np.array([float(a.asked) for a in known]),
        position=np.array([np.log(a.position or 1) for a in known]),
        again=np.array([float(min(a.again, 5)) for a in known]),
    )


def _weight(answer: Answer, seen: dict[int, float], opens: bool) -> float:
    """A silence counts as far as it was looked at."""
    if answer.asked or answer.yes:
        return answer.weight
    looked = seen.get(answer.position or 0, 1.0)
    if not opens:
        return looked
    return 1.0 if answer.opened else looked / 2


def lesson_of(learned: Learned) -> Lesson:
    """What holds for everybody."""
    return Lesson(
        terms=tuple(round(float(t), 6) for t in learned.terms),
        start=round(learned.start, 6),
        asked=round(learned.asked, 6),
        again=round(learned.again, 6),
        trust=round(learned.trust, 6),
    )


@dataclass(frozen=True)
class Week:
    """A version, and the lists of the week in which it begins: by enterprise, best first."""

    version: Version
    lists: Mapping[str, tuple[Shown, ...]]


def make(
    enterprises: Sequence[Enterprise],
    memory: Memory,
    history: History,
    top: int,
    settings: Settings = DEFAULTS,
    rules: Rules = RULES,
    name: str = "",
) -> Week:
    """The week of these enterprises. Their order is of no account."""
    known = sorted(enterprises, key=lambda enterprise: enterprise.id)
    unpriced = taught(known, memory, settings, rules, name)
    index = Index.of(known, unpriced, settings)
    found, ids = _candidates(index, known, memory, history, rules)
    past = np.array([float(memory.exposure.get(e.id, 0)) for e in known])
    here = np.array([_here(e, memory) for e in known])
    eligible = np.array([e.willing == "yes" for e in known], np.bool_)
    lists = shared_out(found, past, here, eligible, top, rules.fairness)
    columns = with_quota(found, lists, rules.fairness, top)
    columns = with_seldom(found, columns, past, eligible, rules.fairness)
    dear = lists.prices - lists.prices.min(initial=0.0)
    priced = {
        e.id: replace(unpriced.standings[e.id], price=round(float(price), 4))
        for e, price in zip(known, dear, strict=True)
    }
    return Week(replace(unpriced, standings=priced), dict(_told(known, found, ids, columns, dear)))


def taught(
    enterprises: Sequence[Enterprise],
    memory: Memory,
    settings: Settings = DEFAULTS,
    rules: Rules = RULES,
    name: str = "",
) -> Version:
    """What answers teach of these enterprises, before attention has a price."""
    known = sorted(enterprises, key=lambda enterprise: enterprise.id)
    learned = _learned(known, memory, settings, rules)
    lesson = lesson_of(learned) if learned else None
    return Version(name, lesson, _standings(known, learned))


def _here(who: Enterprise, memory: Memory) -> float:
    """The share of the weeks looked back on that somebody has been here, this one among them."""
    all_ = (memory.today - memory.since).days / 7 + 1
    mine = all_ if who.joined is None else max(0, (memory.today - who.joined).days) / 7 + 1
    return min(1.0, mine / all_)


def _learned(
    known: Sequence[Enterprise], memory: Memory, settings: Settings, rules: Rules
) -> Learned | None:
    if memory.answered < rules.enough:
        return None
    crowd = Crowd.of(known)
    examples = examples_of(crowd, known, memory, settings)
    return None if examples is None else learn(examples, len(crowd), rules.holding)


def _standings(enterprises: Sequence[Enterprise], learned: Learned | None) -> dict[str, Standing]:
    if learned is None:
        return {enterprise.id: Standing() for enterprise in enterprises}
    return {
        enterprise.id: Standing(
            open_=round(float(learned.open_[row]), 4),
            appeal=round(float(learned.appeal[row]), 4),
            cares=tuple(round(float(care), 4) for care in learned.cares[row]),
        )
        for row, enterprise in enumerate(enterprises)
    }


def _candidates(
    index: Index,
    known: Sequence[Enterprise],
    memory: Memory,
    history: History,
    rules: Rules,
) -> tuple[Candidates, Sequence[tuple[str, ...]]]:
    most = max(1, min(rules.candidates, len(known) - 1))
    if len(known) > rules.many:
        most = min(most, rules.candidates_of_many)
    row_of = {enterprise.id: row for row, enterprise in enumerate(known)}
    full = {i for i, count in memory.waiting.items() if count >= rules.fairness.week}
    full |= memory.resting
    vain: dict[str, dict[str, int]] = {}
    for (shown, whom), times in memory.vain.items():
        vain.setdefault(shown, {})[whom] = times
    shape = (len(known), most)
    rows, way = np.full(shape, -1, np.int32), np.zeros(shape, np.int8)
    value, asks = np.full(shape, -np.inf), np.zeros(shape)
    ids: list[tuple[str, ...]] = []
    for line, who in enumerate(known):
        without = history.apart.get(who.id, frozenset()) | full
        best = index.best(who, most, without=without, vain=vain.get(who.id, {}))
        count = len(best.ids)
        rows[line, :count] = [row_of[identity] for identity in best.ids]
        value[line, :count] = 2 * np.log(best.value)
        asks[line, :count], way[line, :count] = best.asks, best.way
        ids.append(best.ids)
    return Candidates(rows, value, asks, way), ids


def _told(
    known: Sequence[Enterprise],
    found: Candidates,
    ids: Sequence[tuple[str, ...]],
    columns: NDArray[np.int32],
    dear: Floats,
) -> Iterator[tuple[str, tuple[Shown, ...]]]:
    """The lists with ids. A value tells the order: it is never above that of the one before."""
    for line, who in enumerate(known):
        shown, least = [], 1.0
        for column in columns[line].tolist():
            if column >= 0:
                paid = found.value[line, column] - dear[found.rows[line, column]]
                least = min(least, float(np.exp(paid / 2)))
                way = int(found.way[line, column])
                shown.append(Shown(ids[line][column], round(least, 9), way))
        yield who.id, tuple(shown)
