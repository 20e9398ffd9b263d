"""Send by one of our channels as fast as the far side takes it: `python -m bench.sends`.

Arguments: channel, how many at once. For each line of input, which says how many, it prints the
seconds that took and the seconds of CPU."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from uuid import uuid4

import uvloop

from bot.__main__ import pipeline_of
from bot.channels.base import Channel, Recipient
from bot.messages import Reply, Sent
from bot.pipeline.parts import Pipeline
from bot.settings import load

REPLY = Reply("How many people work there, with you?")


async def send(pipeline: Pipeline, channel: Channel, how_many: int, at_once: int) -> None:
    """So many messages, each to somebody else, rendered and sent as the outbox does it."""
    numbers = itertools.count()

    async def sender() -> None:
        while (number := next(numbers)) < how_many:
            now = pipeline.clock()
            urn = f"telegram:{number}" if channel.name == "telegram" else f"tel:+5049{number:07}"
            recipient = Recipient(urn, heard_at=now)
            wires = channel.render(REPLY, caps)
            result = await channel.send(recipient, wires[0], f"{uuid4()}.0", now)
            if not isinstance(result, Sent):
                raise RuntimeError(f"not sent: {result}")

    async with pipeline.database.read() as db:
        caps = await channel.caps(db, Recipient("telegram:1"), pipeline.clock())
    await asyncio.gather(*(sender() for _ in range(at_once)))


async def main(name: str, at_once: int) -> None:
    async with pipeline_of(load(os.environ)) as pipeline:
        channel = pipeline.channels[name]
        while line := await asyncio.to_thread(sys.stdin.readline):
            began, used = time.perf_counter(), time.process_time()
            await send(pipeline, channel, int(line), at_once)
            print(time.perf_counter() - began, time.process_time() - used, flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
