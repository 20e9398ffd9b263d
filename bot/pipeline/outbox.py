"""Sending what turns left to be said: each attempt noted before the call, each result after it.

Every channel has a sender of its own with so many hands: whoever is slow keeps a hand busy, never
the others; whatever is there is claimed, begun and settled together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot import metrics
from bot.channels.base import Channel
from bot.logs import named
from bot.messages import Rejected, Result, RetryAt, Uncertain
from bot.pipeline import pauses
from bot.pipeline.coordination import Bell
from bot.pipeline.parts import Pipeline
from bot.pipeline.preparing import Job, Prepared, prepared
from bot.pipeline.settling import Settler
from storage import outbox, underway
from storage.sends import Attempt

log = structlog.get_logger()

AT_ONCE = 64
"""Calls under way by one channel in one process."""

CALL = 75.0
"""Seconds a call may take, files included; longer, and nobody knows what became of it."""

POLL = 1.0
"""Seconds after which a sender looks by itself."""

RENEWED = 3.0
"""Seconds after which a process says again that it is still sending what it sends."""


async def send_due(pipeline: Pipeline) -> int:
    """Send what is due, one message an address, the addresses side by side. Gives how many left
    the queue."""
    count, settler = 0, Settler(pipeline)
    for name in pipeline.channels:
        got, claimed = await _claimed(pipeline, name, AT_ONCE)
        count += claimed
        jobs = (_send(pipeline, settler, job) for job in got.jobs)
        for problem in await asyncio.gather(*jobs, return_exceptions=True):
            if isinstance(problem, BaseException):
                raise problem
    return count


async def _claimed(
    pipeline: Pipeline, name: str, limit: int, unaware: bool = False
) -> tuple[Prepared, int]:
    """What is due by one channel, begun; and how many messages were looked at. `unaware`: of what
    far sides said to other processes."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        rows = await outbox.claim(db, now, limit, (name,))
        if rows and unaware:
            await pauses.recall(db, pipeline, name, now)
        got = await prepared(db, pipeline, rows, now)
    if rows:
        metrics.BATCHES.labels("outbox").observe(len(rows))
    return got, len(rows)


@dataclass
class Sender:
    """Sends what is due by one channel, at most `AT_ONCE` messages at a time. `aware`: of pauses
    from before it began."""

    pipeline: Pipeline
    channel: Channel
    settler: Settler
    bell: Bell
    sending: dict[asyncio.Task[None], Job] = field(default_factory=dict)
    aware: bool = False

    async def step(self, stop: asyncio.Event) -> None:
        """Claim what there are hands for, then wait until there is reason to look again."""
        free = AT_ONCE - len(self.sending)
        if not free:
            await asyncio.wait(self.sending, return_when=asyncio.FIRST_COMPLETED)
            return
        self.bell.rung.clear()
        unaware = not self.aware or self.pipeline.coordination.is_alone()
        got, claimed = await _claimed(self.pipeline, self.channel.name, free, unaware)
        self.aware = self.aware or claimed > 0
        for job in got.jobs:
            task = asyncio.create_task(_send(self.pipeline, self.settler, job))
            self.sending[task] = job
            task.add_done_callback(self._sent)
        if got.wait:  # a common pace is used up: no bell changes that
            await _paused(stop, got.wait)
        elif not claimed and not stop.is_set():
            await self.bell.wait(await self._until_due())

    async def drain(self) -> None:
        """Wait for what is being sent."""
        while self.sending:
            await asyncio.wait(self.sending)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self.sending.pop(task, None)
        self.bell.rung.set()  # there is a hand free, and more may wait for the same address
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            problem = problem if isinstance(problem, Exception) else RuntimeError(str(problem))
            log.error("sender.failed", channel=self.channel.name, problem=named(problem))

    async def _until_due(self) -> float:
        now = self.pipeline.clock()
        async with self.pipeline.database.read() as db:
            # What is due and was not done is held up by something: not again at once.
            due = await outbox.next_due(db, self.channel.name, after=now)
        if due is None:
            return POLL
        return min(POLL, max(0.0, (due - self.pipeline.clock()).total_seconds()))


async def renewing(pipeline: Pipeline, senders: Sequence[Sender], since: list[float]) -> None:
    """Say now and then of what is being sent that its process is alive. `since` is given the time
    of the loop from which on this could be said without a gap."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            held = [job.row.id for sender in senders for job in sender.sending.values()]
            async with pipeline.database.begin() as db:
                await underway.renew(db, held, pipeline.clock())
            since[:] = since or [loop.time()]
        except Exception as problem:
            since.clear()
            log.warning("renewal.failed", problem=type(problem).__name__)
        await asyncio.sleep(RENEWED)


async def _paused(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _send(pipeline: Pipeline, settler: Settler, job: Job) -> None:
    """Hand over part after part; the result of one is committed together with the next's begin."""
    following: Attempt | None = job.attempt
    while following is not None:
        result = await _called(pipeline, job, following)
        if isinstance(result, RetryAt):
            seconds = (result.at - pipeline.clock()).total_seconds()
            for bucket in result.pauses:
                await pipeline.coordination.pause(bucket, max(0.0, seconds))
        step = await settler.note(job, following, result)
        job, following = step.job, step.following


async def _called(pipeline: Pipeline, job: Job, attempt: Attempt) -> Result:
    if not job.wires:
        return Rejected("nothing to say")
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(CALL):
            wire, key = job.wires[attempt.part], f"{attempt.message_id}.{attempt.part}"
            asked_at = pipeline.clock()
            result = await job.channel.send(job.recipient, wire, key, asked_at)
            if isinstance(result, RetryAt):  # it counts from the answer, which may have taken long
                return replace(result, at=result.at + (pipeline.clock() - asked_at))
            return result
    except Exception as problem:
        log.error("send.failed", outbox=str(attempt.message_id), problem=type(problem).__name__)
        return Uncertain(type(problem).__name__)
    finally:
        took = asyncio.get_running_loop().time() - began
        metrics.CALLS.labels(attempt.channel).observe(took)
