"""What Twilio's error codes ask of us: a table, and nothing else decides.

Source: https://www.twilio.com/docs/api/errors"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from bot.messages import Gone, NeedsTemplate, Rejected, Result, RetryAt, Uncertain


class Kind(Enum):
    """What an error means for the message and for the address."""

    RETRY = "retry"
    """Certainly not taken; later it may be."""
    ONCE = "once"
    """It did not arrive, for a reason that may pass: once more, not again."""
    AMBIGUOUS = "ambiguous"
    """It may have been taken; never again blindly."""
    STOPPED = "stopped"
    """They said STOP or blocked us: nothing goes there until they write."""
    ADDRESS = "address"
    """Nobody can be reached there; another channel may."""
    TEMPLATE = "template"
    """The window is closed, or a template is not to be had: it waits for their next word."""
    OURS = "ours"
    """We asked for something that is not allowed: to be mended here."""
    ACCOUNT = "account"
    """Nothing goes by this account or sender until its owner does something."""
    REFUSED = "refused"
    """This message is refused, and the operator should know why."""


@dataclass(frozen=True)
class Meaning:
    """`after`: when to try again; `alert`: the operator is told, in these words."""

    kind: Kind
    why: str
    after: timedelta = timedelta(0)
    alert: str = ""


SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


def _account(why: str, alert: str) -> Meaning:
    return Meaning(Kind.ACCOUNT, why, QUARTER, alert)


def _refused(why: str, alert: str) -> Meaning:
    return Meaning(Kind.REFUSED, why, alert=alert)


def _ours(why: str) -> Meaning:
    return Meaning(Kind.OURS, why, alert="A message was built as Twilio does not take it")


MEANINGS: Mapping[int, Meaning] = {
    14107: _refused("loop", "Two machines are answering each other: a number was written to 15 "
                    "times in a row, each within 30 seconds"),
    20003: _account("credentials", "Twilio does not accept TWILIO_ACCOUNT_SID and "
                    "TWILIO_AUTH_TOKEN: set them to those in the console"),
    20404: _account("no such account", "Twilio knows no such account or service: check "
                    "TWILIO_ACCOUNT_SID and TWILIO_MESSAGING_SERVICE_SID"),
    20429: Meaning(Kind.RETRY, "too many requests", SECOND * 2),
    20500: Meaning(Kind.AMBIGUOUS, "Twilio failed"),
    21211: Meaning(Kind.ADDRESS, "no valid number"),
    21408: _refused("country not enabled", "Sending to a country is switched off at Twilio: "
                    "Messaging, Settings, Geo permissions"),
    21602: _ours("no body"),
    21603: _ours("no sender"),
    21604: _ours("no recipient"),
    21606: _account("not our sender", "TWILIO_SMS_FROM is not a number of this account that can "
                    "send SMS"),
    21608: _refused("trial account", "A trial account of Twilio writes to verified numbers only"),
    21610: Meaning(Kind.STOPPED, "they said STOP"),
    21611: Meaning(Kind.RETRY, "queue full", MINUTE),
    21612: Meaning(Kind.ADDRESS, "no route"),
    21614: Meaning(Kind.ADDRESS, "no mobile number"),
    21617: _ours("too long"),
    21619: _ours("no body, media or content"),
    21654: _ours("variables without content"),
    21655: _ours("no such content"),
    21656: _ours("variables"),
    21703: _refused("no sender fits", "The Messaging Service has no number that can write to this "
                    "country: add one to its sender pool"),
    30001: Meaning(Kind.RETRY, "queue full", MINUTE),
    30002: _account("account suspended", "The Twilio account is suspended"),
    30003: Meaning(Kind.ONCE, "telephone off or away", QUARTER),
    30005: Meaning(Kind.ADDRESS, "unknown number"),
    30006: Meaning(Kind.ADDRESS, "landline or unreachable carrier"),
    30007: _refused("filtered", "A carrier filtered a message as unwanted"),
    30008: Meaning(Kind.ONCE, "unknown reason", QUARTER),
    30034: _refused("unregistered", "Numbers of the United States must be registered (A2P 10DLC) "
                    "before they may send"),
    30410: Meaning(Kind.AMBIGUOUS, "carrier timed out"),
    35127: _ours("body and variables"),
    63001: _account("WhatsApp credentials", "WhatsApp does not accept the sender's credentials: "
                    "look at Messaging, Senders, WhatsApp senders"),
    63003: Meaning(Kind.ADDRESS, "not on WhatsApp"),
    63005: _ours("WhatsApp does not take the content"),
    63007: _account("no such WhatsApp sender", "TWILIO_WHATSAPP_FROM is not a WhatsApp sender of "
                    "this account"),
    63014: Meaning(Kind.STOPPED, "they blocked us"),
    63015: _refused("sandbox", "Twilio's WhatsApp sandbox writes only to telephones that joined "
                    "it with its join words in the last three days"),
    63016: Meaning(Kind.TEMPLATE, "window"),
    63017: Meaning(Kind.RETRY, "WhatsApp's pace", SECOND * 10),
    63018: Meaning(Kind.RETRY, "WhatsApp's limit", MINUTE),
    63019: _ours("media"),
    63021: _ours("content"),
    63024: Meaning(Kind.ADDRESS, "not on WhatsApp"),
    63027: Meaning(Kind.TEMPLATE, "no template in this language"),
    63028: Meaning(Kind.TEMPLATE, "number of variables"),
    63032: Meaning(Kind.ADDRESS, "WhatsApp does not deliver to this person"),
    63033: Meaning(Kind.STOPPED, "they blocked us"),
    63040: Meaning(Kind.TEMPLATE, "template rejected", alert="WhatsApp rejected a template"),
    63041: Meaning(Kind.TEMPLATE, "template paused", alert="WhatsApp paused a template"),
    63042: Meaning(Kind.TEMPLATE, "template disabled", alert="WhatsApp disabled a template"),
    63049: Meaning(Kind.TEMPLATE, "WhatsApp withheld it"),
    63051: _account("WhatsApp account locked", "WhatsApp locked the business account"),
}  # fmt: skip

STOP_SAID = frozenset({21610})
"""Twilio itself heard STOP, and lets nothing through until it hears START."""

UNKNOWN = _refused("refused", "Twilio refused a message for a reason that is not known here")
NOT_LATER = timedelta(days=1)
"""The longest Retry-After that is believed."""


def meaning_of(code: int | None, status: int = 400, retry_after: float | None = None) -> Meaning:
    """What an error means, by its code, else by the status of the answer.

    `retry_after` in seconds, where the far side said so."""
    found = MEANINGS.get(code or 0) or _of_status(status)
    if found.kind is Kind.RETRY and retry_after is not None:
        return replace(found, after=min(timedelta(seconds=max(retry_after, 0.0)), NOT_LATER))
    return found


def _of_status(status: int) -> Meaning:
    if status == 429:
        return MEANINGS[20429]
    if status in (401, 403):
        return MEANINGS[20003]
    if status == 404:
        return MEANINGS[20404]
    return MEANINGS[20500] if status >= 500 else UNKNOWN


def result_of(meaning: Meaning, code: int | None, now: datetime) -> Result:
    """What the error is to the pipeline; its words are the code and ours, never the far side's."""
    why = f"{code or ''} {meaning.why}".strip()
    match meaning.kind:
        case Kind.RETRY | Kind.ONCE | Kind.ACCOUNT:
            return RetryAt(now + meaning.after, why)
        case Kind.AMBIGUOUS:
            return Uncertain(why)
        case Kind.STOPPED:
            return Gone(why, stopped=code in STOP_SAID)
        case Kind.ADDRESS:
            return Gone(why, elsewhere=True)
        case Kind.TEMPLATE:
            return NeedsTemplate(why)
        case Kind.OURS | Kind.REFUSED:
            return Rejected(why)
