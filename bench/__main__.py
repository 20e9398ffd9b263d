"""`make bench`: measure, print the table, write bench/results.json.

A part is a module with `rows(...)`; `--only` names parts, `--full` measures growth to a million
contacts and ten million messages, which takes long."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    claims,
    forming,
    growing,
    latency,
    matching,
    parting,
    reading,
    sending,
    starting,
    turns,
    workers,
)
from bench.rows import Row, machine, table, write

RESULTS = Path(__file__).parent / "results.json"


def parts(full: bool, runs: int) -> dict[str, Callable[[], list[Row]]]:
    """What is measured, by name, in this order."""
    return {
        "turns": lambda: turns.rows(turns.Size(runs=runs)),
        "latency": lambda: latency.rows(runs),
        "sending": lambda: sending.rows(4000, runs),
        "starting": lambda: starting.rows(runs),
        "workers": lambda: workers.rows(1500, runs),
        "claims": lambda: claims.rows(runs),
        "reading": lambda: reading.rows(runs),
        "matching": lambda: matching.rows(min(runs, 3)),
        "parting": lambda: parting.rows(min(runs, 3)),
        "forming": lambda: forming.rows(100_000 if full else 12_000),
        "growing": lambda: growing.rows(full, 100, runs),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large sizes too")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured")
    parser.add_argument("--only", nargs="*", default=[], help="these parts only")
    arguments = parser.parse_args()
    found: list[Row] = []
    for name, measure in parts(arguments.full, arguments.runs).items():
        if arguments.only and name not in arguments.only:
            continue
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        rows = measure()
        print(table(rows), file=sys.stderr, flush=True)
        found += rows
    print(f"On {machine()}:\n")
    print(table(found))
    if not arguments.only:
        write(found, RESULTS)
    for row in found:
        if not row.holds:
            print(f"Below its floor: {row.name}, beside {row.peer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
