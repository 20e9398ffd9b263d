"""A turn over HTTP: the webhook in, the answer decided, everything committed."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import load
from bench.conversation import SECRET, TOKEN, TURNS, conversation, write_questions
from bench.processes import OURS, PEERS, Program, running
from bench.rows import Row, faster, plain
from storage.database import migrate
from tests import servers

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


async def pace(program: Program, people: int, at_once: int, worker: Program | None = None) -> Pace:
    """How fast a program handles the registrations of so many people. `worker`: who handles what
    it has answered already, and so is waited for; itself or another."""
    before = await _handled(worker) if worker else 0
    parts = {program.process.pid: program}
    if worker:
        parts[worker.process.pid] = worker
    used, began = sum(one.cpu() for one in parts.values()), time.perf_counter()
    done = await load.post(program.port, "/telegram", HEADERS, conversation, people, at_once)
    if done.failed:
        raise RuntimeError(f"{done.failed} requests were not answered 200")
    turns = people * TURNS
    if worker:
        await _handled(worker, before + turns)
    seconds = time.perf_counter() - began
    cpu = sum(one.cpu() for one in parts.values()) - used
    return Pace(turns / seconds, cpu / turns * 1e6)


async def _handled(program: Program, least: int = 0) -> int:
    """How many messages it has handled, once it is at least so many."""
    return int(await load.get(program.port, f"/bench/handled?from={least}"))


@dataclass(frozen=True)
class Size:
    """How much is measured: how many people register at a time, and how often each is measured."""

    people: int = 150
    runs: int = 5


def rows(size: Size) -> list[Row]:
    """Every program on this machine at once, each driven in turn, so that what else goes on here
    weighs on all alike."""
    paces: dict[str, list[Pace]] = {}
    with contextlib.ExitStack() as stack:
        programs = _programs(stack)
        for program in programs.values():  # what is read when it is first needed
            uvloop.run(pace(program.running, 30, 16, program.worker))
        for _ in range(size.runs):
            for name, program in programs.items():
                done = uvloop.run(pace(program.running, size.people, AT_ONCE, program.worker))
                paces.setdefault(name, []).append(done)
        memory = {name: program.running.memory() for name, program in programs.items()}
    met = size.runs * size.people
    held = [plain(f"memory after {met} registrations, {n}", "MB", [m]) for n, m in memory.items()]
    return _compared(paces) + held


AT_ONCE = 64


@dataclass(frozen=True)
class _Driven:
    """A program under way, and who handles what it takes in, if that comes after its answer."""

    running: Program
    worker: Program | None = None


def _programs(stack: contextlib.ExitStack) -> dict[str, _Driven]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    questions = folder / "questions.json"
    write_questions(questions)
    asked = {"BENCH_QUESTIONS": str(questions)}
    postgres = stack.enter_context(servers.postgres(durable=True))
    urls = {
        "PostgreSQL": postgres.url(postgres.create()),
        "SQLite": f"sqlite:///{folder / 'artisan.db'}",
    }
    programs: dict[str, _Driven] = {}
    for name, url in urls.items():
        migrate(url)
        mine = stack.enter_context(running(OURS, "bench.ours", environment=environment(url)))
        programs[name] = _Driven(mine, worker=mine)
    programs[APART] = _web_and_worker(stack, postgres.url(postgres.create()))
    for name, module in PEER_MODULES.items():
        python = OURS if name == READING else PEERS
        one = running(python, f"bench.peers.{module}", environment=asked)
        programs[name] = _Driven(stack.enter_context(one))
    return programs


APART = "PostgreSQL, a web and a worker process"
"""As the Procfile has them."""


def _web_and_worker(stack: contextlib.ExitStack, url: str) -> _Driven:
    migrate(url)
    redis = stack.enter_context(servers.redis_server())
    halves = [
        stack.enter_context(
            running(
                OURS,
                "bench.ours",
                environment=environment(url, REDIS_URL=redis.url, BENCH_PART=part),
            )
        )
        for part in ("web", "worker")
    ]
    return _Driven(halves[0], worker=halves[1])


READING = "python-telegram-bot, reading replies as we do"
PEER_MODULES = {
    "python-telegram-bot": "ptb",
    READING: "ptb_reading",
    "aiogram": "gram",
    "aiohttp alone": "nothing",
}
BOUNDING = ("python-telegram-bot", READING)
GOALS = {"PostgreSQL": (2.0, 3.0), APART: (2.0, 3.0), "SQLite": (2.5, 3.5)}


def _compared(paces: Mapping[str, Sequence[Pace]]) -> list[Row]:
    found: list[Row] = []
    for mine, (floor, goal) in GOALS.items():
        for peer in PEER_MODULES:
            rates = [[one.rate for one in paces[name]] for name in (mine, peer)]
            bound = (floor, goal) if peer in BOUNDING else (None, None)
            name = f"durable turn over HTTP, {mine}"
            found.append(faster(name, "turns/s", rates[0], peer, rates[1], *bound))
    for name, done in paces.items():
        found.append(plain(f"CPU of a turn, {name}", "us", [one.cpu for one in done]))
    return found
