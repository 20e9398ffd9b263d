"""What Twilio's forms mean to us: messages of WhatsApp and SMS, and what became of ours. Pure.

Fields come and go without notice, so that each is optional but who wrote and a name for what
they wrote; what is not known is passed over.
Source: https://www.twilio.com/docs/messaging/guides/webhook-request"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from bot.channels.cleaning import clean
from bot.messages import Attachment, Incoming, Kind, Receipt, State

MOST_FIELDS = 500
MOST_TEXT = 20_000
MOST_MEDIA = 10

NUMBER = re.compile(r"[+ ]?([1-9][0-9]{6,14})")
USER = re.compile(r"[A-Za-z]{2}\.(?:[A-Za-z]{3}\.)?[A-Za-z0-9]{1,128}")
"""A WhatsApp user without a number: the country, a dot, and what is theirs alone."""

NAME = re.compile(r"[\x21-\x7e]{1,100}")
URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")

STOPS = frozenset(
    {"STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
"""What Twilio itself takes for STOP on SMS, whatever we think of it."""

STARTS = frozenset({"START", "UNSTOP"})
OPTED: Mapping[str, Kind] = {"STOP": "stop", "START": "start", "HELP": "text"}
STATES: Mapping[str, State] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
UNSAID = frozenset({"reaction", "system", "request_welcome", "ephemeral"})
"""Kinds of message in which nobody said anything to us."""

Form = Mapping[str, str]
Pairs = list[tuple[str, str]]


class Malformed(ValueError):
    """A form that cannot be Twilio's: it does not say who wrote, or has no name."""


def pairs_of(body: bytes) -> Pairs:
    """The fields of a form in order, empty ones too. Raises Malformed."""
    try:
        return parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Malformed("no form") from None


def form_of(pairs: Pairs) -> dict[str, str]:
    """The fields by name; of one that is there twice the first counts."""
    return dict(reversed(pairs))


def read_message(form: Form, token: str = "") -> Incoming | None:
    """The message in a form; None where nobody said anything that we could answer.

    `token` names the delivery where the form does not. Raises Malformed."""
    name = _name(form, token)
    sender = form.get("From", "").strip()
    if not sender:
        raise Malformed("nobody wrote it")
    channel, urns = _addresses(sender, form.get("ExternalUserId", ""))
    if not urns or _is_ours(form):
        return None
    incoming = Incoming(
        channel=channel,
        external_id=name,
        urns=urns,
        look=channel,
        message=name,
        line=_line(form.get("To", "")),
    )
    said = _said(form)
    if said is None:
        return None
    return _opted(replace(incoming, **said), form)


def _name(form: Form, token: str) -> str:
    for name in (form.get("MessageSid"), form.get("SmsSid"), form.get("SmsMessageSid"), token):
        if name and NAME.fullmatch(name):
            return name
    raise Malformed("it has no name")


def _addresses(sender: str, account: str) -> tuple[str, tuple[str, ...]]:
    """The channel, and the addresses somebody wrote from, best first.

    Where they have a number it says who they are; what names the account stands behind it, and
    alone where they have none."""
    scheme, colon, path = sender.partition(":")
    if not colon:
        number = NUMBER.fullmatch(sender)
        return "sms", (f"tel:+{number[1]}",) if number else ()
    if scheme.lower() != "whatsapp":
        return scheme, ()
    known = (_whatsapp(path), _whatsapp(account.strip().partition(":")[2] or account.strip()))
    return "whatsapp", tuple(dict.fromkeys(urn for urn in known if urn)) if known[0] else ()


def _whatsapp(path: str) -> str:
    number = NUMBER.fullmatch(path)
    if number:
        return f"whatsapp:+{number[1]}"
    if USER.fullmatch(path):
        country, _, rest = path.partition(".")
        return f"whatsapp:{country.upper()}.{rest}"
    return ""


def _is_ours(form: Form) -> bool:
    return bool(form.get("To")) and form.get("To") == form.get("From")


def _line(to: str) -> str:
    """Our number or sender as it is given when sending; empty where it is none."""
    line = to.strip().replace(" ", "+", 1) if to.startswith(" ") else to.strip()
    return line if re.fullmatch(r"(whatsapp:)?\+?[A-Za-z0-9.]{2,40}", line) else ""


