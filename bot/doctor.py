"""`artisan doctor`: what is configured, reachable and missing, and the next step in plain words."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.catalogues import is_reviewed
from bot.findings import MISSING, WELL, WRONG, Finding
from bot.pipeline.coordination import coordination
from bot.pipeline.lock import Occupied, alone
from bot.settings import LIVE, ROOT, Settings, SettingsError, load
from bot.usage import unreachable
from storage import inbox, outbox
from storage.database import Database, NotMigrated, connect, is_current
from storage.sealing import WrongKey

LOCALES = ROOT / "locales"
REACH = 8.0
"""Seconds in which the public address has to answer."""


async def examine(environ: Mapping[str, str], set_webhooks: bool = False) -> int:
    """Print the findings; 1 where something is to be mended. `set_webhooks`: have the channels
    bring their messages here first."""
    try:
        settings = load(environ, by_hand=True)
    except SettingsError as error:
        for problem in error.problems:
            print(Finding(WRONG, f"{problem}."))
        return 1
    findings = [finding async for finding in _findings(settings, environ)]
    if not settings.demo:
        findings += [finding async for finding in _channels(settings, set_webhooks)]
    for finding in findings:
        print(finding)
    wrong = sum(finding.mark == WRONG for finding in findings)
    print(f"{wrong} to mend." if wrong else "All well.")
    return 1 if wrong else 0


async def _findings(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(WELL, f"Python {version}; languages {', '.join(settings.languages)}.")
    unread = [code for code in settings.languages if not is_reviewed(LOCALES, code)]
    if unread:
        yield Finding(MISSING, f"Read by no native speaker yet: {', '.join(unread)}.")
    if settings.demo:
        yield Finding(MISSING, "Demonstration mode: set DATABASE_KEY, COUNTRY, PROGRAMME for real.")
    async for finding in _database(settings):
        yield finding
    yield await _redis(settings)
    yield _media(Path(settings.media_url))
    yield await _public(settings.public_url)
    if not settings.demo and not any(environ.get(name) for name in LIVE):
        yield Finding(MISSING, "No channel is configured: set TELEGRAM_TOKEN or TWILIO_….")


async def _channels(settings: Settings, set_webhooks: bool) -> AsyncIterator[Finding]:
    from bot.__main__ import house_of
    from bot.channels import gateway_doctor, telegram_doctor, twilio_doctor

    house = house_of(settings)
    async for finding in telegram_doctor.findings(house, set_webhooks):
        yield finding
    async for finding in twilio_doctor.findings(house, set_webhooks):
        yield finding
    for finding in gateway_doctor.findings(settings):
        yield finding


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    kind = "SQLite" if settings.sqlite else "PostgreSQL"
    if settings.sqlite and not Path(settings.database_url.split(":///", 1)[1]).exists():
        yield Finding(MISSING, "No database yet: artisan migrate, or the first start, makes it.")
        return
    try:
        database = await connect(settings.database_url, settings.database_key)
    except NotMigrated:
        yield Finding(WRONG, f"{kind} has no tables: run artisan migrate.")
        return
    except WrongKey:
        yield Finding(WRONG, f"DATABASE_KEY does not open this {kind} database.")
        return
    except Exception as problem:
        if (told := unreachable(problem)) is problem:
            raise
        yield Finding(WRONG, f"{kind}: {told}.")
        return
    try:
        if await is_current(database):
            yield Finding(WELL, f"{kind} reachable, tables current, key right.")
        else:
            yield Finding(WRONG, f"{kind} has old tables: run artisan migrate.")
        async for finding in _queues(database):
            yield finding
    finally:
        await database.close()
    if settings.sqlite:
        yield _worker(settings)


async def _queues(database: Database) -> AsyncIterator[Finding]:
    async with database.read() as db:
        waiting, oldest = await inbox.depth(db)
        parked = len(await inbox.parked(db))
        depth = await outbox.depth(db)
        held = await outbox.waiting_by(db)
    late = oldest is not None and (datetime.now(UTC) - oldest).total_seconds() > 60
    yield Finding(
        WRONG if late else WELL,
        f"{waiting} messages wait for an answer, {depth['queued'][0]} to be sent, "
        f"{depth['waiting'][0]} for somebody's next word."
        + (" The oldest waits for over a minute: is a worker running?" if late else ""),
    )
    if held:
        each = ", ".join(f"{n} {why} by {channel}" for (channel, why), n in held.items())
        yield Finding(MISSING, f"Waiting for a next word, as nothing may go unasked: {each}.")
    if parked:
        yield Finding(WRONG, f"{parked} messages could not be handled and were laid aside.")


async def _public(url: str) -> Finding:
    """Whether the address that the world uses leads to us."""
    if not url:
        return Finding(MISSING, "No PUBLIC_URL: the world cannot reach webhooks and media.")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REACH)) as session,
            session.get(f"{url}/health") as response,
        ):
            ours = (await response.json(content_type=None)) == {"alive": True}
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
        return Finding(
            WRONG,
            f"Public address {url} does not answer from here ({type(problem).__name__}): is "
            "artisan run or web running, and does the address lead to it, with a certificate?",
        )
    if not ours:
        step = f"have it lead to this machine, port and path and all ({url}/health is another's)."
        return Finding(WRONG, f"Public address {url} leads to something else: {step}")
    return Finding(WELL, f"Public address {url} leads here.")


def _worker(settings: Settings) -> Finding:
    try:
        with alone(settings.home):
            return Finding(MISSING, "No worker is running: artisan run starts one.")
    except Occupied as occupied:
        return Finding(WELL, f"A worker is running ({occupied}).")


async def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding(MISSING, "No REDIS_URL: fine for one process.")
    heard = coordination(settings.redis_url)
    try:
        if await heard.is_well():
            return Finding(WELL, "Redis reachable.")
        return Finding(WRONG, "Redis cannot be reached: processes work on, more slowly.")
    finally:
        await heard.close()


def _media(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".written").touch()
        (folder / ".written").unlink()
    except OSError as problem:
        return Finding(WRONG, f"MEDIA_URL {folder} cannot be written: {problem.strerror}.")
    return Finding(WELL, f"Media lie in {folder}.")
