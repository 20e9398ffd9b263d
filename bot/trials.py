"""`artisan trial`: the commands that hold a part against what is known to be true."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.usage import UsageError
from trial import lines
from trial import matching as trials
from trial.truths import FAMILIES
from trial.worlds import SEALED, TUNING, world

if TYPE_CHECKING:
    from bot.house import House
    from bot.settings import Settings

MOST_MINUTES, MOST_PEOPLE = 600, 20_000
LEAST_FIRMS, MOST_FIRMS, MOST_WEEKS = 30, 5000, 52
MOST_BROKERS = 200


def matching(arguments: argparse.Namespace) -> Iterator[str]:
    """The lines to print; what is being done is said on stderr. UsageError for bad numbers."""
    size, weeks = arguments.size, arguments.weeks
    if not LEAST_FIRMS <= size <= MOST_FIRMS or not 1 <= weeks <= MOST_WEEKS:
        raise UsageError(
            f"a trial has {LEAST_FIRMS} to {MOST_FIRMS} firms and 1 to {MOST_WEEKS} weeks"
        )
    seeds = _seeds(arguments)
    if arguments.write:
        for family, seed in seeds:
            planted = world(family, seed, size, weeks)
            yield from map(str, lines.write(planted, weeks, Path(arguments.write)))
        return
    makings = trials.settings_tried() if arguments.settings else trials.everything()
    if arguments.ablations:
        makings = {**makings, **trials.ablations()}
    trial = trials.tried(seeds, makings, size, weeks, _said)
    if arguments.json:
        yield trials.as_json(trial)
    else:
        yield from trials.table(trial)


def kills(arguments: argparse.Namespace) -> int:
    """Register people while everything is killed; the last line says what it came to. 0 where
    nothing was lost."""
    if not 0 < arguments.minutes <= MOST_MINUTES or not 2 <= arguments.conversations <= MOST_PEOPLE:
        raise UsageError(
            f"a trial takes up to {MOST_MINUTES} minutes and has 2 to {MOST_PEOPLE} conversations"
        )
    from bot.kills import trial
    from bot.kills.servers import ServerMissing

    try:
        verdict = trial.kills(arguments.minutes, arguments.conversations, arguments.seed)
    except ServerMissing as missing:
        raise UsageError(
            f"{missing} Or have the tests' environment, which brings both: make env-test"
        ) from None
    print(trial.last_line(verdict), flush=True)
    return 0 if verdict.holds else 1


def lines_of(arguments: argparse.Namespace, house_of: Callable[[Settings], House]) -> Iterator[str]:
    """The lines of a trial that prints what came of it."""
    if arguments.what == "quarter":
        return quarter(arguments, house_of)
    if arguments.what == "speed-dating":
        return speed_dating(arguments)
    return matching(arguments)


def speed_dating(arguments: argparse.Namespace) -> Iterator[str]:
    """Order real pairs; the lines to print. UsageError for a file that is not the one."""
    from trial import speed_dating as dating

    try:
        read = dating.read(Path(arguments.file).expanduser())
    except (OSError, dating.NotTheFile) as wrong:
        raise UsageError(f"not the table of decisions: {wrong}") from None
    yield from dating.table(dating.tried(read, _said))


def quarter(arguments: argparse.Namespace, house_of: Callable[[Settings], House]) -> Iterator[str]:
    """Play a quarter; the lines to print. UsageError for bad numbers or a database in use."""
    from bot.quarter import prices, telling, trial

    asked = trial.Asked(
        arguments.people, arguments.brokers, arguments.weeks, arguments.seed, arguments.database
    )
    if not 1 <= asked.people <= MOST_PEOPLE or not 1 <= asked.weeks <= MOST_WEEKS:
        raise UsageError(f"a quarter has 1 to {MOST_PEOPLE} people and 1 to {MOST_WEEKS} weeks")
    if not 1 <= asked.brokers <= MOST_BROKERS:
        raise UsageError(f"a quarter has 1 to {MOST_BROKERS} brokers")
    found = trial.quarter(asked, house_of, prices.read(arguments.prices), _said)
    yield from telling.table(found)
    yield telling.last_line(found)


def _seeds(arguments: argparse.Namespace) -> Sequence[tuple[str, int]]:
    if arguments.settings:
        return TUNING
    if arguments.seeds:
        return [(family, seed) for seed in arguments.seeds for family in FAMILIES]
    if arguments.worlds is not None and not 1 <= arguments.worlds <= len(SEALED):
        raise UsageError(f"there are {len(SEALED)} sealed worlds; --seeds makes others")
    return SEALED[: arguments.worlds]


def _said(what: str) -> None:
    print(f"artisan: {what}", file=sys.stderr, flush=True)
