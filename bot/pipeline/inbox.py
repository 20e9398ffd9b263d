"""Taking messages in: kept before they are acknowledged, those that come at once by one commit.

Of a sender so much may wait to be handled; what is beyond it is left out, and they are told so in
its place. Others do not notice: of each the next message is handled in turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.messages import Incoming, incoming_json
from bot.pipeline.coordination import Coordination
from bot.pipeline.together import Together
from flows.light import light
from flows.understand import keywords
from storage import inbox, sealing
from storage.database import Database

log = structlog.get_logger()

MOST_WAITING = 100
"""How many messages of an address may wait to be handled."""

LIVELY, A_WHILE = 20, timedelta(minutes=1)
"""How many may come from an address in a while before anybody counts what waits of it."""

MOMENT = timedelta(seconds=1)
"""How long at least nobody looks again of which addresses much waits."""


@light(frozen=True)
class _Taken:
    incomings: Sequence[Incoming]
    now: datetime


class Intake:
    """Where messages are kept, by whatever channel they came."""

    def __init__(
        self, database: Database, coordination: Coordination, languages: Sequence[str]
    ) -> None:
        self._coordination = coordination
        self._languages = languages
        self._together: Together[_Taken, int] = Together(database, self._write, at_once=True)
        self._lately: Counter[str] = Counter()
        self._since: datetime | None = None
        self._crowded: Collection[str] = ()
        self._looked: datetime | None = None
        self._came = 0
        self._telling: asyncio.Task[None] | None = None
        self._untold = False

    async def accept(self, incomings: Sequence[Incoming], now: datetime) -> int:
        """Keep messages, all or none; once this returns they are safe. Gives how many were new."""
        new = await self._together.put(_Taken(incomings, now))
        if new:
            self._tell()
        return new

    def _tell(self) -> None:
        """Have the workers woken, once for all that was kept meanwhile; nobody waits for it."""
        self._untold = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        while self._untold:
            self._untold = False
            await self._coordination.wake("inbox")

    async def _write(self, db: AsyncConnection, taken: Sequence[_Taken]) -> list[int]:
        kept = await self._keep(db, [(i, one.now) for one in taken for i in one.incomings])
        if len(kept) == sum(len(one.incomings) for one in taken):
            return [len(one.incomings) for one in taken]
        return [sum(kept.pop(_key(incoming), 0) for incoming in one.incomings) for one in taken]

    async def _keep(
        self, db: AsyncConnection, arrived: Sequence[tuple[Incoming, datetime]]
    ) -> dict[tuple[str, str], int]:
        """Keep each message once, and as many of one sender as may wait. Gives 1 for each new."""
        first: dict[tuple[str, str], tuple[Incoming, datetime]] = {}
        for one in arrived:
            first.setdefault(_key(one[0]), one)
        messages = list(first.values())
        room = await self._room(db, messages)
        messages = await _without_kept(db, messages, room)
        rows: list[inbox.Arrival] = []
        for incoming, now in messages:
            urn = incoming.urns[0]
            if room.get(urn, 1) > 0 or self._is_heeded(incoming):
                rows.append(arrival_of(incoming, now))
            elif room[urn] == 0:
                note = await inbox.next_note(db, urn, FULL)
                # Looked for after the name was found: who kept theirs before it has another name.
                _, told = (await inbox.waiting_of_many(db, [urn], FULL))[urn]
                if not told:
                    rows.append(arrival_of(_full(incoming, note), now))
                    log.warning("inbox.full", channel=incoming.channel)
            else:
                metrics.REFUSED.labels(incoming.channel, "flood").inc()
            if urn in room:
                room[urn] -= 1
        return dict.fromkeys(await inbox.put_new(db, rows), 1)

    def _is_heeded(self, incoming: Incoming) -> bool:
        """Whether it is heard however much waits: that it is enough."""
        if incoming.kind in ("stop", "blocked", "unblocked"):
            return True
        said = {keywords.read(incoming.text, language) for language in self._languages}
        return not said.isdisjoint({"STOP", "DELETE"})

    async def _room(
        self, db: AsyncConnection, messages: Sequence[tuple[Incoming, datetime]]
    ) -> dict[str, int]:
        """Of senders from whom much comes or of whom much waits, for how many more there is room:
        at 0 they are to be told that there is none, below it they have been."""
        if not messages:
            return {}
        came = Counter(incoming.urns[0] for incoming, _ in messages)
        now = messages[0][1]
        if self._since is None or now - self._since > A_WHILE:
            self._lately, self._since = Counter(), now
        self._lately.update(came)
        await self._look(db, len(messages), now)
        counted = [urn for urn in came if self._lately[urn] > LIVELY or self._is_crowded(db, urn)]
        if not counted:
            return {}
        waiting = await inbox.waiting_of_many(db, counted, FULL)
        return {
            urn: -1 if told else max(0, MOST_WAITING - count)
            for urn, (count, told) in waiting.items()
        }

    async def _look(self, db: AsyncConnection, count: int, now: datetime) -> None:
        """See of which addresses so much waits that what comes before the next look may be too
        much; after as many messages as are lively, or after a while."""
        self._came += count
        since = now - self._looked if self._looked else A_WHILE
        if since >= A_WHILE or (self._came > LIVELY and since >= MOMENT):
            self._looked, self._came = now, 0
            self._crowded = await inbox.crowded(db, MOST_WAITING - LIVELY)

    def _is_crowded(self, db: AsyncConnection, urn: str) -> bool:
        return bool(self._crowded) and sealing.digest(db, urn) in self._crowded


async def _without_kept(
    db: AsyncConnection, messages: list[tuple[Incoming, datetime]], room: Mapping[str, int]
) -> list[tuple[Incoming, datetime]]:
    """Where there is not room for all, without what was kept when it came before."""
    came = Counter(incoming.urns[0] for incoming, _ in messages)
    crowded = {urn for urn, left in room.items() if came[urn] > left}
    names = [_key(incoming) for incoming, _ in messages if incoming.urns[0] in crowded]
    kept = await inbox.kept(db, names) if names else ()
    return [one for one in messages if _key(one[0]) not in kept]


FULL = "full/"
"""What the name of a note begins with that says that more came than we keep."""


def _full(incoming: Incoming, note: str) -> Incoming:
    """In place of a message for which there is no room: the note that there was none."""
    return Incoming(
        channel=incoming.channel,
        external_id=note,
        urns=incoming.urns,
        kind="full",
        hint=incoming.hint,
        look=incoming.look,
        line=incoming.line,
    )


def _key(incoming: Incoming) -> tuple[str, str]:
    return incoming.channel, incoming.external_id


def arrival_of(incoming: Incoming, now: datetime) -> inbox.Arrival:
    """A message as the inbox keeps it."""
    return inbox.Arrival(
        channel=incoming.channel,
        external_id=incoming.external_id,
        urn=incoming.urns[0],
        body=incoming_json(incoming),
        received_at=now,
        due_at=now,
    )


async def put(db: AsyncConnection, incomings: Sequence[Incoming], now: datetime) -> int:
    """Keep messages within a transaction of the caller. Gives how many were new."""
    return await inbox.put(db, [arrival_of(incoming, now) for incoming in incomings])
