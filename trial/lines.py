"""Records of a planted world as the JSON lines that `artisan match` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from matching.records import Enterprise, Event
from trial.firms import START
from trial.ours import Ours
from trial.weeks import played
from trial.worlds import World


def of_enterprise(firm: Enterprise) -> str:
    """One line, with only what is known."""
    fields: dict[str, object] = {
        "type": "enterprise",
        "id": firm.id,
        "crafts": list(firm.crafts),
        "sells": sorted(firm.sells),
        "buys": sorted(firm.buys),
        "has": sorted(firm.has),
        "lacks": sorted(firm.lacks),
        "needs": [{"category": n.category, "topic": n.topic} for n in firm.needs],
        "lat": firm.lat,
        "lon": firm.lon,
        "country": firm.country,
        "region": firm.region,
        "place": firm.place,
        "workers": firm.workers,
        "years": firm.years,
        "languages": sorted(firm.languages),
        "willing": firm.willing,
        "knows": sorted(firm.knows),
        "joined": firm.joined.isoformat() if firm.joined else None,
    }
    if firm.capacity:
        fields["capacity"] = {"unit": firm.capacity.unit, "month": firm.capacity.month}
    return json.dumps({name: value for name, value in fields.items() if value not in (None, [])})


def of_event(event: Event) -> str:
    """One line."""
    fields: dict[str, object] = {
        "type": "event",
        "at": event.at.isoformat(),
        "kind": event.kind,
        "from": event.from_,
        "to": event.to,
    }
    if event.position is not None:
        fields["position"] = event.position
    return json.dumps(fields)


def write(world: World, weeks: int, folder: Path) -> Iterator[Path]:
    """A file for each Monday: who has joined, and what has happened under our lists until then.

    `artisan match FILE --kind partners --top 5 --as-of MONDAY` prints the lists of that week.
    """
    folder.mkdir(parents=True, exist_ok=True)
    events = played(world, Ours(world), weeks).events
    for number in range(weeks):
        today = START + timedelta(weeks=number)
        path = folder / f"{world.name}-{today.isoformat()}.jsonl"
        here = zip(world.profiles, world.firms.joined <= number, strict=True)
        lines = [of_enterprise(firm) for firm, is_in in here if is_in]
        lines += [of_event(event) for event in events if event.at < today]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield path
