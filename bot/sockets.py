"""The phone page's line to us: one WebSocket a phone, JSON frames both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import structlog
from aiohttp import WSMsgType, web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels import frames
from bot.channels.frames import Block, Frame, Look, Open, Pin, Refused, Seen, Show, Tap, Window
from bot.channels.phone import NAME, Phone, is_open
from bot.messages import Attachment, Incoming, Receipt
from bot.pipeline import inbox, receipts
from bot.pipeline.parts import Pipeline, is_passing
from bot.settings import Settings, is_loopback
from storage import contacts, media, phones, roles, sends
from storage.database import Database

log = structlog.get_logger()

MOST_FRAME = 1024 * 1024
PAGE = 200
POLL = 2.0
ROLES = ("coordinator", "broker")
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})
AWAY = "We cannot take that just now. It will be sent again."


class Line:
    """One phone's line. `hear` takes what the page says, `show` brings it what is new."""

    def __init__(self, pipeline: Pipeline, phone: Phone, socket: web.WebSocketResponse) -> None:
        self.pipeline = pipeline
        self.phone = phone
        self.socket = socket
        self.opened: Open | None = None
        self.showing: asyncio.Task[None] | None = None
        self.seen = 0

    async def run(self) -> None:
        """Until either side hangs up. A frame that cannot be taken is refused, nothing more."""
        try:
            async for message in self.socket:
                if message.type is WSMsgType.TEXT:
                    await self._frame(str(message.data))
                else:
                    await self._refuse("That was not understood: send text, not bytes.")
        finally:
            if self.showing is not None:
                self.showing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self.showing

    async def _frame(self, data: str) -> None:
        id: str | None = None
        try:
            frame = frames.read(data)
            id = getattr(frame, "id", None)
            await self._take(frame)
        except Refused as refused:
            metrics.REFUSED.labels(NAME, "frame").inc()
            await self._refuse(refused.why, refused.id or id)
        except Exception as problem:
            if not is_passing(problem):
                raise
            # Nothing was kept: the page sends it again over a new line.
            log.warning("phone.unavailable", problem=type(problem).__name__)
            await self.socket.close(code=1013, message=AWAY.encode())

    async def _refuse(self, why: str, id: str | None = None) -> None:
        await self._tell({"type": "refused", "id": id, "why": why})

    async def _tell(self, frame: Mapping[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            await self.socket.send_str(json.dumps(frame, ensure_ascii=False))

    async def _take(self, frame: Frame) -> None:
        if isinstance(frame, Open):
            await self._open(frame)
            return
        if self.opened is None:
            raise Refused("A phone says first who it is, by a frame of type open.")
        match frame:
            case Look(look=look):
                await self._change(look=look)
            case Window(open=window):
                await self._change(window_open=window)
            case Block(blocked=blocked):
                await self._block(self.opened.urn, blocked)
            case Seen(seq=seq):
                await self._read(self.opened.urn, seq)
            case _:
                await self._said(self.opened, frame)

    async def _open(self, frame: Open) -> None:
        now = self.pipeline.clock()
        async with self.pipeline.database.begin() as db:
            await phones.change(db, frame.urn, look=frame.look)
            state = await phones.state(db, frame.urn)
            await self._greet(db, frame)
        role, country = await _who(self.pipeline.database, frame.urn)
        self.opened = frame
        settings = self.pipeline.house.settings
        await self._tell(
            {
                "type": "opened",
                "urn": frame.urn,
                "look": state.look,
                "window": is_open(state, state.look, now),
                "blocked": state.blocked,
                "languages": languages(self.pipeline),
                "role": role,
                "country": country or settings.country,
            }
        )
        if self.showing is not None:
            self.showing.cancel()
        self.showing = asyncio.create_task(self._show(frame.urn, frame.after))

    async def _greet(self, db: AsyncConnection, frame: Open) -> None:
        """Somebody whose language nobody knows yet is written to in that of their page."""
        found = await contacts.known(db, frame.urn)
        language = frame.language.replace("_", "-").partition("-")[0]
        offered = {one["code"] for one in languages(self.pipeline)}
        if found is not None and found[0].language is None and language in offered:
            await contacts.change(db, found[0].id, language=language)

    async def _show(self, urn: str, after: int) -> None:
        """Bring the page what its screen does not show yet, as it comes."""
        with self.pipeline.coordination.listen("phone") as bell:
            while not self.socket.closed:
                try:
                    rows = await self._new(urn, after)
                    for row in rows:
                        await self._tell(self._shown(row))
                        after = row.seq
                    await self._report(
                        [row.external_id for row in rows if not row.mine], "delivered"
                    )
                    if not rows:
                        await bell.wait(POLL)
                except Exception as problem:
                    if not is_passing(problem):
                        log.error("phone.lost", problem=type(problem).__name__)
                        await self.socket.close(code=1011)
                        raise
                    await bell.wait(POLL)

    async def _new(self, urn: str, after: int) -> list[phones.Message]:
        async with self.pipeline.database.read() as db:
            return await phones.after(db, urn, after, PAGE)

    def _shown(self, row: phones.Message) -> dict[str, Any]:
        body = dict(row.body)
        kept = body.get("media")
        if isinstance(kept, Mapping) and kept.get("id"):
            link = self.pipeline.media.link(UUID(str(kept["id"])), self.pipeline.clock())
            body["media"] = {"kind": kept["kind"], "url": link, "type": kept.get("type", "")}
        at = row.at.isoformat().replace("+00:00", "Z")
        return {"type": "message", "seq": row.seq, "id": row.external_id, "at": at, **body}

    async def _said(self, opened: Open, frame: frames.Said) -> None:
        incoming, shown = await self._incoming(opened, frame)
        seq = await self.phone.hear(incoming, shown, self.pipeline.clock())
        metrics.ACCEPTED.labels(NAME).inc()
        await self._tell({"type": "accepted", "id": frame.id, "seq": seq})

    async def _incoming(
        self, opened: Open, frame: frames.Said
    ) -> tuple[Incoming, Mapping[str, Any]]:
        """The message, and what the person's own screen shows of it."""
        async with self.pipeline.database.read() as db:
            state = await phones.state(db, opened.urn)
        if state.blocked:
            raise Refused("You blocked Artisan Connect on this phone: unblock it to write.")
        said: dict[str, Any] = {
            "channel": NAME,
            "external_id": f"{opened.urn}/{frame.id}",
            "urns": (opened.urn,),
            "hint": opened.language,
            "look": state.look,
        }
        match frame:
            case Tap(payload=payload, label=label):
                return Incoming(**said, kind="tap", tap=payload), {"text": label}
            case Pin(lat=lat, lon=lon):
                shown = {"text": "", "pin": {"lat": lat, "lon": lon}}
                return Incoming(**said, kind="pin", pin=(lat, lon)), shown
            case Show():
                attached = await self._attached(frame)
                shown = {
                    "text": frame.text,
                    "media": {"id": attached.id, "kind": attached.kind, "type": attached.type},
                }
                whole = Incoming(**said, kind="media", text=frame.text, attachments=(attached,))
                return whole, shown
            case _:
                return Incoming(**said, text=frame.text), {"text": frame.text}

    async def _attached(self, frame: Show) -> Attachment:
        media_id = self.pipeline.media.read(frame.token, self.pipeline.clock())
        found = None
        if media_id is not None:
            async with self.pipeline.database.read() as db:
                found = await media.by_id(db, media_id)
        if found is None or found.kind != frame.kind:
            raise Refused("That file is not here any more: please send it again.")
        return Attachment(found.kind, id=str(found.id), type=found.type, size=found.size)

    async def _change(self, **columns: Any) -> None:
        if self.opened is not None:
            async with self.pipeline.database.begin() as db:
                await phones.change(db, self.opened.urn, **columns)

    async def _block(self, urn: str, blocked: bool) -> None:
        """As on Telegram: the far side tells the bot that it was blocked or unblocked."""
        incoming = Incoming(
            NAME,
            str(uuid4()),
            (urn,),
            kind="blocked" if blocked else "unblocked",
        )
        async with self.pipeline.database.begin() as db:
            await phones.change(db, urn, blocked=blocked)
            if await contacts.known(db, urn) is None:
                return
            await inbox.put(db, [incoming], self.pipeline.clock())
        await self.pipeline.coordination.wake("inbox")

    async def _read(self, urn: str, seq: int) -> None:
        while self.seen < seq:
            rows = await self._new(urn, self.seen)
            keys = [row.external_id for row in rows if not row.mine and row.seq <= seq]
            self.seen = rows[-1].seq if rows else seq
            await self._report(keys, "read")

    async def _report(self, keys: list[str], state: str) -> None:
        """Say what became of messages, of those of which it was not said yet."""
        if not keys:
            return
        async with self.pipeline.database.read() as db:
            news = await sends.short_of(db, NAME, keys, state)
        said = [Receipt(NAME, key, "read" if state == "read" else "delivered") for key in news]
        await receipts.accept(self.pipeline, said, self.pipeline.clock())


async def _who(database: Database, urn: str) -> tuple[str, str | None]:
    """The role a phone's owner has, and their country."""
    async with database.read() as db:
        found = await contacts.known(db, urn)
        if found is None:
            return "artisan", None
        held = {role.role for role in await roles.of(db, found[0].id)}
    return next((role for role in ROLES if role in held), "artisan"), found[0].country


def languages(pipeline: Pipeline) -> list[dict[str, str]]:
    """The languages offered, in order, each by its own name."""
    return [
        {"code": code, "name": name, "dir": direction}
        for code, name, direction in pipeline.house.catalogues.languages
    ]


def is_ours(origin: str | None, host: str, settings: Settings) -> bool:
    """Whether a page of ours opened the line: its origin is our own address, by whatever name
    that is only this machine's, or the public one."""
    if origin is None:  # no browser
        return True
    if settings.public_url and origin == settings.public_url:
        return True
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return origin.partition("://")[2] == host and is_loopback(name)
