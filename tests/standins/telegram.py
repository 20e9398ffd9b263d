"""A stand-in of Telegram's Bot API: a real server on loopback that knows one bot and several
people, keeps its rules to the letter and fails when asked to.

    python -m tests.standins.telegram 9000        starts one by hand; TELEGRAM_API_URL names it"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from tests.standins.telegram_calls import Call, Fault, Refusal, fall_silent, parameters_of, refused
from tests.standins.telegram_people import Person, Shown
from tests.standins.telegram_rules import wrong

TOKEN = "123456:stand-in-of-a-token"
FILES = ("photo", "voice", "document")
DATE = 1_764_000_000


class TelegramServer:
    """`calls` are all calls but questions for updates; `refused` those refused for their shape.

    `posts` holds the status of each webhook post. Used as a context: it serves while inside."""

    def __init__(self, token: str = TOKEN, port: int = 0) -> None:
        self.token, self.port = token, port
        self.people: dict[int, Person] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.posts: list[int] = []
        self.left: list[int] = []
        self.presses: list[str] = []
        self.hook: dict[str, Any] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.menu: dict[str, str] = {"type": "default"}
        self.groups: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.confirmed = 0
        self._queries: dict[str, Person] = {}
        self._numbers = {"update": 700, "message": 10, "query": 0, "file": 0}
        self._waiting: deque[tuple[int, dict[str, Any]]] = deque()
        self._lines: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Condition()
        self._asking = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def refused(self) -> list[Call]:
        return [call for call in self.calls if call.code == 400 and "shape" in call.why]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of each accepted call of a method."""
        return [c.parameters for c in self.calls if c.method == method and c.code == 200]

    async def __aenter__(self) -> TelegramServer:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._out = aiohttp.ClientSession()
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

    def person(self, id: int, name: str = "Ana", language: str = "es") -> Person:
        self.people[id] = Person(self, id, name, language)
        return self.people[id]

    def me(self) -> dict[str, Any]:
        own = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Artisan"}
        return {**own, "username": "artisan_test_bot"}

    def date(self) -> int:
        return DATE + self._numbers["message"]

    def next_message(self) -> int:
        return self._next("message")

    def next_query(self, person: Person) -> str:
        query = str(4_000_000_000 + self._next("query"))
        self._queries[query] = person
        self.presses.append(query)
        return query

    def keep(self, data: bytes) -> str:
        ref = f"AwACAgIAAxkB{self._next('file'):06d}"
        self.files[ref] = data
        return ref

    def _next(self, what: str) -> int:
        self._numbers[what] += 1
        return self._numbers[what]

    async def happen(self, line: int, update: Mapping[str, Any]) -> int:
        """Something happened: it is posted to the webhook in its line's order, or waits."""
        number = self._next("update")
        whole = {"update_id": number, **update}
        async with self._news:
            self._waiting.append((line, whole))
            self._news.notify_all()
        if self.hook.get("url"):
            self._start(line, whole)
        return number

    def _start(self, line: int, update: dict[str, Any]) -> None:
        task = asyncio.create_task(self._post(line, update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, line: int, update: dict[str, Any]) -> None:
        """Post an update until it is taken; the lines do not wait for each other."""
        async with self._lines[line]:
            pause = 0.0
            while True:
                status = await self.post(update)
                if 200 <= status < 300:
                    break
                await asyncio.sleep(pause)
                pause = min(1.0, pause * 2 + 0.02)
        with contextlib.suppress(ValueError):
            self._waiting.remove((line, update))

    async def post(self, update: object, secret: str | None = None) -> int:
        """Post something to the webhook once, with its secret or another; the status."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret or self.hook.get("secret_token", "")}
        data = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers["Content-Type"] = "application/json"
        try:
            async with self._out.post(self.hook["url"], data=data, headers=headers) as response:
                status = response.status
        except aiohttp.ClientError:
            status = 0
        self.posts.append(status)
        return status

    async def settled(self) -> None:
        """Until every update was taken."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _method(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        parameters, uploads = await parameters_of(request)
        fault = next((f for f in self.faults if f.method == method and f.times > 0), None)
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            if fault is not None:
                fault.times -= 1
                if not fault.after:
                    raise Refusal(fault.code, fault.why, **fault.parameters)
            if bad := wrong(method, parameters):
                raise Refusal(400, f"Bad Request: shape: {method} {bad}")
            result = await self._do(method, parameters, uploads)
        except Refusal as refusal:
            self.calls.append(Call(method, parameters, refusal.code, refusal.why))
            return refused(refusal)
        if method != "getUpdates":
            self.calls.append(Call(method, parameters, 200))
        if fault is not None:
            await fall_silent(request, fault.after)
        return web.json_response({"ok": True, "result": result})

    async def _do(
        self, method: str, parameters: dict[str, Any], uploads: dict[str, bytes]
    ) -> object:
        match method:
            case "getMe":
                return self.me()
            case "getUpdates":
                return await self._updates(parameters)
            case "setWebhook":
                self.hook = dict(parameters)
                for line, update in tuple(self._waiting):
                    self._start(line, update)
                return True
            case "deleteWebhook":
                self.hook = {}
                return True
            case "getWebhookInfo":
                return self._webhook_info()
            case "sendMessage" | "sendPhoto" | "sendVoice" | "sendDocument":
                return await self._send(method, parameters, uploads)
            case "editMessageReplyMarkup":
                return self._edit(parameters)
            case "answerCallbackQuery":
                return self._answer(parameters)
            case "getFile":
                return self._file(parameters["file_id"])
            case "leaveChat":
                self.left.append(int(parameters["chat_id"]))
                return True
            case _:
                return self._set_up(method, parameters)

    def _set_up(self, method: str, parameters: dict[str, Any]) -> object:
        language = parameters.get("language_code", "")
        match method:
            case "setMyCommands":
                self.commands[language] = parameters["commands"]
            case "getMyCommands":
                return self.commands.get(language, [])
            case "deleteMyCommands":
                self.commands.pop(language, None)
            case "setChatMenuButton":
                self.menu = parameters.get("menu_button", {"type": "default"})
            case "getChatMenuButton":
                return self.menu
        return True

    def _webhook_info(self) -> dict[str, Any]:
        info = {
            "url": self.hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._waiting),
        }
        failed = [status for status in self.posts if not 200 <= status < 300]
        if self.hook and failed:
            why = f"Wrong response from the webhook: {failed[-1]}"
            info |= {"last_error_date": DATE, "last_error_message": why}
        if self.hook:
            info["allowed_updates"] = self.hook.get("allowed_updates", [])
        return info

    async def _updates(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Long polling: an offset confirms what was before it; the newest question wins."""
        if self.hook.get("url"):
            raise Refusal(
                409, "Conflict: can't use getUpdates method while webhook is active; use "
                "deleteWebhook to delete the webhook first"
            )  # fmt: skip
        self._asking += 1
        own, offset = self._asking, parameters.get("offset", 0)
        while self._waiting and self._waiting[0][1]["update_id"] < offset:
            self.confirmed = self._waiting.popleft()[1]["update_id"]
        async with self._news:
            self._news.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(parameters.get("timeout", 0)):
                    await self._news.wait_for(lambda: self._asking != own or self._waiting)
        if self._asking != own:
            raise Refusal(
                409, "Conflict: terminated by other getUpdates request; make sure that only one "
                "bot instance is running"
            )  # fmt: skip
        return [update for _, update in list(self._waiting)[: parameters.get("limit", 100)]]

    async def _send(
        self, method: str, parameters: dict[str, Any], uploads: dict[str, bytes]
    ) -> dict[str, Any]:
        number = int(parameters["chat_id"])
        person = self.people.get(number)
        message: dict[str, Any] = {
            "message_id": self.next_message(),
            "date": self.date(),
            "from": self.me(),
        }
        if number in self.groups:
            return {**message, "chat": {"id": number, "type": "group"}, "text": parameters["text"]}
        if person is None or not person.began:
            raise Refusal(400, "Bad Request: chat not found")
        if person.deactivated:
            raise Refusal(403, "Forbidden: user is deactivated")
        if person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        field = next((name for name in FILES if name in parameters), "")
        data = self._taken(field, parameters[field], uploads) if field else b""
        text = parameters.get("text", parameters.get("caption", ""))
        markup = parameters.get("reply_markup", {})
        await person.show(Shown(message["message_id"], method, text, markup, data))
        kept: dict[str, Any] = {"text": text} if not field else {}
        if field:
            ref = next((ref for ref, one in self.files.items() if one == data), "")
            file = {"file_id": ref, "file_unique_id": ref[-8:], "file_size": len(data)}
            kept[field] = [file] if field == "photo" else file
        return {**message, "chat": person.chat, **kept}

    def _taken(self, field: str, named: str, uploads: dict[str, bytes]) -> bytes:
        data = uploads.get(field, self.files.get(named, b""))
        if not data:
            raise Refusal(400, "Bad Request: wrong remote file identifier specified")
        if field == "voice" and not data.startswith((b"OggS", b"ID3")):
            raise Refusal(400, "Bad Request: VOICE_MESSAGE_WRONG_FORMAT")
        if field == "photo" and len(data) > 10 * 1024 * 1024:
            raise Refusal(400, "Bad Request: PHOTO_TOO_BIG")
        if field in uploads:
            self.keep(data)
        return data

    def _edit(self, parameters: dict[str, Any]) -> dict[str, Any]:
        person = self.people.get(int(parameters["chat_id"]))
        shown = next(
            (s for s in (person.screen if person else ()) if s.number == parameters["message_id"]),
            None,
        )
        if person is None or shown is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        changed = parameters.get("reply_markup", {})
        if changed == shown.markup:
            raise Refusal(400, "Bad Request: message is not modified")
        shown.markup = changed
        return {"message_id": shown.number, "date": DATE, "chat": person.chat, "text": shown.text}

    def _answer(self, parameters: dict[str, Any]) -> bool:
        query = parameters["callback_query_id"]
        person = self._queries.pop(query, None)
        if person is None:
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is "
                "invalid"
            )  # fmt: skip
        person.answered.append(query)
        return True

    def _file(self, ref: str) -> dict[str, Any]:
        data = self.files.get(ref)
        if data is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(data) > 20 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        return {
            "file_id": ref,
            "file_unique_id": ref[-8:],
            "file_size": len(data),
            "file_path": f"files/{ref}",
        }

    async def _download(self, request: web.Request) -> web.StreamResponse:
        data = self.files.get(request.match_info["path"].removeprefix("files/"))
        if request.match_info["token"] != self.token or data is None:
            return web.Response(status=404)
        return web.Response(body=data, content_type="application/octet-stream")


@contextlib.asynccontextmanager
async def telegram(token: str = TOKEN) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token) as server:
        yield server


async def _by_hand(port: int) -> None:
    async with TelegramServer(port=port) as server:
        print(f"TELEGRAM_API_URL={server.url} TELEGRAM_TOKEN={server.token}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_by_hand(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
