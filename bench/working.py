"""A worker that only handles turns: `python -m bench.working`. Prints 0 when it is at work.

It rests from SIGUSR1 to SIGUSR2."""

from __future__ import annotations

import asyncio
import os
import signal

import uvloop

from bot.__main__ import pipeline_of
from bot.logs import configure_logs
from bot.pipeline import turns
from bot.pipeline.parts import Pipeline
from bot.serving import at_ease
from bot.settings import load

LOOK = 0.05
"""Seconds between looks: nobody wakes it."""


async def work(pipeline: Pipeline, awake: asyncio.Event) -> None:
    while await awake.wait():
        if not await turns.handle_due(pipeline):
            await asyncio.sleep(LOOK)


async def main() -> None:
    configure_logs()
    awake, loop = asyncio.Event(), asyncio.get_running_loop()
    awake.set()
    loop.add_signal_handler(signal.SIGUSR1, awake.clear)
    loop.add_signal_handler(signal.SIGUSR2, awake.set)
    async with pipeline_of(load(os.environ)) as pipeline:
        at_ease()
        print(0, flush=True)
        await asyncio.gather(work(pipeline, awake), work(pipeline, awake))


if __name__ == "__main__":
    uvloop.run(main())
