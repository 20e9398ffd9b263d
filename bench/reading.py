"""Replies read a second on one core: the replies of the test sets, kind by kind, in all languages.

Each is read once a run, after a first pass that loads the tables, with every reply forgotten that
was read before; "the mean kind" is the mean of the kinds' rates, each kind weighing the same."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.rows import Row, plain
from bot.places import gazetteers
from bot.reading import read_lines

ROOT = Path(__file__).parent.parent
SETS = ROOT / "tests" / "flows" / "understand" / "sets"
LEAST = 20_000.0
"""Replies a second of the mean kind."""


def rows(runs: int) -> list[Row]:
    """A row a kind and one for their mean, which has the floor."""
    jobs = _jobs()
    rates: dict[str, list[float]] = defaultdict(list)
    for kind, groups in jobs.items():
        _timed(groups)
        rates[kind] = [_timed(groups) for _ in range(runs)]
    means = [statistics.mean(rates[kind][run] for kind in rates) for run in range(runs)]
    mean = statistics.median(means)
    found = Row(
        "replies read, the mean kind", "replies/s", round(mean), "at least", LEAST,
        round(mean / LEAST, 2), 1.0, runs=tuple(round(one) for one in means),
    )  # fmt: skip
    return [found, *(plain(f"replies read: {kind}", "replies/s", rates[kind]) for kind in rates)]


def _jobs() -> dict[str, list[tuple[Callable[[], Any], int]]]:
    """By kind, calls that each read the replies of one language, country and set of options."""
    groups: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for path in sorted(SETS.glob("**/*.jsonl")):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            key = (line["kind"], line["language"], line["country"], line.get("options", ""))
            groups[key].append(json.dumps(line["reply"]))
    places = gazetteers(ROOT / "locales" / "places", "HN")
    jobs: dict[str, list[tuple[Callable[[], Any], int]]] = defaultdict(list)
    for (kind, language, country, options), lines in groups.items():
        file = SETS / "options" / f"{options}.json" if options else None
        near = places(country) if kind == "place" else ()
        jobs[kind].append((_job(kind, language, country, file, lines, near), len(lines)))
    return jobs


def _job(
    kind: str, language: str, country: str, file: Path | None, lines: list[str], near: Any
) -> Callable[[], Any]:
    return lambda: list(read_lines(kind, language, country, file, lines, places=near))


def _forget() -> None:
    """Empty the caches that are kept by what people wrote; those of tables are small and stay."""
    for name, module in list(sys.modules.items()):
        if name.startswith("flows.understand"):
            for cached in vars(module).values():
                asked = getattr(cached, "cache_parameters", None)
                if asked is not None and (asked()["maxsize"] or 0) >= BY_REPLY:
                    cached.cache_clear()


BY_REPLY = 4096
"""Caches of at least so many entries hold replies."""


def _timed(groups: list[tuple[Callable[[], Any], int]]) -> float:
    """Replies a second of processor time."""
    _forget()
    began, count = time.process_time(), 0
    for read, lines in groups:
        read()
        count += lines
    return count / (time.process_time() - began)
