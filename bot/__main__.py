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
from pathlib import Path
from typing import TYPE_CHECKING

from bot.arguments import parser
from bot.settings import ROOT, Settings, SettingsError, load
from bot.usage import UsageError

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.house import House
    from bot.pipeline.parts import Pipeline
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
    from bot.places import gazetteers
    from flows.library import Library

    catalogues = Catalogues.load(ROOT / "locales", settings.languages)
    library = Library.load(ROOT / "flows" / "definitions")
    places = gazetteers(ROOT / "locales" / "places", settings.country)
    return House(settings, library, catalogues, places)


@contextlib.asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The database, open; says plainly what to do where it cannot be opened."""
    from storage.database import NotMigrated, connect
    from storage.sealing import WrongKey

    try:
        database = await connect(settings.database_url, settings.database_key)
    except WrongKey:
        raise UsageError(
            "DATABASE_KEY does not open this database: set it to the key it was made with"
        ) from None
    except NotMigrated:
        raise UsageError("the database has no tables yet: run artisan migrate first") from None
    except OSError as problem:
        raise UsageError(f"the database cannot be reached: {problem}") from None
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def pipeline_of(settings: Settings) -> AsyncIterator[Pipeline]:
    """The whole way of a message, on an open database."""
    from bot.channels.phone import Phone
    from bot.media import Keeper
    from bot.pipeline.coordination import coordination
    from bot.pipeline.parts import Pipeline

    house = house_of(settings)
    async with database_of(settings) as database:
        if settings.demo:
            from bot.demonstration import loading

            await loading.load(database, settings, house.places)
        heard = coordination(settings.redis_url)
        channels: dict[str, Channel] = {"phone": Phone(database, heard)}
        media = Keeper(Path(settings.media_url), settings.database_key, _address(settings))
        try:
            yield Pipeline(database, house, channels, heard, media)
        finally:
            await heard.close()


def _address(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


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
        return _ran(lambda: serving.serve(settings, what, lambda: pipeline_of(settings)))

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
    return _ran(lambda: terminal.chat(settings, arguments.urn, lambda: pipeline_of(settings)))


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
