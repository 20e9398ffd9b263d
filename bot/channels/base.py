"""What every channel can do; the pipeline knows no more about any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Attachment, Caps, Reply, Result

Wire: TypeAlias = Mapping[str, Any]
"""One call to the far side, as the channel writes it."""


VALID = timedelta(minutes=15)
"""How long an answer is worth bringing; a later one would answer nothing."""


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: the whole URN, how a simulated phone behaves, when it last wrote, and
    which of our numbers it wrote to. `waits`: the message is worth as much hours later."""

    urn: str
    look: str = ""
    heard_at: datetime | None = None
    line: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Pace:
    """At most `rate` calls a second from the bucket, `burst` of them at once. `shared`: by many
    people, so that while it is dry there is no use in looking at others' messages. `amount`: how
    many calls are to be made; they go where there is room for one, and the next wait for all."""

    bucket: str
    rate: float
    burst: float
    shared: bool = True
    amount: float = 1.0


class NotNow(Exception):
    """The far side cannot be asked for a file now; it may be in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"not now, perhaps in {seconds} seconds")


class Channel(Protocol):
    """A way to people. `render` is pure, so that it can be tried against the far side's rules."""

    @property
    def name(self) -> str: ...

    def answers(self, recipient: Recipient) -> bool:
        """Whether the far side can tell, now or by a receipt, what became of a call."""

    @property
    def settled(self) -> timedelta:
        """After how long a far side that answers knows what became of a call."""

    def patience(self, wire: Wire) -> timedelta:
        """How long what follows this call waits for the word that it has arrived: for a picture,
        where the far side takes longer over it than over words and says when it is there."""

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        """What can be shown to this person now; some of it depends on when they last wrote."""

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        """The calls that say the reply, in order. `link` leads to its media."""

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        """What each call takes from, so that the far side is not pressed."""

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        """Make one call. `key` names it for ever: the same call has the same key."""

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        """What became of a call whose result was never noted; None: it was certainly not made."""


@dataclass(frozen=True)
class Opening:
    """What may go to somebody whose window is closed. `whole`: it says all of the message; else
    it only says that one is there, and asks them to tap or write."""

    wires: tuple[Wire, ...]
    whole: bool


@runtime_checkable
class Templated(Protocol):
    """A channel that opens a conversation by templates alone."""

    def opening(self, reply: Reply, languages: Sequence[str]) -> Opening | None:
        """The template for a reply, in the first of these languages that has one."""

    def has_news(self) -> bool:
        """Whether there are templates that were not there when this was last asked."""


@runtime_checkable
class Judging(Protocol):
    """A channel whose far side may tell later that it could not deliver, and by which code."""

    def judge(self, error: str, now: datetime) -> Result:
        """What the code of a failed receipt asks for."""


@runtime_checkable
class Weighing(Protocol):
    """A channel of whose calls some count as several."""

    def weight(self, recipient: Recipient, wire: Wire) -> int:
        """As how many a call counts with the pace."""


@runtime_checkable
class Detour(Protocol):
    """A channel that people may agree to be written to by where another one is closed."""

    @property
    def reaches_strangers(self) -> bool:
        """Whether it has a sender for somebody who never wrote to it."""


@runtime_checkable
class Fetching(Protocol):
    """A channel whose people send files that lie on its far side."""

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        """The file of an attachment's `ref`, of at most so many bytes; None where it is larger or
        gone for good. Raises NotNow."""


@runtime_checkable
class Releasing(Protocol):
    """A channel whose far side keeps people's files until it is told that we have them."""

    async def release(self, attachment: Attachment) -> None:
        """Have the far side delete the file of an attachment's `ref`; nothing waits for it."""
