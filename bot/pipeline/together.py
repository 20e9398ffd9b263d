"""Group commit: what is asked while a commit is under way is written by the next one, together.

Nobody waits for others to come: what is there is written at once. Each asker goes on when theirs
is committed; what cannot be written at all harms nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.pipeline.passing import is_passing
from storage.database import Database

MOST = 256
"""How much is written by one transaction."""

WITHIN = 8.0
"""Seconds in which it is, or all who asked are told that it was not: far sides wait no longer than
fifteen."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


Write: TypeAlias = Callable[[AsyncConnection, Sequence[Asked]], Awaitable[Sequence[Answer]]]
"""Writes what several asked; gives an answer for each, in order."""


class Together(Generic[Asked, Answer]):
    """What is asked at once is written at once."""

    def __init__(
        self, database: Database, write: Write[Asked, Answer], at_once: bool = False
    ) -> None:
        """`at_once`: all that is written is written by one statement."""
        self._database = database
        self._at_once = at_once
        self._write = write
        self._line: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, asked: Asked) -> Answer:
        """Once this returns it is committed. Raises what kept it from being written; TimeoutError
        where that took too long, and then it may have been written all the same."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._line.append((asked, answer))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        # A timer is a quarter as dear as `asyncio.timeout`, and there is one for each message.
        patience = loop.call_later(WITHIN, _give_up, answer)
        try:
            return await answer
        finally:
            patience.cancel()

    async def _write_all(self) -> None:
        while self._line:
            some, self._line = self._line[:MOST], self._line[MOST:]
            if some := [one for one in some if not one[1].done()]:
                await self._commit(some)

    async def _commit(self, some: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            begin = self._database.at_once if self._at_once else self._database.begin
            async with asyncio.timeout(WITHIN), begin() as db:
                answers = await self._write(db, [asked for asked, _ in some])
        except Exception as problem:
            if len(some) > 1 and not is_passing(problem):
                for one in some:
                    await self._commit([one])
                return
            for _, waiting in some:
                if not waiting.done():
                    waiting.set_exception(problem)
        except BaseException:  # the process is about to end
            for _, waiting in some:
                waiting.cancel()
            raise
        else:
            for (_, waiting), answer in zip(some, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)


def _give_up(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
