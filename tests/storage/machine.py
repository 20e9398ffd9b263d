"""Machines that do to the queues whatever may happen, in whatever order, on both databases, and
know beside them what should have become of it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.contacts import Contact
from storage.database import Database, connect
from storage.tables import inbox, outbox, receipts, sends
from storage.urns import Urn
from tests.servers import Postgres
from tests.storage.conftest import KEY, NOW
from tests.storage.people import someone

Given = TypeVar("Given")
ADDRESSES = ("a", "b", "c")
MINUTE = timedelta(minutes=1)
WAITING = 10.0  # seconds
AS_A_RULE = settings(
    suppress_health_check=list(HealthCheck),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
)


class Machine(RuleBasedStateMachine):
    """What the queues should do, beside what they do. One database serves all examples."""

    database: Database
    loop: asyncio.AbstractEventLoop
    contacts: dict[str, Contact]
    urns: dict[str, Urn]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.run(self.empty())

    def run(self, work: Coroutine[Any, Any, Given]) -> Given:
        return self.loop.run_until_complete(work)

    async def empty(self) -> None:
        async with self.database.begin() as db:
            for table in (receipts, sends, outbox, inbox):
                await db.execute(delete(table))

    def write(self, ask: Callable[..., Coroutine[Any, Any, Given]], *of: Any, **more: Any) -> Given:
        """What comes of asking in a transaction of its own."""

        async def written() -> Given:
            async with self.database.begin() as db:
                return await ask(db, *of, **more)

        return self.run(written())

    @contextlib.asynccontextmanager
    async def at_once(self) -> AsyncIterator[tuple[AsyncConnection, AsyncConnection]]:
        """Two transactions side by side; it fails where one waits for the other."""
        async with asyncio.timeout(WAITING):
            async with self.database.begin() as one, self.database.begin() as other:
                yield one, other

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


def holds(machine: type[Machine], url: str, examples: int = 20, steps: int = 40) -> None:
    """Try the machine on a migrated database."""
    tries = settings(AS_A_RULE, max_examples=examples, stateful_step_count=steps)

    async def opened() -> tuple[Database, dict[str, tuple[Contact, Urn]]]:
        database = await connect(url, KEY)
        async with database.begin() as db:
            return database, {name: await someone(db, f"tel:{name}") for name in ADDRESSES}

    with asyncio.Runner() as runner:
        database, people = runner.run(opened())
        contacts = {name: contact for name, (contact, _) in people.items()}
        urns = {name: urn for name, (_, urn) in people.items()}
        own = {
            "database": database,
            "contacts": contacts,
            "urns": urns,
            "loop": runner.get_loop(),
        }
        tried: Any = type(machine.__name__, (machine,), own)
        try:
            run_state_machine_as_test(tried, settings=tries)
        finally:
            runner.run(database.close())


@pytest.fixture(params=["sqlite", "postgres"])
def machine_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database of its own for a machine: a copy, migrated, with its keys."""
    if request.param == "sqlite":
        path = tmp_path / "machine.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)
