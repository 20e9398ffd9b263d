"""`artisan chat`: a phone in the terminal. A line in, replies out, through the whole pipeline and
never by a real channel."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, TextIO
from uuid import uuid4

from bot.channels.cleaning import clean
from bot.channels.frames import MOST_TEXT
from bot.channels.phone import NAME, Phone, look_of, name_in_inbox
from bot.logs import configure_logs
from bot.messages import Incoming
from bot.pipeline.lock import Occupied, alone
from bot.pipeline.parts import Pipeline
from bot.pipeline.watch import watch
from bot.pipeline.worker import working
from bot.settings import Settings
from bot.usage import UsageError
from storage import inbox, outbox, phones, urns

LOOK = 0.25
"""Seconds after which we look whether the answer has come, though nobody rang."""
PATIENCE = 60.0
"""Seconds without any progress after which we give a line up."""

URNS = {
    "tel": re.compile(r"\+[1-9][0-9]{4,14}"),
    "whatsapp": re.compile(r"\+[1-9][0-9]{4,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128}"),
    "telegram": re.compile(r"[1-9][0-9]{0,18}"),
    "phone": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"),
}

Opened = Callable[[], AbstractAsyncContextManager[Pipeline]]


class Unanswered(Exception):
    """Nothing has happened for a long time: whoever should answer does not."""


async def chat(settings: Settings, urn: str, opened: Opened) -> int:
    """Talk until the input ends and its last line is answered."""
    configure_logs(logging.ERROR)
    address = checked(urn)
    async with AsyncExitStack() as stack:
        pipeline = await stack.enter_async_context(opened())
        await stack.enter_async_context(_answered(settings, pipeline))
        phone = pipeline.channels[NAME]
        if not isinstance(phone, Phone):
            raise TypeError(phone)
        screen = Screen(pipeline, phone, address, sys.stdout)
        try:
            await screen.talk(sys.stdin)
        except Unanswered:
            print("artisan: no answer came; is the server well?", file=sys.stderr)
            return 1
    return 0


def checked(urn: str) -> str:
    """The address somebody wants to be, in one way of writing. Raises UsageError."""
    scheme, _, path = urn.strip().partition(":")
    path = re.sub(r"[\s().-]", "", path) if scheme in ("tel", "whatsapp") and "+" in path else path
    pattern = URNS.get(scheme)
    if pattern is None or not pattern.fullmatch(path):
        raise UsageError(
            f"{urn!r} is no address: write --as tel:+50499887766, whatsapp:+50499887766, "
            "telegram:123456 or phone:anna"
        )
    return f"{scheme}:{path}"


@contextlib.asynccontextmanager
async def _answered(settings: Settings, pipeline: Pipeline) -> AsyncIterator[None]:
    """See to it that somebody answers: the server that is there, else we ourselves."""
    with contextlib.ExitStack() as held:
        try:
            if settings.sqlite:
                held.enter_context(alone(settings.home))
            async with working(pipeline):
                yield
        except Occupied:
            task = asyncio.create_task(watch(settings.database_url, pipeline.coordination))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


@dataclass
class Screen:
    """What the terminal shows of a phone: whatever comes on it after we began."""

    pipeline: Pipeline
    phone: Phone
    urn: str
    out: TextIO
    after: int = 0

    async def talk(self, lines: TextIO) -> None:
        """Say every line, each when the one before it is answered, and show what comes."""
        async with self.pipeline.database.read() as db:
            self.after = await phones.cursor(db, self.urn)
        by_hand = lines.isatty()
        queue = _reading(lines)
        while (line := await self._next(queue, by_hand)) is not None:
            text = clean(line)
            if len(text) > MOST_TEXT:
                print(f"artisan: at most {MOST_TEXT} characters a line", file=sys.stderr)
            elif text:
                await self._said(text)
        await self._settled()

    async def _next(self, queue: asyncio.Queue[str | None], by_hand: bool) -> str | None:
        """The next line; meanwhile what others cause on this phone is shown."""
        if by_hand:
            self._write("> ", end="")
        waiting = asyncio.ensure_future(queue.get())
        with self.pipeline.coordination.listen("phone") as bell:
            while not waiting.done():
                if by_hand and await self._show(before="\r"):
                    self._write("> ", end="")
                ringing = asyncio.ensure_future(bell.wait(1.0))
                await asyncio.wait({waiting, ringing}, return_when=asyncio.FIRST_COMPLETED)
                ringing.cancel()
                await asyncio.gather(ringing, return_exceptions=True)
        return waiting.result()

    async def _said(self, text: str) -> None:
        """Say one line and show everything until it is answered."""
        id = str(uuid4())
        incoming = Incoming(NAME, id, (self.urn,), text=text, look=look_of(self.urn))
        await self.phone.hear(incoming, {"text": text}, self.pipeline.clock())
        await self._until(lambda: self._is_answered(id))

    async def _settled(self) -> None:
        """At the end: what the house has for this phone by now is shown as well."""
        await self._until(self._is_quiet)

    async def _until(self, done: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        with self.pipeline.coordination.listen("phone") as bell:
            while True:
                over = await done()
                if await self._show():
                    last = loop.time()
                if over:
                    return
                if loop.time() - last > PATIENCE:
                    raise Unanswered
                await bell.wait(LOOK)

    async def _is_answered(self, id: str) -> bool:
        now = self.pipeline.clock()
        async with self.pipeline.database.read() as db:
            row = await inbox.by_external_id(db, NAME, name_in_inbox(db, self.urn, id))
            if row is None or row.state == "ready":
                return False
            return await outbox.unsent(db, inbox_seq=row.seq, due_by=now) == 0

    async def _is_quiet(self) -> bool:
        now = self.pipeline.clock()
        async with self.pipeline.database.read() as db:
            urn = await urns.by_address(db, self.urn)
            if await inbox.waiting_of(db, self.urn):
                return False
            return urn is None or not await outbox.unsent(db, urn_id=urn.id, due_by=now)

    async def _show(self, before: str = "") -> bool:
        """Print what is new. Whether there was anything."""
        async with self.pipeline.database.read() as db:
            rows = await phones.after(db, self.urn, self.after)
        for row in rows:
            self.after = row.seq
            if not row.mine:
                self._write(before + written(row.body) + "\n")
        return any(not row.mine for row in rows)

    def _write(self, text: str, end: str = "\n") -> None:
        self.out.write(text + end)
        self.out.flush()


def written(body: Mapping[str, Any]) -> str:
    """A message of the bot as lines: its text, then the options with their numbers."""
    lines = [str(body.get("text", ""))]
    menu = body.get("list") or {}
    for button in (*body.get("buttons", ()), *menu.get("items", ())):
        number, label = button.get("number", ""), button["label"]
        lines.append(f"  {number}. {label}" if number != label else f"  {number}")
    media = body.get("media")
    if media:
        lines.append(f"  [{media['kind']}]")
    return "\n".join(line for line in lines if line)


def _reading(lines: TextIO) -> asyncio.Queue[str | None]:
    """Read lines beside the loop, by a thread that nobody has to wait for."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    reconfigure = getattr(lines, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has gone
            for line in lines:
                loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return queue
