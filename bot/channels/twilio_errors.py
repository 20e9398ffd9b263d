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
QUARTER, HOURS = timedelta(minutes=15), timedelta(hours=6)


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
    21212: _account("not our sender", "TWILIO_SMS_FROM is not a number of this account"),
    21214: Meaning(Kind.ADDRESS, "cannot be reached"),
    21217: Meaning(Kind.ADDRESS, "no valid number"),
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
    21616: _account("sender not clear", "TWILIO_SMS_FROM is several numbers of this account"),
    21617: _ours("too long"),
    21618: _ours("cannot be sent"),
    21619: _ours("no body, media or content"),
    21620: _ours("media"),
    21621: _ours("no MMS from this number"),
    21623: _ours("too many media"),
    21624: _ours("validity period"),
    21654: _ours("variables without content"),
    21655: _ours("no such content"),
    21656: _ours("variables"),
    21701: _account("no such service", "TWILIO_MESSAGING_SERVICE_SID is no Messaging Service"),
    21702: _account("service off", "The Messaging Service is not available: see its console page"),
    21703: _refused("no sender fits", "The Messaging Service has no number that can write to this "
                    "country: add one to its sender pool"),
    21704: _account("service empty", "The Messaging Service has no numbers: add one to its pool"),
    21705: _account("no such service", "TWILIO_MESSAGING_SERVICE_SID is no Messaging Service"),
    21910: _ours("two channels"),
    30001: Meaning(Kind.RETRY, "queue full", MINUTE),
    30002: _account("account suspended", "The Twilio account is suspended"),
    30003: Meaning(Kind.ONCE, "telephone off or away", QUARTER),
    30004: Meaning(Kind.ADDRESS, "blocked from receiving"),
    30005: Meaning(Kind.ADDRESS, "unknown number"),
    30006: Meaning(Kind.ADDRESS, "landline or unreachable carrier"),
    30007: _refused("filtered", "A carrier filtered a message as unwanted"),
    30008: Meaning(Kind.ONCE, "unknown reason", QUARTER),
    30009: Meaning(Kind.ONCE, "a segment was lost", MINUTE),
    30010: _refused("price", "A message would have cost more than is allowed"),
    30014: Meaning(Kind.ADDRESS, "no valid number"),
    30017: Meaning(Kind.RETRY, "carrier congested", QUARTER),
    30018: _refused("sender not registered", "Carriers of a country want the sender registered "
                    "first: Messaging, Regulatory compliance"),
    30020: Meaning(Kind.ONCE, "Twilio failed", MINUTE),
    30021: Meaning(Kind.ONCE, "Twilio failed", MINUTE),
    30022: Meaning(Kind.RETRY, "carrier's pace", MINUTE),
    30023: Meaning(Kind.RETRY, "carrier's daily limit", HOURS),
    30024: _refused("sender not provisioned", "A carrier does not take the number we send from"),
    30027: Meaning(Kind.RETRY, "carrier's daily limit", HOURS),
    30032: _account("toll-free not verified", "The toll-free number must be verified first"),
    30033: _account("campaign suspended", "The A2P 10DLC campaign is suspended"),
    30034: _refused("unregistered", "Numbers of the United States must be registered (A2P 10DLC) "
                    "before they may send"),
    30035: Meaning(Kind.RETRY, "number being configured", QUARTER),
    30036: Meaning(Kind.REFUSED, "too late to be worth delivering"),
    30410: Meaning(Kind.AMBIGUOUS, "carrier timed out"),
    35127: _ours("body and variables"),
    63001: _account("WhatsApp credentials", "WhatsApp does not accept the sender's credentials: "
                    "look at Messaging, Senders, WhatsApp senders"),
    63002: _account("no such WhatsApp sender", "TWILIO_WHATSAPP_FROM is no sender of WhatsApp"),
    63003: Meaning(Kind.ADDRESS, "not on WhatsApp"),
    63005: _ours("WhatsApp does not take the content"),
    63006: _ours("WhatsApp cannot show the content"),
    63007: _account("no such WhatsApp sender", "TWILIO_WHATSAPP_FROM is not a WhatsApp sender of "
                    "this account"),
    63008: _account("WhatsApp not set up", "The WhatsApp sender is not set up: look at Messaging, "
                    "Senders, WhatsApp senders"),
    63009: Meaning(Kind.ONCE, "WhatsApp failed", MINUTE),
    63010: Meaning(Kind.ONCE, "Twilio failed", MINUTE),
    63012: Meaning(Kind.ONCE, "WhatsApp failed", MINUTE),
    63013: _refused("policy", "WhatsApp says that a message was against its policy"),
    63014: Meaning(Kind.STOPPED, "they blocked us"),
    63015: _refused("sandbox", "Twilio's WhatsApp sandbox writes only to telephones that joined "
                    "it with its join words in the last three days"),
    63016: Meaning(Kind.TEMPLATE, "window"),
    63017: Meaning(Kind.RETRY, "WhatsApp's pace", SECOND * 10),
    63018: Meaning(Kind.RETRY, "WhatsApp's limit", MINUTE),
    63019: _ours("media"),
    63020: _account("business account", "Meta's Business Manager wants something of the account's "
                    "owner: see business.facebook.com"),
    63021: _ours("content"),
    63024: Meaning(Kind.ADDRESS, "not on WhatsApp"),
    63026: _refused("spam", "WhatsApp took what the sender writes for spam"),
    63027: Meaning(Kind.TEMPLATE, "no template in this language"),
    63028: Meaning(Kind.TEMPLATE, "number of variables"),
    63029: Meaning(Kind.ONCE, "the template did not arrive", QUARTER),
    63030: _ours("a parameter WhatsApp has not"),
    63031: _ours("to ourselves"),
    63032: Meaning(Kind.ADDRESS, "WhatsApp does not deliver to this person"),
    63033: Meaning(Kind.STOPPED, "they blocked us"),
    63034: _ours("media too large"),
    63037: _ours("media"),
    63038: Meaning(Kind.RETRY, "daily limit", HOURS, "The Twilio account may send no more today"),
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
            return RetryAt(now + meaning.after, why, once=meaning.kind is Kind.ONCE)
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
