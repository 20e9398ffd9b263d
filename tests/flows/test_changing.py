"""A flow is changed while somebody is in the middle of it: what they are told and asked then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows.engine import Turn, ask, back
from flows.model import Flow
from flows.values import Said
from tests.flows.small import WORLD, answered, flow, started, texts

HELP = {"id": "help", "label": "To learn"}
OPTIONS = [{"id": "yarn", "label": "Dear yarn"}, {"id": "buyers", "label": "More buyers"}, HELP]
WHAT = {"name": "what", "kind": "choice", "text": "What?", "hint": "1.", "options": OPTIONS}
RIGHT = {"name": "right", "kind": "yes_no", "text": "{what}. Is that right?", "hint": "1 or 2."}
LAST = {"name": "last", "kind": "end", "text": "Thank you: {what}."}
WORDS = {"other": "Something else"}

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


def told(form: Flow, turn: Turn, *replies: str) -> list[str]:
    """What is said after these replies to somebody whose flow has become this one."""
    world = replace(WORLD, words={**WORLD.words, **WORDS})
    return texts(answered(form, turn, *replies, world=world))


@pytest.mark.parametrize("kind", ["choice", "multi"])
def test_an_option_that_is_taken_away_is_called_as_it_was_shown(kind: str) -> None:
    turn = answered(form(kind=kind), started(form(kind=kind)), "1")
    fewer = form(kind=kind, options=OPTIONS[1:])
    assert told(fewer, turn, "what?") == ["Dear yarn. Is that right?"]
    assert told(fewer, turn, "yes") == ["Thank you: Dear yarn."]


def test_so_is_one_that_was_taken_away_before_it_was_picked() -> None:
    assert told(form(options=OPTIONS[1:]), started(form()), "1") == ["Dear yarn. Is that right?"]


def test_one_that_is_called_otherwise_now_is_called_so() -> None:
    turn = answered(form(), started(form()), "1")
    other = [{"id": "yarn", "label": "Yarn"}, *OPTIONS[1:]]
    assert told(form(options=other), turn, "yes") == ["Thank you: Yarn."]


def test_of_an_answer_whose_words_nobody_kept_no_id_is_said() -> None:
    turn = answered(form(), started(form()), "1")
    asked = turn.session.asked
    assert asked is not None
    old = replace(turn, session=turn.session.asking(replace(asked, labels={})))
    assert told(form(options=OPTIONS[1:]), old, "yes") == ["Thank you: Something else."]


def test_what_is_picked_anew_is_called_by_its_own_label() -> None:
    turn = answered(form(), started(form()), "1")
    turn = ask(form(), back(form(), turn.session), WORLD)
    turn = answered(form(), turn, "2")
    assert told(form(options=[HELP]), turn, "yes") == ["Thank you: More buyers."]


def test_what_the_shell_offers_no_more_is_not_said() -> None:
    some = {**WHAT, "options": [], "options_from": "people"}
    turn = answered(flow(some, RIGHT, LAST), started(flow(some, RIGHT, LAST)), "1")
    gone = replace(WORLD, options={}, words=WORDS)
    assert texts(turn) == ["Person A. Is that right?"]
    assert texts(answered(flow(some, RIGHT, LAST), turn, "yes", world=gone)) == ["Thank you: ."]


def test_nothing_is_kept_for_answers_that_the_flow_does_not_speak_of() -> None:
    quiet = flow(WHAT, {**RIGHT, "text": "Is that right?"}, {**LAST, "text": "Thank you."})
    asked = answered(quiet, started(quiet), "1").session.asked
    assert asked is not None
    assert asked.labels == {}


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
