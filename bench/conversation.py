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
ANSWERS = (
    "hello",
    "English",
    "yes",
    "Maria Lopez",
    "weaving",
    "hammocks and shawls",
    "Gracias",
    "12",
    "3",
    "yarn is dear and comes late",
    "no",
)
"""What a weaver of Gracias writes. She works alone, so that no partners are looked for: the peers
have no such thing."""

_users, _updates = itertools.count(7_000_000), itertools.count(50_000_000)


def conversation() -> Iterator[bytes]:
    """The bodies of one registration by somebody new."""
    user = next(_users)
    for number, text in enumerate(ANSWERS, 1):
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
