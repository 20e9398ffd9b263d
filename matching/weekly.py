"""The weekly making of a version: what the answers so far teach, and what attention costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matching.answers import Answer, Memory, examined
from matching.crowd import WILLING, Crowd
from matching.fairness import Candidates, Fairness, Lists, shared_out, with_quota
from matching.history import History
from matching.learning import NAMES, Examples, Holding, Learned, features, learn
from matching.ranking import AGAIN, Lesson, Placed, Standing, Version, chances, placed
from matching.records import Enterprise
from matching.weighing import (
    DEFAULTS,
    WAYS,
    Asker,
    Floats,
    Settings,
    allowed,
    asker,
    pairs,
    shared_words,
    worth,
)

MOST_EXAMPLES = 300_000


@dataclass(frozen=True)
class Rules:
    """What a programme may tune of its weeks. Nothing is learned before `enough` introductions
    were answered; `candidates` are weighed for each list."""

    enough: int = 500
    candidates: int = 150
    holding: Holding = field(default_factory=Holding)
    fairness: Fairness = field(default_factory=Fairness)


def examples_of(crowd: Crowd, enterprises: Sequence[Enterprise], memory: Memory, settings: Settings = DEFAULTS) -> Examples | None:
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
        counts = {f: c[rows] for f, c in shared_words(crowd, me).items()}
        terms[start:end] = features(pairs(crowd, me, counts, rows), settings)
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
    """A version and the lists it leads to: for each enterprise the rows shown, best first."""

    version: Version
    crowd: Crowd
    enterprises: Sequence[Enterprise]
    rows: NDArray[np.int32]
    values: Floats


def make(
    enterprises: Sequence[Enterprise],
    memory: Memory,
    history: History,
    top: int,
    settings: Settings = DEFAULTS,
    rules: Rules = Rules(),
    name: str = "",
) -> Week:
    """The week of these enterprises. Their order is of no account to the lists."""
    crowd = Crowd.of(enterprises)
    learned = None
    if memory.answered >= rules.enough:
        examples = examples_of(crowd, enterprises, memory, settings)
        learned = None if examples is None else learn(examples, len(crowd), rules.holding)
    standings = _standings(enterprises, learned)
    version = Version(name, lesson_of(learned) if learned else None, standings)
    found = _candidates(crowd, enterprises, version, memory, history, settings, rules)
    past = np.array([float(memory.exposure.get(e.id, 0)) for e in enterprises])
    eligible = (crowd.column("flags") & WILLING) != 0
    full = np.array([memory.waiting.get(e.id, 0) >= rules.fairness.week for e in enterprises], np.bool_)
    lists = shared_out(found, past, eligible & ~full, top, rules.fairness)
    columns = with_quota(found, lists, top, rules.fairness)
    dear = lists.prices - lists.prices.min(initial=0.0)
    priced = {e.id: replace(standings[e.id], price=round(float(p), 6)) for e, p in zip(enterprises, dear, strict=True)}
    rows = np.where(columns >= 0, np.take_along_axis(found.rows, np.maximum(columns, 0), 1), -1)
    values = np.take_along_axis(found.value, np.maximum(columns, 0), 1)
    return Week(replace(version, standings=priced), crowd, enterprises, rows, values)


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


def _candidates(crowd: Crowd, enterprises: Sequence[Enterprise], version: Version, memory: Memory, history: History, settings: Settings, rules: Rules) -> Candidates:
    most = min(rules.candidates, max(1, len(crowd) - 1))
    shape = (len(crowd), most)
    rows = np.full(shape, -1, np.int32)
    value, asks = np.full(shape, -np.inf), np.zeros(shape)
    way = np.zeros(shape, np.int8)
    standing = placed(version, [e.id for e in enterprises])
    row_of = {e.id: row for row, e in enumerate(enterprises)}
    barred = _barred(crowd, enterprises, memory, history, rules, row_of)
    full = np.array([memory.waiting.get(e.id, 0) >= rules.fairness.week for e in enterprises], np.bool_)
    for row, who in enumerate(enterprises):
        if who.willing == "no":
            continue
        me = asker(crowd, who, settings)
        scored = _scored(crowd, me, version, standing, settings)
        may = scored.may & ~full
        for other, vain in barred(who):
            if vain is None:
                may[other] = False
            else:
                again = AGAIN if version.lesson is None else min(version.lesson.again, AGAIN / 2)
                scored.value[other] += vain * again
        if who.willing == "known":
            known = np.zeros(len(crowd), np.bool_)
            known[[row_of[i] for i in who.knows if i in row_of]] = True
            may &= known
        for other in crowd.known_by.get(who.id, ()):
            pass
        ok = np.flatnonzero(may & np.isfinite(scored.value))
        best = ok[np.argsort(-scored.value[ok], kind="stable")[:most]]
        rows[row, : len(best)] = best
        value[row, : len(best)] = scored.value[best]
        asks[row, : len(best)] = scored.asks[best]
        way[row, : len(best)] = scored.way[best]
    return Candidates(rows, value, asks, way)
