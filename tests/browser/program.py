"""The real program as a process of its own: started, killed at any time, read afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select

from storage import database as store
from storage import sealing
from storage.tables import inbox, outbox, phone_messages, urns

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds the program may take until it answers, on a machine with everything else to do."""

Answer = TypeVar("Answer")


class ProgramFailed(RuntimeError):
    """The program did not come up; carries what it wrote."""


@dataclass
class Program:
    """`artisan run` with its database, key and log in `folder`, on a port of its own."""

    folder: Path
    port: int = field(default_factory=lambda: _free_port())
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'artisan.db'}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start it and come back when it is ready."""
        self.begin()
        self.ready()

    def begin(self) -> None:
        """Start it without waiting."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "DEMO": "1",
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
        }
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot", "run"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> None:
        """Wait until it says it is ready."""
        deadline = time.monotonic() + PATIENCE
        while not self._says_ready():
            if self._process is None or self._process.poll() is not None:
                raise ProgramFailed(f"the program ended:\n{self.log[-3000:]}")
            if time.monotonic() > deadline:
                raise ProgramFailed(f"the program is not ready:\n{self.log[-3000:]}")
            time.sleep(0.05)

    def _says_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=5) as answer:  # noqa: S310
                return bool(json.load(answer)["ready"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def kill(self) -> None:
        """As a power cut would: no signal handler runs, nothing is said goodbye to."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(by)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def copy(self, folder: Path) -> Program:
        """Another program, in `folder`, that begins with what this one has (not while it runs)."""
        for name in ("artisan.db", "database.key"):
            shutil.copyfile(self.folder / name, folder / name)
        return Program(folder)

    def said_to(self, *names: str) -> str:
        """All that the outbox ever held for these phones and all that their screens got."""

        async def read(database: store.Database) -> list[Any]:
            async with database.read() as db:
                digests = [sealing.digest(db, f"phone:{name}") for name in names]
                ours = urns.c.digest.in_(digests)
                queued = select(outbox.c.reply).join(urns).where(ours)
                shown = select(phone_messages.c.body).where(
                    phone_messages.c.urn_digest.in_(digests), ~phone_messages.c.mine
                )
                return [*(await db.scalars(queued)), *(await db.scalars(shown))]

        return "\n".join(json.dumps(one, ensure_ascii=False) for one in self._asked(read))

    def settles(self) -> None:
        """Wait until all that was heard is answered and all there is to say is said; each once."""
        deadline = time.monotonic() + PATIENCE
        while loose := self._asked(_loose_ends):
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(loose))
            time.sleep(0.05)
        assert self._asked(_doubled) == []

    def _asked(self, ask: Callable[[store.Database], Coroutine[Any, Any, Answer]]) -> Answer:
        """What the database answers; in a thread, since the browser has the loop of this one."""
        key = (self.folder / "database.key").read_text().strip()

        async def asked() -> Answer:
            url = self.database_url.replace("sqlite:", "sqlite+aiosqlite:")
            database = await store.connect(url, key)
            try:
                return await ask(database)
            finally:
                await database.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(asked())).result()


async def _loose_ends(database: store.Database) -> list[str]:
    """What was heard and is not handled, what is to be said and is not sent."""
    async with database.read() as db:
        heard = await db.execute(
            select(inbox.c.channel, inbox.c.seq, inbox.c.state).where(inbox.c.state != "done")
        )
        said = await db.execute(
            select(outbox.c.purpose, outbox.c.seq, outbox.c.state).where(
                outbox.c.state.not_in(("sent", "delivered", "read"))
            )
        )
        return [" ".join(map(str, row)) for row in (*heard, *said)]


async def _doubled(database: store.Database) -> list[str]:
    """What was answered twice, announced twice to somebody, or came twice on a screen."""
    questions = (
        select(outbox.c.inbox_seq).where(outbox.c.inbox_seq.is_not(None)),
        select(outbox.c.broadcast_id, outbox.c.contact_id).where(
            outbox.c.broadcast_id.is_not(None)
        ),
        select(phone_messages.c.urn_digest, phone_messages.c.external_id),
    )
    async with database.read() as db:
        twice = [
            await db.execute(one.group_by(*one.selected_columns).having(func.count() > 1))
            for one in questions
        ]
        return [str(tuple(row)) for rows in twice for row in rows]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