def _said(form: Form) -> dict[str, Any] | None:
    """What was said: a tap, a place, media, words. The label of what was tapped goes before the
    words that came with it; SMS has no buttons, whatever a field is called."""
    text = _text(form, "Body")
    payload = label = ""
    if form.get("From", "").strip().lower().startswith("whatsapp:"):
        payload = _text(form, "ButtonPayload") or _text(form, "ListId")
        label = _text(form, "ButtonText") or _text(form, "ListTitle")
    if payload and len(payload.encode()) <= 256:
        return _kind("tap", tap=payload, text=label or text)
    pin = _pin(form)
    if pin:
        return _kind("pin", pin=pin)
    kind = clean(form.get("MessageType", "")).lower()
    if kind in UNSAID:
        return None
    media = _media(form)
    if media:
        return _kind("media", text=text, attachments=media)
    text = label or text
    if text or kind in ("", "text"):
        return _kind("text", text=text)
    return _kind("media", attachments=(Attachment(re.sub(r"[^a-z_]", "", kind)[:20] or "other"),))


def _kind(kind: Kind, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def _text(form: Form, name: str) -> str:
    return clean(form.get(name, "")[:MOST_TEXT])


def _pin(form: Form) -> tuple[float, float] | None:
    try:
        lat, lon = float(form.get("Latitude") or "x"), float(form.get("Longitude") or "x")
    except ValueError:
        return None
    right = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    return (lat, lon) if right else None


def _media(form: Form) -> tuple[Attachment, ...]:
    """What came with a message; `ref` where it is to be fetched, empty where we do not take it. A
    file without a type is of the message's."""
    said = clean(form.get("MessageType", "")).lower()
    count = form.get("NumMedia", "").strip()
    most = int(count) if re.fullmatch(r"[0-9]{1,3}", count) else MOST_MEDIA
    found = []
    for index in range(min(most, MOST_MEDIA)):
        url = form.get(f"MediaUrl{index}", "").strip()
        type = form.get(f"MediaContentType{index}", "").partition(";")[0].strip().lower()
        if url or type:
            found.append(_attachment(url, type, said))
    return tuple(found)


def _attachment(url: str, type: str, said: str) -> Attachment:
    known = type if re.fullmatch(r"[a-z0-9.+-]{1,30}/[a-z0-9.+-]{1,60}", type) else ""
    family = known.partition("/")[0] or said
    kind = {"image": "photo", "audio": "voice", "video": "video"}.get(family, "document")
    if known in ("text/vcard", "text/x-vcard", "text/directory"):
        kind = "contact"
    if said == "sticker":  # a nod or a laugh, and no photo of what they make
        kind = said
    takes = kind in ("photo", "voice") and URL.fullmatch(url)
    return Attachment(kind, ref=url if takes else "", type=known[:60])


def _opted(incoming: Incoming, form: Form) -> Incoming:
    """STOP, START and HELP where Twilio itself heard them. Its answer to STOP and HELP is enough,
    and after STOP it lets nothing through; who came back by START is to be asked something."""
    opted = clean(form.get("OptOutType", "")).upper()
    word = incoming.text.upper()
    if opted in OPTED:
        return replace(incoming, kind=OPTED[opted], text=opted, answered=opted != "START")
    if incoming.channel != "sms" or incoming.kind != "text":
        return incoming
    if word in STOPS:
        return replace(incoming, kind="stop", text="STOP", answered=True)
    return replace(incoming, kind="start", text="START") if word in STARTS else incoming


def is_status(form: Form) -> bool:
    """Whether a form says what became of a message of ours, and is none of somebody's: where
    words came with a status nobody knows, they are not to be lost."""
    said = (form.get("MessageStatus") or form.get("SmsStatus") or "").strip().lower()
    if said in ("", "received", "receiving"):
        return False
    return said in STATES or "Body" not in form


def read_status(form: Form, query: Form) -> Receipt | None:
    """What became of a message of ours; None for a status that says nothing to us.

    `query` is that of the callback's address, which we gave with the message. Raises Malformed."""
    name = form.get("MessageSid") or form.get("SmsSid") or ""
    if not NAME.fullmatch(name):
        raise Malformed("it has no name")
    said = (form.get("MessageStatus") or form.get("SmsStatus") or "").strip().lower()
    state = STATES.get(said)
    if state is None:
        return None
    both = form.get("From", "") + form.get("To", "") + form.get("ChannelPrefix", "")
    error = re.sub(r"[^0-9]", "", form.get("ErrorCode", ""))[:6]
    return Receipt(
        channel="whatsapp" if "whatsapp" in both else "sms",
        external_id=name,
        state=state,
        outbox_id=query.get("o", "")[:40],
        error=error if state == "failed" else "",
    )
