"""Whether a turn costs more where many people and messages are kept already."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import uvloop

from bench.filling import fill
from bench.rows import Row, faster
from bench.turns import AT_ONCE, Driven, ours, pace
from storage.database import migrate
from tests import servers

WITHIN = 0.8
"""Of the rate with few people, what must be left with many: within 20 %."""


@dataclass(frozen=True)
class Kept:
    people: int
    messages: int

    @property
    def name(self) -> str:
        return f"{self.people:,} contacts, {self.messages:,} messages"


SMALL = (Kept(1_000, 10_000), Kept(10_000, 100_000), Kept(100_000, 400_000))
FULL = (Kept(10_000, 100_000), Kept(100_000, 1_000_000), Kept(1_000_000, 10_000_000))


def rows(full: bool, people: int, runs: int) -> list[Row]:
    """A database of each size on one server, each measured in turn."""
    sizes = FULL if full else SMALL
    rates: dict[Kept, list[float]] = {size: [] for size in sizes}
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(servers.postgres(durable=True))
        programs: dict[Kept, Driven] = {}
        for size in sizes:
            name = postgres.create()
            migrate(postgres.url(name))
            asyncio.run(fill(postgres, name, size.people, size.messages))
            programs[size] = stack.enter_context(ours(postgres.url(name)))
            uvloop.run(pace(programs[size], 30, 16))
        for _ in range(runs):
            for size, program in programs.items():
                done = uvloop.run(pace(program, people, AT_ONCE))
                rates[size].append(done.rate)
    least, *more = sizes
    return [
        faster(f"turns with {size.name}", "turns/s", rates[size], least.name, rates[least], WITHIN)
        for size in more
    ]
