"""Taking in what SMS gateways bring: `/sms/{gateway}`, with the gateway's shared secret.

A message is answered 200 once the inbox has it, in the words that gateway applications wait for;
what was asked for by GET without any, as some send an answer's words on to the person."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web

from bot import metrics
from bot.channels.bodies import Broken, TooLarge, body_of
from bot.channels.gateway import Gateways
from bot.channels.gateway_parsing import Malformed, each_of, fields_of, read
from bot.channels.twilio_parsing import Malformed as BadForm
from bot.channels.twilio_parsing import Pairs, pairs_of
from bot.gateway_accounts import Gateway
from bot.messages import Incoming, Receipt
from bot.pipeline import receipts
from bot.pipeline.parts import Pipeline

log = structlog.get_logger()

PATH = "/sms/{gateway}"
MOST = 1024 * 1024
"""Bytes of a request."""

SECRET_HEADERS = ("X-Gateway-Secret", "X-Api-Key", "X-Webhook-Secret")
SECRET_FIELDS = ("secret", "token", "key", "apikey")
TAKEN = {"payload": {"success": True, "error": None}}
REFUSED = {"form": 400, "secret": 403, "size": 413, "gateway": 404}


def routes(pipeline: Pipeline) -> list[web.RouteDef]:
    """`/sms/{gateway}`, where there are gateways; some of them bring everything by GET."""
    channel: object = pipeline.channels.get("sms")
    if not isinstance(channel, Gateways):
        return []
    known = {one.name: one for one in channel.gateways}

    async def take(request: web.Request) -> web.StreamResponse:
        gateway = known.get(request.match_info["gateway"])
        return await _taken(pipeline, gateway, request) if gateway else _refused("gateway")

    return [web.post(PATH, take), web.get(PATH, take, allow_head=False)]


async def _taken(pipeline: Pipeline, gateway: Gateway, request: web.Request) -> web.StreamResponse:
    body = b""
    rows: list[dict[str, str]] = []
    why = ""
    try:
        body = await body_of(request, MOST)
        rows = each_of(_body(request, body)) if body else [{}]
    except TooLarge:
        return _refused("size")
    except (Broken, Malformed, BadForm, ValueError, RecursionError):
        why = "form"
    if not is_known(gateway, request, body, rows[0] if rows else {}):
        return _refused("secret")
    found = [] if why else _read(gateway, request, rows)
    if not found:
        return _refused("form")
    said = [one for one in found if isinstance(one, Incoming)]
    if said:
        new = await pipeline.intake.accept(said, pipeline.clock())
        metrics.ACCEPTED.labels("sms").inc(new)
    became = [one for one in found if isinstance(one, Receipt)]
    if became:
        await receipts.accept(pipeline, became, pipeline.clock())
    if None in found:
        log.info("gateway.ignored", gateway=gateway.name, count=found.count(None))
    return web.Response() if request.method == "GET" else web.json_response(TAKEN)


def _read(
    gateway: Gateway, request: web.Request, rows: list[dict[str, str]]
) -> list[Incoming | Receipt | None]:
    """What each row says; of several those are left out that say nothing at all."""
    around, token = fields_of(list(request.query.items())), uuid4().hex
    found = []
    for row in rows:
        more = {name: told for name, told in around.items() if name not in row}
        with contextlib.suppress(Malformed):
            found.append(read(gateway, row | more, token))
    return found


def _body(request: web.Request, body: bytes) -> Any:
    """The pairs of a form, or what JSON holds. Raises ValueError."""
    if request.content_type.endswith("json") or body.lstrip()[:1] in (b"{", b"["):
        return json.loads(body)
    if request.content_type == "multipart/form-data":
        return _parts(request.headers["Content-Type"], body)
    return pairs_of(body)


def _parts(type: str, body: bytes) -> Pairs:
    """The texts of a form that came in parts, one a field. Raises ValueError."""
    head = f"Content-Type: {type}\r\n\r\n".encode("utf-8", "replace")
    pairs = []
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes) and not part.get_filename():
            pairs.append((name, data.decode("utf-8", "replace")))
    return pairs


def is_known(gateway: Gateway, request: web.Request, body: bytes, fields: dict[str, str]) -> bool:
    """Whether the request shows the gateway's secret: in a header, as a password or a bearer's
    token, in a field, or by signing what it says with it. Takes the same time either way."""
    secret = gateway.secret.encode()
    shown = [*_shown(request), *(fields[name] for name in SECRET_FIELDS if name in fields)]
    matches = [hmac.compare_digest(one.encode("utf-8", "replace"), secret) for one in shown]
    signature = request.headers.get("X-Signature", "").lower()
    if signature:
        said = body + request.headers.get("X-Timestamp", "").encode()
        right = hmac.new(secret, said, hashlib.sha256).hexdigest()
        matches.append(hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode()))
    return any(matches)


def _shown(request: web.Request) -> Iterator[str]:
    yield from (request.headers[name] for name in SECRET_HEADERS if name in request.headers)
    yield from (request.query[name] for name in SECRET_FIELDS if name in request.query)
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        yield rest.strip()
    elif kind.lower() == "basic":
        with contextlib.suppress(binascii.Error, ValueError):
            yield base64.b64decode(rest).decode().partition(":")[2]


def _refused(why: str) -> web.Response:
    metrics.REFUSED.labels("sms", why).inc()
    return web.json_response({"error": f"not taken: {why}"}, status=REFUSED[why])
