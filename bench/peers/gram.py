"""aiogram's dispatcher and finite state machine, in memory, behind aiohttp.

As its documentation has it for webhooks: SimpleRequestHandler, MemoryStorage. What it sends goes to
a session that takes everything and asks nobody."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.base import BaseSession
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, KeyboardButton, Message, ReplyKeyboardMarkup
from aiogram.webhook.aiohttp_server import SimpleRequestHandler

from bench.peers.listening import SECRET, questions, serve

ASKED = questions()
SAID = Message(message_id=1, date=datetime(2026, 2, 2, tzinfo=UTC), chat=Chat(id=1, type="private"))


class Null(BaseSession):  # type: ignore[misc]
    """A session that takes everything."""

    async def close(self) -> None:
        return

    async def make_request(
        self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None
    ) -> Any:
        for value in method.model_dump(warnings=False).values():
            self.prepare_value(value, bot=bot, files={})
        return SAID

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield b""


class Registering(StatesGroup):  # type: ignore[misc]
    """A state is enough: which question is asked is kept with the answers."""

    asked = State()


async def ask(message: Message, number: int) -> None:
    question = ASKED[number]
    keyboard = None
    if question["options"]:
        rows = [[KeyboardButton(text=label)] for label in question["options"]]
        keyboard = ReplyKeyboardMarkup(keyboard=rows, one_time_keyboard=True)
    await message.answer(question["text"], reply_markup=keyboard)


async def begun(message: Message, state: FSMContext) -> None:
    await state.set_state(Registering.asked)
    await state.set_data({"at": 0})
    await ask(message, 0)


async def answered(message: Message, state: FSMContext) -> None:
    """Keep an answer and ask the next question."""
    said = (message.text or "").strip()
    kept = await state.get_data()
    number = int(kept["at"])
    question = ASKED[number]
    if question["name"] in ("years", "workers") and not said.isdigit():
        await ask(message, number)
        return
    number += 1
    if number == len(ASKED) - 1:
        await state.clear()
    else:
        await state.set_data({**kept, question["name"]: said, "at": number})
    await ask(message, number)


async def main() -> None:
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.message.register(answered, Registering.asked, F.text)
    dispatcher.message.register(begun, F.text)
    bot = Bot("123456:bench", session=Null())
    hook = SimpleRequestHandler(
        dispatcher=dispatcher, bot=bot, handle_in_background=False, secret_token=SECRET
    )
    await serve(hook.handle)


if __name__ == "__main__":
    uvloop.run(main())
