"""A second witness: people who really chose each other. Speed dating events, in which each decided
on each and a match is two yeses; the file is published without a licence, so it is not kept here.

Everybody becomes a record as an enterprise does: the field of study for the craft, hobbies for what
it has, traits said of oneself for what it sells, traits looked for in others for what it buys.
Neither sex, age, race nor faith is read. Each decision is an answer; the very code that learns from
a programme's answers learns from those of the other events, and is asked about events it has not
seen, first by profiles alone, then with nine tenths of what was decided there."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import numpy as np

from matching import weekly
from matching.answers import remember
from matching.index import Index
from matching.records import Enterprise, Event, Need
from matching.versions import FIRST, Version

HOBBIES = (
    *("sports", "tvsports", "exercise", "dining", "museums", "art", "hiking", "gaming"),
    *("clubbing", "reading", "tv", "theater", "movies", "concerts", "music", "shopping", "yoga"),
)
TRAITS = ("attr", "sinc", "intel", "fun", "amb", "shar")
COLUMNS = ("iid", "pid", "wave", "dec", "field_cd", "goal", *HOBBIES, "attr1_1", "attr3_1")
MUCH = 8.0
"""From 1 to 10: a hobby or a trait of one's own from here on."""
SOUGHT = 2
"""So many traits, those worth most to somebody, are what they look for."""
FOLDS, GROUPS, RESAMPLED = 10, 7, 2000
DAY = date(2004, 1, 1)

Pair = tuple[str, str]
Scores = Mapping[Pair, float]


class NotTheFile(ValueError):
    """What was given is not the table of decisions; says what is missing."""


@dataclass(frozen=True)
class Dating:
    """`people` by id, `decided` by who on whom, the `wave` (event) each was at."""

    people: Mapping[str, Enterprise]
    decided: Mapping[Pair, bool]
    wave: Mapping[str, int]

    def pairs(self, waves: frozenset[int]) -> list[Pair]:
        """Two of whom each decided on the other, once, at these events."""
        return sorted(
            (a, b)
            for a, b in self.decided
            if a < b and (b, a) in self.decided and self.wave[a] in waves
        )

    def both(self, pair: Pair) -> bool:
        return self.decided[pair] and self.decided[pair[::-1]]


def read(path: Path) -> Dating:
    """The decisions of a file. Raises NotTheFile, OSError."""
    people: dict[str, Enterprise] = {}
    decided: dict[Pair, bool] = {}
    wave: dict[str, int] = {}
    with path.open(encoding="latin-1", newline="") as lines:
        table = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise NotTheFile(f"{path} has no column {', '.join(missing)}")
        for row in table:
            if row["iid"] not in people:
                people[row["iid"]] = _person(row)
                wave[row["iid"]] = int(row["wave"])
            if row["pid"]:
                decided[row["iid"], row["pid"]] = row["dec"] == "1"
    if len(set(wave.values())) < 2:
        raise NotTheFile(f"{path} has fewer than two events")
    return Dating(people, decided, wave)


def _person(row: Mapping[str, str]) -> Enterprise:
    worth = {name: _number(row.get(f"{name}1_1")) for name in TRAITS}
    sought = sorted(TRAITS, key=lambda name: -worth[name])[:SOUGHT]
    own = {name for name in TRAITS if _number(row.get(f"{name}3_1")) >= MUCH}
    return Enterprise(
        id=row["iid"],
        crafts=(row["field_cd"],) if row["field_cd"] else (),
        sells=frozenset(own),
        buys=frozenset(sought),
        has=frozenset(name for name in HOBBIES if _number(row[name]) >= MUCH),
        needs=(Need("partners", f"goal {row['goal']}"),) if row["goal"] else (),
        country="US",
    )


def _number(cell: str | None) -> float:
    try:
        return float(cell or 0)
    except ValueError:
        return 0.0


# --- what is held against what was decided ------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """The chance that two who chose each other stand above two who did not, and its 95 % interval
    over events."""

    name: str
    auc: float
    low: float
    high: float


@dataclass(frozen=True)
class Result:
    pairs: int
    matches: int
    events: int
    rows: tuple[Row, ...]


def tried(dating: Dating, said: Callable[[str], None] = lambda what: None) -> Result:
    """Every way of ordering pairs, on events that what is taught has not seen."""
    waves = sorted(set(dating.wave.values()))
    found: dict[str, dict[Pair, float]] = {}
    for number in range(min(GROUPS, len(waves))):
        away = frozenset(waves[number :: min(GROUPS, len(waves))])
        said(f"events {', '.join(map(str, sorted(away)))} held out")
        for name, scores in _held_out(dating, away):
            found.setdefault(name, {}).update(scores)
    all_ = dating.pairs(frozenset(waves))
    rows = tuple(_row(name, scores, dating, all_) for name, scores in found.items())
    return Result(len(all_), sum(map(dating.both, all_)), len(waves), rows)


def _held_out(dating: Dating, away: frozenset[int]) -> Iterator[tuple[str, Scores]]:
    """Scores of the pairs at events that are held out, by what may be known of them."""
    pairs = dating.pairs(away)
    elsewhere = [pair for pair in dating.decided if dating.wave[pair[0]] not in away]
    yield "by chance", {pair: Random(str(pair)).random() for pair in pairs}  # noqa: S311
    yield "profiles, nothing taught", _values(dating, pairs, FIRST)
    taught = _taught(dating, elsewhere)
    yield "profiles, taught by other events", _values(dating, pairs, taught)
    yield "… one side only", _one_sided(dating, pairs, taught)
    popular: dict[Pair, float] = {}
    fed: dict[Pair, float] = {}
    one: dict[Pair, float] = {}
    for fold in range(FOLDS):
        asked = pairs[fold::FOLDS]
        hidden = {*asked, *(pair[::-1] for pair in asked)}
        here = [p for p in dating.decided if dating.wave[p[0]] in away and p not in hidden]
        popular |= _popular(dating, here, asked)
        knowing = _taught(dating, elsewhere + here)
        fed |= _values(dating, asked, knowing)
        one |= _one_sided(dating, asked, knowing)
    yield "how often each was chosen there by others", popular
    yield "taught by other events and nine tenths of this one", fed
    yield "… one side only (nine tenths)", one


def _taught(dating: Dating, answers: Sequence[Pair]) -> Version:
    """What these decisions teach, as a programme's week is made of its answers."""
    past = [
        Event(DAY, "accepted" if dating.decided[pair] else "declined", *pair) for pair in answers
    ]
    people = list(dating.people.values())
    return weekly.taught(people, remember(past, DAY))


