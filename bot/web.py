"""What is served over HTTP: the demonstration's page and its phones, media, how we are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot import health, places
from bot.channels.listed import routes
from bot.channels.phone import Phone
from bot.health import PIPELINE
from bot.logs import named
from bot.pipeline.parts import Pipeline, is_passing
from bot.settings import ROOT, is_loopback
from bot.sockets import MOST_FRAME, Line, is_ours
from bot.uploads import upload
from storage import media

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"
PLACES = ROOT / "locales" / "places"
HEARTBEAT = 25.0

POLICY = "; ".join(
    (
        "default-src 'self'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LINES: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("lines")


def application(pipeline: Pipeline) -> web.Application:
    """The routes; the phones only in the demonstration."""
    app = web.Application(middlewares=[_plainly], client_max_size=MOST_FRAME)
    app[PIPELINE] = pipeline
    lines: set[web.WebSocketResponse] = set()
    app[LINES] = lines
    app.on_response_prepare.append(_headed)
    app.on_shutdown.append(_hang_up)
    app.router.add_get("/", _index)
    app.router.add_routes(health.routes())
    app.router.add_get("/media/{token}", _media)
    app.router.add_routes(routes(pipeline))
    if pipeline.house.settings.demo:
        app.router.add_get("/phone", _index)
        app.router.add_get("/phone/socket", _socket)
        app.router.add_get("/phone/places/{country}.json", _places)
        app.router.add_post("/phone/media", _upload)
        app.router.add_static("/static", STATIC)
    return app


@web.middleware
async def _plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing a request holds may raise; a page under another name than ours is not served."""
    settings = request.app[PIPELINE].house.settings
    if settings.demo and not _is_our_name(request.host, settings.public_url):
        return web.Response(status=421, text="This demonstration answers on this machine only.\n")
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as problem:
        if is_passing(problem):
            log.warning("request.unavailable", path=_route(request), problem=_kind(problem))
            again = {"Retry-After": "5"}
            return web.Response(status=503, text="Not now: please try again.\n", headers=again)
        log.error("request.failed", path=_route(request), problem=named(problem))
        return web.Response(status=500, text="Something went wrong here.\n")


def _is_our_name(host: str, public_url: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == urlsplit(public_url).hostname


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _kind(problem: Exception) -> str:
    return type(problem).__name__


async def _headed(request: web.Request, response: web.StreamResponse) -> None:
    """What a browser needs to know; an answer that says nothing goes to none."""
    if isinstance(response, web.Response) and response.body is None and response.status == 200:
        return
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")


async def _hang_up(app: web.Application) -> None:
    """The pages know: they come back to the next process."""
    lines = app[LINES]
    for socket in tuple(lines):
        await socket.close(code=1012, message=b"restarting")


async def _index(request: web.Request) -> web.StreamResponse:
    if request.app[PIPELINE].house.settings.demo:
        return web.FileResponse(STATIC / "index.html")
    return web.Response(text="Artisan Connect is running. Write to it on its channels.\n")


async def _socket(request: web.Request) -> web.StreamResponse:
    pipeline = request.app[PIPELINE]
    if not is_ours(request.headers.get("Origin"), request.host, pipeline.house.settings):
        return web.Response(status=403, text="Only our own page may open this line.\n")
    socket = web.WebSocketResponse(
        max_msg_size=MOST_FRAME, heartbeat=HEARTBEAT, compress=False, timeout=5.0
    )
    if not socket.can_prepare(request).ok:
        return web.Response(status=426, text="This is a WebSocket.\n")
    await socket.prepare(request)
    phone = pipeline.channels["phone"]
    if isinstance(phone, Phone):
        request.app[LINES].add(socket)
        try:
            await Line(pipeline, phone, socket).run()
        finally:
            request.app[LINES].discard(socket)
    return socket


async def _upload(request: web.Request) -> web.StreamResponse:
    pipeline = request.app[PIPELINE]
    if not is_ours(request.headers.get("Origin"), request.host, pipeline.house.settings):
        return web.json_response({"error": "Only our own page may send files."}, status=403)
    return await upload(request, pipeline)


async def _places(request: web.Request) -> web.StreamResponse:
    body = places.drawn(PLACES, request.match_info["country"].upper())
    if body is None:
        return web.json_response({"error": "There is no map of that country."}, status=404)
    return web.Response(body=body, content_type="application/json")


async def _media(request: web.Request) -> web.StreamResponse:
    """A file, to whoever holds a link to it that has not ended."""
    pipeline = request.app[PIPELINE]
    media_id = pipeline.media.read(request.match_info["token"], pipeline.clock())
    if media_id is None:
        return web.Response(status=404, text="This link is not valid or has ended.\n")
    async with pipeline.database.read() as db:
        found = await media.by_id(db, media_id)
    path = pipeline.media.path(found.path) if found else None
    if found is None or path is None:
        return web.Response(status=404, text="This file is not here any more.\n")
    return web.FileResponse(
        path,
        headers={
            "Content-Type": found.type,
            "Cache-Control": "private, max-age=3600",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
