"""The loops that answer, send and keep appointments: woken when there is work, looking by
themselves now and then, started again when they fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import weekly
from bot.logs import named
from bot.pipeline import detours, recovering, returned, turns
from bot.pipeline import timers as appointments
from bot.pipeline.outbox import Sender, renewing
from bot.pipeline.parts import Pipeline, is_passing
from bot.pipeline.receipts import join_left
from bot.pipeline.settling import Settler
from bot.pipeline.watch import watch
from storage import erasing, inbox, outbox, purging, timers

log = structlog.get_logger()

POLL = 1.0
"""Seconds after which a loop looks by itself."""

DRAIN = 20.0
"""Seconds to finish what is being done when we are told to stop."""

SETTLED = 60.0
HOUSEKEEPING = 3600.0
SWEEPING = 5.0
LOOK_AFTER = 2.0
UNKNOWN_FOR = timedelta(hours=1)
COUNTING = 1.0
RESTING = 0.05
"""Seconds for which a helper that found nothing more to do is called in vain."""

FEW, GROWN = 250, 4
"""Messages after which what is kept is counted for the first time, and how many times as many as
then were handled when it is counted again."""

SOON = 0.02
"""Seconds that a loop waits to be woken before it asks when more will be due."""

LEAST_PAUSE, MOST_PAUSE = 0.2, 5.0

Step = Callable[[Pipeline], Awaitable[int]]
NextDue = Callable[[AsyncConnection], Awaitable[datetime | None]]


@dataclass(frozen=True)
class Loop:
    """`step` does what is due and gives how much; `next_due` says when more will be."""

    name: str
    topic: str
    step: Step
    next_due: NextDue


TURNS = Loop("turns", "inbox", turns.look, inbox.next_due)
LOOPS = (Loop("timers", "timers", appointments.fire_due, timers.next_due),)


@contextlib.asynccontextmanager
async def working(pipeline: Pipeline) -> AsyncIterator[None]:
    """Run the loops while the block runs; at its end they finish what they are doing."""
    if pipeline.database.sqlite:  # whoever was sending is gone: there is no worker but this one
        while await recovering.recover(pipeline, timedelta(0)):
            pass
    pipeline.care.wary = True
    stop = asyncio.Event()
    settler, senders = Settler(pipeline), list[Sender]()
    alive_since: list[float] = []
    with contextlib.ExitStack() as bells:
        for channel in pipeline.channels.values():
            bell = bells.enter_context(pipeline.coordination.listen("outbox"))
            senders.append(Sender(pipeline, channel, settler, bell))
        tasks = turning(pipeline, stop)
        tasks += [asyncio.create_task(_supervised(pipeline, loop, stop)) for loop in LOOPS]
        tasks += [asyncio.create_task(_sending(sender, stop)) for sender in senders]
        tasks.append(asyncio.create_task(_recovering(pipeline, stop, alive_since)))
        tasks.append(asyncio.create_task(_asking(pipeline, stop)))
        tasks.append(asyncio.create_task(_housekeeping(pipeline, stop)))
        tasks.append(asyncio.create_task(_sweeping(pipeline, stop)))
        tasks.append(asyncio.create_task(_weighing(pipeline, stop)))
        watching = _watching(pipeline)
        renewal = asyncio.create_task(renewing(pipeline, senders, alive_since))
        try:
            yield
        finally:
            stop.set()
            pipeline.care.crowded.set()
            pipeline.coordination.ring_all()
            late = await _drained(pipeline, tasks)
            calls = tuple(task for sender in senders for task in sender.sending)
            left = (*late, *watching, *calls, renewal, *pipeline.aside)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


async def _drained(
    pipeline: Pipeline, tasks: Sequence[asyncio.Task[None]]
) -> set[asyncio.Task[None]]:
    """Let loops finish what they are doing, and then what they began beside them. Gives the loops
    that take too long."""
    time = asyncio.get_running_loop().time
    until = time() + DRAIN
    _, late = await asyncio.wait(tasks, timeout=DRAIN)
    if pipeline.aside:
        await asyncio.wait(pipeline.aside, timeout=max(0.0, until - time()))
    return late


def turning(pipeline: Pipeline, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """Begin to handle what comes in, until told to stop."""
    tasks = [asyncio.create_task(_supervised(pipeline, TURNS, stop))]
    if not pipeline.database.sqlite:  # which commits one after the other
        tasks.append(asyncio.create_task(_helping(pipeline, stop)))
        tasks.append(asyncio.create_task(_counting(pipeline, stop)))
    return tasks


async def _helping(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Decide turns while others are being committed, where there are many."""
    while not stop.is_set():
        await pipeline.care.crowded.wait()
        pipeline.care.crowded.clear()
        try:
            while not stop.is_set() and await turns.handle_due(pipeline):
                pass
            await _paused(stop, RESTING)
        except Exception as problem:
            _complain("helping", problem)
            await _paused(stop, LEAST_PAUSE)


