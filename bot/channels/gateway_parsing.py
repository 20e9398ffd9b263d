"""What SMS gateways bring us, by whichever names they have for it. Pure.

Aggregators and gateway applications agree on nothing but that somebody wrote something: fields
are found by their usual names, in a form or anywhere in JSON, and by those the settings give. What
several people wrote may come at once, as a list."""

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
    "from": (
        "from",
        "sender",
        "msisdn",
        "phonenumber",
        "phone",
        "source",
        "mobile",
        "origin",
        "originator",
        "fromnumber",
    ),
    "text": ("text", "message", "content", "body", "msg", "sms"),
    "id": (
        "id",
        "messageid",
        "msgid",
        "smsid",
        "smsmessageid",
        "uuid",
        "messageuuid",
        "umid",
        "reference",
        "ref",
    ),
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

RANK = {name: at for names in USUAL.values() for at, name in enumerate(names)}
"""Of what stands equally far out the usual name counts that comes first."""

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
"""Where a delivery report gives our own id back, made shorter; whole it is known anywhere."""

STATES: Mapping[str, State] = {
    "queued": "queued", "accepted": "queued", "acked": "queued", "buffered": "queued",
    "pending": "queued", "submitted": "queued", "processed": "queued", "4": "queued",
    "scheduled": "queued", "acceptd": "queued",
    "sent": "sent", "smssent": "sent", "8": "sent", "enroute": "sent", "transmitted": "sent",
    "delivered": "delivered", "smsdelivered": "delivered", "delivrd": "delivered",
    "success": "delivered", "1": "delivered", "received": "delivered",
    "failed": "failed", "smsfailed": "failed", "undelivered": "failed", "undeliv": "failed",
    "rejected": "failed", "rejectd": "failed", "expired": "failed", "deleted": "failed",
    "error": "failed", "2": "failed", "16": "failed", "undeliverable": "failed",
    "notdelivered": "failed", "deliveryfailed": "failed", "absentsubscriber": "failed",
    "failure": "failed", "canceled": "failed", "cancelled": "failed",
}  # fmt: skip
"""Words of delivery reports (those of SMPP among them; figures are those of Kannel)."""

DEEPEST, MOST_FIELDS, MOST_AT_ONCE = 4, 300, 500
LONG_NAME = 100
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
PART = re.compile(UUID.pattern + r"\.[0-9]{1,3}")
"""What we call a part of a message when we hand it over."""

STATUS_NAMES = ("groupname", "name", "status", "state", "code")
"""What a status is called that is an object of its own."""

Fields = Mapping[str, str]


class Malformed(ValueError):
    """Neither a message nor what became of one."""


def each_of(body: Any) -> list[dict[str, str]]:
    """The fields of each message or report in what was brought: of each row of a list, with what
    stands around the list; of all of it where there is none. Raises Malformed."""
    rows = list(_rows(body, 0))
    if len(rows) > MOST_AT_ONCE:
        raise Malformed("too many at once")
    return [fields_of(row) for row in rows] or [fields_of(body)]


def _rows(body: Any, depth: int) -> Iterator[Any]:
    """The body as often as its outermost list has rows, each time with one of them alone."""
    if isinstance(body, list):
        yield from (row for row in body if isinstance(row, Mapping))
    if not isinstance(body, Mapping) or depth > DEEPEST:
        return
    for name, value in body.items():
        if isinstance(value, list) and any(isinstance(row, Mapping) for row in value):
            yield from ({**body, name: row} for row in _rows(value, depth))
            return
    for name, value in body.items():
        within = list(_rows(value, depth + 1)) if isinstance(value, Mapping) else []
        if within:
            yield from ({**body, name: one} for one in within)
            return


def fields_of(body: Any) -> dict[str, str]:
    """The fields of a form's pairs or of JSON, by their plain names; the outermost counts, and
    comes first."""
    found: dict[str, str] = {}
    level = [body]
    for _ in range(DEEPEST + 1):
        pairs = [pair for one in level for pair in _pairs(one)]
        for name, value in sorted(pairs, key=lambda pair: RANK.get(_plain(pair[0]), len(RANK))):
            if told := _told(name, value):
                found.setdefault(*told)
        if len(found) > MOST_FIELDS:
            raise Malformed("too many fields")
        level = [inner for name, value in pairs if (inner := _inner(name, value)) is not None]
    return found


def _pairs(one: Any) -> list[tuple[str, Any]]:
    pairs = one.items() if isinstance(one, Mapping) else one if isinstance(one, list) else ()
    named = (pair for pair in pairs if isinstance(pair, tuple) and len(pair) == 2)
    return [(name, value) for name, value in named if isinstance(name, str)]


def _told(name: str, value: Any) -> tuple[str, str] | None:
    """A field and what it holds; of a status that has several names, its group's or first."""
    if isinstance(value, Mapping) and _plain(name) in USUAL["status"]:
        words = {_plain(one): told for one, told in value.items() if isinstance(one, str)}
        value = next((words[one] for one in STATUS_NAMES if one in words), None)
    if isinstance(value, str):
        return _plain(name), _mended(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return (_plain(name), str(value)) if is_number else None


def _mended(text: str) -> str:
    """A text that was written in the Latin alphabet of old, as some gateways still do, and that a
    form therefore could not be read as."""
    if text.isprintable():
        return text
    try:
        written = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text
    try:
        return written.decode()
    except UnicodeDecodeError:
        return written.decode("latin-1")


def _inner(name: str, value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, list) and value:
        value = value[0]
    is_status = _plain(name) in USUAL["status"]
    return value if isinstance(value, Mapping) and not is_status else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())[:60]


def read(gateway: Gateway, fields: Fields, token: str) -> Incoming | Receipt | None:
    """The message, or what became of one of ours; None where nobody wrote it whom we could answer,
    or where it tells of something that means nothing to us.

    `token` names a delivery that has neither an id nor a time. Raises Malformed."""
    text = _of(gateway, fields, "text")
    sender = _of(gateway, fields, "from")
    event = _of(gateway, fields, "status")
    said = _plain(event or "")
    urn = _urn(gateway, sender) if sender else ""
    is_ours = not urn or urn == _urn(gateway, gateway.number)
    # An application reports its own messages with their words: who wrote decides, where it says.
    if said in STATES and said != "received" and (text is None or is_ours):
        return _receipt(gateway, fields, STATES[said])
    if event and text is None:
        return None
    if text is None or not sender:
        raise Malformed("neither a message nor a report")
    if is_ours:
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
    return next((told for name, told in fields.items() if name in names), None)


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
        at = given if len(given) <= LONG_NAME else _hashed(given)
    elif when := _of(gateway, fields, "at"):
        at = _hashed(sender, when, text)
    else:
        at = _hashed(token, sender, text)
    return f"{gateway.name}:{clean(at)}"


def _hashed(*names: str) -> str:
    """A name made of several; a far side may have put halves of characters into them."""
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()


def _receipt(gateway: Gateway, fields: Fields, state: State) -> Receipt | None:
    theirs = _of(gateway, fields, "id") or ""
    whole = next((told for told in fields.values() if PART.fullmatch(told.lower())), "")
    ours = whole or next((fields[n] for n in OURS if UUID.match(fields.get(n, "").lower())), "")
    if not theirs and not ours:
        raise Malformed("a report about nothing")
    return Receipt(
        channel="sms",
        external_id=f"{gateway.name}:{clean(theirs or ours)[:LONG_NAME]}",
        state=state,
        outbox_id=ours[:36].lower(),
    )
