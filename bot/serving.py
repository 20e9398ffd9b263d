"""The processes: `run` does everything, `web` takes messages in, `worker` answers and sends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from socket import gaierror
from tempfile import TemporaryFile

import structlog
from aiohttp import web

from bot.channels.listed import equipped, hearing
from bot.health import telling
from bot.logs import configure_logs
from bot.pipeline.lock import Occupied, alone
from bot.pipeline.parts import Pipeline
from bot.pipeline.watch import watch
from bot.pipeline.worker import working
from bot.sentry import reporting
from bot.settings import Settings
from bot.usage import Unreachable, UsageError
from bot.web import application

log = structlog.get_logger()

PATIENCE, AGAIN = 60.0, 0.5
"""Seconds for which a process waits at its start for a database that is away, and between tries."""

SHUTDOWN = 5.0
"""Seconds a request under way has when the process is told to stop."""

Opened = Callable[[], AbstractAsyncContextManager[Pipeline]]


async def serve(settings: Settings, what: str, opened: Opened) -> int:
    """Serve until told to stop by SIGTERM or SIGINT; then finish what was begun."""
    with reporting(settings.sentry_dsn) as also:
        configure_logs(also=also)
        return await _served(settings, what, opened)


async def _served(settings: Settings, what: str, opened: Opened) -> int:
    _prepare(Path(settings.media_url))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        works = what in ("run", "worker")
        if works and settings.sqlite:
            _only_worker(settings, stack)
        pipeline = await _patiently(stack, opened, stop)
        if pipeline is None:
            return 0
        if works:
            await stack.enter_async_context(equipped(pipeline))
            await stack.enter_async_context(working(pipeline))
        elif settings.sqlite:
            await stack.enter_async_context(_noticing(settings, pipeline))
        if what in ("run", "web"):
            await stack.enter_async_context(_listening(settings, pipeline))
            await stack.enter_async_context(hearing(pipeline))
        told = await stack.enter_async_context(telling(pipeline)) if what == "worker" else ""
        at_ease()
        _say_ready(settings, what, told)
        await stop.wait()
        log.info("stopping", what=what)
    return 0


async def _patiently(stack: AsyncExitStack, opened: Opened, stop: asyncio.Event) -> Pipeline | None:
    """Open what is needed, also where the database is just being started again. None where we
    were told to stop before. Raises Unreachable after a minute."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not stop.is_set():
        try:
            return await stack.enter_async_context(opened())
        except Unreachable:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("database.away")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN):
                await stop.wait()
    return None


def _only_worker(settings: Settings, stack: AsyncExitStack) -> None:
    try:
        stack.enter_context(alone(settings.home))
    except Occupied as occupied:
        raise UsageError(
            f"{occupied} is already at work on this database, and SQLite takes only one: "
            "stop that one first, or use PostgreSQL for several"
        ) from None


@contextlib.asynccontextmanager
async def _noticing(settings: Settings, pipeline: Pipeline) -> AsyncIterator[None]:
    """Without a worker in this process: what the other one shows on a phone is noticed."""
    task = asyncio.create_task(watch(settings.database_url, pipeline.coordination))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _prepare(media: Path) -> None:
    """Have the folder for media there before anybody sends any. Raises UsageError."""
    try:
        media.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=media):
            pass
    except OSError as problem:
        raise UsageError(
            f"nothing can be written in {media} ({problem.strerror or problem}): "
            "set MEDIA_URL to a folder of your own"
        ) from None


@contextlib.asynccontextmanager
async def _listening(settings: Settings, pipeline: Pipeline) -> AsyncIterator[None]:
    runner = web.AppRunner(
        application(pipeline), handle_signals=False, access_log=None, shutdown_timeout=SHUTDOWN
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as problem:
            nowhere = isinstance(problem, gaierror) or problem.errno == errno.EADDRNOTAVAIL
            raise UsageError(
                f"port {settings.port} of {settings.host} cannot be had "
                f"({problem.strerror or problem}): set "
                + ("HOST to an address of this machine" if nowhere else "PORT to another")
            ) from None
        yield
    finally:
        await runner.cleanup()


def at_ease() -> None:
    """What was read at the start stays: the collector need not look through it again and again,
    and what a turn makes is freed without it. Nor is each line of the log given a logger anew."""
    structlog.configure(cache_logger_on_first_use=True)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _say_ready(settings: Settings, what: str, told: str) -> None:
    if what == "worker":
        print(f"Artisan Connect is at work; how it is: {told}/ready and /metrics", flush=True)
        return
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"Artisan Connect is ready: http://{host}:{settings.port}", flush=True)
    if settings.demo:
        print("This is the demonstration: everybody in it is invented.", flush=True)
