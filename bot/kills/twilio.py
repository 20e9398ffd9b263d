"""Twilio in a trial, WhatsApp and SMS: it gives up what is not taken after four tries, keeps it on
its list, and tells of each message in any order and more than once what became of it.

It knows no key that would make a call happen once: who is not answered may only ask."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

from aiohttp import web

from bot.channels.twilio_signature import HEADER, signature_of
from bot.channels.twilio_taking import MESSAGE_PATH
from bot.kills.mishaps import MISDEEDS, REFUSED, TOO_MANY, Mishaps, silence
from bot.kills.people import Person, Seen

if TYPE_CHECKING:
    from bot.kills.far_side import FarSide

SID, TOKEN = "AC" + "7" * 32, "of-the-other-far-side-of-a-trial"
WHATSAPP, SMS = "whatsapp:+50499990000", "+50499990001"
TRIES, PAUSE = 4, 2.0
"""How often something is brought, and seconds by which the pause between grows."""

NOTICED = 75.0
"""Seconds after which whoever gets no answer to one thing writes the next all the same."""

TOLD_WITHIN = 1.0
"""Seconds until it is told what became of a message."""

STATES = ("", "sent", "delivered", "read")
API = f"/2010-04-01/Accounts/{SID}/Messages.json"


class Twilio(Mishaps):
    """Its server for one account. `told`: of each message, part by part, how far we were told, and
    took, that it came; "" for nothing."""

    def __init__(self, far: FarSide, chance: random.Random) -> None:
        super().__init__(chance, far.log, silences=float("inf"))
        self.told: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._far = far
        self._count = 0
        self._rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._contents: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(API, self._create),
            web.get(API, self._list),
            web.get("/v1/Content", self._listed),
            web.get("/v1/ContentAndApprovals", self._listed),
            web.post("/v1/Content", self._keep),
        ]

    async def bring(self, person: Person, lines: Sequence[str]) -> None:
        """Bring what somebody wrote, one after the other."""
        for line in lines:
            sid = self._sid("SM")
            person.wrote.append(sid)
            form = _form(person, sid, line)
            self._row(sid, form["From"], form["To"], line, "inbound")
            if not await self._bring(MESSAGE_PATH, form):
                self.log.given_up += 1
                await asyncio.sleep(NOTICED if line != lines[-1] else 0)

    async def _bring(self, path: str, form: Mapping[str, str]) -> bool:
        """Bring a form, signed, as often as its address asks for. Whether it was taken."""
        signature = signature_of(TOKEN, self._far.public_url + path, form.items())
        kind = "application/x-www-form-urlencoded; charset=UTF-8"
        headers = {"Content-Type": kind, HEADER: signature}
        for number in range(TRIES):
            await asyncio.sleep(PAUSE * number)
            data = urlencode(form)
            posts = (self._far.post(path, data, headers) for _ in range(self.twice()))
            if any(await asyncio.gather(*posts)):
                return True
            self.log.in_vain += 1
        return False

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        callback = urlsplit(form["StatusCallback"])
        ours = dict(parse_qsl(callback.query))["o"]
        kind = await self.meets(form["From"], ours)
        if kind == TOO_MANY:
            again = {"Retry-After": str(self.wait(form["From"]))}
            return _wrong(429, 20429, again)
        if kind != REFUSED:
            made = self._made(form, ours)
        if not kind:
            return web.json_response(made, status=201)
        await silence(request, kind)
        return _wrong(500, 20500)

    def _made(self, form: Mapping[str, str], ours: str) -> dict[str, Any]:
        text = form.get("Body") or str(json.loads(form["ContentVariables"])["1"])
        row = self._row(self._sid("SM"), form["From"], form["To"], text, "outbound-api")
        to = form["To"]
        self._far.shows(to if to.startswith("whatsapp:") else f"tel:{to}", Seen(text, ours))
        path = form["StatusCallback"].removeprefix(self._far.public_url)
        self.told[ours][row["sid"]] = ""
        states = STATES[1:] if to.startswith("whatsapp:") else STATES[1:-1]
        for state in states:
            self._far.aside(self._tell(urldefrag(path).url, row, state, ours))
        return row

    async def _tell(self, path: str, row: Mapping[str, Any], state: str, ours: str) -> None:
        """Say what became of a message: whenever it may be, and sometimes again."""
        form = {
            "MessageSid": row["sid"],
            "MessageStatus": state,
            "AccountSid": SID,
            "From": row["from"],
            "To": row["to"],
        }
        for _ in range(1 + (self.chance.random() < 0.1)):
            await asyncio.sleep(self.chance.random() * TOLD_WITHIN)
            if await self._bring(path, form):
                parts = self.told[ours]
                parts[row["sid"]] = max(parts[row["sid"]], state, key=STATES.index)

    async def _list(self, request: web.Request) -> web.Response:
        if not self.calm and self.chance.random() < MISDEEDS:
            return _wrong(500, 20500)
        query = dict(request.query)
        first, size = int(query.get("Page", "0")), int(query.get("PageSize", "50"))
        found = self._rows[query["To"]][::-1]
        page = found[first * size : (first + 1) * size]
        following = f"{API}?{urlencode({**query, 'Page': str(first + 1)})}"
        more = len(found) > (first + 1) * size
        return web.json_response({"messages": page, "next_page_uri": following if more else None})

    async def _listed(self, request: web.Request) -> web.Response:
        return web.json_response({"contents": list(self._contents.values()), "meta": {}})

    async def _keep(self, request: web.Request) -> web.Response:
        sid = self._sid("HX")
        self._contents[sid] = {**await request.json(), "sid": sid, "date_created": _now()}
        return web.json_response(self._contents[sid], status=201)

    def _sid(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count:032x}"

    def _row(self, sid: str, sender: str, to: str, text: str, direction: str) -> dict[str, Any]:
        row = {
            "sid": sid,
            "from": sender,
            "to": to,
            "body": text,
            "num_media": "0",
            "direction": direction,
            "status": "received" if direction == "inbound" else "sent",
            "date_created": _now(),
            "error_code": None,
        }
        self._rows[to].append(row)
        return row


def _form(person: Person, sid: str, line: str) -> dict[str, str]:
    by_whatsapp = person.channel == "whatsapp"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": SID,
        "From": f"whatsapp:{person.phone}" if by_whatsapp else person.phone,
        "To": WHATSAPP if by_whatsapp else SMS,
        "Body": line,
        "NumMedia": "0",
        "SmsStatus": "received",
    }


def _wrong(status: int, code: int, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"code": code, "message": "as on a bad day", "status": status}
    return web.json_response(body, status=status, headers=headers)


def _now() -> str:
    return format_datetime(datetime.now(UTC))
