"""Noting what became of calls: results that come while others are being noted are noted together
with the next, and none is forgotten while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.base import Judging
from bot.logs import named
from bot.messages import Gone, NeedsTemplate, Rejected, Result, RetryAt, Sent, Uncertain
from bot.pipeline import detours, pauses, returned
from bot.pipeline.parts import Pipeline, is_passing
from bot.pipeline.preparing import Job
from bot.turn import REPLY
from storage import delays, sends, underway
from storage.sends import Attempt, Outcome

log = structlog.get_logger()

LASTS = timedelta(days=1)
"""For how long a message that is certainly not taken is tried again, from the first try on."""

REPEAT_AFTER = timedelta(seconds=1)
LEAST_PAUSE, MOST_PAUSE = 0.1, 2.0
FREE_TRIES = 3
MOST_BACK_OFF = timedelta(minutes=1)


@dataclass(frozen=True)
class Answered:
    """A call that has come to its end, and who waits for that to be noted."""

    job: Job
    attempt: Attempt
    result: Result
    noted: asyncio.Future[Step]


@dataclass(frozen=True)
class Step:
    """What follows from a result: what is noted, and the attempt that comes next, if one does, of
    the job as it is then."""

    outcome: Outcome
    job: Job
    following: Attempt | None = None


class Settler:
    """Notes results, those that are there together in one transaction."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._waiting: list[Answered] = []
        self._noting: asyncio.Task[None] | None = None

    async def note(self, job: Job, attempt: Attempt, result: Result) -> Step:
        """Note a result. The attempt at what comes next of the same message has been begun."""
        noted: asyncio.Future[Step] = asyncio.get_running_loop().create_future()
        self._waiting.append(Answered(job, attempt, result, noted))
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note_all())
        return await noted

    async def _note_all(self) -> None:
        pause = LEAST_PAUSE
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                await self._note_together(together)
                pause = LEAST_PAUSE
            except Exception as problem:
                if is_passing(problem):  # what became of them is known here and nowhere else
                    log.warning("settle.interrupted", problem=type(problem).__name__)
                    self._waiting = together + self._waiting
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, MOST_PAUSE)
                    continue
                await self._note_apart(together, problem)

    async def _note_apart(self, together: Sequence[Answered], problem: Exception) -> None:
        """One of them cannot be noted: the others must not suffer for it."""
        log.error("settle.failed", messages=len(together), problem=named(problem))
        if len(together) == 1:
            _release(together, problem)
            return
        for one in together:
            try:
                await self._note_together([one])
            except Exception as own:
                if is_passing(own):
                    self._waiting.append(one)
                else:
                    _release([one], own)

    async def _note_together(self, together: Sequence[Answered]) -> None:
        pipeline, now = self._pipeline, self._pipeline.clock()
        async with pipeline.database.begin() as db:
            doubtful = [one.attempt for one in together if isinstance(one.result, Uncertain)]
            told = await sends.told(db, doubtful) if doubtful else set()
            steps = [
                follow(one.job, one.attempt, _known(one, one.attempt.id in told), now)
                for one in together
            ]
            early = await sends.settle_each(db, [step.outcome for step in steps], now)
            begun = [step.following for step in steps if step.following is not None]
            await sends.begin_parts(db, begun, now)
            for one in together:
                await _besides(db, pipeline, one, early, now)
        for one, step in zip(together, steps, strict=True):
            _count(one, now)
            if not one.noted.done():
                one.noted.set_result(step)


def _release(together: Sequence[Answered], problem: Exception) -> None:
    for one in together:
        if not one.noted.done():
            one.noted.set_exception(problem)


def _known(one: Answered, told: bool) -> Result:
    """A receipt may have told us what the call did not."""
    return Sent() if told else one.result


