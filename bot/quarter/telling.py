"""What a trial prints: a table for people, and one line for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.quarter.counting import Found


def table(found: Found) -> Iterator[str]:
    """Everything that was counted, a line each."""
    width = max(len(name) for name in found.numbers) + 2
    for name, value in found.numbers.items():
        yield f"{name.replace('_', ' '):<{width}}{_number(value):>10}"
    yield ""
    yield f"{'of an artisan, in the quarter':<44}" + "".join(f"{n:>10}" for n in found.channels)
    for name in next(iter(found.channels.values())):
        cells = (_number(one[name]) for one in found.channels.values())
        yield f"{name:<44}" + "".join(f"{cell:>10}" for cell in cells)
    yield ""
    yield f"{'waiting, in hours':<52}{'count':>8}{'median':>9}{'90 %':>9}"
    for what, one in found.waited.items():
        yield f"{what:<52}{one.count:>8}{one.median:>9.1f}{one.ninth:>9.1f}"
    yield ""
    for what, states in found.states.items():
        yield f"{what}: " + ", ".join(f"{count} {state}" for state, count in states.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def last_line(found: Found) -> str:
    """All of it as one JSON object."""
    waited = {
        what: {"count": one.count, "median_hours": one.median, "90_hours": one.ninth}
        for what, one in found.waited.items()
    }
    whole = {**found.numbers, "channels": found.channels, "waiting": waited, "states": found.states}
    return json.dumps(_rounded(whole))


def _rounded(value: object) -> object:
    match value:
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case float():
            return round(value, 4)
        case _:
            return value
