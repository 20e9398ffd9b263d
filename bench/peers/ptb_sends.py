"""python-telegram-bot's `Bot.send_message` by its default transport: arguments as bench.sends, but
the address of the far side in the place of the channel."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

import uvloop
from telegram import Bot
from telegram.request import HTTPXRequest


async def send(bot: Bot, how_many: int, at_once: int) -> None:
    numbers = itertools.count(1)

    async def sender() -> None:
        while (number := next(numbers)) <= how_many:
            await bot.send_message(number, "How many people work there, with you?")

    await asyncio.gather(*(sender() for _ in range(at_once)))


async def main(address: str, at_once: int) -> None:
    request = HTTPXRequest(connection_pool_size=256, pool_timeout=30)
    async with Bot("123456:bench", base_url=f"{address}/bot", request=request) as bot:
        while line := await asyncio.to_thread(sys.stdin.readline):
            began, used = time.perf_counter(), time.process_time()
            await send(bot, int(line), at_once)
            print(time.perf_counter() - began, time.process_time() - used, flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
