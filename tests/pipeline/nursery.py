"""Lives that end by SIGKILL at a commit, one after the other: run by test_kills.py.

What takes long, the imports and the flows, is done once; each life is a fork of this process. A
life talks as one person would, through the whole pipeline, and is killed right before or right
after its Nth commit; then another life goes on from what it left, until everything is answered."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from bot.messages import Incoming
from bot.pipeline import outbox as sending
from bot.pipeline import turns
from bot.pipeline.parts import now
from storage import inbox, outbox, phones
from storage.database import Database, connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import ANA, Clock, Stage, pipeline_on

LINES = ("hola", "es", "si")
SURVIVED = 0


class Countdown:
    """Kills this process before or after its Nth commit; never where `at` is 0."""

    def __init__(self, database: Database, moment: str, at: int) -> None:
        self.left = at
        dialect = database.engine.sync_engine.dialect
        commit = dialect.do_commit

        def counted(connection: Any) -> None:
            self.left -= 1
            if self.left == 0 and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            commit(connection)
            if self.left == 0 and moment == "after":
                os.kill(os.getpid(), signal.SIGKILL)

        dialect.do_commit = counted  # type: ignore[method-assign, assignment]


async def live(url: str, folder: Path, moment: str, at: int) -> None:
    """Say every line, each when the one before it is answered."""
    database = await connect(url, DATABASE_KEY)
    Countdown(database, moment, at)
    clock = Clock(now())
    stage = Stage(pipeline_on(database, folder, clock), clock)
    while await sending.recover(stage.pipeline, timedelta(0)):
        pass
    for number, line in enumerate(LINES):
        incoming = Incoming("phone", f"{ANA}/line-{number}", (ANA,), text=line)
        await stage.phone.hear(incoming, {"text": line}, stage.clock())
        while await turns.handle_next(stage.pipeline) or await sending.send_due(stage.pipeline):
            pass
    await database.close()


async def look(url: str) -> dict[str, Any]:
    """What became of it all."""
    database = await connect(url, DATABASE_KEY)
    async with database.read() as db:
        rows = [
            await inbox.by_external_id(db, "phone", f"{ANA}/line-{number}")
            for number in range(len(LINES))
        ]
        screen = await phones.after(db, ANA, 0, 1000)
        unsent = await outbox.unsent(db)
        said = [str(row.body["text"]) for row in screen if not row.mine]
        order = [row.external_id if row.mine else "bot" for row in screen]
        heard = Counter(row.external_id for row in screen if row.mine)
    await database.close()
    return {
        "states": [row.state if row else "lost" for row in rows],
        "attempts": [row.attempts if row else -1 for row in rows],
        "said": said,
        "order": order,
        "unsent": unsent,
        "heard": sorted(heard.values()),
    }


def fork(url: str, folder: Path, moment: str, at: int) -> bool:
    """One life. Whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(live(url, folder, moment, at))
        except BaseException as problem:
            print(json.dumps({"failed": repr(problem)}), flush=True)
            os._exit(1)
        os._exit(SURVIVED)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status) != SURVIVED:
        sys.exit(1)
    return True


class Sqlite:
    """Each story on a copy of a migrated file."""

    def __init__(self, template: str, folder: Path) -> None:
        self.template, self.folder, self.count = template, folder, 0

    def fresh(self) -> str:
        self.count += 1
        path = self.folder / f"{self.count}.db"
        shutil.copyfile(self.template, path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=wal")
        return f"sqlite+aiosqlite:///{path}"


class Postgres:
    """Each story on a copy of a migrated database: `template` is a folder and a name."""

    def __init__(self, template: str, folder: Path) -> None:
        self.host, _, self.template = template.partition("|")
        self.count = 0

    def fresh(self) -> str:
        self.count += 1
        name = f"killed{self.count}"
        asyncio.run(self._create(name))
        return f"postgresql+asyncpg://postgres@/{name}?host={self.host}"

    async def _create(self, name: str) -> None:
        connection = await asyncpg.connect(host=self.host, user="postgres", database="postgres")
        try:
            await connection.execute(f'CREATE DATABASE {name} TEMPLATE "{self.template}"')
        finally:
            await connection.close()


def main(kind: str, template: str, folder: Path) -> None:
    """Kill at every commit there is, and print what became of each story as a JSON line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    databases = Sqlite(template, folder) if kind == "sqlite" else Postgres(template, folder)
    # Lived once in this process, what is read when it is first needed is there in every fork.
    asyncio.run(live(databases.fresh(), folder, "", 0))
    for moment in ("before", "after"):
        at = 0
        ended = False
        while not ended:
            url = databases.fresh()
            ended = fork(url, folder, moment, at) and at > 0
            if not ended and at > 0 and not fork(url, folder, moment, 0):
                sys.exit(2)
            found = asyncio.run(look(url))
            print(
                json.dumps({"moment": moment, "at": at, "killed": not ended, **found}), flush=True
            )
            at += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
