"""What comes in and what goes out, the same for every channel.

`Incoming` and `Receipt` are what a channel makes of a request; `Reply` is what a turn says,
before any channel decided how it looks; `Sent` and its siblings are all a send can come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec

from flows.light import light

Kind = Literal[
    "text",
    "tap",
    "pin",
    "media",
    "contact",
    "start",
    "stop",
    "blocked",
    "unblocked",
    "wake",
    "full",
]
Rank = Literal["reply", "alert", "bulk"]


@light(frozen=True)
class Attachment:
    """Media on the far side (`ref`, what the channel fetches it by) or already kept (`id`)."""

    kind: str
    ref: str = ""
    id: str = ""
    type: str = ""
    size: int | None = None


@light(frozen=True)
class Wake:
    """What the house itself has for a contact: another one's turn or a timer left it.

    `what` is "flow" (ask `flow` about `subject`, with the `given` answers) or the name of what is
    to be told (see `bot.conversation`). Of what waits, the highest `rank` is asked first. `data`
    holds ids and short words; it is sealed in the inbox but not in timers, which carry ids only."""

    contact_id: UUID
    what: str = "flow"
    flow: str = ""
    subject: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    rank: int = 0
    data: Mapping[str, str] = field(default_factory=dict)


@light(frozen=True)
class Incoming:
    """One message of a person, after its channel authenticated and parsed it.

    `external_id` is the far side's own and makes a repeated delivery one message. `urns`: the
    addresses it came from, best first. `tap` is a payload of ours; `code` what a deep link
    carried (START CODE); `hint` a language the far side reports; `look` how the phone behaves.
    Of `kind` "full" it stands for messages that were left out, too many at once.
    `message` is what the far side calls it: a later one that corrects it says so in `edits`.
    Messages that were sent together have the same `album`. `line` is the number or sender of ours
    that it came to. `heard`: what a listener understood of a recording. `answered`: the far side
    has answered it already, so that we only take note."""

    channel: str
    external_id: str
    urns: tuple[str, ...]
    kind: Kind = "text"
    text: str = ""
    tap: str = ""
    pin: tuple[float, float] | None = None
    attachments: tuple[Attachment, ...] = ()
    code: str = ""
    hint: str = ""
    look: str = ""
    message: str = ""
    edits: str = ""
    album: str = ""
    line: str = ""
    answered: bool = False
    heard: str = ""
    sent_at: datetime | None = None
    wake: Wake | None = None


State = Literal["queued", "sent", "delivered", "read", "failed"]


@light(frozen=True)
class Receipt:
    """What a channel says became of a sent message, by the far side's id or our outbox id."""

    channel: str
    external_id: str
    state: State
    outbox_id: str = ""
    error: str = ""


@light(frozen=True)
class Choice:
    """An option of a reply. `payload` comes back by a tap; `short` is its label on SMS."""

    label: str
    payload: str
    short: str = ""
    description: str = ""


@light(frozen=True)
class Reply:
    """One thing to say, in the person's language, before a channel decided how it looks.

    `choices` are numbered from 1 in this order on every channel; `page` says which page shows
    where not all fit, and on SMS `most` choices make a page (0: as many as the channel's own).
    `more`, `choose` are the labels of the next page and of a list's button, `how` the line that
    says how to answer by number. `wants` asks the phone for something; `ask` is the label of the
    button that sends it.
    `purpose` names why it is sent (templates, caps), `variables` fill a template."""

    text: str
    short: str = ""
    choices: tuple[Choice, ...] = ()
    page: int = 0
    most: int = 0
    more: Choice | None = None
    choose: str = ""
    how: str = ""
    wants: Literal["", "location", "contact", "photo", "voice"] = ""
    ask: str = ""
    audio: str = ""
    media: Attachment | None = None
    purpose: str = "reply"
    variables: tuple[str, ...] = ()
    language: str = "en"


@light(frozen=True)
class Caps:
    """What a channel can show, now and to this person. Lengths are in characters unless said.

    `text` and `caption` count UTF-16 units when `utf16`. `buttons`, `items` 0: none, so options are
    numbered in the text. `page`: options shown at once where not all fit. `sms`: texts are folded
    into the GSM alphabet where that makes them cheaper; `segments` is the most that one message
    takes, `terse` that short texts and labels are used. `window`: free text may go out now."""

    text: int = 4096
    utf16: bool = False
    caption: int = 1024
    buttons: int = 0
    button_chars: int = 20
    items: int = 0
    item_chars: int = 24
    description_chars: int = 72
    payload_bytes: int = 64
    body_with_options: int = 1024
    page: int = 5
    terse: bool = False
    sms: bool = False
    segments: int = 0
    media_in: bool = False
    media_out: bool = False
    ask_location: bool = False
    ask_contact: bool = False
    window: bool = True


@light(frozen=True)
class Sent:
    """The far side has it; `external_id` is its name for it."""

    external_id: str = ""


@light(frozen=True)
class RetryAt:
    """Certainly not taken; may be tried again from `at`. `pauses` names the buckets (`Pace`) from
    which nobody may take until then: the far side said so, and is obeyed exactly. `once`: it is
    worth one more try, not several."""

    at: datetime
    why: str = ""
    pauses: tuple[str, ...] = ()
    once: bool = False


@light(frozen=True)
class Gone:
    """The address cannot be reached any more: blocked, stopped or not in use.

    `stopped`: they said STOP to the far side itself. `elsewhere`: it is the address that does not
    work, so that the same words may go to another one of theirs."""

    why: str = ""
    stopped: bool = False
    elsewhere: bool = False


@light(frozen=True)
class NeedsTemplate:
    """The window is closed: only an approved template may go, or it waits for the next word."""

    why: str = ""


@light(frozen=True)
class Rejected:
    """The far side refuses this message for good."""

    why: str = ""


@light(frozen=True)
class Uncertain:
    """Nobody knows whether it went (time-out, broken answer). Never resent blindly."""

    why: str = ""


Result: TypeAlias = Sent | RetryAt | Gone | NeedsTemplate | Rejected | Uncertain


def incoming_json(incoming: Incoming) -> dict[str, Any]:
    """The message as it is kept in the inbox; what has its usual value is mostly left out."""
    return _lean(incoming)


def read_incoming(body: Mapping[str, Any]) -> Incoming:
    """The message an inbox row holds. Raises msgspec.ValidationError for a row of no such kind."""
    return msgspec.convert(body, Incoming)


def reply_json(reply: Reply) -> dict[str, Any]:
    """The reply as it is kept in the outbox; what has its usual value is mostly left out."""
    return _lean(reply)


def read_reply(body: Mapping[str, Any]) -> Reply:
    """The reply an outbox row holds."""
    return msgspec.convert(body, Reply)


def wake_json(wake: Wake) -> dict[str, Any]:
    """The wake as a timer keeps it."""
    return _lean(wake)


def read_wake(body: Mapping[str, Any]) -> Wake:
    """The wake a timer holds."""
    return msgspec.convert(body, Wake)


def _lean(value: object) -> dict[str, Any]:
    """A text is known to be the usual one only where it is the very same object."""
    packed: dict[str, Any] = msgspec.to_builtins(value)
    return packed
