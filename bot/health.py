"""How a process is: alive, ready, and what it has counted, for whoever keeps it going.

The web process serves this beside everything else, a worker on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot import metrics
from bot.pipeline.parts import Pipeline, is_passing
from bot.usage import UsageError
from storage import inbox, outbox
from storage.database import is_current, takes_writes

log = structlog.get_logger()

CHECK = 2.0
"""Seconds that we wait for whoever is asked how they are."""

SCRAPE = 10.0
"""Seconds that the queues may take to be counted."""

PIPELINE = web.AppKey("pipeline", Pipeline)


@dataclass(frozen=True)
class Readiness:
    """Why we are not ready (nothing: we are), and what works less well than it could."""

    reasons: tuple[str, ...]
    degraded: tuple[str, ...]


def routes() -> list[web.RouteDef]:
    """What is asked of every process; the application holds its PIPELINE."""
    return [
        web.get("/health", _health),
        web.get("/ready", _ready),
        web.get("/metrics", _metrics),
    ]


@contextlib.asynccontextmanager
async def telling(pipeline: Pipeline) -> AsyncIterator[str]:
    """Serve this and nothing else while inside, on WORKER_PORT or any port that is free; gives
    the address. Raises UsageError where the port cannot be had."""
    app = web.Application()
    app[PIPELINE] = pipeline
    app.router.add_routes(routes())
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    settings = pipeline.house.settings
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.worker_port).start()
        except OSError as problem:
            raise UsageError(
                f"port {settings.worker_port} of {settings.host} cannot be had "
                f"({problem.strerror or problem}): set WORKER_PORT to another, or to 0 for any"
            ) from None
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _health(request: web.Request) -> web.StreamResponse:
    return web.json_response({"alive": True})


async def _ready(request: web.Request) -> web.StreamResponse:
    found = await readiness(request.app[PIPELINE])
    body = {
        "ready": not found.reasons,
        "degraded": bool(found.degraded),
        "reasons": [*found.reasons, *found.degraded],
    }
    return web.json_response(body, status=503 if found.reasons else 200)


async def readiness(pipeline: Pipeline) -> Readiness:
    """Whether messages can be taken and handled."""
    reasons: list[str] = []
    try:
        async with asyncio.timeout(CHECK):
            if not await is_current(pipeline.database):
                reasons.append("The database has old tables: run artisan migrate.")
            elif not await takes_writes(pipeline.database):
                reasons.append("The database takes no writes now.")
    except Exception as problem:
        if not is_passing(problem):
            raise
        reasons.append("The database cannot be reached.")
    try:
        async with asyncio.timeout(CHECK):
            well = await pipeline.coordination.is_well()
    except TimeoutError:
        well = False
    degraded = () if well else ("Redis cannot be reached: work goes on, more slowly.",)
    return Readiness(tuple(reasons), degraded)


async def _metrics(request: web.Request) -> web.StreamResponse:
    """What this process counted, and what lies in the queues, which is the same for all."""
    pipeline = request.app[PIPELINE]
    now = pipeline.clock()
    try:
        async with asyncio.timeout(SCRAPE), pipeline.database.read() as db:
            metrics.queued("inbox", *await inbox.depth(db), now)
            for state, (depth, oldest) in (await outbox.depth(db)).items():
                metrics.queued(f"outbox_{state}", depth, oldest, now)
            metrics.PARKED.set(await inbox.count_parked(db))
            metrics.waiting(await outbox.waiting_by(db))
    except Exception as problem:
        if not is_passing(problem):
            raise
        log.warning("metrics.unavailable", problem=type(problem).__name__)
        return web.Response(status=503, text="The database cannot be reached.\n")
    return web.Response(body=metrics.written(), content_type="text/plain", charset="utf-8")
