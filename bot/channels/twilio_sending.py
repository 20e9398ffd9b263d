"""What WhatsApp and SMS have in common: a message is created at Twilio, once.

Twilio knows no key that would make a call happen once, so a call without an answer is never
repeated: what became of it is told by its status callback, or found among what was sent.
Source: https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import VALID, NotNow, Pace, Recipient, Wire
from bot.channels.twilio_api import Answer, Api
from bot.channels.twilio_content import Contents
from bot.channels.twilio_errors import meaning_of, result_of
from bot.messages import (
    Attachment,
    Caps,
    Gone,
    NeedsTemplate,
    Rejected,
    Reply,
    Result,
    RetryAt,
    Sent,
    Uncertain,
)
from storage import sends
from storage.database import Database

log = structlog.get_logger()

STATUS_PATH = "/twilio/status"
RETRIES = "#rc=3&rp=ct,rt,5xx&rt=4000"
"""Asks Twilio to deliver again what we could not take: three times, each after four seconds."""

SOON = timedelta(seconds=3)
SETTLED = timedelta(seconds=15)
"""After so long a call without an answer has come to what it will come to."""

FILE = timedelta(seconds=10)
"""How long what follows a picture or a voice note waits for the word that it was delivered."""

SLACK = timedelta(seconds=5)
"""How far Twilio's clock may be behind ours."""

LISTED = 100
NOT_OUR_SENDER = frozenset({21212, 21606, 21659, 21660, 21703, 21712, 63007})
"""Codes of a sender that is not, or no longer, one of ours: certainly not taken."""

NO_CONTENT = 21655
FAILED = ("failed", "undelivered", "canceled")


