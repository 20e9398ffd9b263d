"""Lives that end by SIGKILL at a commit, one after the other: run by test_kills.py.

What takes long, the imports and the flows, is done once; each life is a fork of this process. A
life talks as one person would, through the whole pipeline, and is killed right before or right
after its Nth commit; then another life goes on from what it left, until everything is answered."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.channels.phone import name_in_inbox
from bot.messages import Incoming
from bot.pipeline import outbox as sending
from bot.pipeline import recovering, turns
from bot.pipeline.parts import now
from storage import inbox, outbox, phones
from storage.database import Database, connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, Stage, pipeline_on

LINES = ("hola", "es")


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


async def live(url: str, folder: Path, urn: str, moment: str, at: int) -> dict[str, Any]:
    """Say every line, each when the one before it is answered; gives what became of it all."""
    database = await connect(url, DATABASE_KEY)
    Countdown(database, moment, at)
    clock = Clock(now())
    stage = Stage(pipeline_on(database, folder, clock), clock)
    while await recovering.recover(stage.pipeline, timedelta(0)):
        pass
    for number, line in enumerate(LINES):
        incoming = Incoming("phone", f"{urn}/line-{number}", (urn,), text=line)
        await stage.phone.hear(incoming, {"text": line}, clock())
        while await turns.handle_due(stage.pipeline) or await sending.send_due(stage.pipeline):
            pass
    found = await look(database, urn)
    await database.close()
    return found


async def look(database: Database, urn: str) -> dict[str, Any]:
    """What became of a conversation."""
    async with database.read() as db:
        names = [name_in_inbox(db, urn, f"line-{number}") for number in range(len(LINES))]
        rows = [await inbox.by_external_id(db, "phone", name) for name in names]
        screen = await phones.after(db, urn, 0, 1000)
        unsent = await outbox.unsent(db)
    return {
        "states": [row.state if row else "lost" for row in rows],
        "attempts": [row.attempts if row else -1 for row in rows],
        "said": [str(row.body["text"]) for row in screen if not row.mine],
        "order": [row.external_id if row.mine else "bot" for row in screen],
        "unsent": unsent,
    }


def fork(url: str, folder: Path, urn: str, moment: str, at: int) -> bool:
    """One life. Whether it came to its end; then it printed what became of it."""
    child = os.fork()
    if child == 0:
        try:
            found = asyncio.run(live(url, folder, urn, moment, at))
            print(json.dumps({"moment": moment, "at": at, "urn": urn, **found}), flush=True)
        except BaseException as problem:
            print(repr(problem), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(1)
    return True


def main(url: str, folder: Path) -> None:
    """Kill at every commit there is, each time somebody else's conversation; prints what became
    of each as a JSON line, of one that was never killed first (`at` 0)."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    # Lived once in this process, what is read when it is first needed is there in every fork.
    asyncio.run(live(url, folder, "phone:whole", "", 0))
    gc.freeze()
    fork(url, folder, "phone:unhurt", "before", 0)
    for moment in ("before", "after"):
        for at in itertools.count(1):
            urn = f"phone:{moment}-{at}"
            if fork(url, folder, urn, moment, at):
                break  # there are no more commits
            fork(url, folder, urn, f"killed {moment}", 0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
