"""Replies as people write them, and what they mean: one line of replies.txt adds a case."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.reading import KINDS
from flows.model import Picking
from flows.understand import keywords, read
from flows.values import Clear, Offer, Said
from flows.world import World
from tests.flows.playing import catalogues, library

OPTIONS = {"choice": "need", "multi": "need", "willing": "willing"}


class Case(NamedTuple):
    language: str
    kind: str
    reply: str
    meaning: str


def cases() -> list[Case]:
    lines = (Path(__file__).parent / "replies.txt").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    return [
        Case(*head.split(" ", 1), *rest.rsplit(" = ", 1))
        for head, rest in (line.split(": ", 1) for line in told)
    ]


def offers(kind: str, language: str) -> tuple[Offer, ...]:
    if kind == "language":
        return tuple(Offer(o.code, o.name, o.code) for o in catalogues().languages)
    if kind not in OPTIONS:
        return ()
    flow = library().flow("register", language, catalogues().translate(language))
    step = flow.step(OPTIONS[kind])
    assert isinstance(step, Picking)
    return step.offers


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.language} {case.reply}")
def test_a_reply_means_what_people_mean_by_it(case: Case) -> None:
    if case.kind == "keyword":
        assert keywords.read(case.reply, case.language) == _meant(case.meaning)
        return
    question = KINDS["choice" if case.kind == "willing" else case.kind]
    world = World(language=case.language, country="HN", today=date(2026, 11, 23))
    reading = read(question, Said(case.reply), world, offers(case.kind, case.language))
    assert (reading.value if isinstance(reading, Clear) else None) == _meant(case.meaning), reading


def _meant(meaning: str) -> object:
    return None if meaning == "?" else json.loads(meaning)
