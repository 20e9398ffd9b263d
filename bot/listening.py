"""Speech to text, where a provider is configured; none is by default, and no model is shipped.

`SPEECH_URL` names a service that takes a recording by POST (its bytes, its type in Content-Type,
`?language=` the person's) and answers {"text": "…"}. What it heard is asked back before it
counts; without it, or where it fails, the recording itself is the answer."""

from __future__ import annotations

import json
from typing import Protocol

import aiohttp
import structlog

from bot.channels.cleaning import clean

log = structlog.get_logger()

TOTAL = 30.0
"""Seconds a recording may take to be heard."""

LONGEST = 1000
MOST_ANSWER = 64 * 1024


class Listener(Protocol):
    """Whoever turns a recording into words."""

    async def heard(self, data: bytes, type: str, language: str) -> str:
        """The words of a recording; "" where there are none, or nobody could tell."""


class ByHttp:
    """The service at `SPEECH_URL`. Used as a context: it holds connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> ByHttp:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def heard(self, data: bytes, type: str, language: str) -> str:
        if self._session is None:
            return ""
        try:
            async with self._session.post(
                self.url,
                data=data,
                params={"language": language},
                headers={"Content-Type": type},
                timeout=aiohttp.ClientTimeout(total=TOTAL),
                allow_redirects=False,
            ) as response:
                body = await response.content.read(MOST_ANSWER)
                text = json.loads(body).get("text") if response.status == 200 else None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError) as problem:
            log.warning("speech.failed", problem=problem.__class__.__name__)
            return ""
        return clean(text)[:LONGEST] if isinstance(text, str) else ""
