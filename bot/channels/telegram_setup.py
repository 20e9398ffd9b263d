"""Setting the bot up on Telegram: its commands, its menu button, its webhook.

Here python-telegram-bot's `Bot` makes the calls, over our own connections. It knows every field;
messages do not go by it, because it raises over answers that lack one.
Source: https://core.telegram.org/bots/api#setmycommands, #setwebhook"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import structlog
from telegram import Bot, BotCommand, MenuButtonCommands
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.catalogues import Catalogues
from bot.channels.telegram import Telegram
from bot.channels.telegram_http import TOTAL, Api
from bot.channels.telegram_parsing import UPDATES
from bot.channels.telegram_taking import PATH, secret_of
from bot.settings import Settings, is_loopback
from bot.speech import Phrase, say, spoken
from bot.telegram_account import TelegramBot

log = structlog.get_logger()

Known = TypeVar("Known")

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

CONNECTIONS = 40
LEAST_PAUSE, MOST_PAUSE = 2.0, 300.0


class Through(BaseRequest):
    """The library's calls, made by our own connections."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.date = ""
        """What the far side's clock said with its last answer."""

    @property
    def read_timeout(self) -> float:
        return TOTAL

    async def initialize(self) -> None:
        self.api.session()

    async def shutdown(self) -> None:
        """The connections are closed by whoever opened them."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        data = request_data.json_parameters if request_data else {}
        timeout = aiohttp.ClientTimeout(total=TOTAL)
        try:
            async with self.api.session().post(
                url, data=data, timeout=timeout, allow_redirects=False
            ) as response:
                self.date = response.headers.get("Date", "")
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            raise NetworkError(type(problem).__name__) from None


def bot_of(api: Api, through: Through | None = None) -> Bot:
    """The library's bot, on our connections."""
    return Bot(
        api.token,
        base_url=f"{api.address}/bot",
        base_file_url=f"{api.address}/file/bot",
        request=through or Through(api),
        get_updates_request=Through(api),
    )


async def if_known(asked: Awaitable[Known]) -> Known | None:
    """What was answered; None where the server knows no such method: not each that speaks the Bot
    API knows all of it. That the token is known must be certain."""
    try:
        return await asked
    except InvalidToken:  # so the library calls every 404
        return None


async def set_up(channel: Telegram, stop: asyncio.Event) -> None:
    """Set the bot up, trying until it is done; nothing else waits for it."""
    house, pause = channel.house, LEAST_PAUSE
    bot = bot_of(channel.api)
    while not stop.is_set():
        try:
            channel.username = (await bot.get_me()).username or ""
            await settle_webhook(bot, house.settings)
            await offer_commands(bot, house.catalogues, house.settings.languages)
            return
        except InvalidToken:
            log.error("telegram.token_refused")
            return
        except TelegramError as problem:
            log.warning("telegram.not_set_up", problem=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await stop.wait()
        pause = min(pause * 2, MOST_PAUSE)


async def offer_commands(bot: Bot, catalogues: Catalogues, languages: Sequence[str]) -> int:
    """Show our commands in each language, and in the first to everybody else; gives how many
    lists were not as they should be."""
    changed = 0
    shown = {code[:2]: code for code in reversed(languages) if len(code.partition("_")[0]) == 2}
    for short, language in (("", languages[0]), *shown.items()):
        wanted = tuple(
            BotCommand(name, _described(does, catalogues, language)) for name, does in COMMANDS
        )
        if await if_known(bot.get_my_commands(language_code=short or None)) != wanted:
            await if_known(bot.set_my_commands(wanted, language_code=short or None))
            changed += 1
    button = await if_known(bot.get_chat_menu_button())
    if button is None or button.type != MenuButtonCommands().type:
        await if_known(bot.set_chat_menu_button(menu_button=MenuButtonCommands()))
        changed += 1
    return changed


def _described(does: Phrase, catalogues: Catalogues, language: str) -> str:
    return spoken(does, catalogues.translate(language))[:256]


async def settle_webhook(bot: Bot, settings: Settings) -> None:
    """Have updates come to us where nobody else takes them; what another set up is left alone."""
    info = await if_known(bot.get_webhook_info())
    url = info.url if info else ""
    if settings.public_url:
        if not url:
            await set_webhook(bot, settings)
        elif url != webhook_url(settings):
            log.error("telegram.webhook_elsewhere", host=urlsplit(url).hostname)
    elif is_ours(url, settings):
        await bot.delete_webhook()
    elif url:
        log.error("telegram.webhook_elsewhere", host=urlsplit(url).hostname)


async def set_webhook(bot: Bot, settings: Settings) -> None:
    """Have Telegram bring updates to our public address, or without one stop bringing them."""
    if not settings.public_url:
        await bot.delete_webhook()
        return
    account = settings.telegram or TelegramBot(bot.token)
    await bot.set_webhook(
        webhook_url(settings),
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
