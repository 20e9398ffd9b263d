"""A turn over HTTP: the webhook in, the answer decided, everything committed."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import load
from bench.conversation import SECRET, TOKEN, TURNS, conversation, write_questions
from bench.counting import Count, reached
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


@dataclass(frozen=True)
class Driven:
    """A program under way: who takes requests, and all of its processes. `counts`: of whoever
    handles what was answered already, and so is waited for."""

    web: Program
    processes: Sequence[Program]
    counts: Sequence[Count] = ()

    def cpu(self) -> float:
        """Seconds of CPU that they have used so far."""
        return sum(one.cpu() for one in self.processes)


async def pace(driven: Driven, people: int, at_once: int) -> Pace:
    """How fast a program handles the registrations of so many people."""
    turns, before = people * TURNS, sum(map(int, driven.counts))
    used, began = driven.cpu(), time.perf_counter()
    done = await load.post(driven.web.port, "/telegram", HEADERS, conversation, people, at_once)
    if done.failed:
        raise RuntimeError(f"{done.failed} requests were not answered 200")
    if driven.counts:
        await reached(driven.counts, before + turns)
    seconds = time.perf_counter() - began
    return Pace(turns / seconds, (driven.cpu() - used) / turns * 1e6)


@contextlib.contextmanager
def ours(url: str, *parts: str, **more: str) -> Iterator[Driven]:
    """Our program on a migrated database: in one process, or one for each of the `parts`, web and
    worker."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        processes, counts = [], []
        for number, part in enumerate(parts or ("",)):
            path = folder / str(number)
            counts.append(Count(path))
            settings = environment(url, BENCH_PART=part, BENCH_COUNT=str(path), **more)
            processes.append(stack.enter_context(running(OURS, "bench.ours", environment=settings)))
        yield Driven(processes[0], processes, counts)


@dataclass(frozen=True)
class Size:
    """How much is measured: how many people register at a time, and how often each is measured."""

    people: int = 400
    runs: int = 5


def rows(size: Size) -> list[Row]:
    """Every program on this machine at once, each driven in turn, so that what else goes on here
    weighs on all alike."""
    paces: dict[str, list[Pace]] = {}
    with contextlib.ExitStack() as stack:
        programs = _programs(stack)
        for program in programs.values():  # what is read when it is first needed
            uvloop.run(pace(program, 30, 16))
        for _ in range(size.runs):
            for name, program in programs.items():
                done = uvloop.run(pace(program, size.people, AT_ONCE))
                paces.setdefault(name, []).append(done)
        memory = {name: program.web.memory() for name, program in programs.items()}
    met = size.runs * size.people
    held = [plain(f"memory after {met} registrations, {n}", "MB", [m]) for n, m in memory.items()]
    return _compared(paces) + held


AT_ONCE = 64


def _programs(stack: contextlib.ExitStack) -> dict[str, Driven]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    questions = folder / "questions.json"
    write_questions(questions)
    asked = {"BENCH_QUESTIONS": str(questions)}
    postgres = stack.enter_context(servers.postgres(durable=True))
    programs: dict[str, Driven] = {}
    for name, parts in OUR_PARTS.items():
        sqlite = f"sqlite:///{folder / 'artisan.db'}"
        url = sqlite if name == "SQLite" else postgres.url(postgres.create())
        migrate(url)
        more = {"REDIS_URL": stack.enter_context(servers.redis_server()).url} if parts else {}
        programs[name] = stack.enter_context(ours(url, *parts, **more))
    for name, module in PEER_MODULES.items():
        python = OURS if name == READING else PEERS
        one = stack.enter_context(running(python, f"bench.peers.{module}", environment=asked))
        programs[name] = Driven(one, [one])
    return programs


OUR_PARTS = {
    "PostgreSQL": (),
    "PostgreSQL, a web and a worker process": ("web", "worker"),
    "PostgreSQL, a web and two worker processes": ("web", "worker", "worker"),
    "SQLite": (),
}
"""In one process, and in several, as the Procfile has them."""

READING = "python-telegram-bot, reading replies as we do"
PEER_MODULES = {
    "python-telegram-bot": "ptb",
    READING: "ptb_reading",
    "aiogram": "gram",
    "aiohttp alone": "nothing",
}
BOUNDING = ("python-telegram-bot", READING)
GOALS = {name: (2.5, 3.5) if name == "SQLite" else (2.0, 3.0) for name in OUR_PARTS}


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
