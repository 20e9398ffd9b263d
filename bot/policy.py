"""The programme's own rules: how large groups are, how much brokers carry, how long things take.

They are settings of whoever runs the programme, nobody's norms. A TOML file named by POLICY
changes some of them; what it leaves out stays as here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from networks.proposals import Sizes
from networks.stages import CHECKS, Stage
from networks.stages import DEFAULTS as STAGES
from networks.workload import Limits


@dataclass(frozen=True)
class Days:
    """After how many days an unanswered invitation lapses, what a broker leaves unanswered passes
    on, and firms of a declined group may be put together again."""

    lapses: int = 7
    passes_on: int = 3
    declined: int = 90

    @property
    def until_lapsed(self) -> timedelta:
        return timedelta(days=self.lapses)

    @property
    def until_passed_on(self) -> timedelta:
        return timedelta(days=self.passes_on)


@dataclass(frozen=True)
class Policy:
    sizes: Sizes = field(default_factory=Sizes)
    limits: Limits = field(default_factory=Limits)
    days: Days = field(default_factory=Days)
    stages: Mapping[str, Stage] = field(default_factory=lambda: STAGES)


DEFAULTS = Policy()
MOST = {"sizes": 50, "limits": 1000, "days": 365}
"""The largest number that each section takes."""


def read(path: str) -> Policy:
    """The policy in a file; "" is the defaults. Raises ValueError with every mistake."""
    if not path:
        return DEFAULTS
    try:
        given = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        why = getattr(wrong, "strerror", None) or "it is no text"
        raise ValueError(f"names {path}, which cannot be read: {why}") from None
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"names {path}, which is no TOML: {wrong}") from None
    mistakes = list(_mistakes(given))
    if mistakes:
        raise ValueError(f"names {path}, in which " + "; ".join(mistakes))
    stages = given.get("stages", {})
    return Policy(
        replace(DEFAULTS.sizes, **given.get("sizes", {})),
        replace(DEFAULTS.limits, **given.get("limits", {})),
        replace(DEFAULTS.days, **given.get("days", {})),
        {name: _stage(stage, stages.get(name, {})) for name, stage in STAGES.items()},
    )


def _stage(stage: Stage, given: Mapping[str, Any]) -> Stage:
    needs = {"needs": tuple(given["needs"])} if "needs" in given else {}
    return replace(stage, **{**given, **needs})


def _mistakes(given: Mapping[str, Any]) -> Iterator[str]:
    known = {one.name for one in fields(Policy)}
    for name in given:
        if name not in known:
            yield f"[{name}] is unknown: there are {', '.join(sorted(known))}"
        elif not isinstance(given[name], dict):
            yield f"{name} is no section: write [{name}]"
    for name in ("sizes", "limits", "days"):
        yield from _of_numbers(name, _section(given, name), getattr(DEFAULTS, name))
    for name, stage in _section(given, "stages").items():
        yield from _of_stage(name, stage)


def _section(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name, {})
    return found if isinstance(found, dict) else {}


Numbers: TypeAlias = Sizes | Limits | Days


def _of_numbers(name: str, given: Mapping[str, Any], defaults: Numbers) -> Iterator[str]:
    known = [one.name for one in fields(defaults)]
    wrong = False
    for key, value in given.items():
        if key not in known:
            wrong = True
            yield f"{name}.{key} is unknown: there are {', '.join(known)}"
        elif not _is_number(value, 1, MOST[name]):
            wrong = True
            yield f"{name}.{key} is {value!r}: set it to a whole number from 1 to {MOST[name]}"
    if isinstance(defaults, Sizes) and not wrong:
        yield from _of_sizes(replace(defaults, **given))


def _of_sizes(sizes: Sizes) -> Iterator[str]:
    if not 2 <= sizes.least <= sizes.ideal_least <= sizes.ideal_most <= sizes.most:
        yield "sizes do not rise: 2 <= least <= ideal_least <= ideal_most <= most"
    if not 2 <= sizes.opens <= sizes.most:
        yield "sizes.opens is not between 2 and sizes.most"


def _of_stage(name: str, given: object) -> Iterator[str]:
    if name not in STAGES or not isinstance(given, dict):
        yield f"[stages.{name}] is no stage: there are {', '.join(STAGES)}"
        return
    bounds = {"months": (0, 120), "share": (0, 100), "quiet_days": (1, 365)}
    for key, value in given.items():
        where = f"stages.{name}.{key}"
        if key == "needs":
            checks = CHECKS[name]
            if not isinstance(value, list) or any(one not in checks for one in value):
                yield f"{where} is {value!r}: list some of {', '.join(checks) or 'nothing'}"
        elif key not in bounds:
            yield f"{where} is unknown: there are {', '.join([*bounds, 'needs'])}"
        elif not _is_number(value, *bounds[key]):
            low, high = bounds[key]
            yield f"{where} is {value!r}: set it to a whole number from {low} to {high}"


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
