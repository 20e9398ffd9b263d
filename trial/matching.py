"""`artisan trial matching`: every policy through the same worlds and weeks, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

from trial import policies
from trial.firms import Floats
from trial.measures import NAMES, Mean, Measures, Ratio, mean, measured, ratio
from trial.ours import Ours, Parts, without
from trial.weeks import Policy, played
from trial.worlds import SIZE, WEEKS, World, world

Making = Callable[[World], Policy]

VARIANTS: Mapping[str, Mapping[str, Making]] = MappingProxyType(
    {
        "random": {"by lot": lambda w: policies.Drawn(w, policies.limits(w))},
        "popularity": {
            "again after 3 weeks": lambda w: policies.Popular(w, policies.limits(w), again=3),
            "never again": lambda w: policies.Popular(w, policies.limits(w), again=99),
        },
        "same-craft-nearest": {
            "kin +15 km, others +60 km": lambda w: _fixed(
                w, policies.same_craft_nearest(w, 15, 60)
            ),
            "kin +30 km, others +30 km": lambda w: _fixed(
                w, policies.same_craft_nearest(w, 30, 30)
            ),
            "own craft, then kin": lambda w: _fixed(w, policies.same_craft_nearest(w, 1e3, 1e6)),
            "own craft, again after 3 weeks": lambda w: _fixed(
                w, policies.same_craft_nearest(w, 1e3, 1e6), again=3
            ),
        },
        "tf-idf cosine": {
            "with places": lambda w: _fixed(w, policies.tf_idf(w, places=True, roles=False)),
            "without places": lambda w: _fixed(w, policies.tf_idf(w, places=False, roles=False)),
            "places and roles": lambda w: _fixed(w, policies.tf_idf(w, places=True, roles=True)),
        },
        "bm25 role-mapped": {
            "with places, b 0.75": lambda w: _fixed(w, policies.bm25(w, True, 1.2, 0.75, False)),
            "with places, b 0.3": lambda w: _fixed(w, policies.bm25(w, True, 1.2, 0.3, False)),
            "with places, both views": lambda w: _fixed(w, policies.bm25(w, True, 1.2, 0.75, True)),
            "without places": lambda w: _fixed(w, policies.bm25(w, False, 1.2, 0.75, True)),
            "k1 0.5": lambda w: _fixed(w, policies.bm25(w, True, 0.5, 0.75, False)),
        },
    }
)
"""Policy -> its settings. The first of each did best on the tuning worlds and is held against us;
`artisan trial matching --settings` plays them all."""


def _fixed(world: World, scores: Floats, again: int = 99) -> Policy:
    return policies.Scored(scores, policies.limits(world), again)


BASELINES: Mapping[str, Making] = MappingProxyType(
    {name: next(iter(settings.values())) for name, settings in VARIANTS.items()}
)
OURS = "ours"
KNOWING = "knows all but whims"
OFTEN = 0.2
"""Who may be shown to fewer than this share of the others does not count for exposure."""


@dataclass(frozen=True)
class Trial:
    """What was measured: by policy, world by world, in the order of `worlds`."""

    worlds: tuple[str, ...]
    size: int
    weeks: int
    by_policy: Mapping[str, tuple[Measures, ...]]

    def mean(self, policy: str, measure: str) -> Mean:
        """Over the worlds."""
        return mean([getattr(each, measure) for each in self.by_policy[policy]])

    def ratio(self, policy: str, other: str) -> Ratio:
        """Successes of a policy over another's, paired by world."""
        ours, theirs = self.by_policy[policy], self.by_policy[other]
        return ratio([each.successes for each in ours], [each.successes for each in theirs])


def tried(
    seeds: Sequence[tuple[str, int]],
    makings: Mapping[str, Making],
    size: int = SIZE,
    weeks: int = WEEKS,
    say: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Every policy through every world; `say` hears of each as it is done."""
    found: dict[str, list[Measures]] = {name: [] for name in makings}
    names = []
    for family, seed in seeds:
        planted = world(family, seed, size, weeks)
        names.append(planted.name)
        may_be_shown = policies.limits(planted).mean(axis=0) > OFTEN
        for name, making in makings.items():
            outcome = played(planted, making(planted), weeks)
            found[name].append(measured(planted, outcome, may_be_shown, weeks))
            say(f"{planted.name}  {name}: {found[name][-1].successes:.1f}")
    kept = {name: tuple(measures) for name, measures in found.items()}
    return Trial(tuple(names), size, weeks, kept)


def settings_tried() -> Mapping[str, Making]:
    """Every setting of every baseline."""
    return {
        f"{name}: {setting}": making
        for name, settings in VARIANTS.items()
        for setting, making in settings.items()
    }


def everything() -> Mapping[str, Making]:
    """The baselines, ours, and who knows all."""
    return {
        **BASELINES,
        OURS: lambda w: Ours(w),
        KNOWING: lambda w: policies.Knowing(w, policies.limits(w)),
    }


def ablations() -> Mapping[str, Making]:
    """Ours without each of its parts."""
    return {f"ours without {part}": _without(parts) for part, parts in without().items()}


def _without(parts: Parts) -> Making:
    return lambda w: Ours(w, parts)


def table(trial: Trial) -> Iterator[str]:
    """The lines of a table in Markdown, and the ratios under it."""
    count = len(trial.worlds)
    named = ", ".join(trial.worlds)
    yield f"Worlds: {count} of {trial.size} firms, {trial.weeks} weeks: {named}"
    yield ""
    yield f"| Policy | {' | '.join(NAMES.values())} |"
    yield "| --- |" + " --- |" * len(NAMES)
    for policy in trial.by_policy:
        cells = (_cell(name, trial.mean(policy, name)) for name in NAMES)
        yield f"| {policy} | {' | '.join(cells)} |"
    if OURS in trial.by_policy:
        yield ""
        yield f"Successes of {OURS}, over those of another in the same world (95 % interval):"
        yield ""
        for other in trial.by_policy:
            if other != OURS:
                yield f"- {_told(other, trial.ratio(OURS, other), count)}"


def _cell(name: str, value: Mean) -> str:
    if name in ("successes", "most_shown"):
        return f"{value.mean:.1f} ± {value.error:.1f}"
    return f"{value.mean:.3f} ± {value.error:.3f}"


def _told(other: str, found: Ratio, worlds: int) -> str:
    interval = f"{found.low:.2f} to {found.high:.2f}" if worlds > 1 else "one world, none"
    return f"{other}: {found.ratio:.2f} ({interval}), ahead in {found.won} of {worlds}"


def as_json(trial: Trial) -> str:
    """The same for a program, world by world."""
    policies_told = {
        name: {
            "worlds": [asdict(each) for each in measures],
            "mean": {key: asdict(trial.mean(name, key)) for key in NAMES},
            "ours_over": asdict(trial.ratio(OURS, name)) if OURS in trial.by_policy else None,
        }
        for name, measures in trial.by_policy.items()
    }
    told = {
        "worlds": trial.worlds,
        "size": trial.size,
        "weeks": trial.weeks,
        "policies": policies_told,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)
