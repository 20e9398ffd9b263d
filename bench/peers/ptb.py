"""python-telegram-bot's Application and ConversationHandler, in memory, behind aiohttp.

As its own example customwebhookbot has it: no updater, each update by `Update.de_json`. It is
handed to the application at once and not by its queue, which is faster. What it sends goes to a
transport that takes everything and asks nobody."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop
from aiohttp import web
from telegram import ReplyKeyboardMarkup, Update
from telegram.ext import (
    ApplicationBuilder,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData

from bench.peers.listening import SECRET, SECRET_HEADER, questions, serve

ASKED = questions()
SAID = json.dumps(
    {
        "ok": True,
        "result": {"message_id": 1, "date": 1_770_000_000, "chat": {"id": 1, "type": "private"}},
    }
).encode()
ME = json.dumps(
    {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}}
).encode()


class Null(BaseRequest):
    """A transport that takes everything."""

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None:
        return

    async def shutdown(self) -> None:
        return

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        if request_data is not None:
            assert request_data.json_payload
        return 200, ME if url.endswith("getMe") else SAID


async def ask(update: Update, number: int) -> int:
    question = ASKED[number]
    assert update.effective_message is not None
    keyboard = None
    if question["options"]:
        rows = [[label] for label in question["options"]]
        keyboard = ReplyKeyboardMarkup(rows, one_time_keyboard=True)
    await update.effective_message.reply_text(question["text"], reply_markup=keyboard)
    return number


async def begun(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    return await ask(update, 0)


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Keep an answer and ask the next question."""
    assert update.effective_message is not None
    assert context.user_data is not None
    said = (update.effective_message.text or "").strip()
    number = int(context.user_data.get("at", 0))
    question = ASKED[number]
    if question["name"] in ("years", "workers") and not said.isdigit():
        return await ask(update, number)
    context.user_data[question["name"]] = said
    number += 1
    context.user_data["at"] = number
    if number == len(ASKED) - 1:
        await ask(update, number)
        context.user_data.clear()
        return ConversationHandler.END
    return await ask(update, number)


Callback = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, int]]


async def behind_aiohttp(begun: Callback, answered: Callback, states: int) -> None:
    """Serve a conversation that anybody's first text begins, with so many states."""
    text = filters.TEXT & ~filters.COMMAND
    app = (
        ApplicationBuilder()
        .token("123456:bench")
        .updater(None)
        .request(Null())
        .get_updates_request(Null())
        .build()
    )
    app.add_handler(
        ConversationHandler(
            entry_points=[MessageHandler(text, begun)],
            states={number: [MessageHandler(text, answered)] for number in range(states)},
            fallbacks=[],
        )
    )
    await app.initialize()
    await app.start()

    async def taken(request: web.Request) -> web.Response:
        shown = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode(), SECRET.encode()):
            return web.Response(status=403)
        await app.process_update(Update.de_json(json.loads(await request.read()), app.bot))
        return web.Response()

    await serve(taken)


if __name__ == "__main__":
    uvloop.run(behind_aiohttp(begun, answered, len(ASKED)))
