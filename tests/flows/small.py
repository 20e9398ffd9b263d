"""A small flow that has one of everything the engine does, and people who answer it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flows.engine import Session, Turn, World, ask, begin, dump, load, reply
from flows.model import Flow
from flows.values import Offer, Said

STEPS: list[dict[str, Any]] = [
    {"name": "welcome", "kind": "say", "text": "Welcome."},
    {"name": "consent", "kind": "yes_no", "text": "Do you agree?", "hint": "1 or 2."},
    {"name": "declined", "kind": "end", "text": "Fine.", "when": {"consent": ["no"]}},
    {"name": "called", "kind": "text", "text": "Your name?", "hint": "As neighbours say it."},
    {
        "name": "craft",
        "kind": "choice",
        "text": "{called}, what do you make?",
        "hint": "A number.",
        "own_words": True,
        "options": [
            {"id": "weaving", "label": "Cloth and weaving", "also": "weaver, loom"},
            {"id": "pottery", "label": "Pottery", "also": "clay"},
            {"id": "other", "label": "Something else"},
        ],
    },
    {
        "name": "kiln",
        "kind": "yes_no",
        "text": "Have you a kiln?",
        "hint": "1 or 2.",
        "when": {"craft": ["pottery"]},
    },
    {"name": "years", "kind": "integer", "text": "Years?", "hint": "12", "most": 90, "skip": True},
    {
        "name": "old",
        "kind": "say",
        "text": "{years} years is long.",
        "when": {"years": {"least": 20}},
    },
    {"name": "place", "kind": "place", "text": "Where?", "hint": "A town."},
    {
        "name": "pick",
        "kind": "choice",
        "text": "Whom?",
        "hint": "A number.",
        "options_from": "people",
        "options": [{"id": "none", "label": "Nobody"}],
    },
    {"name": "done", "kind": "end", "text": "Thank you, {called}: {craft}, {place}."},
]

PEOPLE = tuple(Offer(f"p{n}", f"Person {name}", f"id-{n}") for n, name in enumerate("ABCDEFG"))
WORLD = World(
    language="en",
    country="HN",
    today=date(2026, 11, 23),
    channel="phone",
    options={"people": PEOPLE},
    words={"yes": "Yes", "no": "No", "none_of_these": "None of these"},
)


def flow(*steps: dict[str, Any], name: str = "small", **fields: Any) -> Flow:
    """The small flow, or another of these steps."""
    return Flow.model_validate({"name": name, "title": "Small", "steps": steps or STEPS, **fields})


def kept(session: Session, form: Flow | None = None) -> Session:
    """A session after it was saved and read again."""
    return load(json.loads(json.dumps(dump(session))), form)


def started(form: Flow, world: World = WORLD) -> Turn:
    return ask(form, begin(form), world)


def answered(form: Flow, turn: Turn, *replies: str | Said, world: World = WORLD) -> Turn:
    """The turn after these replies, one after the other, saved and read between them."""
    for said in replies:
        words = said if isinstance(said, Said) else Said(text=said)
        turn = ask(form, reply(form, kept(turn.session, form), words, world), world)
    return turn


def texts(turn: Turn) -> list[str]:
    return [prompt.text for prompt in turn.prompts]
