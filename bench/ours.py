"""Our web process and our turns in one, as a program to be measured: `python -m bench.ours`.

What is not here is the sender, which has rows of its own. With BENCH_PART=web or worker it is only
that half, as in the Procfile. What it handles it counts in the file BENCH_COUNT. With BENCH_HOLD=1
a request is answered when its answer is committed, so that whoever waits for it measures that."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import uvloop
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.conversation import TOKEN
from bench.counting import Count
from bot.__main__ import pipeline_of
from bot.logs import configure_logs
from bot.pipeline import turns
from bot.pipeline.parts import Pipeline
from bot.pipeline.worker import turning
from bot.serving import at_ease
from bot.settings import load
from bot.web import application
from storage import claiming

BOT = TOKEN.partition(":")[0]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Handled:
    """What has been handled so far: how much, and who waits for it."""

    def __init__(self, count: str | None) -> None:
        self.count = Count(Path(count)) if count else None
        self.waiting: dict[str, asyncio.Event] = {}
        self._names: dict[int, str] = {}
        self._claim, self._follow = claiming.claim, turns._follow

    async def claim(self, db: AsyncConnection, now: datetime, limit: int) -> claiming.Claim:
        claimed = await self._claim(db, now, limit)
        if self.waiting:
            self._names.update((row.seq, row.external_id) for row in claimed.rows)
        return claimed

    async def follow(self, pipeline: Pipeline, done: turns.Done) -> None:
        """What was handled is committed."""
        if self.count is not None:
            self.count.add(len(done.seqs))
        for seq in done.seqs if self._names else ():
            waits = self.waiting.pop(self._names.pop(seq, ""), None)
            if waits is not None:
                waits.set()
        await self._follow(pipeline, done)

    @web.middleware
    async def holding(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "POST":
            return await handler(request)
        name = f"{BOT}:{json.loads(await request.read())['update_id']}"
        done = self.waiting[name] = asyncio.Event()
        answer = await handler(request)
        await done.wait()
        return answer


async def main() -> None:
    configure_logs()
    handled = Handled(os.environ.get("BENCH_COUNT"))
    claiming.claim, turns._follow = handled.claim, handled.follow
    part = os.environ.get("BENCH_PART")
    async with pipeline_of(load(os.environ)) as pipeline:
        app = web.Application() if part == "worker" else application(pipeline)
        if os.environ.get("BENCH_HOLD"):
            app.middlewares.append(handled.holding)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        at_ease()
        print(runner.addresses[0][1], flush=True)
        stop = asyncio.Event()
        await asyncio.gather(*(turning(pipeline, stop) if part != "web" else [stop.wait()]))


if __name__ == "__main__":
    uvloop.run(main())
