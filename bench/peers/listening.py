"""What the peers share: the aiohttp that they stand behind, and the questions that they ask."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET = "bench"


async def serve(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
    app = web.Application()
    app.router.add_post("/telegram", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def questions() -> list[dict[str, Any]]:
    """Each with its name, text and the labels of its options."""
    asked: list[dict[str, Any]] = json.loads(Path(os.environ["BENCH_QUESTIONS"]).read_text())
    return asked
