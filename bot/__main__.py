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
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from bot.arguments import parser
from bot.settings import ROOT, Settings, SettingsError, load
from bot.usage import UsageError, unreachable

if TYPE_CHECKING:
    from bot.house import House
    from bot.listening import Listener
    from bot.pipeline.parts import Pipeline
    from storage.database import Database

PLACES = ROOT / "locales" / "places"


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
    from bot.clips import Clips
    from bot.house import House
    from bot.places import gazetteers
    from flows.library import Library

    catalogues = Catalogues.load(ROOT / "locales", settings.languages)
    library = Library.load(ROOT / "flows" / "definitions")
    clips = Clips.load(ROOT / "locales", settings.languages, drafts=settings.demo)
    return House(settings, library, catalogues, gazetteers(PLACES, settings.country), clips)


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
    except Exception as problem:
        raise unreachable(problem) from None
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def pipeline_of(settings: Settings) -> AsyncIterator[Pipeline]:
    """The whole way of a message, on an open database and by every channel."""
    from bot.channels.listed import open_channels
    from bot.media import Keeper
    from bot.papers import Papers
    from bot.pipeline.coordination import coordination
    from bot.pipeline.parts import Pipeline

    media = Keeper(Path(settings.media_url), settings.database_key, _address(settings))
    house = replace(house_of(settings), papers=Papers(media))
    async with database_of(settings) as database:
        if settings.demo:
            from bot.demonstration import loading

            await loading.load(database, settings, house.places)
        heard = coordination(settings.redis_url)
        try:
            async with (
                open_channels(house, database, heard, media) as channels,
                listening(settings) as listener,
            ):
                pipeline = Pipeline(database, house, channels, heard, media, listener=listener)
                await house.clips.register(database, media, pipeline.clock())
                yield pipeline
        finally:
            await heard.close()


@contextlib.asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[Listener | None]:
    """Whoever turns recordings into words, where one is configured."""
    if not settings.speech_url:
        yield None
        return
    from bot.listening import ByHttp

    async with ByHttp(settings.speech_url) as listener:
        yield listener