class Sender(ABC):
    """A channel of Twilio's. `public_url` is where its callbacks find us; `missed` is set where
    something that Twilio brought may not have been kept; `looked_at`: when that was last looked
    for."""

    name = ""

    def __init__(
        self,
        api: Api,
        contents: Contents,
        database: Database,
        public_url: str,
        settled: timedelta = SETTLED,
    ) -> None:
        self.api = api
        self.account = api.account
        self.contents = contents
        self.database = database
        self.public_url = public_url
        self.settled = settled
        self.missed = asyncio.Event()
        self.looked_at: datetime | None = None

    def answers(self, recipient: Recipient) -> bool:
        return True

    @abstractmethod
    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps: ...

    @abstractmethod
    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]: ...

    @abstractmethod
    def paces(self, recipient: Recipient) -> tuple[Pace, ...]: ...

    def patience(self, wire: Wire) -> timedelta:
        """WhatsApp takes longer over a file than over the words that follow it."""
        has_file = any(name == "MediaUrl" for name, _ in wire.get("form", ()))
        return FILE if has_file else timedelta(0)

    @abstractmethod
    def senders(self, recipient: Recipient) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What names the sender: the best first, then what else may be tried."""

    @abstractmethod
    def address(self, recipient: Recipient) -> str:
        """Where it goes as Twilio writes it; empty where that is no address of this channel."""

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        to = self.address(recipient)
        if not to:
            return Gone("no address of this channel")
        said = self._said(wire)
        if said is None:
            return RetryAt(now + SOON, "content is being made")
        answer = Answer(400, code=21603)
        for sender in self.senders(recipient):
            how = self._how(key, recipient.waits)
            answer = await self.api.send([("To", to), *sender, *said, *how])
            if answer.code not in NOT_OUR_SENDER:
                break
        if answer.code == NO_CONTENT and "content" in wire:
            self.contents.lost(wire["content"])
            return RetryAt(now, "content is being made anew")
        result = self._result(answer, now)
        if "template" in wire and isinstance(result, Rejected):
            return NeedsTemplate(result.why)
        if answer.status == 429 and isinstance(result, RetryAt):
            return replace(result, pauses=tuple(pace.bucket for pace in self.paces(recipient)))
        return result

    def _said(self, wire: Wire) -> list[tuple[str, str]] | None:
        if "template" in wire:
            return [("ContentSid", wire["template"]), ("ContentVariables", wire["variables"])]
        if "content" not in wire:
            return [(name, value) for name, value in wire["form"]]
        sid = self.contents.sids.get(wire["content"])
        if sid is None:
            return None
        return [("ContentSid", sid), ("ContentVariables", wire["variables"])]

    def _how(self, key: str, waits: bool) -> list[tuple[str, str]]:
        ours = key.partition(".")[0]
        callback = [("StatusCallback", f"{self.public_url}{STATUS_PATH}?o={ours}{RETRIES}")]
        valid = str(int(VALID.total_seconds()))
        return callback if waits else [*callback, ("ValidityPeriod", valid)]

    def judge(self, error: str, now: datetime) -> Result:
        """What the code of a failed receipt asks for; the operator is told as for a call."""
        code = int(error)
        meaning = meaning_of(code)
        alert(meaning.alert, code, self.name)
        return result_of(meaning, code, now)

    def _result(self, answer: Answer, now: datetime) -> Result:
        """What an answer means for the message; the operator is told what only they can mend."""
        if answer.ok:
            sid = answer.result.get("sid")
            return Sent(sid) if isinstance(sid, str) else Uncertain("no sid")
        if answer.status == 0:
            why = answer.why or "no answer"
            return Uncertain(why) if answer.written else RetryAt(now + SOON, why)
        meaning = meaning_of(answer.code, answer.status, answer.retry_after)
        alert(meaning.alert, answer.code or answer.status, self.name)
        return result_of(meaning, answer.code or answer.status, now)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        """Look for the message among those sent to this address since it was tried.

        Not asked for by the date of sending, since what is still queued has none."""
        message_id, part = UUID(key.partition(".")[0]), int(key.partition(".")[2] or 0)
        open_, name = await self._tried(message_id, part)
        if name or not open_:
            return Sent(name) if name else None
        since = open_[0]
        wait = self.settled - (now - since)
        if wait > timedelta(0):
            await asyncio.sleep(min(wait, self.settled).total_seconds())
        query = {"To": self.address(recipient), "PageSize": str(LISTED)}
        answer = await self.api.sent(query)
        if not answer.ok:
            return Uncertain(f"cannot be asked: {answer.status} {answer.why}".strip())
        rows = answer.result.get("messages")
        likely = list(_like(rows if isinstance(rows, list) else [], wire, since - SLACK))
        async with self.database.read() as db:
            known = await sends.known(db, self.name, [str(row["sid"]) for row in likely])
        ours = next((row for row in likely if row["sid"] not in known), None)
        if ours is not None:
            return self._found(ours, now)
        _, name = await self._tried(message_id, part)  # we may have been told while we asked
        return Sent(name) if name else None

    async def _tried(self, message_id: UUID, part: int) -> tuple[list[datetime], str | None]:
        """When the part was tried without an answer, first to last, and what Twilio calls its last
        attempt, the one that asks: a receipt may have told, be it only that it is queued."""
        async with self.database.read() as db:
            found = (await sends.of(db, [message_id]))[message_id]
        attempts = [one for one in sends.by(self.name, found) if one.part == part]
        open_ = [one.at for one in attempts if not one.external_id]
        return open_, attempts[-1].external_id if attempts else None

    def _found(self, row: Mapping[str, Any], now: datetime) -> Result:
        code = row.get("error_code")
        if row.get("status") in FAILED and isinstance(code, int):
            return result_of(meaning_of(code), code, now)
        return Sent(str(row["sid"]))

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        """A file a person sent; None where it is too large or gone. Raises NotNow."""
        answer = await self.api.download(attachment.ref, most)
        if answer.ok:
            return answer.result if isinstance(answer.result, bytes) else None
        if answer.status == 401:
            alert(meaning_of(20003).alert, 401, self.name)
        if 400 <= answer.status < 500 and answer.status not in (401, 408, 429):
            return None
        raise NotNow(answer.retry_after or SOON.total_seconds())

    async def release(self, attachment: Attachment) -> None:
        """We have the file: Twilio, which keeps files for ever, need not."""
        answer = await self.api.delete(attachment.ref)
        if not answer.ok and answer.status != 404:
            log.warning("twilio.not_deleted", status=answer.status, code=answer.code)


def alert(words: str, code: int, channel: str) -> None:
    """Tell the operator what only they can mend."""
    if words:
        log.error("operator.alert", channel=channel, code=code, what=words)


def _like(rows: Iterable[Any], wire: Wire, since: datetime) -> Iterable[Mapping[str, Any]]:
    """The messages that say what the wire says, oldest first."""
    found = []
    for row in rows:
        if not isinstance(row, Mapping) or not isinstance(row.get("sid"), str):
            continue
        made = moment_of(row.get("date_created"))
        outbound = str(row.get("direction") or "outbound").startswith("outbound")
        if made is not None and made >= since and outbound and _says(row, wire):
            found.append((made, row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _says(row: Mapping[str, Any], wire: Wire) -> bool:
    body = str(row.get("body") or "").strip()
    if "template" in wire:
        return all(value in body for value in wire["values"])
    text = str(wire["text"]).strip()
    if not text:
        return str(row.get("num_media") or "0") != "0"
    return body == text or ("content" in wire and body.startswith(text))


def moment_of(value: object) -> datetime | None:
    """A date as Twilio writes it; None where it is none."""
    try:
        made = parsedate_to_datetime(str(value))
    except (ValueError, TypeError):
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)
