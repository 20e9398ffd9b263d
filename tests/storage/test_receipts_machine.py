"""Whatever a far side says of a message, in whatever order, before and after it answers the call or
without ever answering it, and whether or not it came back and was said again meanwhile: the message
goes forward only, and comes to the same."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from storage import outbox, receipts, sends
from storage.receipts import Arrival
from storage.sends import Attempt, Outcome
from tests.storage.machine import Machine, holds, machine_url
from tests.storage.test_outbox import message

__all__ = ["machine_url"]

ENOUGH = 12
SAID = ("queued", "sent", "failed", "delivered", "read")
FORWARD = ("", "queued", "uncertain", "sent", "failed", "delivered", "read")


class Receipts(Machine):
    """A message in one part or two. `named`: what is said of it says which of ours it is, as
    Twilio does; `came`: of each attempt what the call came to; `heard`: what was said of it. Where
    the message failed and came `back`, to be said again, `earlier` attempts may be told of too."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Attempt] = []
        self.earlier: list[Attempt] = []
        self.back = ""
        self.named = False
        self.has_failed = False
        self.came: dict[UUID, str] = {}
        self.heard: dict[UUID, list[str]] = {}

    @initialize(
        what=st.sampled_from(("in one part", "named", "in two parts")),
        early=st.lists(st.sampled_from(SAID), max_size=2),
    )
    def something_is_sent(self, what: str, early: list[str]) -> None:
        """What is said of it may come before the answer to the call."""
        self.write(outbox.put, [message(self.urns["a"], "hello", due_at=self.now)])
        rows = self.write(outbox.claim, self.now, 1)
        self.parts = self.write(sends.begin, rows, self.now)
        self.named = what == "named"
        if what == "in two parts":
            self.parts.append(self.write(sends.begin_part, self.parts[0], self.now))
        self.heard = {attempt.id: [] for attempt in self.parts}
        self.is_told(self.parts[0], early)

    @precondition(lambda self: not self.is_over)
    @rule()
    def the_far_side_answers_the_call(self) -> None:
        self.comes_to_its_end("sent")

    @precondition(lambda self: not self.is_over)
    @rule()
    def the_call_is_never_answered(self) -> None:
        self.comes_to_its_end("uncertain")

    def comes_to_its_end(self, came: str) -> None:
        attempt = next(one for one in self.parts if one.id not in self.came)
        self.came[attempt.id] = came
        mine = {self.came[one.id] for one in self.parts if one.id in self.came}
        over = "sent" if mine == {"sent"} else "asking"
        state = over if self.is_over else None
        name = str(attempt.id) if came == "sent" else ""
        self.write(sends.settle_each, [Outcome(attempt, came, name, "", state)], self.now)

    @precondition(lambda self: sum(map(len, self.heard.values())) < ENOUGH)
    @rule(second=st.booleans(), said=st.lists(st.sampled_from(SAID), min_size=1, max_size=3))
    def it_is_told_of(self, second: bool, said: list[str]) -> None:
        self.is_told(self.parts[-1 if second else 0], said)

    @precondition(lambda self: self.is_over and self.expected() == "failed" and not self.back)
    @rule(state=st.sampled_from(("queued", "waiting")))
    def it_comes_back(self, state: str) -> None:
        """What failed has to be said again, or waits for their word."""
        self.write(outbox.again, self.parts[0].message_id, state, self.now, "x")
        self.back = state

    @precondition(lambda self: self.back == "queued" and len(self.parts) == 1)
    @rule()
    def it_is_said_again(self) -> None:
        rows = self.write(outbox.claim, self.now, 1)
        self.earlier += self.parts
        self.parts = self.write(sends.begin, rows, self.now)
        self.heard[self.parts[0].id] = []
        self.back, self.has_failed = "", False

    @precondition(lambda self: self.earlier and sum(map(len, self.heard.values())) < ENOUGH)
    @rule(said=st.lists(st.sampled_from(SAID), min_size=1, max_size=3))
    def it_is_told_of_an_earlier_attempt(self, said: list[str]) -> None:
        self.is_told(self.earlier[0], said)

    def is_told(self, attempt: Attempt, said: list[str]) -> None:
        ours = attempt.message_id if self.named else None
        arrivals = [Arrival("phone", str(attempt.id), state, ours) for state in said]
        new = set(said) - set(self.heard[attempt.id])
        assert self.write(receipts.put, arrivals, self.now) == len(new)
        self.heard[attempt.id] += said

    @property
    def is_over(self) -> bool:
        return all(one.id in self.came for one in self.parts)

    def expected(self) -> str:
        """As far as the part that is behind; a part that failed fails it, unless it was seen to
        arrive, at whichever attempt. What nobody can say which part it is about is not heard."""
        if not self.is_over:
            return "sending"
        reached = [self.reached(part) for part in self.parts]
        if "failed" in reached:
            return self.back or "failed"
        # Whoever asks says how far it is; once a part has failed, nobody asks about the others.
        if "uncertain" in self.came_of_these() and not self.has_failed:
            return "asking"
        least = min(reached, key=FORWARD.index)
        return least if least != "uncertain" else self.back or "failed"

    def came_of_these(self) -> set[str]:
        return {self.came[part.id] for part in self.parts}

    def reached(self, part: Attempt) -> str:
        came = self.came[part.id]
        heard = self.heard[part.id] if came == "sent" or self.named else []
        before = [self.heard[one.id] for one in self.earlier]
        arrived = [state for heard in before for state in heard if state in ("delivered", "read")]
        return max([came, *heard, *arrived], key=FORWARD.index)

    @invariant()
    def it_comes_to_what_was_said(self) -> None:
        if self.parts:
            (row,) = self.write(outbox.by_ids, [self.parts[0].message_id]).values()
            expected = self.expected()
            assert row.state == expected, (self.came, self.heard)
            self.back = self.back if expected == self.back else ""
            self.has_failed = self.has_failed or expected == "failed"

    @invariant()
    def nothing_is_left_that_could_be_joined(self) -> None:
        assert self.write(receipts.unjoined, self.now) == []


@pytest.mark.timeout(240)
def test_whatever_is_said_of_a_message_it_only_goes_forward(machine_url: str) -> None:
    holds(Receipts, machine_url, examples=40, steps=14)
