"""Our lists, made as anybody would: records and events in, as `artisan match` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from matching.jsonl import Reading
from matching.running import partners_of_all
from matching.weighing import DEFAULTS, Settings, Term
from trial.firms import Whole
from trial.weeks import PLACES, Week
from trial.worlds import World


@dataclass(frozen=True)
class Ours:
    """Lists as `artisan match --kind partners` prints them for the file of that Monday."""

    world: World
    settings: Settings = field(default=DEFAULTS)

    def lists(self, week: Week) -> Whole:
        """The file has those who have joined, and all events so far."""
        here = [firm for firm, is_in in zip(self.world.profiles, week.here, strict=True) if is_in]
        place = {firm.id: index for index, firm in enumerate(self.world.profiles)}
        found = np.full((len(self.world.firms), PLACES), -1)
        reading = Reading((*here, *week.past.events), ())
        for told in partners_of_all(reading, PLACES, week.today, self.settings):
            found[place[told.for_], told.rank - 1] = place[told.to]
        return found


def without() -> Mapping[str, Settings]:
    """Our settings with each part switched off, by the name of the part."""
    nothing = Term(0.0, 1.0)
    far = 1e9
    return {
        "horizontal": replace(DEFAULTS, horizontal=nothing),
        "vertical": replace(DEFAULTS, vertical=nothing),
        "complementary": replace(DEFAULTS, complementary=nothing),
        "distance": replace(
            DEFAULTS,
            horizontal=replace(DEFAULTS.horizontal, reach_km=far),
            vertical=replace(DEFAULTS.vertical, reach_km=far),
            complementary=replace(DEFAULTS.complementary, reach_km=far),
        ),
        "language": replace(DEFAULTS, unshared_language=1.0, unknown_language=1.0),
    }
