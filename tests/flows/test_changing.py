"""A flow is changed while somebody is in the middle of it: what they are told and asked then."""

from __future__ import annotations

from typing import Any

import pytest

from flows.model import Flow
from flows.values import Said
from tests.flows.small import answered, flow, started, texts

HELP = {"id": "help", "label": "To learn"}
OPTIONS = [{"id": "yarn", "label": "Dear yarn"}, {"id": "buyers", "label": "More buyers"}, HELP]
WHAT = {"name": "what", "kind": "choice", "text": "What?", "hint": "1.", "options": OPTIONS}
RIGHT = {"name": "right", "kind": "yes_no", "text": "{what}. Is that right?", "hint": "1 or 2."}
LAST = {"name": "last", "kind": "end", "text": "Thank you: {what}."}

KINDS: dict[str, dict[str, Any]] = {
    "choice": {"kind": "choice", "options": OPTIONS},
    "yes_no": {"kind": "yes_no"},
    "text": {"kind": "text"},
    "integer": {"kind": "integer"},
    "place": {"kind": "place"},
    "money": {"kind": "money"},
    "date": {"kind": "date"},
}
CHANGES = [("choice", now) for now in KINDS if now != "choice"]
CHANGES += [("yes_no", now) for now in KINDS if now not in ("yes_no", "choice")]


def form(**what: Any) -> Flow:
    """A question with options, whether they were understood, and an end; the first as told."""
    return flow({**WHAT, **what}, RIGHT, LAST)


@pytest.mark.parametrize("said", [Said("1"), Said("Dear yarn"), Said(tap="1.yarn")])
def test_an_answer_to_a_question_that_is_taken_away_answers_no_other(said: Said) -> None:
    name = {"name": "name", "kind": "text", "text": "Your name?", "hint": "Ana."}
    turn = answered(flow(name, {**LAST, "text": "Thank you."}), started(form()), said)
    assert texts(turn) == ["Your name?"]
    assert turn.session.answers == {}


@pytest.mark.parametrize(("before", "now"), CHANGES)
@pytest.mark.parametrize("by", ["number", "tap"])
def test_an_option_of_a_question_of_another_kind_is_no_answer_to_it(
    before: str, now: str, by: str
) -> None:
    one = {"name": "one", "text": "One?", "hint": "1."}
    end = {**LAST, "text": "Thank you."}
    asked = started(flow({**one, **KINDS[before]}, end))
    tap = Said(tap=f"1.{asked.prompts[-1].offers[0].id}")
    changed = flow({**one, **KINDS[now]}, end)
    again = answered(changed, asked, tap if by == "tap" else "1")
    assert texts(again) == ["One?"]
    assert again.session.answers == {}
    assert again.prompts[-1].offers == changed.steps[0].offers
    assert texts(answered(changed, again, tap)) == ["One?"]
