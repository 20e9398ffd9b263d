"""The processes of a trial: started as in production, killed at random, started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.kills import telegram, twilio
from bot.kills.far_side import FarSide
from bot.kills.servers import die_with_parent
from bot.settings import ROOT

KEY = "the key of a trial, which keeps nobody's secret"
KINDS = ("web", "web", "worker", "worker")
PAUSE = (0.2, 1.5)
"""Seconds until one that was killed is started again."""


@dataclass
class Process:
    """One of them, and what it is started with."""

    name: str
    kind: str
    environ: Mapping[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot", self.kind],
                cwd=self.log.parent,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def kill(self) -> bool:
        """Kill it outright. False where it was not running."""
        if self.running is None or self.running.poll() is not None:
            return False
        self.running.kill()
        self.running.wait()
        return True

    def stop(self) -> int:
        """Tell it to stop; its exit code, -9 where it did not in time."""
        if self.running is None:
            return 0
        if self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
        try:
            return self.running.wait(30)
        except subprocess.TimeoutExpired:
            self.running.kill()
            return self.running.wait()


@dataclass
class Crew:
    """All of them. Used as a context: they are gone at its end, however it comes."""

    processes: list[Process]
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    _coming: set[asyncio.Task[None]] = field(default_factory=set)

    def __enter__(self) -> Crew:
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()

    async def kill_one(self) -> None:
        """Kill one of them; it is started again after a moment."""
        up = [one for one in self.processes if one.running and one.running.poll() is None]
        if not up:
            return
        process = self.chance.choice(up)
        if process.kill():
            self.kills[process.kind] += 1
        task = asyncio.create_task(self._again(process))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def _again(self, process: Process) -> None:
        await asyncio.sleep(self.chance.uniform(*PAUSE))
        process.start()

    def start_ended(self) -> None:
        """Start again whoever ended by itself, as who keeps processes going would."""
        for process in self.processes:
            running = process.running
            killed = running is None or running.returncode == -signal.SIGKILL
            if not killed and running is not None and running.poll() is not None:
                self.ended[f"{process.kind} {running.returncode}"] += 1
                process.start()

    async def settle(self) -> None:
        """Until whoever was killed is started again; whoever ended by itself as well."""
        while self._coming:
            await asyncio.gather(*self._coming)
        for process in self.processes:
            if process.running is None or process.running.poll() is not None:
                process.start()

    def complaints(self) -> Counter[str]:
        """What the processes logged as errors, and how often."""
        said: Counter[str] = Counter()
        for process in self.processes:
            for line in process.log.read_text(errors="replace").splitlines():
                said.update(_complaint(line))
        return said


def _complaint(line: str) -> list[str]:
    with contextlib.suppress(ValueError):
        entry = json.loads(line)
        if entry.get("level") != "error":
            return []
        words = (entry.get(name) for name in ("event", "loop", "problem", "what"))
        return [" ".join(str(word) for word in words if word)]
    return [line] if "Error" in line or "Traceback" in line else []


def crew(folder: Path, far_side: FarSide, database: str, redis: str, chance: random.Random) -> Crew:
    """Two that take messages in and two that answer, on one database and one Redis."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "HOME")}
    common = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database,
        "DATABASE_KEY": KEY,
        "REDIS_URL": redis,
        "MEDIA_URL": str(folder / "media"),
        "PUBLIC_URL": far_side.public_url,
        "TELEGRAM_TOKEN": telegram.TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": telegram.SECRET,
        "TELEGRAM_API_URL": far_side.url,
        "TWILIO_ACCOUNT_SID": twilio.SID,
        "TWILIO_AUTH_TOKEN": twilio.TOKEN,
        "TWILIO_WHATSAPP_FROM": twilio.WHATSAPP,
        "TWILIO_SMS_FROM": twilio.SMS,
        "TWILIO_API_URL": far_side.url,
        "TWILIO_CONTENT_URL": far_side.url,
        "TWILIO_MESSAGING_URL": far_side.url,
        "LANGUAGES": "es,en",
        "COUNTRY": "HN",
        "PACE": "telegram:2000,whatsapp:2000,sms:2000",
    }
    ports = iter(far_side.doors)
    processes = []
    for number, kind in enumerate(KINDS):
        own = {"PORT": str(next(ports))} if kind == "web" else {}
        name = f"{kind}-{number}"
        processes.append(Process(name, kind, {**common, **own}, folder / f"{name}.log"))
    return Crew(processes, chance)


def doors(count: int) -> list[int]:
    """Ports that are free now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
