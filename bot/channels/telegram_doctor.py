"""What `artisan doctor` says of Telegram, with the next step in plain words.

Source: https://core.telegram.org/bots/api#getwebhookinfo"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram_http import Api
from bot.channels.telegram_parsing import UPDATES
from bot.channels.telegram_setup import (
    Through,
    bot_of,
    if_known,
    is_ours,
    offer_commands,
    set_webhook,
    webhook_url,
)
from bot.findings import MISSING, WELL, WRONG, Finding
from bot.house import House
from bot.settings import Settings
from bot.telegram_account import API, TelegramBot

PORTS = frozenset({443, 80, 88, 8443})
"""Where Telegram brings updates to, and no other port."""

OFF = timedelta(seconds=30)
LATELY = timedelta(hours=1)
SET = "run artisan doctor --set-webhooks"


async def findings(
    house: House, set_webhooks: bool, now: datetime | None = None
) -> AsyncIterator[Finding]:
    """What is well, missing and wrong; with `set_webhooks` the webhook is set or removed, and the
    commands are offered, before looking."""
    account = house.settings.telegram
    if account is None:
        yield Finding(
            MISSING,
            "No TELEGRAM_TOKEN: to be on Telegram, write /newbot to @BotFather there and set "
            "TELEGRAM_TOKEN to the token it answers with.",
        )
        return
    async with Api(account.token, account.api) as api:
        through = Through(api)
        bot = bot_of(api, through)
        try:
            me = await bot.get_me()
            yield _known(me)
            for finding in _clock(through.date, now or datetime.now(UTC)):
                yield finding
            if set_webhooks:
                await set_webhook(bot, house.settings)
                await offer_commands(bot, house.catalogues, house.settings.languages)
            async for finding in _taking(bot, house.settings):
                yield finding
        except InvalidToken:
            yield Finding(
                WRONG,
                "Telegram does not know TELEGRAM_TOKEN: write /mybots to @BotFather, pick the bot, "
                "API Token, and set TELEGRAM_TOKEN to what it shows.",
            )
        except TelegramError as problem:
            yield _unreachable(account, problem)


def _known(me: User) -> Finding:
    return Finding(WELL, f"Telegram knows the bot: https://t.me/{me.username}.")


def _unreachable(account: TelegramBot, problem: TelegramError) -> Finding:
    host = urlsplit(account.api).hostname
    step = "is the way out to the internet open?" if account.api == API else "see TELEGRAM_API_URL."
    return Finding(WRONG, f"Telegram ({host}) does not answer ({type(problem).__name__}): {step}")


def _clock(theirs: str, ours: datetime) -> tuple[Finding, ...]:
    """How far our clock is from Telegram's: promises, hours and links go by it."""
    try:
        off = abs(parsedate_to_datetime(theirs) - ours)
    except ValueError:
        return ()
    if off <= OFF:
        return (Finding(WELL, "The clock agrees with Telegram's."),)
    seconds = int(off.total_seconds())
    step = "have the system set it (timedatectl set-ntp true)."
    return (Finding(WRONG, f"This machine's clock is {seconds} seconds off: {step}"),)


async def _taking(bot: Bot, settings: Settings) -> AsyncIterator[Finding]:
    """How messages come to us."""
    info = await if_known(bot.get_webhook_info())
    if info is None:
        yield Finding(MISSING, "The server at TELEGRAM_API_URL cannot say where messages go.")
        return
    if not settings.public_url:
        yield _asked_for(info, settings)
        return
    yield _public(info, settings)
    if info.url == webhook_url(settings):
        for finding in _brought(info):
            yield finding


def _asked_for(info: WebhookInfo, settings: Settings) -> Finding:
    if not info.url:
        return Finding(WELL, "Telegram's messages are asked for, as there is no PUBLIC_URL.")
    if is_ours(info.url, settings):
        return Finding(MISSING, "A webhook of this machine is left; the next start removes it.")
    host = urlsplit(info.url).hostname
    return Finding(
        WRONG,
        f"Telegram brings this bot's messages to {host}: if they are to come here and there is no "
        f"PUBLIC_URL, {SET}; it removes that webhook.",
    )


def _public(info: WebhookInfo, settings: Settings) -> Finding:
    parts = urlsplit(settings.public_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    theirs = settings.telegram is not None and settings.telegram.api == API
    if theirs and (parts.scheme != "https" or port not in PORTS):
        return Finding(
            WRONG,
            f"Telegram brings messages by https to ports 443, 80, 88 and 8443 only: "
            f"{settings.public_url} is none of these.",
        )
    if info.url == webhook_url(settings):
        return Finding(WELL, f"Telegram brings messages to {info.url}.")
    if not info.url:
        return Finding(MISSING, f"No webhook is set: the next start sets it, or {SET}.")
    host = urlsplit(info.url).hostname
    return Finding(WRONG, f"Telegram brings this bot's messages to {host}, not here: {SET}.")


def _brought(info: WebhookInfo) -> tuple[Finding, ...]:
    """What is wrong with a webhook that leads to us."""
    found = []
    missing = sorted(set(UPDATES) - set(info.allowed_updates or UPDATES))
    if missing:
        found.append(Finding(WRONG, f"The webhook leaves out {', '.join(missing)}: {SET}."))
    failed = info.last_error_date
    if failed is not None and datetime.now(UTC) - failed < LATELY:
        found.append(
            Finding(
                WRONG,
                f"Telegram could not bring a message at {failed:%H:%M} UTC "
                f"({info.last_error_message}), {info.pending_update_count} wait: does "
                f"{info.url} lead to this machine, with a certificate that is valid?",
            )
        )
    return tuple(found)
