"""Telegram: sending by the Bot API, and what belongs to a message but not to its turn.

What comes in is taken by `telegram_taking`, read by `telegram_parsing`; how a reply looks is
decided in `telegram_rendering`. Source: https://core.telegram.org/bots/api"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import NotNow, Pace, Recipient, Wire
from bot.channels.telegram_http import Answer, Api, Upload
from bot.channels.telegram_parsing import NAME, Update
from bot.channels.telegram_rendering import CAPS, render
from bot.house import House
from bot.media import Keeper
from bot.messages import (
    Attachment,
    Caps,
    Gone,
    Rejected,
    Reply,
    Result,
    RetryAt,
    Sent,
    Uncertain,
)
from bot.speech import say, spoken
from storage import media
from storage.database import Database

log = structlog.get_logger()

ALL, EACH = Pace(NAME, 25, 5), (1.0, 10.0)
"""Calls a second and at once: of the bot, which may make thirty in any second, and to one chat,
where short bursts are let through."""

SOON, LATER = timedelta(seconds=3), timedelta(minutes=5)
GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "bot was blocked",
    "bot can't initiate conversation",
)
KEPT_REFS = 1000
LOST = 410
"""Our own code for a file of ours that is not there any more."""

PRIVATE_ONLY = say(
    "phrase.private_only",
    "I talk with one person at a time, so I am leaving this group. Please write to me directly.",
)


class Telegram:
    """The channel `telegram`. `username` is the bot's, once it has been asked for."""

    name = NAME
    settled = timedelta(0)

    def __init__(self, api: Api, house: House, database: Database, keeper: Keeper) -> None:
        self.api = api
        self.house = house
        self.database = database
        self.keeper = keeper
        self.username = ""
        self._refs: OrderedDict[str, str] = OrderedDict()
        self._moved: dict[int, int] = {}
        self._declined: set[int] = set()
        self._refused: dict[str, datetime] = {}
        self._following: set[asyncio.Task[None]] = set()

    def answers(self, recipient: Recipient) -> bool:
        return False

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        return CAPS

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return render(reply, caps, link)

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        return (Pace(_bucket(recipient), *EACH, shared=False), ALL)

    def patience(self, wire: Wire) -> timedelta:
        """None: a call is answered when what it carries is there."""
        return timedelta(0)

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        chat = _chat(recipient.urn)
        if chat is None:
            return Gone("no chat")
        answer = await self._said(self._moved.get(chat, chat), wire)
        if answer.migrated_to is not None:
            self._moved[chat] = answer.migrated_to
            answer = await self._said(answer.migrated_to, wire)
        if answer.code in (401, 404):
            log.error("telegram.refused", code=answer.code)
        result = result_of(answer, now)
        if answer.code == 429 and isinstance(result, RetryAt):
            return replace(result, pauses=self._pauses(_bucket(recipient), result.at, now))
        return result

    def _pauses(self, chat: str, until: datetime, now: datetime) -> tuple[str, ...]:
        """What a refusal holds up: the chat; and the bot, where two chats are refused at a time.
        Telegram does not say which of its limits was reached."""
        self._refused = {one: at for one, at in self._refused.items() if at > now}
        self._refused[chat] = until
        return (chat,) if len(self._refused) == 1 else (chat, ALL.bucket)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        """Telegram cannot be asked what became of a call."""
        return Uncertain("no answer was noted")

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        """A file a person sent; None where it is too large or gone. Raises NotNow."""
        answer = await self.api.call("getFile", {"file_id": attachment.ref})
        if answer.ok:
            found = answer.result if isinstance(answer.result, Mapping) else {}
            path, size = found.get("file_path"), found.get("file_size")
            if not isinstance(path, str) or not path or (isinstance(size, int) and size > most):
                return None
            answer = await self.api.download(path, most)
        if answer.ok and isinstance(answer.result, bytes):
            return answer.result
        if 400 <= answer.code < 500 and answer.code not in (401, 409, 429):
            return None
        raise NotNow(answer.retry_after or SOON.total_seconds())

    def follow(self, update: Update) -> None:
        """Do what belongs to an update and not to its turn; nothing waits for it, it may fail."""
        if update.tapped is not None:
            tapped = update.tapped
            self._aside(self._tell("answerCallbackQuery", {"callback_query_id": tapped.query}))
            if tapped.message:
                place = {"chat_id": tapped.chat, "message_id": tapped.message}
                self._aside(self._tell("editMessageReplyMarkup", place))
        if update.group and update.group not in self._declined:
            self._declined.add(update.group)
            self._aside(self._decline(update.group, update.hint))

    async def rest(self) -> None:
        """Wait for what is being done aside."""
        while self._following:
            await asyncio.gather(*self._following, return_exceptions=True)

    async def _decline(self, group: int, hint: str) -> None:
        """Say once that groups are not for us, and leave, so that once is enough."""
        offered = self.house.settings.languages
        known = (hint.replace("-", "_"), hint[:2], offered[0])
        language = next(code for code in known if code in offered)
        text = spoken(PRIVATE_ONLY, self.house.catalogues.translate(language))
        if self.username:
            text = f"{text}\nhttps://t.me/{self.username}"
        await self._tell("sendMessage", {"chat_id": group, "text": text})
        await self._tell("leaveChat", {"chat_id": group})

    async def _tell(self, method: str, parameters: Mapping[str, Any]) -> None:
        answer = await self.api.call(method, parameters)
        if not answer.ok:
            log.info("telegram.aside", method=method, code=answer.code)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _said(self, chat: int, wire: Wire) -> Answer:
        """Make the call; a file that its own method refuses goes once more as a document."""
        parameters = {"chat_id": chat, **wire["parameters"]}
        file = wire.get("media")
        if file is None:
            return await self.api.call(wire["method"], parameters)
        answer = await self._with_file(wire["method"], parameters, file)
        if answer.code == 400 and wire["method"] != "sendDocument" and not _is_gone(answer):
            answer = await self._with_file(
                "sendDocument", parameters, {**file, "field": "document"}
            )
        if answer.code == LOST and parameters.get("caption"):
            words = {"text" if name == "caption" else name: v for name, v in parameters.items()}
            answer = await self.api.call("sendMessage", words)
        return answer

    async def _with_file(
        self, method: str, parameters: Mapping[str, Any], file: Mapping[str, str]
    ) -> Answer:
        """Send a file of ours; Telegram keeps it, so it is uploaded once for many people."""
        field, known = file["field"], f"{file['field']}:{file['id']}"
        ref = file["ref"] if not file["id"] else self._refs.get(known, "")
        if ref:
            return await self.api.call(method, {**parameters, field: ref})
        upload = await self._upload(file)
        if upload is None:
            return Answer(LOST, why="the file is not here any more")
        answer = await self.api.call(method, parameters, upload)
        kept = _kept_as(answer, field)
        if kept:
            self._refs[known] = kept
            if len(self._refs) > KEPT_REFS:
                self._refs.popitem(last=False)
        return answer

    async def _upload(self, file: Mapping[str, str]) -> Upload | None:
        async with self.database.read() as db:
            found = await media.by_id(db, UUID(file["id"]))
        path = self.keeper.path(found.path) if found else None
        if found is None or path is None:
            return None
        data = await asyncio.to_thread(path.read_bytes)
        ending = found.type.rpartition("/")[2]
        return Upload(file["field"], found.type, f"{found.kind}.{ending}", data)


