"""Our lists, made as anybody would: records and events in, as `artisan match` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from matching.jsonl import Reading
from matching.running import ENOUGH, partners_of_all
from matching.weekly import RULES, Rules
from matching.weighing import DEFAULTS, Settings, Term
from trial.firms import Whole
from trial.weeks import PLACES, Week
from trial.worlds import World

AS_ALWAYS = replace(RULES, enough=ENOUGH)
NEVER = 10**9


@dataclass(frozen=True)
class Parts:
    """What our lists are made by."""

    settings: Settings = DEFAULTS
    rules: Rules = AS_ALWAYS


@dataclass(frozen=True)
class Ours:
    """Lists as `artisan match --kind partners` prints them for the file of that Monday."""

    world: World
    parts: Parts = field(default_factory=Parts)

    def lists(self, week: Week) -> Whole:
        """The file has those who have joined, and all events so far."""
        here = [firm for firm, is_in in zip(self.world.profiles, week.here, strict=True) if is_in]
        place = {firm.id: index for index, firm in enumerate(self.world.profiles)}
        found = np.full((len(self.world.firms), PLACES), -1)
        reading = Reading((*here, *week.past.events), ())
        by = self.parts
        for told in partners_of_all(reading, PLACES, week.today, by.settings, by.rules):
            found[place[told.for_], told.rank - 1] = place[told.to]
        return found


def without() -> Mapping[str, Parts]:
    """Each part of ours switched off, by its name."""
    nothing, far = Term(0.0, 1.0), 1e9
    fair = RULES.fairness
    return {
        "horizontal": Parts(replace(DEFAULTS, horizontal=nothing)),
        "vertical": Parts(replace(DEFAULTS, vertical=nothing)),
        "complementary": Parts(replace(DEFAULTS, complementary=nothing)),
        "distance": Parts(
            replace(
                DEFAULTS,
                horizontal=replace(DEFAULTS.horizontal, reach_km=far),
                vertical=replace(DEFAULTS.vertical, reach_km=far),
                complementary=replace(DEFAULTS.complementary, reach_km=far),
            )
        ),
        "language": Parts(replace(DEFAULTS, unshared_language=1.0, unknown_language=1.0)),
        "learning": Parts(rules=replace(AS_ALWAYS, enough=NEVER)),
        "prices": Parts(rules=replace(AS_ALWAYS, fairness=replace(fair, gini=1.0, steps=(0.0,)))),
        "quotas": Parts(rules=replace(AS_ALWAYS, fairness=replace(fair, quota=(0.0, 0.0, 0.0)))),
        "places kept for the seldom shown": Parts(
            rules=replace(AS_ALWAYS, fairness=replace(fair, seldom=0))
        ),
    }
