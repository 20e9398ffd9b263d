"""The command `artisan`: reads the environment, puts the parts together, does what was asked.

The only place where parts are put together. Every command imports what it needs when it is asked
for, so that a small one does not wait for the large."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from bot.arguments import parser
from bot.settings import ROOT, Settings, SettingsError, load
from bot.usage import UsageError

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database


def main(argv: list[str] | None = None) -> int:
    """Do one command; its exit code: 0 done, 1 found wanting, 2 asked for wrongly."""
    try:
        arguments = parser().parse_args(argv)
        return DO[arguments.command](arguments)
    except SettingsError as error:
        for problem in error.problems:
            print(f"artisan: {problem}.", file=sys.stderr)
        return 2
    except UsageError as problem:
        print(f"artisan: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def house_of(settings: Settings) -> House:
    """Everything a turn needs that no turn changes."""
    from bot.catalogues import Catalogues
    from bot.house import House
    from flows.library import Library

    catalogues = Catalogues.load(ROOT / "locales", settings.languages)
    library = Library.load(ROOT / "flows" / "definitions")
    return House(settings, library, catalogues, _gazetteers())


@contextlib.asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The database, open; says plainly what to do where it cannot be opened."""
    from storage.database import WrongKey, connect

    try:
        database = await connect(settings.database_url, settings.database_key)
    except WrongKey:
        raise UsageError(
            "DATABASE_KEY does not open this database: set it to the key it was made with"
        ) from None
    try:
        yield database
    finally:
        await database.close()


def _migrated(settings: Settings) -> Settings:
    """SQLite is brought up to date by whoever comes first; PostgreSQL by `artisan migrate`."""
    from storage.database import migrate

    if settings.sqlite:
        settings.home.mkdir(parents=True, exist_ok=True)
        migrate(settings.database_url)
    return settings


def _serve(what: str) -> Callable[[argparse.Namespace], int]:
    def serve(_: argparse.Namespace) -> int:
        from bot import serving

        settings = _migrated(load(os.environ))
        return _ran(lambda: serving.serve(settings, house_of(settings), database_of, what))

    return serve


def _migrate(_: argparse.Namespace) -> int:
    from storage.database import migrate

    settings = load(os.environ)
    settings.home.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    return 0


def _chat(arguments: argparse.Namespace) -> int:
    from bot import terminal

    settings = _migrated(load(os.environ, by_hand=True))
    return _ran(lambda: terminal.chat(settings, house_of(settings), database_of, arguments.urn))


def _by_hand(do: Callable[[Settings, Database], Awaitable[int]]) -> int:
    """Do something with the database, beside a server or without one."""
    settings = _migrated(load(os.environ, by_hand=True))

    async def done() -> int:
        async with database_of(settings) as database:
            return await do(settings, database)

    return _ran(done)


def _ran(do: Callable[[], Awaitable[int]]) -> int:
    async def run() -> int:
        return await do()

    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


DO: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _serve("run"),
    "web": _serve("web"),
    "worker": _serve("worker"),
    "migrate": _migrate,
    "chat": _chat,
}


if __name__ == "__main__":
    sys.exit(main())
