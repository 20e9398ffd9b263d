"""Our lists, made as anybody would: records and events in, as `artisan match` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from matching.jsonl import Reading
from matching.partners import Settings, Term
from matching.running import WEEKLY, partners_of_all
from trial.firms import Whole
from trial.weeks import PLACES, Week
from trial.worlds import World


@dataclass(frozen=True)
class Ours:
    """Lists as `artisan match --kind partners` prints them for the file of that Monday."""

    world: World
    settings: Settings = field(default=WEEKLY)

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
        "horizontal": replace(WEEKLY, horizontal=nothing),
        "vertical": replace(WEEKLY, vertical=nothing),
        "complement": replace(WEEKLY, complement=nothing),
        "distance": replace(
            WEEKLY,
            horizontal=replace(WEEKLY.horizontal, reach_km=far),
            vertical=replace(WEEKLY.vertical, reach_km=far),
            complement=replace(WEEKLY.complement, reach_km=far),
        ),
        "language": replace(WEEKLY, unshared_language=1.0, unknown_language=1.0),
    }
