"""A worker that only handles turns: `python -m bench.working`. Prints 0 when it is at work."""

from __future__ import annotations

import asyncio
import os

import uvloop

from bot.__main__ import pipeline_of
from bot.pipeline import turns
from bot.pipeline.parts import Pipeline
from bot.serving import at_ease, configure_logs
from bot.settings import load

LOOK = 0.05
"""Seconds between looks: nobody wakes it."""


async def work(pipeline: Pipeline) -> None:
    while True:
        if not await turns.handle_due(pipeline):
            await asyncio.sleep(LOOK)


async def main() -> None:
    configure_logs()
    async with pipeline_of(load(os.environ)) as pipeline:
        at_ease()
        print(0, flush=True)
        await asyncio.gather(work(pipeline), work(pipeline))


if __name__ == "__main__":
    uvloop.run(main())
