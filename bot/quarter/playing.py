"""A quarter played: the clock goes from one thing that is due to the next, and at each everybody
writes, every turn is handled and every message sent, by the pipeline as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from bot import weekly
from bot.pipeline import outbox as sending
from bot.pipeline import timers, turns
from bot.pipeline.parts import Pipeline
from bot.quarter.acting import Crowd
from bot.quarter.counting import so_far
from bot.quarter.far_side import Post
from storage import inbox, outbox, purging
from storage import timers as kept_timers

STEP = timedelta(minutes=5)
"""What is due within so long is done at one time; half of what makes a timer late."""

ROUND = timedelta(seconds=20)
"""How long a message and its answer take where somebody answers at once."""

ROUNDS = 15
A_DAY = timedelta(days=1)


@dataclass
class Clock:
    """The time, which goes on only when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Quarter:
    """A pipeline, its clock, and who writes to it. `turns` counts the messages handled."""

    pipeline: Pipeline
    clock: Clock
    post: Post
    crowd: Crowd
    turns: int = 0

    async def run(self, until: datetime, tell: Callable[[str], None]) -> None:
        """Play to the end, and tell each week that is over."""
        begin, started = self.clock.now, monotonic()
        self._day_at, weeks = begin, 0
        self.crowd.begin(begin)
        while (at := await self._next(until)) < until:
            self.clock.now = max(self.clock.now, at)
            if self.clock.now >= self._day_at:
                await self._day()
            await self._everybody()
            if (self.clock.now - begin) // timedelta(weeks=1) > weeks:
                weeks += 1
                async with self.pipeline.database.read() as db:
                    reached = await so_far(db)
                minutes = (monotonic() - started) / 60
                tell(
                    f"week {weeks} is over after {minutes:.1f} minutes: {self.turns} messages "
                    f"handled, {reached}"
                )
        self.clock.now = until

    async def _next(self, until: datetime) -> datetime:
        """When something is next to be done."""
        fires, comes, goes = await self._due(after=self.clock.now)
        due = [fires, comes, *goes.values(), self.crowd.agenda.next(), self._day_at]
        first = min((at for at in due if at is not None), default=until)
        late = (first - self.clock.now) % STEP
        return first + STEP - late if late and first > self.clock.now else first

    async def _due(
        self, after: datetime | None = None
    ) -> tuple[datetime | None, datetime | None, dict[str, datetime | None]]:
        """When a timer, a message that came and, by channel, one that is to go are next due; of
        what is to go, what is due after a moment."""
        async with self.pipeline.database.read() as db:
            names = self.pipeline.channels
            goes = {name: await outbox.next_due(db, name, after) for name in names}
            return await kept_timers.next_due(db), await inbox.next_due(db), goes

    async def _day(self) -> None:
        """What a worker does now and then."""
        now = self.clock.now
        self._day_at += A_DAY
        async with self.pipeline.database.begin() as db:
            await outbox.expire(db, now)
            await purging.purge(db, now)
        await weekly.make_version(self.pipeline)
        await weekly.look_for_groups(self.pipeline)
        async with self.pipeline.database.read() as db:
            await self.crowd.day(db, now)

    async def _everybody(self) -> None:
        """Whoever has something to say says it and hears the answer, as long as they answer."""
        for _ in range(ROUNDS):
            now = self.clock.now
            acting = self.crowd.agenda.due(now)
            if acting:
                async with self.pipeline.database.read() as db:
                    written = await self.crowd.write(db, acting, now)
                await self.pipeline.intake.accept(written, now)
            if not await self._settle() and not acting:
                return
            self.clock.now += ROUND

    async def _settle(self) -> bool:
        """Do everything that is due now. Whether there was anything."""
        worked = False
        while True:
            now, (fires, comes, goes) = self.clock.now, await self._due()
            fired = await timers.fire_due(self.pipeline) if _is_due(fires, now) else 0
            handled = 0
            if fired or _is_due(comes, now):
                handled = await turns.handle_due(self.pipeline)
            channels = self.pipeline.channels
            due = {name: channels[name] for name, at in goes.items() if _is_due(at, now)}
            sent = await sending.send_due(replace(self.pipeline, channels=due)) if due else 0
            self.turns += handled
            if not fired + handled + sent:
                break
            worked = True
        for came in self.post.taken():
            self.crowd.comes(came)
        return worked


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