async def _counting(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Have what is kept counted each time that several times as much was handled. By itself the
    server does it once a minute, and in the first minute of a flood plans for empty tables."""
    counted = 0
    while not stop.is_set():
        try:
            if pipeline.care.handled >= max(FEW, GROWN * counted):
                counted = pipeline.care.handled
                await pipeline.database.count()
        except Exception as problem:
            _complain("counting", problem)
        await _paused(stop, COUNTING)


def _watching(pipeline: Pipeline) -> tuple[asyncio.Task[None], ...]:
    if not pipeline.database.sqlite:
        return ()
    url = pipeline.house.settings.database_url
    return (asyncio.create_task(watch(url, pipeline.coordination)),)


async def _supervised(pipeline: Pipeline, loop: Loop, stop: asyncio.Event) -> None:
    """Keep a loop going: what it fails at is logged, and tried again after a pause."""
    pause = LEAST_PAUSE
    with pipeline.coordination.listen(loop.topic) as bell:
        while not stop.is_set():
            try:
                if await loop.step(pipeline):
                    pause = LEAST_PAUSE
                    continue
                pause = LEAST_PAUSE
                if stop.is_set() or await bell.wait(SOON):
                    continue
                wait = await _until_due(pipeline, loop)
                if not stop.is_set():
                    await bell.wait(wait)
            except Exception as problem:
                _complain(loop.name, problem)
                await _paused(stop, pause)
                pause = min(pause * 2, MOST_PAUSE)


async def _sending(sender: Sender, stop: asyncio.Event) -> None:
    """Keep a channel's sender going; at the end it finishes what it is sending."""
    pause = LEAST_PAUSE
    while not stop.is_set():
        try:
            await sender.step(stop)
            pause = LEAST_PAUSE
        except Exception as problem:
            _complain(f"sender.{sender.channel.name}", problem)
            await _paused(stop, pause)
            pause = min(pause * 2, MOST_PAUSE)
    await sender.drain()


async def _until_due(pipeline: Pipeline, loop: Loop) -> float:
    async with pipeline.database.read() as db:
        due = await loop.next_due(db)
    if due is None:
        return POLL
    seconds = (due - pipeline.clock()).total_seconds()
    # What is due and was not done is held up by something: not again at once.
    return POLL if seconds <= 0 else min(POLL, seconds)


async def _recovering(
    pipeline: Pipeline, stop: asyncio.Event, alive_since: Sequence[float]
) -> None:
    """Take up what a process that died was sending. While the database was away nobody could say
    that they are alive: then everybody is given the time to."""
    lease = recovering.LEASE.total_seconds()
    while not stop.is_set():
        try:
            now = asyncio.get_running_loop().time()
            judges = bool(alive_since) and now - alive_since[0] >= lease
            if not (judges and await recovering.recover(pipeline)):
                await _paused(stop, LOOK_AFTER)
        except Exception as problem:
            _complain("recovery", problem)
            await _paused(stop, MOST_PAUSE)


async def _asking(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Ask the far sides what became of calls without an answer."""
    while not stop.is_set():
        try:
            if not await recovering.ask_due(pipeline):
                await _paused(stop, LOOK_AFTER)
        except Exception as problem:
            _complain("asking", problem)
            await _paused(stop, MOST_PAUSE)


async def _housekeeping(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Give up what has expired, and forget what may not be kept longer."""
    while not stop.is_set():
        try:
            now = pipeline.clock()
            async with pipeline.database.begin() as db:
                await outbox.expire(db, now)
                paths = await purging.purge(db, now)
            pipeline.media.forget(paths)
        except Exception as problem:
            _complain("housekeeping", problem)
        await _paused(stop, HOUSEKEEPING)


async def _sweeping(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Forget the address of who was erased as soon as the last word to it has gone; join receipts
    that came in the very moment in which what they are about was noted; look again at what waits
    for a template, and at what came back."""
    while not stop.is_set():
        try:
            async with pipeline.database.read() as db:
                unswept = await erasing.unswept(db)
            if unswept:
                async with pipeline.database.begin() as db:
                    await erasing.sweep(db, pipeline.clock())
            await join_left(pipeline, pipeline.clock() - UNKNOWN_FOR)
            await detours.reconsider(pipeline)
            await returned.try_again(pipeline)
        except Exception as problem:
            _complain("sweeping", problem)
        await _paused(stop, SWEEPING)


async def _weighing(pipeline: Pipeline, stop: asyncio.Event) -> None:
    """Have this week's version of matching made and groups looked for; nobody who has just come
    waits for it."""
    await _paused(stop, SETTLED)
    while not stop.is_set():
        try:
            await weekly.make_version(pipeline)
            await weekly.look_for_groups(pipeline)
        except Exception as problem:
            _complain("weighing", problem)
        await _paused(stop, HOUSEKEEPING)


async def _paused(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def _complain(name: str, problem: Exception) -> None:
    if is_passing(problem):
        log.warning("loop.interrupted", loop=name, problem=type(problem).__name__)
    else:
        log.error("loop.failed", loop=name, problem=named(problem))
