"""What the environment says of Twilio: the account, its senders, and where its servers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.template_file import Named, read_file

API = "https://api.twilio.com"
CONTENT = "https://content.twilio.com"
MESSAGING = "https://messaging.twilio.com"

SID = re.compile(r"AC[0-9A-Za-z]{8,62}")
SERVICE = re.compile(r"MG[0-9A-Za-z]{8,62}")
NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
SMS_SENDER = re.compile(r"\+[1-9][0-9]{4,14}|[0-9]{3,8}|[A-Za-z0-9 ]{2,11}")

Read = Callable[[str, str, Callable[[str], Any]], Any]


@dataclass(frozen=True)
class Account:
    """`tokens`: the auth token, and while it is being changed the one that is to come or was.

    `whatsapp` and `sms` are senders of ours ("whatsapp:+1…", "+1…"), `service` the Messaging
    Service that chooses one for SMS; "" where there is none. `templates`: those named by hand."""

    sid: str
    tokens: tuple[str, ...] = field(repr=False)
    whatsapp: str
    sms: str
    service: str
    api: str = API
    content: str = CONTENT
    messaging: str = MESSAGING
    templates: tuple[Named, ...] = ()

    @property
    def has_sms(self) -> bool:
        """Whether an SMS can be sent to somebody who never wrote one."""
        return bool(self.sms or self.service)


def read_account(read: Read, public_url: str | None) -> Account | None:
    """The account, None where none is configured. `read` collects what is wrong."""
    sid = read("TWILIO_ACCOUNT_SID", "", _sid)
    tokens = read("TWILIO_AUTH_TOKEN", "", _tokens)
    whatsapp = read("TWILIO_WHATSAPP_FROM", "", _whatsapp)
    sms = read("TWILIO_SMS_FROM", "", _sms)
    service = read("TWILIO_MESSAGING_SERVICE_SID", "", _service)
    api = read("TWILIO_API_URL", API, _server)
    content = read("TWILIO_CONTENT_URL", CONTENT, _server)
    messaging = read("TWILIO_MESSAGING_URL", MESSAGING, _server)
    templates = read("TWILIO_TEMPLATES", "", read_file)
    if not any((sid, tokens, whatsapp, sms, service)):
        return None
    read("TWILIO_ACCOUNT_SID", "", _needed("the account's SID of Twilio's console, AC…"))
    read("TWILIO_AUTH_TOKEN", "", _needed("the account's auth token of Twilio's console"))
    if not (whatsapp or sms or service):
        read("TWILIO_WHATSAPP_FROM", "", _needed(
            "a WhatsApp sender such as whatsapp:+14155238886, or set TWILIO_SMS_FROM or "
            "TWILIO_MESSAGING_SERVICE_SID"
        ))  # fmt: skip
    if public_url == "":
        read("PUBLIC_URL", "", _needed(
            "the address the world reaches us by, https://…: Twilio delivers to it and signs it"
        ))  # fmt: skip
    return Account(sid, tokens, whatsapp, sms, service, api, content, messaging, templates)


def _needed(what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value:
            raise ValueError(f"is not set: set it to {what}")
        return value

    return check


def _sid(value: str) -> str:
    if value and not SID.fullmatch(value):
        raise ValueError("is no account SID: copy the one that begins with AC from the console")
    return value


def _tokens(value: str) -> tuple[str, ...]:
    """One token, or two by a comma while it is being changed."""
    tokens = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if len(tokens) > 2 or not value.isascii() or not value.isprintable():
        raise ValueError("is no auth token: set it to one, or while it changes to two by a comma")
    return tokens


def _whatsapp(value: str) -> str:
    number = value.removeprefix("whatsapp:").replace(" ", "").replace("-", "")
    if value and not NUMBER.fullmatch(number):
        raise ValueError("is no WhatsApp sender: set it to whatsapp:+ and the number")
    return f"whatsapp:{number}" if value else ""


def _sms(value: str) -> str:
    if value and not SMS_SENDER.fullmatch(value):
        raise ValueError(
            "is no sender of SMS: set it to a number such as +14155550123 or a short code"
        )
    return value


def _service(value: str) -> str:
    if value and not SERVICE.fullmatch(value):
        raise ValueError("is no Messaging Service: copy its SID, which begins with MG")
    return value


def _server(value: str) -> str:
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise ValueError("is no address of a server: set it to https://…, or leave it out")
    return value.rstrip("/")
