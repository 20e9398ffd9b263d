"""Calls of the Bot API as the stand-in reads, refuses and forgets them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

WORDS = {"text", "caption", "url", "secret_token", "language_code", "file_id", "action"}
WORDS |= {"callback_query_id", "parse_mode", "photo", "voice", "document", "description"}


class Refusal(Exception):
    """A call is not done; answered as the Bot API does."""

    def __init__(self, code: int, why: str, **parameters: int) -> None:
        self.code, self.why, self.parameters = code, why, parameters
        super().__init__(why)


@dataclass
class Fault:
    """What to fail with, so many times. `after`: "" instead of doing the call, "hang" or "drop"
    do it and then say nothing, or close the line."""

    method: str
    code: int = 500
    why: str = "Internal Server Error"
    parameters: dict[str, int] = field(default_factory=dict)
    times: int = 1
    after: str = ""


@dataclass(frozen=True)
class Call:
    method: str
    parameters: dict[str, Any]
    code: int
    why: str = ""


async def parameters_of(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a call says, by JSON or by a form; files stand for themselves."""
    if request.content_type == "application/json":
        said = await request.json()
        return (said if isinstance(said, dict) else {}), {}
    parameters: dict[str, Any] = {}
    uploads: dict[str, bytes] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[name], parameters[name] = value.file.read(), "attach://file"
        elif isinstance(value, str):
            parameters[name] = value if name in WORDS else json.loads(value)
    return parameters, uploads


def refused(refusal: Refusal) -> web.Response:
    said: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.why}
    if refusal.parameters:
        said["parameters"] = refusal.parameters
    return web.json_response(said, status=refusal.code)


async def fall_silent(request: web.Request, how: str) -> None:
    if how == "hang":
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.02)
    elif request.transport is not None:
        request.transport.abort()
