"""What registering costs her: few messages, each short, in every language."""

from __future__ import annotations

import pytest

from bot.reach import Reach, reach, table
from bot.settings import known_languages
from tests.conversation.scene import house

MOST_SEGMENTS = 10
WIDEST = 2


def figures(flow: str, language: str, channel: str) -> Reach:
    (found,) = reach(house(), [language], [flow], [channel])
    return found


@pytest.mark.parametrize("language", ["en", "es", "fr", "sw"])
def test_the_questions_of_the_registration_cost_ten_segments_at_most(language: str) -> None:
    found = figures("register", language, "sms")
    assert found.questions == 10
    assert found.question_segments <= MOST_SEGMENTS


@pytest.mark.parametrize("language", known_languages())
def test_no_question_of_an_artisan_takes_more_than_two_segments(language: str) -> None:
    wide = [
        one
        for one in reach(house(known_languages()), [language], channels=["sms"])
        if one.widest > WIDEST
    ]
    assert wide == []


def test_segments_are_counted_on_sms_alone() -> None:
    assert figures("register", "es", "whatsapp").segments == 0
    assert figures("register", "es", "sms").segments >= figures("register", "es", "sms").questions


def test_the_table_says_what_she_pays_for() -> None:
    *_, last = table([figures("register", "es", "sms")])
    assert last.startswith("register by SMS in es: she sends 10 SMS, we send 1")
