"""Telegram in a trial: it brings each update until it is taken, and shows what it is told to.

One message meets at most one silence: what is said twice and unheard twice nobody can save."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.kills.mishaps import REFUSED, TOO_MANY, Mishaps, silence
from bot.kills.people import Person, Seen

if TYPE_CHECKING:
    from bot.kills.far_side import FarSide

BOT = 123456
TOKEN = f"{BOT}:of-the-far-side-of-a-trial"
SECRET = "only-the-far-side-knows-this"
LEAST_PAUSE, MOST_PAUSE = 0.05, 1.0


class Telegram(Mishaps):
    """Its server for one bot."""

    def __init__(self, far: FarSide, chance: random.Random) -> None:
        super().__init__(chance, far.log, silences=1)
        self._far = far
        self._update = 1000
        self._message = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/bot{token}/{method}", self._called)]

    async def bring(self, person: Person, lines: Sequence[str]) -> None:
        """Bring what somebody wrote, one after the other, each until it is taken."""
        updates = [self._written(person, line) for line in lines]
        for update in updates:
            data, pause = json.dumps(update), LEAST_PAUSE
            while not any(await asyncio.gather(*(self._post(data) for _ in range(self.twice())))):
                self.log.in_vain += 1
                await asyncio.sleep(pause)
                pause = min(pause * 2, MOST_PAUSE)

    def _written(self, person: Person, line: str) -> dict[str, Any]:
        self._message += 1
        self._update += 1
        person.wrote.append(f"{BOT}:{self._update}")
        sender = {"id": person.id, "is_bot": False, "first_name": "Ana", "language_code": "es"}
        chat = {"id": person.id, "type": "private", "first_name": "Ana"}
        message = {"message_id": self._message, "from": sender, "chat": chat, "text": line}
        return {"update_id": self._update, "message": {**message, "date": int(time.time())}}

    async def _post(self, data: str) -> bool:
        secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        headers = {**secret, "Content-Type": "application/json"}
        return await self._far.post("/telegram", data, headers)

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method != "sendMessage":
            return web.json_response({"ok": True, "result": _about(method)})
        asked = await request.json()
        urn, text = f"telegram:{asked['chat_id']}", str(asked["text"])
        kind = await self.meets(urn, f"{urn} {text}")
        if kind == TOO_MANY:
            return self._too_many(urn)
        if kind != REFUSED:
            shown = self._shown(urn, text)
        if not kind:
            return shown
        await silence(request, kind)
        wrong = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        return web.json_response(wrong, status=500)

    def _too_many(self, urn: str) -> web.Response:
        seconds = self.wait(urn)
        why = f"Too Many Requests: retry after {seconds}"
        said = {"ok": False, "error_code": 429, "description": why}
        return web.json_response({**said, "parameters": {"retry_after": seconds}}, status=429)

    def _shown(self, urn: str, text: str) -> web.Response:
        self._message += 1
        self._far.shows(urn, Seen(text))
        result = {"message_id": self._message, "date": int(time.time()), "text": text}
        chat = {"id": int(urn.partition(":")[2]), "type": "private"}
        return web.json_response({"ok": True, "result": {**result, "chat": chat}})


def _about(method: str) -> object:
    match method:
        case "getMe":
            return {"id": BOT, "is_bot": True, "first_name": "A", "username": "trial_bot"}
        case "getMyCommands":
            return []
        case "getChatMenuButton":
            return {"type": "commands"}
        case "getWebhookInfo":
            return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        case _:
            return True
