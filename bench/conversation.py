"""A registration as Telegram would deliver it, and its questions for the peers to ask."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from bot.settings import ROOT
from flows.library import Library

SECRET = "bench"
TOKEN = "123456:bench"
NAMES = ("Maria Lopez", "Juan", "Wanjiru", "Doña Rosa", "Abdi", "Lucía Mejía", "Pedro P.")
CRAFTS = ("weaving", "I make baskets", "pottery", "5", "shoes", "hamocks", "bread and cakes")
GOODS = ("hammocks and shawls", "pots", "red baskets, mats", "sandals for children", "tortillas")
PLACES = ("Gracias", "Masaya", "Tegucigalpa", "santa rosa de copan", "Comayagua")
TURNS = 11
"""Messages of a registration: the first word, then an answer to each of ten questions."""


def answers(user: int) -> tuple[str, ...]:
    """What somebody writes, no two alike. They need partners and want none, so that nobody is
    looked for: the peers have no such thing."""

    def one(of: tuple[str, ...], by: int) -> str:
        return of[user // by % len(of)]

    return (
        "hello",
        "English",
        "yes",
        f"{one(NAMES, 1)} {user % 997}",
        one(CRAFTS, 3),
        f"{one(GOODS, 2)} and {user % 89} more",
        one(PLACES, 5),
        str(user % 40),
        str(user % 9 + 1),
        "People to work with",
        "no",
    )


_users, _updates = itertools.count(7_000_000), itertools.count(50_000_000)


def conversation() -> Iterator[bytes]:
    """The bodies of one registration by somebody new."""
    user = next(_users)
    for number, text in enumerate(answers(user), 1):
        yield json.dumps(_update(user, number, text)).encode()


def _update(user: int, number: int, text: str) -> dict[str, object]:
    return {
        "update_id": next(_updates),
        "message": {
            "message_id": number,
            "from": {
                "id": user,
                "is_bot": False,
                "first_name": "Maria",
                "last_name": "Lopez",
                "username": f"maria{user}",
                "language_code": "en",
            },
            "chat": {
                "id": user,
                "first_name": "Maria",
                "last_name": "Lopez",
                "username": f"maria{user}",
                "type": "private",
            },
            "date": 1_770_000_000 + number,
            "text": text,
        },
    }


def write_questions(path: Path) -> None:
    """What `register` asks, in English: for the peers, who read it from a file."""
    flow = Library.load(ROOT / "flows" / "definitions").flow("register")
    questions = [
        {
            "name": step.name,
            "text": step.text,
            "options": [option.label for option in getattr(step, "options", ())],
        }
        for step in flow.steps
        if step.name != "declined"
    ]
    path.write_text(json.dumps(questions), encoding="utf-8")
