"""What the environment says of Telegram: the bot, its webhook's secret, where its server is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

API = "https://api.telegram.org"
TOKEN = re.compile(r"[0-9]{1,16}:[A-Za-z0-9_-]{3,100}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

Read = Callable[[str, str, Callable[[str], Any]], Any]


@dataclass(frozen=True)
class TelegramBot:
    """`token` is BotFather's; `secret` "" where it is to be derived from the token; `api` without
    a slash at its end."""

    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    api: str = API


def read_bot(read: Read) -> TelegramBot | None:
    """The bot, None where none is configured. `read` collects what is wrong."""
    token = read("TELEGRAM_TOKEN", "", _token)
    secret = read("TELEGRAM_WEBHOOK_SECRET", "", _secret)
    api = read("TELEGRAM_API_URL", API, _server)
    return TelegramBot(token, secret, api) if token else None


def _token(value: str) -> str:
    if value and not TOKEN.fullmatch(value):
        raise ValueError(
            "is no token of a bot: set it to what BotFather gave you, such as 123456789:AA…"
        )
    return value


def _secret(value: str) -> str:
    if value and not SECRET.fullmatch(value):
        raise ValueError(
            "has characters that Telegram does not take: set it to 1 to 256 letters, digits, "
            "_ or -, or unset it and one is derived from the token"
        )
    return value


def _server(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or "@" in value:
        raise ValueError(f"is no address of a Bot API server: set it to such as {API}, or unset it")
    return value.rstrip("/")
