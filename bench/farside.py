"""The far side of Telegram and Twilio for measuring: takes everything at once, asks nothing.

`python -m bench.farside`; the first line of its output is its port."""

from __future__ import annotations

import asyncio
import itertools

import uvloop
from aiohttp import web

_numbers = itertools.count(1)


async def telegram(request: web.Request) -> web.StreamResponse:
    await request.read()
    body = (
        b'{"ok":true,"result":{"message_id":%d,"date":1770000000,"chat":{"id":1,"type":"private"},'
        b'"from":{"id":1,"is_bot":true,"first_name":"b","username":"b"},"text":"x"}}'
        % next(_numbers)
    )
    if request.path.endswith("/getMe"):
        body = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"b"}}'
    elif not request.path.endswith("/sendMessage"):
        body = b'{"ok":true,"result":true}'
    return web.Response(body=body, content_type="application/json")


async def twilio(request: web.Request) -> web.StreamResponse:
    await request.read()
    body = b'{"sid":"SM%032d","status":"queued","error_code":null}' % next(_numbers)
    return web.Response(body=body, status=201, content_type="application/json")


async def main() -> None:
    app = web.Application()
    app.router.add_route("*", "/{bot:bot[^/]*}/{method}", telegram)
    app.router.add_route("*", "/2010-04-01/{rest:.*}", twilio)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