def result_of(answer: Answer, now: datetime) -> Result:
    """What an answer of the Bot API means for the message."""
    if answer.ok:
        result = answer.result if isinstance(answer.result, Mapping) else {}
        number = result.get("message_id")
        return Sent(str(number) if isinstance(number, int) else "")
    why = answer.why[:160]
    if answer.code == 429:
        wait = answer.retry_after if answer.retry_after is not None else SOON.total_seconds()
        return RetryAt(now + timedelta(seconds=wait), "429")
    if answer.code == 0 and not answer.written:
        return RetryAt(now + SOON, why)
    if answer.code == 0 or answer.code >= 500:
        return Uncertain(f"{answer.code} {why}")
    if answer.code == 403 or _is_gone(answer):
        return Gone(f"{answer.code} {why}")
    if answer.code in (401, 404, 409):
        return RetryAt(now + LATER, f"{answer.code} {why}")
    return Rejected(f"{answer.code} {why}")


def _is_gone(answer: Answer) -> bool:
    return any(words in answer.why.lower() for words in GONE)


def _kept_as(answer: Answer, field: str) -> str:
    """What Telegram calls the file that was uploaded."""
    result = answer.result if isinstance(answer.result, Mapping) else {}
    kept = result.get(field)
    if isinstance(kept, list) and kept:
        kept = kept[-1]
    ref = kept.get("file_id") if isinstance(kept, Mapping) else None
    return ref if answer.ok and isinstance(ref, str) else ""


def _bucket(recipient: Recipient) -> str:
    return f"{NAME}:{hashlib.sha256(recipient.urn.encode()).hexdigest()[:16]}"


def _chat(urn: str) -> int | None:
    scheme, _, number = urn.partition(":")
    try:
        return int(number) if scheme == NAME else None
    except ValueError:
        return None