def follow(job: Job, attempt: Attempt, result: Result, now: datetime) -> Step:
    """What a result means for the message. Pure but for the id of what follows."""
    match result:
        case Sent(external_id=external_id):
            return _gone_out(job, attempt, "sent", external_id, "", now)
        case RetryAt(at=at, why=why) if now - job.since < LASTS:
            due_at = at if result.pauses else max(at, now + _back_off(attempt.number))
            error = pauses.mark(job, result) + why
            return Step(Outcome(attempt, "retry", "", error, "queued", due_at), job)
        case NeedsTemplate():
            return Step(Outcome(attempt, "retry", "", detours.closed(result), "queued", now), job)
        case Uncertain(why=why) if job.repeat and attempt.part not in job.doubted:
            metrics.REPEATED.labels(attempt.channel).inc()
            again_at = now + REPEAT_AFTER
            return Step(Outcome(attempt, "uncertain", "", why, "queued", again_at), job)
        case Uncertain(why=why):
            unsure = replace(job, unsure=job.unsure | {attempt.part})
            return _gone_out(unsure, attempt, "uncertain", "", why, now)
        case Rejected(why=why):
            return _gone_out(job, attempt, "failed", "", why, now)
        case Gone(why=why) | RetryAt(why=why):
            return Step(Outcome(attempt, "failed", "", why, "failed"), job)


def _gone_out(
    job: Job, attempt: Attempt, came: str, external_id: str, why: str, now: datetime
) -> Step:
    """One part is over: the next follows, at once or when a picture has arrived; or it was the
    last."""
    patience = _patience(job, attempt)
    left = [part for part in job.parts if part > attempt.part]
    if left and patience and came == "sent":
        until = now + patience
        return Step(Outcome(attempt, came, external_id, delays.ARRIVING, "queued", until), job)
    if left:
        following = sends.following(attempt, left[0], now)
        return Step(Outcome(attempt, came, external_id, why), job, following)
    state, due_at = ("failed" if came == "failed" else "sent"), None
    if job.unsure and job.channel.answers(job.recipient):
        state, due_at = "asking", now + job.channel.settled
    elif job.unsure:
        state, why = "uncertain", why or "no answer"
    return Step(Outcome(attempt, came, external_id, why, state, due_at), job)


async def _besides(
    db: AsyncConnection,
    pipeline: Pipeline,
    one: Answered,
    early: set[tuple[str, str]],
    now: datetime,
) -> None:
    """What a result means beyond its message."""
    job, attempt = one.job, one.attempt
    match one.result:
        case Gone():
            mine = attempt.message_id if attempt.part == 0 else None
            await detours.leave(db, pipeline, job.row.urn_id, one.result, mine, now)
        case Sent(external_id=external_id):
            if (attempt.channel, external_id) in early and isinstance(job.channel, Judging):
                await returned.judge_early(db, pipeline, attempt, now)
            patience = _patience(job, attempt)
            if patience and attempt.part == job.parts[-1]:
                await underway.hold_behind(db, attempt.message_id, now + patience)
            if patience and (attempt.channel, external_id) in early:
                await underway.arrived(db, attempt.channel, [external_id], now)


def _patience(job: Job, attempt: Attempt) -> timedelta:
    return job.channel.patience(job.wires[attempt.part]) if job.wires else timedelta(0)


def _back_off(number: int) -> timedelta:
    """A far side that cannot be reached is tried ever less often."""
    if number <= FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2.0 ** min(number - FREE_TRIES, 10)), MOST_BACK_OFF)


def _count(one: Answered, now: datetime) -> None:
    attempt, result = one.attempt, one.result
    if isinstance(result, Sent) and one.job.row.rank == REPLY and attempt.part == 0:
        took = (now - one.job.row.created_at).total_seconds()
        metrics.SAID.labels(attempt.channel).observe(took)
    metrics.SENDS.labels(attempt.channel, type(result).__name__.lower()).inc()
    log.info(
        "send.done",
        outbox=str(attempt.message_id),
        part=attempt.part,
        channel=attempt.channel,
        result=type(result).__name__,
    )
