"""Calls to the Bot API that never raise and always say whether the far side may have taken them.

The address of a call holds the bot's token: no exception's words and no address are ever logged.
Source: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.connections import (
    CONNECT,
    MOST_ANSWER,
    TOTAL,
    UNSENT,
    Connections,
    at_most,
    limits_of,
    object_in,
)
from bot.telegram_account import API, TelegramBot
from storage.packing import packed

UPLOAD = 60.0
"""Seconds for a call that carries a file."""

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came of a call. `code` is Telegram's: 200 where it was done, 0 where no answer came.

    `written`: the request, or a part of it, left us, so that the far side may have acted on it.
    `why` is the far side's description, or the kind of the failure; `date` the far side's time,
    as it says it."""

    code: int
    result: Any = None
    why: str = ""
    retry_after: float | None = None
    migrated_to: int | None = None
    written: bool = True
    date: str = ""

    @property
    def ok(self) -> bool:
        return self.code == 200


@dataclass(frozen=True)
class Upload:
    """A file that goes with a call: the field it is named in, its type and what is in it."""

    field: str
    type: str
    name: str
    data: bytes


class Api(Connections):
    """One bot's way to the Bot API."""

    def __init__(self, token: str, address: str = API) -> None:
        self.bot = token.partition(":")[0]
        self.token = token
        self.address = address.rstrip("/")

    async def call(
        self,
        method: str,
        parameters: Mapping[str, Any],
        upload: Upload | None = None,
        total: float = TOTAL,
    ) -> Answer:
        """Call a method once. What is wrong is in the answer; nothing is raised or repeated."""
        limits = limits_of(max(total, UPLOAD) if upload else total)
        try:
            async with self.session().post(
                f"{self.address}/bot{self.token}/{method}",
                data=_form(parameters, upload) if upload else packed(parameters),
                headers=None if upload else JSON,
                timeout=limits,
                allow_redirects=False,
            ) as response:
                return await _answered(response)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return Answer(0, why=type(problem).__name__, written=not isinstance(problem, UNSENT))

    async def download(self, path: str, most: int) -> Answer:
        """A file by the path getFile named, as the answer's result; 413 where it is larger."""
        try:
            async with self.session().get(
                f"{self.address}/file/bot{self.token}/{path}",
                timeout=limits_of(UPLOAD),
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    return Answer(response.status)
                data = await at_most(response, most)
                return Answer(413) if data is None else Answer(200, data)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return Answer(0, why=type(problem).__name__)


async def name_of(account: TelegramBot) -> str:
    """The bot's name on Telegram, as links to it have it; "" where Telegram does not answer."""
    async with Api(account.token, account.api) as api:
        answer = await api.call("getMe", {}, total=CONNECT)
    found = answer.result if isinstance(answer.result, Mapping) else {}
    name = found.get("username")
    return name if isinstance(name, str) else ""


def _form(parameters: Mapping[str, Any], upload: Upload) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in parameters.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    form.add_field(upload.field, upload.data, content_type=upload.type, filename=upload.name)
    return form


async def _answered(response: aiohttp.ClientResponse) -> Answer:
    status, fields = response.status, object_in(await at_most(response, MOST_ANSWER)) or {}
    if status == 200 and fields.get("ok") is True:
        return Answer(200, fields.get("result"), date=response.headers.get("Date", ""))
    named = fields.get("error_code")
    code = named if isinstance(named, int) and 400 <= named < 600 else status
    if 200 <= code < 400:  # done, perhaps: what was answered cannot be read
        return Answer(0, why=f"unreadable answer {status}")
    why, more = fields.get("description"), fields.get("parameters")
    hints = more if isinstance(more, dict) else {}
    return Answer(
        code,
        why=why[:200] if isinstance(why, str) else f"status {status}",
        retry_after=_wait(hints.get("retry_after"), response),
        migrated_to=_number(hints.get("migrate_to_chat_id")),
    )


def _wait(told: object, response: aiohttp.ClientResponse) -> float | None:
    """The seconds that are asked for: by the Bot API, else by what stands before it."""
    if told is None and response.status in (429, 503):
        header = response.headers.get("Retry-After", "")
        told = int(header) if re.fullmatch(r"[0-9]{1,6}", header) else None
    return _seconds(told)


def _seconds(value: object) -> float | None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**7
    return float(value) if right and isinstance(value, int | float) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
