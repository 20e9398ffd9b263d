"""aiohttp that answers 200 and does nothing: what HTTP itself costs."""

from __future__ import annotations

import uvloop
from aiohttp import web

from bench.peers.listening import serve


async def taken(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


if __name__ == "__main__":
    uvloop.run(serve(taken))
