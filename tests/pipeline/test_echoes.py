"""Machines that answer us are left without answers; people, however quick, never are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.pipeline import echoes
from bot.pipeline.echoes import MANY
from tests.pipeline.talking import ANA, Stage

QUICKLY = (
    *("hello", "English", "yes", "Ana", "1", "hammocks", "Gracias", "12", "3", "1", "yes"),
    *("profile", "cotton yarn", "2", "no", "profile", "yes", "two looms", "1", "20 hammocks"),
    *("yes", "1, 2", "no", "yes", "skip", "skip", "1"),
    *("need", "dye at 20 lempiras", "2", "1", "need", "yarn at 35 lempiras", "2", "1"),
    *("settings", "2", "2", "settings", "3", "1", "menu", "1", "a loom", "4", "1"),
)
"""What somebody writes who knows what they want, one thing every two seconds."""

JOKES = [
    "sun",
    "moon",
    "dog",
    "cat",
    "house",
    "green",
    "red",
    "blue",
    "book",
    "table",
    "sky",
    "water",
    "fire",
    "earth",
    "sea",
]


async def answers(
    stage: Stage, said: Callable[[int], str], seconds: float = 3, count: int = 2 * MANY + 5
) -> int:
    """How many of so many messages that come at this pace are answered, until none is any more."""
    answered = 0
    for number in range(count):
        seen = await stage.says(ANA, said(number))
        answered = number + 1 if seen else answered
        stage.clock.pass_(seconds=seconds)
    return answered


async def registered(stage: Stage) -> None:
    for text in QUICKLY[:11]:
        await stage.says(ANA, text)
        stage.clock.pass_(minutes=1)


@pytest.mark.parametrize(
    ("said", "joined"),
    [
        (lambda n: f"Su ticket es {1000 + n}", False),
        (lambda n: f"Recibido {n}f-{7 * n}a2, 27/11/2026 10:31:{n:02}", True),
        (lambda n: "We are closed. Please write tomorrow.", False),
    ],
    ids=["ticket", "time", "same"],
)
async def test_a_machine_that_counts_is_answered_few_times(
    stage: Stage, said: Callable[[int], str], joined: bool
) -> None:
    if joined:
        await registered(stage)
    assert await answers(stage, said, count=MANY + 5) <= MANY + 1


async def test_so_is_one_that_takes_its_time(stage: Stage) -> None:
    answered = await answers(stage, lambda n: f"Su ticket es {n}", seconds=25, count=MANY + 5)
    assert answered <= MANY + 1


@pytest.mark.parametrize(
    "said",
    [
        lambda n: " ".join(JOKES[n * at % len(JOKES)] for at in range(2, 7)),
        lambda n: str(482913 + 7919 * n),
        lambda n: "1",
    ],
    ids=["jokes", "numbers", "one"],
)
async def test_a_machine_that_says_whatever_is_left_without_answers_as_well(
    stage: Stage, said: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echoes, "SIMULATED", frozenset())
    await registered(stage)
    assert await answers(stage, said) <= 2 * MANY


async def test_a_person_who_answers_every_two_seconds_is_always_answered(stage: Stage) -> None:
    for place, text in enumerate(QUICKLY):
        assert await stage.says(ANA, text), (place, text)
        stage.clock.pass_(seconds=2)


async def test_what_is_new_is_said_at_once_to_whoever_was_taken_for_a_machine(
    stage: Stage,
) -> None:
    await answers(stage, lambda n: f"what {n}", count=MANY + 1)
    assert await stage.says(ANA, "what") == []
    assert await stage.says(ANA, "English")


async def test_who_rests_is_answered_again(stage: Stage) -> None:
    await answers(stage, lambda n: f"what {n}", count=MANY + 1)
    stage.clock.pass_(seconds=31)
    assert await stage.says(ANA, "what 7")


async def test_a_script_that_does_the_same_again_and_again_is_always_answered(
    stage: Stage,
) -> None:
    await registered(stage)
    lines = ("need", "yarn at 35 lempiras", "2", "1")
    for place in range(12 * len(lines)):
        assert await stage.says(ANA, lines[place % len(lines)]), place
        stage.clock.pass_(seconds=3.9)
