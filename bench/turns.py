"""A turn over HTTP: the webhook in, the answer decided, everything committed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import load
from bench.conversation import ANSWERS, SECRET, TOKEN, conversation
from bench.processes import OURS, PEERS, Program, running

HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
KEY = "a key for measuring, of no use elsewhere"


@dataclass(frozen=True)
class Pace:
    """Turns a second, and microseconds of the program's CPU for each."""

    rate: float
    cpu: float


def environment(database_url: str, **more: str) -> dict[str, str]:
    """How ours is configured."""
    return {
        "DATABASE_URL": database_url,
        "DATABASE_KEY": KEY,
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "PUBLIC_URL": "https://bench.example",
        "LANGUAGES": "en,es,fr,sw",
        **more,
    }


async def pace(program: Program, people: int, at_once: int, drains: bool = False) -> Pace:
    """How fast a program handles the registrations of so many people. `drains`: it answers before
    it has handled what came, so it is waited for."""
    before = await _handled(program) if drains else 0
    used, began = program.cpu(), time.perf_counter()
    done = await load.post(program.port, "/telegram", HEADERS, conversation, people, at_once)
    if done.failed:
        raise RuntimeError(f"{done.failed} requests were not answered 200")
    turns = people * len(ANSWERS)
    while drains and await _handled(program) - before < turns:
        await asyncio.sleep(0.002)
    seconds = time.perf_counter() - began
    return Pace(turns / seconds, (program.cpu() - used) / turns * 1e6)


async def _handled(program: Program) -> int:
    return int(await load.get(program.port, "/bench/handled"))


def ours(database_url: str, **more: str) -> object:
    return running(OURS, "bench.ours", environment=environment(database_url, **more))


def peer(module: str, questions: Path) -> object:
    asked: Mapping[str, str] = {"BENCH_QUESTIONS": str(questions)}
    return running(PEERS, f"bench.peers.{module}", environment=asked)
