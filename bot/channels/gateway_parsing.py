"""What SMS gateways bring us, by whichever names they have for it. Pure.

Aggregators and gateway applications agree on nothing but that somebody wrote something: fields
are found by their usual names, in a form or anywhere in JSON, and by those the settings give."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import phonenumbers

from bot.channels.cleaning import clean
from bot.channels.twilio_parsing import MOST_TEXT, STARTS, STOPS
from bot.gateway_accounts import Gateway
from bot.messages import Incoming, Kind, Receipt, State

USUAL: Mapping[str, tuple[str, ...]] = {
    "from": ("from", "sender", "msisdn", "phonenumber", "phone", "source", "mobile", "origin"),
    "text": ("text", "message", "content", "body", "msg", "sms"),
    "id": ("id", "messageid", "msgid", "smsid", "smsmessageid", "uuid", "reference", "ref"),
    "to": ("to", "recipient", "destination", "sentto", "shortcode"),
    "status": ("status", "state", "dlr", "deliverystatus", "messagestatus", "event"),
    "at": (
        "senttimestamp",
        "receivedat",
        "timestamp",
        "date",
        "time",
        "sentat",
        "receivedtimestamp",
    ),
}
"""Names in small letters, without what stands between words."""

OURS = (
    "clientid",
    "clientref",
    "clientmessageid",
    "externalid",
    "reference",
    "ref",
    "id",
    "messageid",
)
"""Where a delivery report gives our own id back."""

STATES: Mapping[str, State] = {
    "queued": "queued", "accepted": "queued", "acked": "queued", "buffered": "queued",
    "pending": "queued", "submitted": "queued", "processed": "queued", "4": "queued",
    "sent": "sent", "smssent": "sent", "8": "sent", "enroute": "sent", "transmitted": "sent",
    "delivered": "delivered", "smsdelivered": "delivered", "delivrd": "delivered",
    "success": "delivered", "1": "delivered", "received": "delivered",
    "failed": "failed", "smsfailed": "failed", "undelivered": "failed", "undeliv": "failed",
    "rejected": "failed", "rejectd": "failed", "expired": "failed", "deleted": "failed",
    "error": "failed", "2": "failed", "16": "failed",
}  # fmt: skip
"""Words of delivery reports (those of SMPP among them; figures are those of Kannel)."""

DEEPEST, MOST_FIELDS = 4, 300
LONG_NAME = 100
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

Fields = Mapping[str, str]


class Malformed(ValueError):
    """Neither a message nor what became of one."""


def fields_of(body: Any) -> dict[str, str]:
    """The fields of a form's pairs or of JSON, by their plain names; the outermost counts."""
    found: dict[str, str] = {}
    for name, value in _walked(body, 0):
        found.setdefault(_plain(name), value)
        if len(found) > MOST_FIELDS:
            raise Malformed("too many fields")
    return found


def _walked(body: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Breadth first, so that what stands further out comes first."""
    pairs = body.items() if isinstance(body, Mapping) else body if depth == 0 else ()
    if not isinstance(pairs, list | tuple) and not hasattr(pairs, "__iter__"):
        return
    inner = []
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            continue
        name, value = pair
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, str(value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            inner.append(value[0])
        elif isinstance(value, Mapping):
            inner.append(value)
    for one in inner if depth < DEEPEST else ():
        yield from _walked(one, depth + 1)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())[:60]


def read(gateway: Gateway, fields: Fields, token: str) -> Incoming | Receipt | None:
    """The message, or what became of one of ours; None where nobody wrote it whom we could answer.

    `token` names a delivery that has neither an id nor a time. Raises Malformed."""
    text = _of(gateway, fields, "text")
    sender = _of(gateway, fields, "from")
    said = _plain(_of(gateway, fields, "status") or "")
    # An application reports its own messages with their words: who wrote decides, where it says.
    if said in STATES and said != "received" and (text is None or not sender):
        return _receipt(gateway, fields, STATES[said])
    if text is None or not sender:
        raise Malformed("neither a message nor a report")
    urn = _urn(gateway, sender)
    if not urn or urn == _urn(gateway, gateway.number):
        return None
    words = clean(text[:MOST_TEXT])
    kind, words = _opted(words)
    return Incoming(
        channel="sms",
        external_id=_named(gateway, fields, sender, text, token),
        urns=(urn,),
        kind=kind,
        text=words,
        look="sms",
        line=gateway.line,
    )


def _of(gateway: Gateway, fields: Fields, what: str) -> str | None:
    own = gateway.incoming.get(what)  # type: ignore[call-overload]
    names = (_plain(own),) if own else USUAL[what]
    return next((fields[name] for name in names if name in fields), None)


def _urn(gateway: Gateway, sender: str) -> str:
    """tel:+504…; empty for a short code or a word, which no person writes from."""
    number = clean(sender).replace(" ", "")
    digits = number.lstrip("+")
    country = gateway.prefixes[0].removeprefix("+")[:3]
    for guess in (number, f"+{digits}" if digits.startswith(country[:2]) else number):
        try:
            parsed = phonenumbers.parse(guess, gateway.region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return f"tel:{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}"
    return ""


def _opted(words: str) -> tuple[Kind, str]:
    """What carriers everywhere take for STOP and START, as Twilio does."""
    if words.upper() in STOPS:
        return "stop", "STOP"
    return ("start", "START") if words.upper() in STARTS else ("text", words)


def _named(gateway: Gateway, fields: Fields, sender: str, text: str, token: str) -> str:
    """What makes a repeated delivery one message: the gateway's id, else who wrote what when."""
    given = _of(gateway, fields, "id")
    if given and given != "0":
        at = given if len(given) <= LONG_NAME else hashlib.sha256(given.encode()).hexdigest()
    elif when := _of(gateway, fields, "at"):
        at = hashlib.sha256("\0".join((sender, when, text)).encode()).hexdigest()
    else:
        at = token
    return f"{gateway.name}:{clean(at)}"


def _receipt(gateway: Gateway, fields: Fields, state: State) -> Receipt | None:
    theirs = _of(gateway, fields, "id") or ""
    ours = next((fields[n] for n in OURS if UUID.match(fields.get(n, "").lower())), "")
    if not theirs and not ours:
        raise Malformed("a report about nothing")
    return Receipt(
        channel="sms",
        external_id=f"{gateway.name}:{clean(theirs or ours)[:LONG_NAME]}",
        state=state,
        outbox_id=ours[:36].lower(),
    )
