"""Calls to the Bot API that never raise and always say whether the far side may have taken them.

The address of a call holds the bot's token: no exception's words and no address are ever logged.
Source: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.telegram_account import API, TelegramBot

CONNECT, TOTAL, UPLOAD = 3.0, 10.0, 60.0
"""Seconds to reach the far side, for a call in all, and for one that carries a file."""

MOST_ANSWER = 8 * 1024 * 1024
AT_ONCE = 100
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came of a call. `code` is Telegram's: 200 where it was done, 0 where no answer came.

    `written`: the request, or a part of it, left us, so that the far side may have acted on it.
    `why` is the far side's description, or the kind of the failure."""

    code: int
    result: Any = None
    why: str = ""
    retry_after: float | None = None
    migrated_to: int | None = None
    written: bool = True

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


class Api:
    """One bot's way to the Bot API. Used as a context: the connections are closed at its end."""

    def __init__(self, token: str, address: str = API) -> None:
        self.bot = token.partition(":")[0]
        self.token = token
        self.address = address.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Api:
        self.session()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def session(self) -> aiohttp.ClientSession:
        """The open session; opened where it is not. Wants a running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE, ttl_dns_cache=60),
                trace_configs=[noting()],
                auto_decompress=True,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        parameters: Mapping[str, Any],
        upload: Upload | None = None,
        total: float = TOTAL,
    ) -> Answer:
        """Call a method once. What is wrong is in the answer; nothing is raised or repeated."""
        written: dict[str, bool] = {}
        body = _form(parameters, upload) if upload else None
        try:
            async with self.session().post(
                f"{self.address}/bot{self.token}/{method}",
                json=None if body else dict(parameters),
                data=body,
                timeout=aiohttp.ClientTimeout(
                    total=max(total, UPLOAD) if body else total,
                    connect=CONNECT,
                    sock_connect=CONNECT,
                ),
                allow_redirects=False,
                trace_request_ctx=written,
            ) as response:
                return _answered(response.status, await _read(response))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return Answer(0, why=type(problem).__name__, written=bool(written))

    async def download(self, path: str, most: int) -> Answer:
        """A file by the path getFile named, as the answer's result; 413 where it is larger."""
        try:
            async with self.session().get(
                f"{self.address}/file/bot{self.token}/{path}",
                timeout=aiohttp.ClientTimeout(total=UPLOAD, connect=CONNECT),
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    return Answer(response.status)
                data = await _at_most(response, most)
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


def noting() -> aiohttp.TraceConfig:
    """Has a call's `trace_request_ctx` note whether anything of it left us."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_note)
    return trace


async def _note(_: aiohttp.ClientSession, request: SimpleNamespace, __: object) -> None:
    if request.trace_request_ctx is not None:
        request.trace_request_ctx["headers"] = True


def _form(parameters: Mapping[str, Any], upload: Upload) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in parameters.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    form.add_field(upload.field, upload.data, content_type=upload.type, filename=upload.name)
    return form


async def _read(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """The object that was answered; an empty one where it was none."""
    data = await _at_most(response, MOST_ANSWER)
    try:
        answered = json.loads(data or b"")
    except (ValueError, RecursionError):
        return {}
    return answered if isinstance(answered, dict) else {}


async def _at_most(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > most:
            return None
    return bytes(data)


def _answered(status: int, fields: Mapping[str, Any]) -> Answer:
    if status == 200 and fields.get("ok") is True:
        return Answer(200, fields.get("result"))
    named = fields.get("error_code")
    code = named if isinstance(named, int) and 400 <= named < 600 else status
    if 200 <= code < 400:  # done, perhaps: what was answered cannot be read
        return Answer(0, why=f"unreadable answer {status}")
    why, more = fields.get("description"), fields.get("parameters")
    hints = more if isinstance(more, dict) else {}
    return Answer(
        code,
        why=why[:200] if isinstance(why, str) else f"status {status}",
        retry_after=_seconds(hints.get("retry_after")),
        migrated_to=_number(hints.get("migrate_to_chat_id")),
    )


def _seconds(value: object) -> float | None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**7
    return float(value) if right and isinstance(value, int | float) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
