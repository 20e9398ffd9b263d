"""Telegram as it is on a bad day: it answers slowly, too many requests, with 500 before or after it
did what was asked, or not at all; and brings updates twice.

One message meets at most one silence: what is said twice and unheard twice nobody can save."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bot.kills.people import Person

TOKEN = "123456:of-the-far-side-of-a-trial"
SECRET = "only-the-far-side-knows-this"
SILENT_FOR = 30.0
SLOW, MISDEEDS = 0.4, 0.02
"""Seconds an answer takes at most, and the share of calls that meet something worse."""

KINDS = ("too many", "refused", "done and refused", "done and dropped", "done and mute")
STORM_EVERY, STORM_FOR = 20.0, 1.0
"""Seconds from one storm to the next, in which the bot is told that it asks too often."""


@dataclass
class Log:
    """What happened on the far side."""

    faults: Counter[str] = field(default_factory=Counter)
    doubted: set[tuple[int, str]] = field(default_factory=set)
    too_early: int = 0
    undelivered: int = 0
    brought_twice: int = 0


class FarSide:
    """The server. `doors` are where the web processes listen; any of them takes any update.
    Used as a context: it serves while inside. `calm`: it behaves."""

    def __init__(self, doors: Sequence[int], seed: int) -> None:
        self.doors = list(doors)
        self.people: dict[int, Person] = {}
        self.log = Log()
        self.calm = True
        self.port = 0
        self.changed = asyncio.Event()
        self._chance = random.Random(seed)
        self._update = 1000
        self._message = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_before: dict[int, float] = {}
        self._storm = 0.0

    async def __aenter__(self) -> FarSide:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._called)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self._out = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._out.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begins(self, person: Person) -> None:
        """Somebody writes to the bot for the first time."""
        self.people[person.id] = person
        self._speaks(person)

    def _speaks(self, person: Person) -> None:
        lines = person.next_lines()
        if not lines:
            return
        updates = []
        for line in lines:
            self._update += 1
            person.updates.append(self._update)
            updates.append(self._written(person, self._update, line))
        task = asyncio.create_task(self._bring_each(updates))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _written(self, person: Person, number: int, line: str) -> dict[str, Any]:
        self._message += 1
        sender = {"id": person.id, "is_bot": False, "first_name": "Ana", "language_code": "es"}
        chat = {"id": person.id, "type": "private", "first_name": "Ana"}
        message = {"message_id": self._message, "from": sender, "chat": chat, "text": line}
        return {"update_id": number, "message": {**message, "date": int(time.time())}}

    async def _bring_each(self, updates: Sequence[dict[str, Any]]) -> None:
        for update in updates:
            await self._bring(update)

    async def _bring(self, update: dict[str, Any]) -> None:
        """Bring an update until it is taken, now and then twice at a time."""
        data, pause = json.dumps(update), 0.05
        while True:
            twice = not self.calm and self._chance.random() < 0.05
            self.log.brought_twice += twice
            taken = await asyncio.gather(*(self._post(data) for _ in range(1 + twice)))
            if any(taken):
                return
            self.log.undelivered += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)

    async def _post(self, data: str) -> bool:
        door = self._chance.choice(self.doors)
        headers = {
            "X-Telegram-Bot-Api-Secret-Token": SECRET,
            "Content-Type": "application/json",
        }
        url = f"http://127.0.0.1:{door}/telegram"
        try:
            async with self._out.post(
                url, data=data, headers=headers, timeout=aiohttp.ClientTimeout(total=20)
            ) as response:
                await response.read()
                return 200 <= response.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method != "sendMessage":
            return web.json_response({"ok": True, "result": self._about(method)})
        asked = await request.json()
        chat, text = int(asked["chat_id"]), str(asked["text"])
        now = time.monotonic()
        self.log.too_early += now < self._not_before.get(chat, 0.0)
        if self.calm:
            return self._shown(chat, text)
        return await self._on_a_bad_day(request, chat, text, now)

    async def _on_a_bad_day(
        self, request: web.Request, chat: int, text: str, now: float
    ) -> web.StreamResponse:
        if self._storm + STORM_EVERY < now:
            self._storm = now
        if now < self._storm + STORM_FOR:
            return self._too_many(chat, 1 + int(self._storm + STORM_FOR - now))
        await asyncio.sleep(self._chance.random() ** 4 * SLOW)
        if self._chance.random() >= MISDEEDS:
            return self._shown(chat, text)
        met = (chat, text) in self.log.doubted
        kind = "too many" if met else self._chance.choice(KINDS)
        self.log.faults[kind] += 1
        if kind == "too many":
            return self._too_many(chat, 1)
        self.log.doubted.add((chat, text))
        if kind != "refused":
            self._shown(chat, text)
        if kind == "done and mute":
            await _mute(request)
        if kind == "done and dropped" and request.transport is not None:
            request.transport.abort()
        wrong = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        return web.json_response(wrong, status=500)

    def _too_many(self, chat: int, seconds: int) -> web.Response:
        self.log.faults["told to wait"] += 1
        self._not_before[chat] = time.monotonic() + seconds - 0.05
        why = f"Too Many Requests: retry after {seconds}"
        said = {"ok": False, "error_code": 429, "description": why}
        return web.json_response({**said, "parameters": {"retry_after": seconds}}, status=429)

    def _shown(self, chat: int, text: str) -> web.Response:
        self._message += 1
        person = self.people.get(chat)
        if person is not None and person.sees(text):
            self._speaks(person)
            self.changed.set()
        result = {"message_id": self._message, "date": int(time.time())}
        chat_of = {"id": chat, "type": "private"}
        return web.json_response({"ok": True, "result": {**result, "chat": chat_of, "text": text}})

    def _about(self, method: str) -> object:
        match method:
            case "getMe":
                return {"id": 123456, "is_bot": True, "first_name": "A", "username": "trial_bot"}
            case "getMyCommands":
                return []
            case "getChatMenuButton":
                return {"type": "commands"}
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case _:
                return True


async def _mute(request: web.Request) -> None:
    """Say nothing, until who asked has gone."""
    until = time.monotonic() + SILENT_FOR
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < until:
            if request.transport is None or request.transport.is_closing():
                return
            await asyncio.sleep(0.05)
