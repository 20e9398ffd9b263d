"""Calls to Twilio that never raise and always say whether the far side may have taken them.

Our own thin client, since Twilio's asynchronous one ignores its time-outs, sends JSON as forms
and repeats a POST that failed. No exception's words are ever logged: they may hold a number.
Source: https://www.twilio.com/docs/usage/requests-to-twilio"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from bot.channels.connections import (
    MOST_ANSWER,
    TOTAL,
    UNSENT,
    Connections,
    at_most,
    limits_of,
    object_in,
)
from bot.twilio_account import API, Account
from storage.packing import packed

DOWNLOAD = 60.0
"""Seconds for a file."""

REDIRECTS = 3
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {"Content-Type": "application/json"}

NOWHERE = URL("http://nowhere/")

Form = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came of a call: its HTTP status, 0 where no answer came, and what was answered.

    `code` is Twilio's own for what went wrong. `written`: the request, or a part of it, left us,
    so that the far side may have acted on it. `why`: the kind of failure where no answer came.
    `date`: the far side's time, as the answer says it."""

    status: int
    result: Any = None
    code: int | None = None
    why: str = ""
    retry_after: float | None = None
    written: bool = True
    date: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Api(Connections):
    """One account's way to Twilio."""

    def __init__(self, account: Account) -> None:
        self.account = account
        token = account.tokens[0]
        self._ours = {"Authorization": aiohttp.encode_basic_auth(account.sid, token)}
        self._formed = self._ours | FORM
        self._messages = f"{account.api}/2010-04-01/Accounts/{account.sid}/Messages.json"

    async def send(self, form: Form) -> Answer:
        """Create a message, once."""
        return await self._call("POST", self._messages, written(form), self._formed)

    async def sent(self, query: Mapping[str, str]) -> Answer:
        """The messages that fit, newest first; `result` is the first page."""
        return await self.get(f"{self._messages}?{urlencode(query)}")

    async def get(self, url: str) -> Answer:
        return await self._call("GET", url)

    async def post_form(self, url: str, form: Form) -> Answer:
        return await self._call("POST", url, written(form), self._formed)

    async def post_json(self, url: str, body: Mapping[str, Any]) -> Answer:
        return await self._call("POST", url, packed(body), self._ours | JSON)

    def resource(self, path: str) -> str:
        """The address of something of the account's, such as IncomingPhoneNumbers.json."""
        return f"{self.account.api}/2010-04-01/Accounts/{self.account.sid}/{quote(path, '/.?=&+%')}"

    async def _call(
        self,
        method: str,
        url: str,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call once. What is wrong is in the answer; nothing is raised or repeated."""
        try:
            async with self.session().request(
                method,
                url,
                data=data,
                headers=headers or self._ours,
                timeout=limits_of(TOTAL),
                allow_redirects=False,
            ) as response:
                return _answered(response, await at_most(response, MOST_ANSWER))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return Answer(0, why=type(problem).__name__, written=not isinstance(problem, UNSENT))

    async def download(self, url: str, most: int) -> Answer:
        """A file a person sent; `result` is its bytes, None where it is larger than `most`.

        Our credentials go to Twilio alone: where it sends us on to, they are not shown."""
        url, headers = self._place(url)
        try:
            for _ in range(REDIRECTS + 1):
                async with self.session().get(
                    url,
                    headers=headers,
                    timeout=limits_of(DOWNLOAD),
                    allow_redirects=False,
                ) as response:
                    onward = response.headers.get("Location", "")
                    if 300 <= response.status < 400 and onward:
                        url, headers = urljoin(url, onward), {}
                        if urlsplit(url).scheme not in ("http", "https"):
                            return Answer(404, why="redirect")
                        continue
                    if not 200 <= response.status < 300:
                        return _answered(response, b"")
                    if (response.content_length or 0) > most:
                        return Answer(response.status)
                    return Answer(response.status, await at_most(response, most))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return Answer(0, why=type(problem).__name__)
        return Answer(404, why="redirects")

    async def delete(self, url: str) -> Answer:
        """Delete a file that a person sent; nothing where it does not lie at Twilio."""
        url, ours = self._place(url)
        return await self._call("DELETE", f"{url}.json") if ours else Answer(404, why="elsewhere")

    def _place(self, url: str) -> tuple[str, Mapping[str, str]]:
        """Where a file is to be had, and what to show there."""
        if url.startswith(f"{API}/"):
            url = self.account.api + url.removeprefix(API)
        ours = urlsplit(url).netloc == urlsplit(self.account.api).netloc
        host = urlsplit(url).hostname or ""
        secure = url.startswith("https://") and host.endswith(".twilio.com")
        return url, self._ours if ours or secure else {}


def written(form: Form) -> bytes:
    """The body of a form; several times faster than the standard library's."""
    return NOWHERE.with_query(list(form)).raw_query_string.encode()


def _answered(response: aiohttp.ClientResponse, body: bytes | None) -> Answer:
    fields = object_in(body)
    if fields is None:
        fields = {}
        if 200 <= response.status < 300 and response.status != 204:
            return Answer(0, why=f"unreadable answer {response.status}")
    code = fields.get("code")
    known = isinstance(code, int) and not isinstance(code, bool)
    return Answer(
        response.status,
        fields,
        code=code if known and response.status >= 300 else None,
        retry_after=_seconds(response.headers.get("Retry-After")),
        date=response.headers.get("Date", ""),
    )


def _seconds(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 10**7 else None
