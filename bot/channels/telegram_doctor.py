"""What `artisan doctor` says of Telegram, with the next step in plain words.

Source: https://core.telegram.org/bots/api#getwebhookinfo"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.telegram_http import Answer, Api
from bot.channels.telegram_parsing import UPDATES, text, whole
from bot.channels.telegram_setup import (
    NotDone,
    TokenRefused,
    asked,
    introduced,
    is_ours,
    object_of,
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

Info = Mapping[str, Any]
"""What getWebhookInfo answers."""


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
        try:
            me = await introduced(api)
            yield _known(me)
            for finding in _clock(me.date, now or datetime.now(UTC)):
                yield finding
            if set_webhooks:
                await set_webhook(api, house.settings)
                await offer_commands(api, house.catalogues, house.settings.languages)
            async for finding in _taking(api, house.settings):
                yield finding
        except TokenRefused:
            yield Finding(
                WRONG,
                "Telegram does not know TELEGRAM_TOKEN: write /mybots to @BotFather, pick the bot, "
                "API Token, and set TELEGRAM_TOKEN to what it shows.",
            )
        except NotDone as problem:
            yield _unreachable(account, problem.answer)


def _known(me: Answer) -> Finding:
    username = text(object_of(me.result), "username")
    return Finding(WELL, f"Telegram knows the bot: https://t.me/{username}.")


def _unreachable(account: TelegramBot, answer: Answer) -> Finding:
    host = urlsplit(account.api).hostname
    step = "is the way out to the internet open?" if account.api == API else "see TELEGRAM_API_URL."
    return Finding(WRONG, f"Telegram ({host}) does not answer ({answer.why}): {step}")


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


async def _taking(api: Api, settings: Settings) -> AsyncIterator[Finding]:
    """How messages come to us."""
    info = object_of(await asked(api, "getWebhookInfo"))
    if not info:
        yield Finding(MISSING, "The server at TELEGRAM_API_URL cannot say where messages go.")
        return
    if not settings.public_url:
        yield _asked_for(info, settings)
        return
    yield _public(info, settings)
    if text(info, "url") == webhook_url(settings):
        for finding in _brought(info):
            yield finding


def _asked_for(info: Info, settings: Settings) -> Finding:
    url = text(info, "url")
    if not url:
        return Finding(WELL, "Telegram's messages are asked for, as there is no PUBLIC_URL.")
    if is_ours(url, settings):
        return Finding(MISSING, "A webhook of this machine is left; the next start removes it.")
    host = urlsplit(url).hostname
    return Finding(
        WRONG,
        f"Telegram brings this bot's messages to {host}: if they are to come here and there is no "
        f"PUBLIC_URL, {SET}; it removes that webhook.",
    )


def _public(info: Info, settings: Settings) -> Finding:
    url = text(info, "url")
    parts = urlsplit(settings.public_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    theirs = settings.telegram is not None and settings.telegram.api == API
    if theirs and (parts.scheme != "https" or port not in PORTS):
        return Finding(
            WRONG,
            f"Telegram brings messages by https to ports 443, 80, 88 and 8443 only: "
            f"{settings.public_url} is none of these.",
        )
    if url == webhook_url(settings):
        return Finding(WELL, f"Telegram brings messages to {url}.")
    if not url:
        return Finding(MISSING, f"No webhook is set: the next start sets it, or {SET}.")
    host = urlsplit(url).hostname
    return Finding(WRONG, f"Telegram brings this bot's messages to {host}, not here: {SET}.")


def _brought(info: Info) -> tuple[Finding, ...]:
    """What is wrong with a webhook that leads to us."""
    found = []
    missing = sorted(set(UPDATES) - set(info.get("allowed_updates") or UPDATES))
    if missing:
        found.append(Finding(WRONG, f"The webhook leaves out {', '.join(missing)}: {SET}."))
    failed = whole(info, "last_error_date")
    if failed is not None and datetime.now(UTC).timestamp() - failed < LATELY.total_seconds():
        at = datetime.fromtimestamp(failed, UTC)
        waits = whole(info, "pending_update_count") or 0
        found.append(
            Finding(
                WRONG,
                f"Telegram could not bring a message at {at:%H:%M} UTC "
                f"({text(info, 'last_error_message')}), {waits} wait: does "
                f"{text(info, 'url')} lead to this machine, with a certificate that is valid?",
            )
        )
    return tuple(found)
