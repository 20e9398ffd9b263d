"""Setting the bot up on Telegram: its commands, its menu button, its webhook.

Source: https://core.telegram.org/bots/api#setmycommands, #setwebhook"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.catalogues import Catalogues
from bot.channels.telegram import Telegram
from bot.channels.telegram_http import Answer, Api
from bot.channels.telegram_parsing import UPDATES, text
from bot.channels.telegram_taking import PATH, secret_of
from bot.settings import Settings, is_loopback
from bot.speech import Phrase, say, spoken
from bot.telegram_account import TelegramBot

log = structlog.get_logger()

COMMANDS = (
    ("menu", say("telegram.menu", "Show what you can do")),
    ("back", say("telegram.back", "Go back one question")),
    ("skip", say("telegram.skip", "Leave this question out")),
    ("help", say("telegram.help", "Ask a person for help")),
    ("language", say("telegram.language", "Change the language")),
    ("stop", say("telegram.stop", "Get no more messages")),
    ("delete", say("telegram.delete", "Erase all about me")),
)
"""Command -> what it does. The names are English on every phone: Telegram takes no other letters,
and the English words work in every language."""

BUTTON = {"type": "commands"}
CONNECTIONS = 40
LEAST_PAUSE, MOST_PAUSE = 2.0, 300.0


class NotDone(Exception):
    """Telegram did not do what was asked: {why}."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.why)


class TokenRefused(Exception):
    """Telegram does not know this token."""


async def introduced(api: Api) -> Answer:
    """Who the bot is. Raises TokenRefused, NotDone."""
    answer = await api.call("getMe", {})
    if answer.code in (401, 404):
        raise TokenRefused
    if not answer.ok:
        raise NotDone(answer)
    return answer


async def asked(api: Api, method: str, **parameters: Any) -> Any:
    """What a call gives; None where the server knows no such method: not each that speaks the Bot
    API knows all of it. That the token is known must be certain. Raises NotDone."""
    answer = await api.call(method, parameters)
    if answer.ok:
        return answer.result
    if answer.code == 404:
        return None
    raise NotDone(answer)


async def set_up(channel: Telegram, stop: asyncio.Event) -> None:
    """Set the bot up, trying until it is done; nothing else waits for it."""
    house, api, pause = channel.house, channel.api, LEAST_PAUSE
    while not stop.is_set():
        try:
            channel.username = text(object_of((await introduced(api)).result), "username")
            await settle_webhook(api, house.settings)
            await offer_commands(api, house.catalogues, house.settings.languages)
            return
        except TokenRefused:
            log.error("telegram.token_refused")
            return
        except NotDone as problem:
            log.warning("telegram.not_set_up", code=problem.answer.code)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await stop.wait()
        pause = min(pause * 2, MOST_PAUSE)


async def offer_commands(api: Api, catalogues: Catalogues, languages: Sequence[str]) -> int:
    """Show our commands in each language, and in the first to everybody else; gives how many
    lists were not as they should be."""
    changed = 0
    shown = {code[:2]: code for code in reversed(languages) if len(code.partition("_")[0]) == 2}
    for short, language in (("", languages[0]), *shown.items()):
        where = {"language_code": short} if short else {}
        wanted = [
            {"command": name, "description": _described(does, catalogues, language)}
            for name, does in COMMANDS
        ]
        if await asked(api, "getMyCommands", **where) != wanted:
            await asked(api, "setMyCommands", commands=wanted, **where)
            changed += 1
    button = object_of(await asked(api, "getChatMenuButton"))
    if button.get("type") != BUTTON["type"]:
        await asked(api, "setChatMenuButton", menu_button=BUTTON)
        changed += 1
    return changed


def object_of(result: object) -> Mapping[str, Any]:
    """The object that was answered; an empty one where it was none."""
    return result if isinstance(result, dict) else {}


def _described(does: Phrase, catalogues: Catalogues, language: str) -> str:
    return spoken(does, catalogues.translate(language))[:256]


async def settle_webhook(api: Api, settings: Settings) -> None:
    """Have updates come to us where nobody else takes them; what another set up is left alone."""
    url = text(object_of(await asked(api, "getWebhookInfo")), "url")
    if settings.public_url:
        if not url:
            await set_webhook(api, settings)
        elif url != webhook_url(settings):
            log.error("telegram.webhook_elsewhere", host=urlsplit(url).hostname)
    elif is_ours(url, settings):
        await asked(api, "deleteWebhook")
    elif url:
        log.error("telegram.webhook_elsewhere", host=urlsplit(url).hostname)


async def set_webhook(api: Api, settings: Settings) -> None:
    """Have Telegram bring updates to our public address, or without one stop bringing them."""
    if not settings.public_url:
        await asked(api, "deleteWebhook")
        return
    account = settings.telegram or TelegramBot(api.token)
    await asked(
        api,
        "setWebhook",
        url=webhook_url(settings),
        secret_token=secret_of(account.token, account.secret),
        max_connections=CONNECTIONS,
        allowed_updates=list(UPDATES),
    )


def webhook_url(settings: Settings) -> str:
    return f"{settings.public_url}{PATH}"


def is_ours(url: str, settings: Settings) -> bool:
    """Whether a webhook leads to this very process, as one left by a trial does."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    near = is_loopback(host) or host == settings.host
    return bool(url) and near and parts.port == settings.port and parts.path == PATH
