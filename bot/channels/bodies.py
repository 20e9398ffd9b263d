"""What a request holds, as far as we take it."""

from __future__ import annotations

from aiohttp import web


class TooLarge(Exception):
    """It holds more than we take."""


class Broken(Exception):
    """It is not packed as it says it is, so that nobody can tell what it holds."""


async def body_of(request: web.Request, most: int) -> bytes:
    """The bytes of a request, at most so many. Raises TooLarge, Broken."""
    if (request.content_length or 0) > most:
        raise TooLarge
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None
    except web.RequestPayloadError:
        raise Broken from None
    if len(body) > most:
        raise TooLarge
    return body