def _values(dating: Dating, pairs: Sequence[Pair], version: Version) -> dict[Pair, float]:
    """What orders suggestions, of both sides: the value of each for the other."""
    mine, theirs = _found(dating, pairs, version), _found(dating, _turned(pairs), version)
    return {pair: mine[pair][0] * theirs[pair[::-1]][0] for pair in pairs}


def _one_sided(dating: Dating, pairs: Sequence[Pair], version: Version) -> dict[Pair, float]:
    """How likely the first of each would ask the second."""
    return {pair: asks for pair, (_, asks) in _found(dating, pairs, version).items()}


def _turned(pairs: Sequence[Pair]) -> list[Pair]:
    return [(other, one) for one, other in pairs]


def _found(
    dating: Dating, pairs: Sequence[Pair], version: Version
) -> dict[Pair, tuple[float, float]]:
    """Of each pair what the second is worth to the first, and how likely they are asked."""
    index = Index.of(dating.people.values(), version)
    scores: dict[Pair, tuple[float, float]] = dict.fromkeys(pairs, (0.0, 0.0))
    for one in {pair[0] for pair in pairs}:
        best = index.best(dating.people[one], len(dating.people))
        for other, *found in zip(best.ids, best.value.tolist(), best.asks.tolist(), strict=True):
            if (one, other) in scores:
                scores[one, other] = (found[0], found[1])
    return scores


def _popular(dating: Dating, known: Sequence[Pair], pairs: Sequence[Pair]) -> dict[Pair, float]:
    chosen: dict[str, list[bool]] = {}
    for pair in known:
        chosen.setdefault(pair[1], []).append(dating.decided[pair])
    share = {one: (sum(said) + 1) / (len(said) + 2) for one, said in chosen.items()}
    return {(a, b): share.get(a, 0.5) * share.get(b, 0.5) for a, b in pairs}


def _row(name: str, scores: Scores, dating: Dating, pairs: Sequence[Pair]) -> Row:
    by_wave: dict[int, list[tuple[float, bool]]] = {}
    for pair in pairs:
        by_wave.setdefault(dating.wave[pair[0]], []).append((scores[pair], dating.both(pair)))
    waves = [one for _, one in sorted(by_wave.items())]
    chance = np.random.default_rng(1)
    picks = chance.integers(0, len(waves), (RESAMPLED, len(waves)))
    aucs = np.array([_auc(one) for one in waves])
    weights = np.array([_weight(one) for one in waves])
    sampled = (aucs * weights)[picks].sum(axis=1) / weights[picks].sum(axis=1)
    low, high = np.quantile(sampled, (0.025, 0.975))
    return Row(name, float((aucs * weights).sum() / weights.sum()), float(low), float(high))


def _weight(scored: Sequence[tuple[float, bool]]) -> float:
    """How many comparisons an event allows: matches times others."""
    matches = sum(both for _, both in scored)
    return float(matches * (len(scored) - matches))


def _auc(scored: Sequence[tuple[float, bool]]) -> float:
    """Of all two pairs of an event, one a match and one not, in how many the match stands above;
    half where they stand alike."""
    yes = np.array([score for score, both in scored if both])
    no = np.array([score for score, both in scored if not both])
    if not len(yes) or not len(no):
        return 0.5
    above = (yes[:, None] > no).sum() + (yes[:, None] == no).sum() / 2
    return float(above / (len(yes) * len(no)))


def table(result: Result) -> Iterator[str]:
    """The lines to print."""
    yield (
        f"{result.pairs} pairs at {result.events} events, {result.matches} of whom chose each other"
    )
    yield ""
    yield "| Pairs ordered by | mutual AUC | 95 % over events |"
    yield "| --- | ---: | --- |"
    for row in result.rows:
        yield f"| {row.name} | {row.auc:.3f} | {row.low:.3f} to {row.high:.3f} |"