def _address(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _migrated(settings: Settings) -> Settings:
    """SQLite is brought up to date by whoever comes first; PostgreSQL by `artisan migrate`."""
    if settings.sqlite:
        _bring_up_to_date(settings)
    return settings


def _bring_up_to_date(settings: Settings) -> None:
    from storage.database import migrate

    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        migrate(settings.database_url)
    except Exception as problem:
        raise unreachable(problem) from None


def _serve(what: str) -> Callable[[argparse.Namespace], int]:
    def serve(_: argparse.Namespace) -> int:
        from bot import serving

        settings = _migrated(load(os.environ))
        return _ran(lambda: serving.serve(settings, what, lambda: pipeline_of(settings)))

    return serve


def _migrate(_: argparse.Namespace) -> int:
    _bring_up_to_date(load(os.environ))
    return 0


def _chat(arguments: argparse.Namespace) -> int:
    from bot import terminal

    settings = _migrated(load(os.environ, by_hand=True))
    alone = replace(settings, telegram=None, twilio=None, gateways=())  # it sends by none for real
    return _ran(lambda: terminal.chat(settings, arguments.urn, lambda: pipeline_of(alone)))


def _by_hand(do: Callable[[Settings, Database], Awaitable[str]]) -> int:
    """Do something with the database, beside a server or without one, and print what it says."""
    settings = _migrated(load(os.environ, by_hand=True))

    async def done() -> int:
        async with database_of(settings) as database:
            print(await do(settings, database))
        return 0

    return _ran(done)


def _invite(arguments: argparse.Namespace) -> int:
    from bot import codes

    asked = arguments.role, arguments.area, arguments.agency, arguments.urn
    return _by_hand(lambda settings, database: codes.invite(database, settings, *asked))


def _revoke(arguments: argparse.Namespace) -> int:
    from bot import codes

    return _by_hand(lambda _, database: codes.revoke(database, arguments.what))


def _providers(arguments: argparse.Namespace) -> int:
    from bot import directory

    return _by_hand(lambda _, database: directory.take_in(database, Path(arguments.file)))


def _export(arguments: argparse.Namespace) -> int:
    from bot import exports

    path, invented = Path(arguments.file), arguments.demonstration
    return _by_hand(lambda _, database: exports.export(database, arguments.kind, path, invented))


def _rotate_key(_: argparse.Namespace) -> int:
    from bot import rotating

    new = os.environ.get("NEW_DATABASE_KEY", "")
    return _by_hand(lambda settings, database: rotating.rotate(database, settings, new))


def _doctor(arguments: argparse.Namespace) -> int:
    from bot import doctor

    return _ran(lambda: doctor.examine(os.environ, arguments.set_webhooks))


def _templates(arguments: argparse.Namespace) -> int:
    from bot import templates

    house = house_of(load(os.environ, by_hand=True))
    return _ran(lambda: templates.run(house, arguments.action, arguments.language))


def _read(arguments: argparse.Namespace) -> int:
    from bot.places import gazetteers
    from bot.reading import read_lines

    country = arguments.country.upper() or os.environ.get("COUNTRY", "HN")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in read_lines(
        arguments.kind,
        arguments.language,
        country,
        Path(arguments.options) if arguments.options else None,
        sys.stdin,
        places=gazetteers(PLACES, country)(country) if arguments.kind == "place" else (),
    ):
        print(line, flush=True)
    return 0


def _match(arguments: argparse.Namespace) -> int:
    """1 where something in the file was wrong: it is named, and the rest is answered."""
    from datetime import UTC, date, datetime

    from matching.running import run

    try:
        asked = arguments.as_of
        today = date.fromisoformat(asked) if asked else datetime.now(UTC).date()
    except ValueError:
        raise UsageError(f"--as-of must be a date like 2026-01-31, not {asked!r}") from None
    try:
        with Path(arguments.file).open(encoding="utf-8", errors="surrogateescape") as lines:
            answer = run(lines, arguments.kind, arguments.top, today)
    except OSError as problem:
        raise UsageError(f"{arguments.file} cannot be read: {problem.strerror}") from None
    except ValueError as problem:
        raise UsageError(f"{arguments.file}: {problem}") from None
    for slip in answer.slips:
        print(f"artisan: {arguments.file}: {slip}", file=sys.stderr)
    for line in answer.lines:
        print(line)
    return 1 if answer.slips else 0


def _trial(arguments: argparse.Namespace) -> int:
    from bot import trials

    if arguments.what == "kills":
        return trials.kills(arguments)
    for line in trials.lines_of(arguments, house_of):
        print(line, flush=True)
    return 0


def _flows(_: argparse.Namespace) -> int:
    from bot.checking import check

    mistakes = check(ROOT)
    for mistake in mistakes:
        print(mistake)
    print(f"{len(mistakes)} to mend." if mistakes else "Flows and catalogues are in order.")
    return 1 if mistakes else 0


def _parked(arguments: argparse.Namespace) -> int:
    from bot import parked

    settings = _migrated(load(os.environ, by_hand=True))

    async def show() -> int:
        async with database_of(settings) as database:
            async for line in parked.do(database, arguments.action, arguments.number):
                print(line)
        return 0

    return _ran(show)


def _audio(arguments: argparse.Namespace) -> int:
    from bot.recordings import told

    settings = load(os.environ, by_hand=True)
    for line in told(arguments.action, house_of(settings), ROOT / "locales", arguments.language):
        print(line)
    return 0


def _reach(arguments: argparse.Namespace) -> int:
    from bot.reach import told

    wanted = (arguments.language, arguments.flow, arguments.channel)
    for line in told(_everywhere(), *wanted, as_json=arguments.json):
        print(line)
    return 0


def _everywhere() -> House:
    """The house with all the languages there are."""
    from bot.settings import known_languages

    return house_of(replace(load(os.environ, by_hand=True), languages=known_languages()))


def _states(_: argparse.Namespace) -> int:
    from networks.machines import page

    print("\n".join(page()))
    return 0


def _messages(_: argparse.Namespace) -> int:
    from bot import lengths, translating

    print("\n".join((*translating.update(ROOT), *lengths.told(ROOT, _everywhere()))))
    return 0


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
    "read": _read,
    "match": _match,
    "trial": _trial,
    "providers": _providers,
    "export": _export,
    "invite": _invite,
    "revoke": _revoke,
    "doctor": _doctor,
    "flows": _flows,
    "templates": _templates,
    "messages": _messages,
    "audio": _audio,
    "parked": _parked,
    "reach": _reach,
    "states": _states,
    "rotate-key": _rotate_key,
}


if __name__ == "__main__":
    sys.exit(main())
