"""`artisan web` and `artisan worker` on PostgreSQL and Redis, started and killed in any order."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from storage import outbox
from storage.database import connect
from tests.conftest import DATABASE_KEY
from tests.terminal.test_chat import free_port

Process = Callable[..., "subprocess.Popen[str]"]


@asynccontextmanager
async def phone(port: int, urn: str, after: int = 0) -> AsyncIterator[ClientWebSocketResponse]:
    url = f"http://127.0.0.1:{port}/phone/socket"
    async with ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_json({"type": "open", "urn": urn, "look": "phone", "after": after})
        yield socket


async def answer(socket: ClientWebSocketResponse, text: str) -> dict[str, Any]:
    """Say something and wait for what the bot says."""
    await socket.send_json({"type": "say", "id": text, "text": text})
    return await hears(socket)


async def hears(socket: ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            frame: dict[str, Any] = json.loads((await socket.receive()).data)
            if frame["type"] == "message" and frame["from"] == "bot":
                return frame


async def noted(url: str) -> None:
    """Until what was shown is noted as sent: who dies before that is only missed after a while."""
    database = await connect(url, DATABASE_KEY)
    async with asyncio.timeout(20), database.read() as db:
        while await outbox.unsent(db):
            await asyncio.sleep(0.05)
    await database.close()


def test_web_and_workers_come_and_go_and_nothing_is_lost(
    process: Process, postgres_url: str, redis_url: str
) -> None:
    port = free_port()
    environ = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "DATABASE_KEY": DATABASE_KEY,
        "PORT": str(port),
    }
    started: list[subprocess.Popen[str]] = []

    def start(what: str) -> subprocess.Popen[str]:
        started.append(process(what, **environ))
        return started[-1]

    def ready(running: subprocess.Popen[str]) -> None:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("Artisan Connect is ")

    async def talk() -> None:
        web, worker, other = start("web"), start("worker"), start("worker")
        for running in (web, worker, other):
            ready(running)
        async with phone(port, "phone:ana") as ana:
            first = await answer(ana, "hola")
            await noted(postgres_url)
            worker.kill()
            await answer(ana, "es")
            await noted(postgres_url)
            other.kill()
            other.wait()
            await ana.send_json({"type": "say", "id": "late", "text": "si"})
            assert json.loads((await ana.receive()).data)["type"] in ("accepted", "message")
            web.kill()
        web.wait()
        ready(start("web"))
        ready(start("worker"))
        async with phone(port, "phone:ana", first["seq"]) as ana:
            said = [await hears(ana), await hears(ana)]
        assert len({frame["id"] for frame in (first, *said)}) == 3

    try:
        asyncio.run(talk())
    finally:
        for running in started:
            running.kill()
            running.communicate()
