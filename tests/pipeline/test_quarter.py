"""The trial of a quarter, short: `artisan trial quarter` plays as long as one likes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import house_of, main
from bot.quarter import people, prices, telling, trial
from bot.quarter.agenda import Agenda
from bot.quarter.counting import Found
from bot.usage import UsageError
from tests.pipeline.talking import MORNING

ASKED = trial.Asked(people=14, brokers=1, weeks=1, seed=5)


@pytest.fixture(scope="module")
def found() -> Found:
    return trial.quarter(ASKED, house_of, prices.read(), lambda told: None)


def test_everybody_who_writes_is_answered_and_nothing_is_laid_aside(found: Found) -> None:
    numbers = found.numbers
    assert numbers["people"] == 14
    assert numbers["registered"] >= 10
    assert numbers["messages_parked"] == 0
    assert numbers["messages_handled"] > 14 * len(found.channels)
    assert sum(one["people"] for one in found.channels.values()) == numbers["arrived"] == 14
    assert all(one["messages"] >= one["written"] * 0.9 for one in found.channels.values())


def test_an_sms_costs_and_a_chat_does_not(found: Found) -> None:
    sms, telegram = found.channels["sms"], found.channels["telegram"]
    assert sms["segments"] >= sms["messages"]
    assert sms["cost"] > 0.05 * sms["segments"]
    assert telegram["cost"] == 0


def test_the_last_line_says_what_the_table_says(found: Found) -> None:
    said = json.loads(telling.last_line(found))
    assert said["groups_formed"] == found.numbers["groups_formed"]
    assert set(said["channels"]) == {"telegram", "whatsapp", "sms"}
    assert "waiting" in said
    table = "\n".join(telling.table(found))
    assert "groups formed" in table
    assert "introductions: " in table


def test_a_database_with_people_in_it_is_left_alone(bare_sqlite_url: str) -> None:
    asked = trial.Asked(people=2, brokers=1, weeks=1, database=bare_sqlite_url)
    trial.quarter(asked, house_of, prices.read(), lambda told: None)
    with pytest.raises(UsageError, match="has people in it"):
        trial.quarter(asked, house_of, prices.read(), lambda told: None)


@pytest.mark.parametrize("bad", ["[sms]\nout = 1", "no toml", "[sms]\nout = 'dear'"])
def test_a_table_of_prices_is_whole(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(bad)
    with pytest.raises(UsageError):
        prices.read(str(path))


@pytest.mark.parametrize("wrong", [["--people", "0"], ["--weeks", "53"], ["--brokers", "0"]])
def test_a_quarter_that_cannot_be_is_refused(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trial", "quarter", *wrong]) == 2
    assert "a quarter has" in capsys.readouterr().err


def test_people_are_the_same_for_a_seed_and_their_wishes_too(found: Found) -> None:
    where = [people.Town("Gracias", "HN-LE", 14.59, -88.58)]

    def crowd(seed: int) -> list[people.Artisan]:
        return people.drawn(30, where, MORNING, 4, seed)

    assert crowd(1) == crowd(1) != crowd(2)
    one, two = crowd(1)[:2]
    assert people.wish(one, two, 1) == people.wish(one, two, 1) != people.wish(one, two, 2)


def test_of_two_times_for_one_person_the_earlier_counts() -> None:
    agenda = Agenda()
    later = MORNING.replace(hour=20)
    agenda.plan("ana", later)
    agenda.plan("ana", MORNING)
    agenda.plan("bea", later)
    assert agenda.next() == MORNING
    assert agenda.due(later) == ["ana", "bea"]
    assert agenda.next() is None
